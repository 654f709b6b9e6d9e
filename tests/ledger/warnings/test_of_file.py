"""Warnings of a file that comes in: of its new and amended rows, beside what is on file and above them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine

from ledger.intake import taking
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.warnings import columns
from ledger.warnings.on_file import HEADERS, SHEETS
from samples import ENTERPRISE, OTHER_USCC, base, loan, repayment
from sheets import write_sheets

Take = Callable[..., Any]
pytestmark = pytest.mark.sqlite_only
ALIKE = "企业、金额、发放日、到期日都相同"
LOW = {"年利率(%)": "0.0425"}


def told(outcome: Any) -> list[tuple[str, str | None, int]]:
    return [(one.code, one.note_no, one.row) for one in outcome.warnings]


def test_a_row_that_changes_nothing_warns_of_nothing(take: Take) -> None:
    assert told(take(base(loan("A", **LOW)))) == [("P_RATE", "A", 2)]
    assert told(take(base(loan("A", **LOW), loan("B", **LOW, **{"贷款金额(万元)": 9})))) == [("P_RATE", "B", 3)]


def test_an_amended_row_warns(take: Take) -> None:
    take(base())
    assert told(take(base(loan("A", **LOW)), amend_reason="更正")) == [("P_RATE", "A", 2)]
    assert told(take(base(loan("A")), amend_reason="更正")) == []


def test_a_twin_warns_beside_what_is_on_file_or_above_it(take: Take) -> None:
    assert told(take(base(loan("A"), loan("B")))) == [("P_TWIN", "B", 3)]
    assert told(take(base(loan("C"), loan("A"), loan("B")))) == [("P_TWIN", "C", 2)]
    assert told(take(base(loan("c", **{"贷款金额(万元)": 9}), loan("D", **{"贷款金额(万元)": 8})))) == [
        ("P_TWIN", "c", 2)
    ]


@pytest.mark.parametrize("many", [-1, 5_000])
def test_a_small_file_is_told_what_a_large_one_is(take: Take, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Read with all its banks' loans or with those alike alone: the same twins, of every spelling, and no one else's."""
    monkeypatch.setattr(columns, "_MANY", many)
    other = {"贷款金额(万元)": 7}
    take(base(loan("JJ-01"), loan("K 1", **other), loan("Z", **other), loan("ＪＪ／９", **{"贷款金额(万元)": 6})))
    rows = [loan("jj01"), loan("K1", **{"贷款金额(万元)": 5}), loan("N", **other), loan("Q", **{"贷款金额(万元)": 4})]
    warned = sorted(take(base(*rows)).warnings, key=lambda one: one.row)
    assert [(one.code, one.row, one.text.partition("：")[2]) for one in warned] == [
        ("P_TWIN", 2, f"与借据「JJ-01」的{ALIKE}，又与借据「JJ-01」只差大小写、空格或标点，可能是同一笔贷款"),
        ("P_TWIN", 3, "与借据「K 1」只差大小写、空格或标点，可能是同一笔贷款"),
        ("P_TWIN", 4, f"与借据「K 1」、「Z」的{ALIKE}，可能是同一笔贷款"),
    ]


def test_loans_at_hand_are_what_reading_them_back_gives(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    take(base(loan("A"), loan("B", 合同编号="", 资料上传日="")))
    seen = []

    def compare(connection: Connection, brought: columns.Brought) -> list[Any]:
        at_hand, read_back = (
            columns._loans(connection, brought.banks, brought.loans, brought=one) for one in (brought, None)
        )
        pd.testing.assert_frame_equal(at_hand, read_back)
        seen.append(len(read_back))
        return []

    monkeypatch.setattr(columns, "_MANY", -1)
    monkeypatch.setattr(taking, "of_file", compare)
    rows = loan("D"), loan("B", 合同编号="", 资料上传日="2024-01-03"), loan("A"), loan("C", 资料上传日="")
    take(base(*rows), amend_reason="更正")
    assert seen == [4]


def test_a_name_warns_once_for_each_row_with_a_partner(take: Take) -> None:
    twin = ENTERPRISE | {"统一社会信用代码": OTHER_USCC}
    assert told(take(base())) == []
    assert [(one.code, one.uscc) for one in take({"企业": [twin]}).warnings] == [("P_NAME", OTHER_USCC)]
    assert told(take({"企业": [ENTERPRISE, twin]})) == []


def test_a_repayment_is_measured_by_its_loan_on_file(take: Take) -> None:
    take(base())
    row = repayment("A", date(2023, 9, 21), 0) | {"付息金额(万元)": 150.000001}
    assert told(take({"还款": [row]})) == [("P_INTEREST", "A", 2)]


def test_a_balance_is_measured_by_all_repayments_on_file(take: Take) -> None:
    take(base(还款=[repayment("A", date(2023, 9, 21), 900)]))
    row = {"年度": 2023, "银行名称": "样例银行", "借据编号": "A", "年末余额(万元)": 1000}
    assert told(take({"年末余额": [row]})) == [("P_UNIT", "A", 2)]


def test_a_refused_file_and_a_dry_run_warn_too(take: Take) -> None:
    assert told(take(base(loan("A", **LOW), loan("B", 到期日="无")), refused=True)) == [("P_RATE", "A", 2)]
    assert told(take(base(loan("A", **LOW)), dry_run=True)) == [("P_RATE", "A", 2)]
    assert told(take(base(loan("A", **LOW)))) == [("P_RATE", "A", 2)]


def test_the_cell_is_named_as_it_stands_in_the_file(engine: Engine, tmp_path: Any) -> None:
    row = loan("A", **LOW)
    swapped = {"年利率(%)": row.pop("年利率(%)")} | row
    path = write_sheets(tmp_path / "换列.xlsx", base(swapped))
    (one,) = import_file(engine, path, "测试").warnings
    assert (one.sheet, one.row, one.letter, one.file) == ("贷款", 2, "A", "换列.xlsx")


def test_the_headers_are_those_of_the_sheets() -> None:
    for name in SHEETS.values():
        for column in BY_NAME[name].columns:
            assert HEADERS.get(column.field, column.header) == column.header
    known = {column.field for name in SHEETS.values() for column in BY_NAME[name].columns}
    assert set(HEADERS) <= known
