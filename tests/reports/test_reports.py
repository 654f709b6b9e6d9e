"""Annexes, lines and explanations, read back as their readers would."""

import csv
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import Engine

from databases import unguard
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.intake.importer import import_file
from ledger.intake.sheets import SHEETS
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workbooks import cells
from product import lines_of
from reports.lineage.explanation import FAILED, HELD
from reports.tech_branch import annexes, lines
from reports.tech_branch.explain import explain
from reports.writing import files
from reports.writing.template import write_template
from samples import BANK, TWO_BANKS, base, loan, repayment


@pytest.fixture
def run(take: Callable[..., Any], engine: Engine) -> RunRecord:
    take(TWO_BANKS)
    return settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")


def table(path: Path, sheet: str, values: bool = True) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path, data_only=values)[sheet].iter_rows(values_only=True))


def fen(cell: Any) -> int:
    return int((Decimal(repr(cell)) * 10**6).to_integral_exact())


def test_annex1(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with db.reading(engine) as connection:
        assert annexes.annex1_counties(connection, run) == ["环翠区", "南海新区"]
        assert annexes.annex1(connection, run, "环翠区", path) == 2
    rows = table(path, "附件1")
    assert rows[1][0] == "威海市科技支行贷款专项资金申请表"
    head = [text for text in rows[2] if text]
    assert (
        head == ["县级金融监管部门：（公章）", "区市：环翠区", "申请年度：2023", "单位：万元"] and rows[2][0] == head[0]
    )
    assert rows[3] == (
        "银行名称", "贷款企业名称", "贷款金额", "贷款期限(年月日—年月日)", "贷款利率(%)", "担保方式", "已享受政策年限(年)",
        "贷款年末余额", "申请贴息贷款金额", "申请奖补贷款金额",
    )  # fmt: skip
    assert rows[4:] == [
        ("1\u3000乙样例银行", "威海样例甲公司", 1500, "2023-05-10—2024-07-03", 4, "信用", 0, 1500, 1000, 1500),
        ("小计", None, 1500, None, None, None, None, 1500, 1000, 1500),
        ("1\u3000样例银行", "威海样例甲公司", 2000, "2023-04-10—2025-04-10", 4, "信用", 0, 2000, 2000, 2000),
        ("小计", None, 2000, None, None, None, None, 2000, 2000, 2000),
        ("合计", None, 3500, None, None, None, None, 3500, 3000, 3500),
        ("填报日期：", *[None] * 9),
    ]
    formulas = table(path, "附件1", values=False)
    assert formulas[5][2] == "=SUM(C5:C5)" and formulas[8][9] == "=SUM(J6,J8)"
    page = openpyxl.load_workbook(path)["附件1"]
    assert page.page_setup.orientation == "landscape" and page.page_setup.paperSize == 9
    assert (
        page.sheet_properties.pageSetUpPr.fitToPage
        and page.page_setup.fitToHeight == 0
        and page.print_title_rows == "$4:$4"
    )


def test_annex2_adds_up_to_the_budget(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with db.reading(engine) as connection:
        count = annexes.annex2(connection, run, path)
    listed = [line for line in lines_of(engine, run) if line["interest_fen"] or line["bonus_fen"]]
    assert count == len(listed)
    rows = table(path, "附件2")
    assert rows[1][0] == "威海市科技支行贷款专项资金审核汇总表"
    assert rows[2][0] == "威海市地方金融监管局：（公章）"
    assert rows[3][8:13] == ("贷款年末余额", "申请贴息金额", None, None, "申请奖补金额")
    assert rows[4][9:12] == ("合计", "市级", "县级")
    total = rows[-1]
    assert total[0] == "合计"
    assert fen(total[9]) == sum(line["interest_fen"] for line in listed)
    assert fen(total[10]) == sum(line["interest_city_fen"] for line in listed)
    assert fen(total[11]) == sum(line["interest_county_fen"] for line in listed)
    assert fen(total[9]) + fen(total[12]) == 40_000_000
    assert [row[0] for row in rows if row[0] in ("小计", "合计")] == ["小计", "小计", "合计"]
    assert any(row[2] == "=1+1" for row in rows)  # a name is text, never a formula
    assert table(path, "附件2", values=False)[-1][9].startswith("=SUM(J")


def test_the_data_sheet_holds_the_lines(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, path)
    header, *rows = table(path, "数据")
    assert list(header) == [column.header for column in lines.COLUMNS]
    listed = [line for line in lines_of(engine, run) if line["interest_fen"] or line["bonus_fen"]]
    for row, line in zip(rows, listed, strict=True):
        for column, value in zip(lines.COLUMNS, row, strict=True):
            if column.kind == "fen":
                assert fen(value) == line[column.name]
            elif column.kind == "date":
                assert value.date() == line[column.name]
            elif column.name in ("uscc", "note_no", "bank", "enterprise"):
                assert value == line[column.name] and isinstance(value, str)
    notes = dict(row[:2] for row in table(path, "说明"))
    assert notes["运行号"] == str(run.id) and notes["状态"] == "试算" and notes["行数"] == str(len(listed))
    assert notes["截止日"] == "2024-01-31" and "威财金〔2023〕2号" in notes["文件"] and len(notes["本表指纹"]) == 64


def test_the_same_run_gives_the_same_bytes(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    with db.reading(engine) as connection:
        for name in ("1.xlsx", "2.xlsx"):
            annexes.annex2(connection, run, tmp_path / name)
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


def test_a_county_without_loans_gets_an_empty_form(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    with db.reading(engine) as connection:
        assert annexes.annex1(connection, run, "文登区", tmp_path / "a.xlsx") == 0
    assert table(tmp_path / "a.xlsx", "附件1")[-2][:3] == ("合计", None, 0)


def recalculated(path: Path, folder: Path) -> Path:
    """The workbook after a hard recalculation by LibreOffice."""
    registry = folder / "profile" / "user" / "registrymodifications.xcu"
    registry.parent.mkdir(parents=True)
    registry.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"><value>0</value></prop>'
        "</item></oor:items>",
        encoding="utf-8",
    )
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / path.name


NEEDS_LIBREOFFICE = pytest.mark.skipif(
    which("soffice") is None, reason="LibreOffice (soffice) is not on this machine: the recalculation was NOT checked"
)


@NEEDS_LIBREOFFICE
def test_a_hard_recalculation_gives_the_cached_figures(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xlsx"
    with xlsxwriter.Workbook(str(wrong)) as book:
        book.add_worksheet("附件").write_formula(0, 0, "=SUM(1,2)", None, 99)
    (tmp_path / "w").mkdir()
    assert table(recalculated(wrong, tmp_path / "w"), "附件")[0][0] == 3  # it does recalculate
    with db.reading(engine) as connection:
        annexes.annex1(connection, run, "环翠区", tmp_path / "附件1.xlsx")
        annexes.annex2(connection, run, tmp_path / "附件2.xlsx")
    for name in ("附件1", "附件2"):
        folder = tmp_path / f"r{name}"
        folder.mkdir()
        path = tmp_path / f"{name}.xlsx"
        ours, theirs = table(path, name), table(recalculated(path, folder), name)
        for row, other in zip(ours, theirs, strict=False):
            for value, again in zip(row, other, strict=False):
                if isinstance(value, int | float):
                    assert round(Decimal(repr(again)), 6) == round(Decimal(repr(value)), 6)


# --- lines --------------------------------------------------------------------------------------------------------------


def test_lines_csv(run: RunRecord, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    with db.reading(engine) as connection:
        files.write_text(path, lines.lines_csv(connection, run.id))
    assert path.read_bytes().startswith(
        b"\xef\xbb\xbfrun,year,county,bank,uscc,enterprise,note_no,amount_fen,disbursed_on,"
    )
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 5
    by_note = {row["note_no"]: row for row in rows}
    assert by_note["D"]["reasons"] == "R_RATE"
    assert by_note["E"]["rate_percent"] == "4.3021" and by_note["E"]["lpr_percent"] == "3.7000"
    assert by_note["A"]["bonus_rate_percent"] == "0.6000" and by_note["A"]["disbursed_on"] == "2023-04-10"
    assert [row["note_no"] for row in rows] == ["B", "E", "A", "D", "C"]


def test_an_unknown_lpr_is_empty(take: Callable[..., Any], engine: Engine) -> None:
    take(base(loan(发放日=date(2019, 8, 20), 资料上传日=date(2019, 8, 21))))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    with db.reading(engine) as connection:
        (row,) = csv.DictReader("".join(lines.lines_csv(connection, run.id)).splitlines())
    assert row["lpr_percent"] == "" and "R_LPR" in row["reasons"] and "R_RATE" not in row["reasons"]


# --- explanations -------------------------------------------------------------------------------------------------------


def sentences(engine: Engine, run: RunRecord, note: str, bank: str = BANK) -> Iterator[str]:
    with db.reading(engine) as connection:
        found = explain(connection, run, bank, note)
    yield found.conclusion
    for step in found.points:
        yield f"{step.outcome}|{step.code}|{step.text}"


def test_explain_a_paid_loan(run: RunRecord, engine: Engine) -> None:
    text = "\n".join(sentences(engine, run, "B", "乙样例银行"))
    for words in (
        "报送1.xlsx 表「贷款」第 3 行", "2023-05-09", "2023-04-20 公布，3.65%", "LPR 3.65% + 0.90% = 4.55%", "时限 2023-05-17",
        "轮到本笔之前已用 2,000.00 万元", "样例银行 借据 A（2023-04-10 发放）占用 2,000.00 万元", "1,000.00 万元 × 1.00% × 12/12 = 10.00 万元",
        "全市预算 40.00 万元", "20% 由市级承担",
    ):  # fmt: skip
        assert words in text, words
    assert FAILED not in text.replace("不通过", "") or "不通过|" not in text


def test_explain_a_refused_loan(run: RunRecord, engine: Engine) -> None:
    text = "\n".join(sentences(engine, run, "D"))
    assert "无贴息，无奖补。未通过：R_RATE 利率上限（第五条）" in text
    assert f"{FAILED}|R_RATE|年利率 9.00%，上限为 LPR 3.55% + 0.90% = 4.45%" in text


def test_explain_names_what_is_late(take: Callable[..., Any], engine: Engine) -> None:
    take(
        base(
            loan(资料上传日=None),
            还款=[repayment("A", date(2023, 9, 28), 0, **{"付息金额(万元)": 1, "资料上传日": date(2023, 10, 12)})],
        )
    )
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    text = "\n".join(sentences(engine, run, "A"))
    assert "2023-07-03 发放的资料没有上传，时限为 2023-07-10（5 个工作日）；另有 1 笔业务资料未按时上传" in text


def test_explain_what_is_held(take: Callable[..., Any], engine: Engine) -> None:
    take(base(年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 999}]))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    text = "\n".join(sentences(engine, run, "A"))
    assert f"{HELD}|R_BALANCE|台账年末余额 1,000.00 万元，银行报送：999.00 万元" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"还款": [repayment("A", date(2023, 12, 31), 1000)]}, "已于 2023-12-31 结清"),
        ({"贷款": [loan(业务品种="卡脖子攻关贷")]}, "业务品种为卡脖子攻关贷"),
        ({"贷款": [loan(发放日=date(2024, 1, 1))]}, "在 2023-12-31 之后"),
    ],
)
def test_explain_a_loan_that_was_not_judged(take: Callable[..., Any], engine: Engine, more: Any, words: str) -> None:
    take(base() | more)
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    assert words in "\n".join(sentences(engine, run, "A"))


def test_explain_an_unknown_loan(run: RunRecord, engine: Engine) -> None:
    with pytest.raises(Refused, match="没有 样例银行 借据 Z"):
        list(sentences(engine, run, "Z"))


def test_explain_reads_and_does_not_compute(run: RunRecord, engine: Engine) -> None:
    with engine.begin() as connection:
        unguard(connection, "tech_branch_lines")
        connection.exec_driver_sql("UPDATE tech_branch_lines SET end_on = '2023-08-01'")
    assert "共 29 天" in "\n".join(sentences(engine, run, "D"))


# --- files and the blank workbook ---------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError):
        files.write_text(target, (str(1 / number) for number in (1, 0)))
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]
    with pytest.raises(EnvironmentFailed, match="无法写入"):
        files.write_text(target / "b.txt", ["x"])


def test_the_blank_workbook(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["说明", *(sheet.name for sheet in SHEETS)]
    for sheet in SHEETS:
        page = book[sheet.name]
        assert [cell.value for cell in page[1]] == [column.header for column in sheet.columns]
        assert str(page["A2"].value).startswith("示例")
        assert page.sheet_properties.pageSetUpPr.fitToPage and page.page_setup.orientation == "landscape"
        lists = {str(item.sqref).split(":")[0]: item for item in page.data_validations.dataValidation}
        for place, column in enumerate(sheet.columns):
            item = lists[f"{openpyxl.utils.get_column_letter(place + 1)}2"]
            assert item.prompt and item.showInputMessage
            if column.choices:
                assert item.type == "list" and item.formula1 == f'"{",".join(column.choices)}"'
            if place:  # every example but the first cell's, which carries the mark, is taken as it stands
                column.read(column.example)
    assert cells.check_uscc(str(SHEETS[0].columns[0].example)) is None
    outcome = import_file(engine, path, "测试")
    assert not outcome.refused and not any(taken.new for taken in outcome.taken.values())


def test_the_examples_of_the_blank_workbook_are_a_loan_s_whole_story(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    for sheet in SHEETS:  # somebody starts from the examples: the mark is all that keeps them out
        for cell in book[sheet.name][2]:
            mark, cell.value = str(cell.value).split("：", 1)
            assert mark == "示例"
        days = {
            column.field: column.read(column.example) for column in sheet.columns if column.shape in ("date", "time")
        }
        events = [day for field, day in days.items() if field in ("disbursed_on", "paid_on", "extended_on")]
        assert all(days.get("uploaded_on", day) >= day for day in events), sheet.name
    book.save(path)
    outcome = import_file(engine, path, "测试")
    assert not outcome.refused and {taken.new for taken in outcome.taken.values()} == {1}
