"""Tables and sentences on a terminal: within its width, no figure broken, no column left out without a word."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.report import Table
from samples import BANK, base, loan
from sheets import write_sheets
from tiexi import cli
from tiexi.terminal import printing
from tiexi.terminal.tables import laid_out
from tiexi.terminal.width import cell_len, folded

NAMES = ["甲", "样例银行股份有限公司威海分行营业部科技支行", "JJ2023-0001", "二〇二三年 第1号"]
FIGURES = [
    ["1", "12,345,678.123456", "0.00"],
    ["10", "-3.5", "123,456.00"],
    ["7", "9,999.99", "88.123456"],
    ["18", "1.00", "2.00"],
]
HEADERS = ("银行", "笔数", "年末余额", "其中市级补助的需求")


def wide(columns: int, spare: tuple[str, ...] = ()) -> Table:
    """A table with so many columns of figures."""
    headers = (HEADERS[0], *(f"{HEADERS[1 + place % 3]}{place}" for place in range(columns)))
    rows = [
        [name, *(figures[place % 3] for place in range(columns))] for name, figures in zip(NAMES, FIGURES, strict=True)
    ]
    return Table("按银行", headers, rows, 1, True, spare)


@pytest.mark.parametrize("room", [60, 80, 120, 200])
@pytest.mark.parametrize("columns", [1, 3, 6, 9, 15])
def test_a_table_keeps_to_the_window_and_breaks_no_figure(room: int, columns: int) -> None:
    table = wide(columns)
    text = "\n".join(laid_out(table, room))
    assert all(cell_len(line) <= room for line in text.splitlines())
    shown = [header for header in table.headers if header not in text.partition("未列：")[2]]
    figures = re.findall(r"(?<![\w-])-?[\d,]+(?:\.\d+)?(?![\w-])", text.partition("──\n")[2].partition("（窗口")[0])
    for place, header in enumerate(table.headers):
        if header in shown and place:
            assert [row[place] for row in table.rows if row[place] not in figures] == [], header


def test_what_is_left_out_is_said_and_what_can_be_spared_goes_first() -> None:
    text = "\n".join(laid_out(wide(9, ("笔数3", "年末余额1")), 80))
    assert "未列：年末余额1、笔数3、" in text and "--wide" in text
    assert "笔数0" in text.partition("未列")[0]


def test_the_number_of_a_document_stays_whole_where_there_is_room() -> None:
    numbers = ["威样例审〔2024〕1号", "样例初审〔2024〕环翠区12号"]
    rows = [("2024-01-25 10:00:00", "初审签署", "环翠区", "样例环翠区初审人", number, "371002022093000019 缺页")
            for number in numbers]  # fmt: skip
    headers = ("时间", "步骤", "区市", "经办人", "文号", "说明")
    for room, whole in ((84, numbers), (80, numbers[:1])):
        text = "\n".join(laid_out(Table("经过", headers, rows, 6, whole=("文号",)), room))
        assert all(cell_len(line) <= room for line in text.splitlines())
        assert [number for number in whole if number not in text] == []
        assert "〔2024〕" in text and "12号" in text  # never within the year or the number


def test_without_a_limit_nothing_is_left_out_or_folded() -> None:
    lines = list(laid_out(wide(15), None))
    assert (
        "未列" not in "".join(lines) and NAMES[1] in lines[4] and all(header in lines[1] for header in wide(15).headers)
    )


def test_columns_stand_below_their_headers() -> None:
    lines = list(laid_out(Table("表", ("名称", "金额"), [("甲", "1.00"), ("样例银行", "1,234.00")], 1), 80))
    assert lines == ["表", "名称          金额", "──────────────────", "甲            1.00", "样例银行  1,234.00", ""]


@given(st.text(st.sampled_from("甲乙，。 12,345.67JJ-〔）"), max_size=60), st.integers(12, 40))
def test_folding_loses_nothing_and_breaks_no_word(text: str, room: int) -> None:
    lines = list(folded(text, room))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(not line.startswith(("，", "。", "）")) for line in lines[1:])
    words = re.findall(r"[!-~]+", text)
    assert [word for word in words if not any(word in line for line in lines)] == []


@pytest.fixture
def in_a_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with a year to settle, of a bank with a long name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_SOLO", "1")
    monkeypatch.delenv("TIEXI_DATABASE_URL", raising=False)
    long_name = "样例商业银行股份有限公司威海经济技术开发区科技支行营业部"
    sheets = {
        name: [{key: long_name if value == BANK else value for key, value in row.items()} for row in rows]
        for name, rows in base(loan(), loan("R", **{"年利率(%)": 9})).items()
    }
    write_sheets(tmp_path / "a.xlsx", sheets)
    assert cli.run(["init"]) == cli.run(["import", "a.xlsx"]) == 0


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.usefixtures("in_a_window")
def test_settle_fits_the_window(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    capsys.readouterr()
    assert cli.run(["settle", "2023", "--as-of", "2024-01-31"]) == 0
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= columns
    assert "样例商业银行股份有限公司威海经济技术开发区科技支行营业部" not in out
    assert cli.run(["settle", "2023", "--as-of", "2024-01-31", "--wide"]) == 0
    whole = capsys.readouterr().out
    assert "奖补需求" in whole and "样例商业银行股份有限公司威海经济技术开发区科技支行营业部" in whole


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_chinese_is_told_in_ascii(encoding: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    command = [sys.executable, "-m", "tiexi", "status"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment)
    told = done.stderr.decode("ascii")
    assert done.returncode == 3 and done.stdout == b""
    assert len(told.splitlines()) == 1 and "PYTHONUTF8=1" in told and encoding in told.replace("iso8859-1", "latin-1")


def test_an_encoding_with_chinese_will_do(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "gb18030", "PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    command = [sys.executable, "-m", "tiexi", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment)
    assert done.returncode == 0 and "科技支行贷款" in done.stdout.decode("gb18030")


def test_a_sentence_goes_whole_into_a_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    printing.say("贴息" * 100)
    assert capsys.readouterr().out == "贴息" * 100 + "\n"
