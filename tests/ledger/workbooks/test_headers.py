"""Where a header stands and which columns it names: titles above it, amounts in 元, and what is said of bad ones."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, select

from ledger import models
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.intake.outcome import Outcome
from ledger.intake.sheets import SHEETS
from samples import BANK, PARTNER, base, loan, repayment
from sheets import write_sheets

Take = Callable[..., Any]
IN_YUAN = [
    (sheet.name, column.header)
    for sheet in SHEETS
    for column in sheet.columns
    if column.header.endswith("(万元)")
]  # fmt: skip


def titled(path: Path, above: dict[str, list[list[Any]]], sheets: Any) -> Path:
    """A workbook with rows above the headers of some sheets."""
    write_sheets(path, sheets)
    book = openpyxl.load_workbook(path)
    for name, rows in above.items():
        book[name].insert_rows(1, len(rows))
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row, start=1):
                book[name].cell(number, place).value = value
    book.save(path)
    return path


def amounts(engine: Engine, model: Any, field: str) -> list[int]:
    with db.reading(engine) as connection:
        return list(connection.execute(select(getattr(model, field)).order_by(model.id)).scalars())


def places(outcome: Outcome) -> list[tuple[str, int | None, str, str]]:
    return [(finding.sheet, finding.row, finding.letter, finding.column) for finding in outcome.findings]


# --- titles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_title_may_stand_above_the_header(engine: Engine, tmp_path: Path, count: int) -> None:
    above = [["2023年度科技支行贷款明细表"], ["单位：万元", None, "银行名称"], *[[None]] * 7][:count]
    path = titled(tmp_path / "a.xlsx", {"贷款": above}, base(loan(), loan("B", 担保方式="无")))
    refused = import_file(engine, path, "测试")
    assert places(refused) == [("贷款", count + 3, "J", "担保方式")]
    path = titled(tmp_path / "b.xlsx", {"贷款": above}, base())
    taken = import_file(engine, path, "测试")
    assert not taken.refused and taken.titled == {"贷款": count + 1} and taken.taken["贷款"].new == 1
    assert amounts(engine, models.LoanFact, "sheet_row") == [count + 2]


def test_ten_rows_above_the_header_are_too_many(engine: Engine, tmp_path: Path) -> None:
    path = titled(tmp_path / "a.xlsx", {"贷款": [["标题"], *[[None]] * 9]}, base())
    assert import_file(engine, path, "测试").refused


def test_what_stands_above_is_not_read(engine: Engine, tmp_path: Path) -> None:
    """A title may say what would be refused below: sums, dates that are none, half a header."""
    above = [["合计"], ["银行名称", "借据编号", "2023-02-30"], ["示例：标题"]]
    path = titled(tmp_path / "a.xlsx", {"贷款": above}, base())
    assert import_file(engine, path, "测试").titled == {"贷款": 4}


def test_the_first_of_two_whole_headers_counts(engine: Engine, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", {"合作银行": [PARTNER]})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book["合作银行"].insert_rows(1)
    for cell in book["合作银行"][2]:
        book["合作银行"].cell(1, cell.column).value = cell.value
    book.save(tmp_path / "a.xlsx")
    outcome = import_file(engine, tmp_path / "a.xlsx", "测试")
    assert "2" not in outcome.titled and [finding.row for finding in outcome.findings] == [2]


def test_without_a_whole_header_the_findings_speak_of_the_row_that_holds_most(engine: Engine, tmp_path: Path) -> None:
    rows = [{("担保" if name == "担保方式" else name): value for name, value in loan().items()}]
    path = titled(tmp_path / "a.xlsx", {"贷款": [["标题"], [None]]}, base() | {"贷款": rows})
    outcome = import_file(engine, path, "测试")
    assert places(outcome) == [("贷款", 3, "", ""), ("贷款", 3, "J", "")]
    assert "缺少表头「担保方式」" in outcome.findings[0].problem and "第 3 行" in outcome.findings[0].expected
    assert "是否为「担保方式」" in outcome.findings[1].problem


def test_rows_below_a_bad_header_are_judged_all_the_same(take: Take) -> None:
    rows = [{("担保" if name == "担保方式" else name): value for name, value in loan(到期日="x").items()}]
    found = places(take(base() | {"贷款": rows}, refused=True))
    assert found == [("贷款", 1, "", ""), ("贷款", 1, "J", ""), ("贷款", 2, "H", "到期日")]


@pytest.mark.parametrize("place", range(max(len(sheet.columns) for sheet in SHEETS)))
def test_whichever_header_is_missing_is_said(take: Take, place: int) -> None:
    """Of every sheet the column at one place left out, all at once."""
    sheets, missing = {}, []
    for sheet in SHEETS:
        columns = [column for number, column in enumerate(sheet.columns) if number != place]
        if len(columns) < len(sheet.columns):
            missing += [(sheet.name, 1, "")] * (not sheet.columns[place].optional)
        sheets[sheet.name] = [{column.header: column.example for column in columns}]
    outcome = take(sheets, refused=bool(missing))
    assert [
        where for where in missing if where not in {(one.sheet, one.row, one.letter) for one in outcome.findings}
    ] == []


# --- 元 ------------------------------------------------------------------------------------------------------------------


def in_yuan(rows: list[dict[str, Any]], header: str, value: Any) -> list[dict[str, Any]]:
    renamed = header.replace("万元", "元")
    return [{(renamed if name == header else name): (value if name == header else cell) for name, cell in row.items()}
            for row in rows]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "fen"), [("5000000.5", 500_000_050), (5_000_000.5, 500_000_050), ("0.01", 1), ("10,000", 1_000_000)]
)
def test_amounts_in_yuan_are_taken_exactly(take: Take, engine: Engine, written: Any, fen: int) -> None:
    take(base() | {"贷款": in_yuan([loan()], "贷款金额(万元)", written)})
    assert amounts(engine, models.LoanFact, "amount_fen") == [fen]


@pytest.mark.parametrize("written", ["贷款\n金额(万元)", "贷款金额" + " " * 60 + "（万元）", "贷款金额\t(万元)"])
def test_a_broken_or_spaced_header_keeps_its_unit(take: Take, engine: Engine, written: str) -> None:
    take(base() | {"贷款": [{(written if name == "贷款金额(万元)" else name): cell for name, cell in loan().items()}]})
    assert amounts(engine, models.LoanFact, "amount_fen") == [1000 * 1_000_000]


def test_a_broken_header_in_yuan_is_in_yuan(take: Take, engine: Engine) -> None:
    take(
        base()
        | {"贷款": [{("贷款\n金额(元)" if name == "贷款金额(万元)" else name): cell for name, cell in loan().items()}]}
    )
    assert amounts(engine, models.LoanFact, "amount_fen") == [1000 * 100]


def test_more_than_two_decimals_of_a_yuan_are_refused(take: Take) -> None:
    (found,) = take(base() | {"贷款": in_yuan([loan()], "贷款金额(万元)", "1000.001")}, refused=True).findings
    assert (found.column, found.letter, found.row) == ("贷款金额(元)", "F", 2)
    assert "小数超过 2 位" in found.problem and "（元，最多 2 位小数）" in found.expected


@pytest.mark.parametrize(
    ("written", "right"), [("10,000,000,000,000", True), ("10,000,000,000,000.01", False), ("0", False)]
)
def test_limits_are_looked_at_after_the_division(take: Take, written: str, right: bool) -> None:
    take(base() | {"贷款": in_yuan([loan()], "贷款金额(万元)", written)}, refused=not right)


def test_both_units_of_one_column_are_refused(take: Take) -> None:
    (found,) = take(base() | {"贷款": [{**loan(), "贷款金额（元）": 1}]}, refused=True).findings
    assert (found.row, found.letter) == (1, "L") and "「贷款金额(万元)」与「贷款金额（元）」是同一列" in found.problem


@pytest.mark.parametrize(("sheet", "header"), IN_YUAN)
def test_every_amount_may_be_in_yuan(sheet: str, header: str) -> None:
    column = next(each for one in SHEETS if one.name == sheet for each in one.columns if each.header == header)
    assert column.in_yuan is not None
    assert column.in_yuan("12345.67") == 1_234_567 == column.read("1.234567")


def test_yuan_in_one_sheet_and_wan_in_another(take: Take, engine: Engine) -> None:
    paid = in_yuan([repayment("A", date(2023, 9, 1), 0)], "还本金额(万元)", "1000000")
    take(base(还款=paid))
    assert amounts(engine, models.RepaymentFact, "principal_fen") == [100_000_000]


# --- example rows -------------------------------------------------------------------------------------------------------


def test_what_is_left_of_an_example_is_found_cell_by_cell(take: Take) -> None:
    left = loan(合同编号="示例：HT2023-0001", 资料上传日="示例: 2023-07-05")
    outcome = take(base(left) | {"合作银行": [{**PARTNER, "合作终止日": "　示例：2026-12-31"}]}, refused=True)
    assert places(outcome) == [
        ("合作银行", 2, "C", "合作终止日"), ("贷款", 2, "C", "合同编号"), ("贷款", 2, "K", "资料上传日"),
    ]  # fmt: skip
    assert {finding.problem for finding in outcome.findings} == {"示例内容没有清除"}


def test_a_word_that_only_begins_like_an_example_is_none(take: Take) -> None:
    take(base(loan(合同编号="示例1")) | {"合作银行": [PARTNER, {**PARTNER, "银行名称": BANK + "示例：支行"}]})
