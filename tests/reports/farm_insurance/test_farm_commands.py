"""特色农产品保险 by the command line: what each command says, writes, knows again, and finds when somebody changed it."""

import json
from pathlib import Path

import openpyxl
import pytest

import worlds
from sheets import write_sheets
from tiexi import cli

pytestmark = pytest.mark.sqlite_only
NAME = "特色农产品保险"


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Runs a command in a folder with a reviewed year, and gives its code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_SOLO", "1")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(["--database", f"sqlite:///{tmp_path / 'tiexi.db'}", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    write_sheets(tmp_path / "报送.xlsx", worlds.random_world(7, 24, 2023, "farm_insurance"))
    assert run("init")[0] == 0 and run("import", "报送.xlsx")[0] == 0
    return run


def test_the_three_moneys_and_every_code_are_printed(tiexi) -> None:  # type: ignore[no-untyped-def]
    code, said = tiexi("farm", "2023")
    assert code == 0
    for word in ("省级", "市级", "中央", "A_SCALE", "A_APPLIED", "第 1 号运行", "第十二条", "第十三条"):
        assert word in said
    found = json.loads(tiexi("farm", "2023", "--json")[1])
    wanted = {
        "run", "programme", "year", "as_of", "state", "lines", "stopped", "premium_fen", "county_paid_fen", "province_fen",
        "city_fen", "central_fen", "central_left_fen",
    }  # fmt: skip
    assert wanted <= set(found) and found["programme"] == "farm_insurance" and found["as_of"] == "2024-02-10"


@pytest.mark.parametrize("year", ["2022", "2025"])
def test_another_year_is_refused_in_a_sentence(tiexi, year: str) -> None:  # type: ignore[no-untyped-def]
    code, said = tiexi("farm", year)
    assert code == 1 and "第十六条" in said


def test_what_is_written_comes_back(tiexi, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert tiexi("farm", "2023")[0] == 0
    assert tiexi("export", "farm", "2023", "-o", "汇总表.xlsx")[0] == 0
    assert tiexi("export", "farm-county", "2023", "-o", "明细")[0] == 0
    files = [tmp_path / "汇总表.xlsx", *sorted((tmp_path / "明细").glob("特色险-*-2023.xlsx"))]
    assert len(files) > 3
    for file in files:
        assert [tiexi(command, str(file))[0] for command in ("verify", "reconcile")] == [0, 0], file
    book = openpyxl.load_workbook(files[0])
    headers = [cell.value for cell in book.worksheets[0][4]]
    assert headers[:3] == ["区市", "序号", "险种名称"] and headers[-2:] == ["区市净负担", "备注"]


def test_an_amount_that_was_changed_with_all_that_depends_on_it_is_found(tiexi, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The centre's money moved from one line to another, sums and all: only the law says that this is wrong."""
    assert tiexi("farm", "2023")[0] == 0 and tiexi("export", "farm", "2023", "-o", "汇总表.xlsx")[0] == 0
    path = tmp_path / "汇总表.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["数据"]
    place = {cell.value: cell.column for cell in sheet[1]}
    given = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, place["中央奖补"]).value][:2]
    assert len(given) == 2
    for row, change in zip(given, (1, -1), strict=True):
        for name, sign in (("中央奖补", 1), ("区市净负担", -1)):
            cell = sheet.cell(row, place[name])
            cell.value = cell.value + sign * change
    book.save(path)
    code, said = tiexi("verify", str(path))
    assert code == 1 and "✗ 市级、中央资金总量分摊到分（第七条）" in said
    assert tiexi("reconcile", str(path))[0] == 1


def test_why_and_where_from(tiexi) -> None:  # type: ignore[no-untyped-def]
    assert tiexi("farm", "2023")[0] == 0
    code, said = tiexi("explain", "--product", "P4", "--year", "2023")
    assert code == 0 and "A_SCALE" in said and "报送.xlsx 表「特色承保」" in said
    assert tiexi("explain", "--product", "无此", "--year", "2023")[0] == 1
    code, said = tiexi("trace", "报送.xlsx")
    assert code == 0 and NAME in said


def test_notice_and_plan(tiexi, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert tiexi("farm", "2023")[0] == 0
    for name in ("notice", "payments"):
        assert tiexi("export", name, "2023", "--programme", NAME, "-o", f"{name}.xlsx")[0] == 0
    rows = list(openpyxl.load_workbook(tmp_path / "payments.xlsx").worksheets[0].values)
    assert any("大写" in str(cell) for row in rows for cell in row)
