"""A CSV file is one sheet: named by the file or by --sheet, in either encoding, its fields read as cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from ledger import models
from ledger.database import db
from ledger.intake.importer import import_file
from samples import BANK, USCC, base
from tiexi.cli import run

Take = Callable[..., Any]
HEADER = "银行名称,借据编号,业务品种,统一社会信用代码,贷款金额(万元),发放日,到期日,年利率(%),担保方式"
ROW = f'{BANK},A,科技支行贷款,{USCC},"1,000.5",2023-07-03,2024/7/3,4,信用'


@pytest.fixture
def register(take: Take) -> None:
    """The enterprise and the bank on file."""
    take({name: rows for name, rows in base().items() if name != "贷款"})


def written(folder: Path, name: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def loans(engine: Engine) -> list[Any]:
    fact = models.LoanFact
    with db.reading(engine) as connection:
        query = select(fact.amount_fen, fact.sheet_row, models.Intake.sheet).join(
            models.Intake, models.Intake.id == fact.intake_id
        )
        return [tuple(row) for row in connection.execute(query.order_by(fact.id))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["贷款-2023.csv", "贷款.csv", "1-贷款-2023.CSV", "样例银行_贷款（补）.csv"])
def test_a_csv_is_the_sheet_in_its_name(
    register: None, engine: Engine, tmp_path: Path, name: str, encoding: str
) -> None:
    outcome = import_file(engine, written(tmp_path, name, HEADER, ROW, encoding=encoding), "测试")
    assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]
    assert loans(engine) == [(1_000_500_000, 2, "贷款")]


@pytest.mark.parametrize("name", ["数据.csv", "贷款与还款.csv", "贷款-还款.csv"])
def test_a_csv_of_no_known_sheet_says_which_ways_there_are(
    register: None, engine: Engine, tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, name, HEADER, ROW)
    refusal = import_file(engine, path, "测试").refusal
    assert "--sheet 贷款" in refusal and "贷款-….csv" in refusal
    assert import_file(engine, path, "测试", sheet="贷款").taken["贷款"].new == 1
    again = import_file(engine, path, "测试")  # what it was taken as is on record
    assert again.known_since and again.deviations == []


def test_rows_are_numbered_as_a_spreadsheet_does(register: None, engine: Engine, tmp_path: Path) -> None:
    lines = ["2023年度明细,,", HEADER + ",合同编号", "", f'{ROW},"第一\n行"', "", f"{ROW.replace(',A,', ',B,')}x"]
    outcome = import_file(engine, written(tmp_path, "贷款-1.csv", *lines), "测试")
    assert outcome.titled == {"贷款": 2}
    assert [(found.row, found.letter) for found in outcome.findings] == [(4, "J"), (6, "I")]


def test_a_quote_before_a_sign_is_dropped_and_a_formula_refused(register: None, engine: Engine, tmp_path: Path) -> None:
    lines = [HEADER, ROW.replace(",A,", ",'-A1,"), ROW.replace(",A,", ",'A2,"), ROW.replace('"1,000.5"', "=1+1"),
             ROW.replace(",A,", ",=A3,")]  # fmt: skip
    outcome = import_file(engine, written(tmp_path, "贷款-1.csv", *lines), "测试")
    assert [(found.row, found.column, found.value) for found in outcome.findings] == [
        (4, "贷款金额(万元)", "=1+1"), (5, "借据编号", "=A3"),
    ]  # fmt: skip
    assert all("以 = 开头" in found.problem for found in outcome.findings)
    assert not import_file(engine, written(tmp_path, "贷款-2.csv", *lines[:3]), "测试").refused
    with db.reading(engine) as connection:
        notes = connection.execute(select(models.Loan.note_no).order_by(models.Loan.id)).scalars().all()
    assert notes == ["-A1", "'A2"]


def test_amounts_in_yuan_and_findings_as_in_a_workbook(register: None, engine: Engine, tmp_path: Path) -> None:
    lines = [HEADER.replace("万元", "元"), ROW, ROW.replace("信用", "信用担保"), "合计,,,,1"]
    outcome = import_file(engine, written(tmp_path, "贷款-1.csv", *lines), "测试")
    assert [(found.row, found.column) for found in outcome.findings] == [
        (3, "借据编号"), (3, "担保方式"), (4, "银行名称"),
    ]  # fmt: skip
    assert not import_file(engine, written(tmp_path, "贷款-2.csv", *lines[:2]), "测试").refused
    assert [amount for amount, *_ in loans(engine)] == [100_050]


def test_a_text_longer_than_a_cell_is_refused(register: None, engine: Engine, tmp_path: Path) -> None:
    """No form could be written with it."""
    for length, refused in ((32_767, False), (32_768, True)):
        path = written(tmp_path, f"贷款-{length}.csv", HEADER, ROW.replace(",A,", f",{'C' * length},"))
        outcome = import_file(engine, path, "测试")
        found = [(one.row, one.column, one.problem) for one in outcome.findings]
        assert found == [(2, "借据编号", "内容超过 32767 个字符")] * refused


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空文件"),
        (b"\xff\xfe\x00", "UTF-8 或 GB18030"),
        (b'a,"b\n', "第 1 行引号没有配对"),
        (b'a\nb\n"c"d', "第 3 行引号没有配对"),
        (b"a\n" + b"x" * 200_000, "第 2 行有一格超过 131072 个字符"),
    ],
    ids=["empty", "neither encoding", "quotes", "text behind quotes", "too long"],
)
def test_what_is_no_csv_is_refused_in_a_sentence(engine: Engine, tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "贷款-1.csv").write_bytes(data)
    assert words in import_file(engine, tmp_path / "贷款-1.csv", "测试").refusal


@pytest.mark.sqlite_only
def test_the_option_is_for_csv_files(
    register: None, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = ["--database", engine.url.render_as_string(hide_password=False)]
    path = written(tmp_path, "a.csv", HEADER, ROW)
    assert run([*database, "import", str(path)]) == 1
    assert run([*database, "import", "--sheet", "贷 款", str(path)]) == 0
    assert "贷款 新增 1 行" in capsys.readouterr().out
    assert run([*database, "import", "--sheet", "货款", str(path)]) == 2
    assert run([*database, "import", "--sheet", "贷款", str(tmp_path / "报送1.xlsx")]) == 2
    assert "CSV" in capsys.readouterr().err
    assert run([*database, "settle", "2023", "--as-of", "2024-01-31"]) == 0
    assert run([*database, "trace", str(path)]) == 0
    assert "「贷款」计入的行共得：奖补" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("mark", "name"), [(";", "分号"), ("\t", "制表符"), ("|", "竖线"), ("；", "全角分号"), ("，", "全角逗号")]
)
def test_a_file_parted_by_something_else_is_one_sentence(
    register: None, engine: Engine, tmp_path: Path, mark: str, name: str
) -> None:
    lines = ("2023 年贷款", HEADER.replace(",", mark), ROW.replace('"1,000.5"', "1000.5").replace(",", mark))
    outcome = import_file(engine, written(tmp_path, "贷款.csv", *lines), "测试")
    assert outcome.refused and not outcome.findings
    assert f"贷款.csv 用{name}分隔，应为英文逗号" in outcome.refusal


def test_other_marks_in_a_file_with_commas_are_text(register: None, engine: Engine, tmp_path: Path) -> None:
    title = "说明：一；二；三|四|五"
    assert import_file(engine, written(tmp_path, "贷款.csv", title, HEADER, ROW), "测试").taken["贷款"].new == 1
