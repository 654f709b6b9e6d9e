"""Warnings of facts on file: below, at and above each figure; of a file, of everything, of a year."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from ledger import models
from ledger.database import db
from ledger.warnings import columns, on_file
from ledger.warnings.kinds import Warned
from samples import BANK, ENTERPRISE, OTHER_USCC, QUALIFICATION, USCC, base, loan, repayment

Take = Callable[..., Any]
LENT, DUE = date(2023, 7, 3), date(2024, 7, 3)
pytestmark = pytest.mark.sqlite_only


def extension(note: str, day: date, to: date, **changes: Any) -> dict[str, Any]:
    return {"银行名称": BANK, "借据编号": note, "展期日": day, "新到期日": to, "资料上传日": day, **changes}


def balance(note: str, amount: Any, year: int = 2023) -> dict[str, Any]:
    return {"年度": year, "银行名称": BANK, "借据编号": note, "年末余额(万元)": amount}


def found(engine: Engine) -> list[Warned]:
    with db.reading(engine) as connection:
        return on_file.of_everything(connection)


def in_year(engine: Engine, as_of: date, year: int = 2023) -> list[Warned]:
    with db.reading(engine) as connection:
        ids = np.array(connection.execute(select(models.Loan.id)).scalars().all(), dtype=np.int64)
        facts = columns.up_to(columns.everything(connection), year, as_of)
        return on_file.of_year(connection, facts, ids, year, as_of)


def amount(value: Any) -> dict[str, Any]:
    return base(loan(**{"贷款金额(万元)": value}))


def lent(**changes: Any) -> dict[str, Any]:
    return base(loan(**changes))


def repaid(**changes: Any) -> dict[str, Any]:
    row = repayment("A", date(2023, 9, 21), 0) | {"付息金额(万元)": 1} | changes
    return base(loan(**{"贷款金额(万元)": 1000}), 还款=[row])


FEN = Decimal("0.000001")
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    # P_UNIT: from the amount on
    "an amount a fen below": (amount(10_000 - FEN), []),
    "an amount at the limit": (amount(10_000), ["P_UNIT"]),
    "an amount above": (amount(10_000 + FEN), ["P_UNIT"]),
    "a repayment below": (base(loan(**{"贷款金额(万元)": 9_999}), 还款=[repayment("A", DUE, 9_999)]), []),
    "a repayment at the limit": (
        base(loan(**{"贷款金额(万元)": 10_000}), 还款=[repayment("A", DUE, 10_000)]), ["P_UNIT", "P_UNIT"]
    ),
    "a balance at the limit": (
        base(loan(**{"贷款金额(万元)": 10_000}), 年末余额=[balance("A", 10_000)]), ["P_UNIT", "P_UNIT"]
    ),
    # P_UNIT: a power of ten between the bank's balance and the records'
    "a balance as computed": (base(年末余额=[balance("A", 1000)]), []),
    "a balance a tenth": (base(年末余额=[balance("A", 100)]), ["P_UNIT"]),
    "a balance a hundredth": (base(年末余额=[balance("A", 10)]), ["P_UNIT"]),
    "a balance a ten-thousandth": (base(年末余额=[balance("A", Decimal("0.1"))]), ["P_UNIT"]),
    "a balance a hundred-thousandth": (base(年末余额=[balance("A", Decimal("0.01"))]), []),
    "a balance a half": (base(年末余额=[balance("A", 500)]), []),
    "a balance a fen off a tenth": (base(年末余额=[balance("A", 100 + FEN)]), []),
    "a balance of ten times what is left": (
        base(年末余额=[balance("A", 1000)], 还款=[repayment("A", date(2023, 12, 31), 900)]), ["P_UNIT"]
    ),
    "a balance where nothing is left": (
        base(年末余额=[balance("A", 1000)], 还款=[repayment("A", date(2023, 12, 31), 1000)]), []
    ),
    "a balance before a later repayment": (
        base(年末余额=[balance("A", 1000)], 还款=[repayment("A", date(2024, 1, 1), 900)]), []
    ),
    "a balance of none": (base(年末余额=[balance("A", 0)]), []),
    # P_RATE
    "a rate below": (lent(**{"年利率(%)": Decimal("0.9999")}), ["P_RATE"]),
    "a rate at the low limit": (lent(**{"年利率(%)": 1}), []),
    "a rate at the high limit": (lent(**{"年利率(%)": 15}), []),
    "a rate above": (lent(**{"年利率(%)": Decimal("15.0001")}), ["P_RATE"]),
    "no rate": (lent(**{"年利率(%)": 0}), ["P_RATE"]),
    # P_TERM: ten years to the day, thirty days
    "ten years": (lent(到期日=date(2033, 7, 3)), []),
    "ten years and a day": (lent(到期日=date(2033, 7, 4)), ["P_TERM"]),
    "ten years from a leap day": (lent(发放日=date(2020, 2, 29), 到期日=date(2030, 2, 28), 资料上传日=date(2020, 3, 2)), []),
    "ten years from a leap day and one": (
        lent(发放日=date(2020, 2, 29), 到期日=date(2030, 3, 1), 资料上传日=date(2020, 3, 2)), ["P_TERM"]
    ),
    "thirty days": (lent(到期日=LENT + timedelta(30)), []),
    "twenty-nine days": (lent(到期日=LENT + timedelta(29)), ["P_TERM"]),
    "extended to ten years": (base(展期=[extension("A", DUE, date(2033, 7, 3))]), []),
    "extended beyond ten years": (base(展期=[extension("A", DUE, date(2033, 7, 4))]), ["P_TERM"]),
    # P_TWIN
    "alike but for the number": (base(loan("A"), loan("B")), ["P_TWIN", "P_TWIN"]),
    "another amount": (base(loan("A"), loan("B", **{"贷款金额(万元)": 999})), []),
    "another day": (base(loan("A"), loan("B", 发放日=date(2023, 7, 4))), []),
    "another due date": (base(loan("A"), loan("B", 到期日=date(2024, 7, 4))), []),
    "another rate is no other loan": (base(loan("A"), loan("B", **{"年利率(%)": 3})), ["P_TWIN", "P_TWIN"]),
    "another bank": (
        base(loan("A"), loan("B", 银行名称="乙样例银行"))
        | {"合作银行": [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, "乙样例银行")]}, []
    ),
    "another enterprise": (
        base(loan("A"), loan("B", 统一社会信用代码=OTHER_USCC))
        | {"企业": [ENTERPRISE, ENTERPRISE | {"统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"}]}, []
    ),
    "numbers that differ in case": (base(loan("A-1"), loan("a1", **{"贷款金额(万元)": 9})), ["P_TWIN", "P_TWIN"]),
    # P_NAME
    "one name, two codes": (
        base() | {"企业": [ENTERPRISE, ENTERPRISE | {"统一社会信用代码": OTHER_USCC, "区市": "高区"}]}, ["P_NAME", "P_NAME"]
    ),
    # P_EARLY
    "uploaded on the day": (lent(资料上传日=LENT), []),
    "uploaded the day before": (lent(资料上传日=LENT - timedelta(1)), ["P_EARLY"]),
    "never uploaded": (lent(资料上传日=None), []),
    "repayment uploaded on the day": (repaid(), []),
    "repayment uploaded the day before": (repaid(资料上传日=date(2023, 9, 20)), ["P_EARLY"]),
    "extension uploaded the day before": (
        base(展期=[extension("A", DUE, date(2024, 9, 3), 资料上传日=DUE - timedelta(1))]), ["P_EARLY"]
    ),
    # P_INTEREST
    "interest at the limit": (repaid(**{"付息金额(万元)": 150}), []),
    "interest a fen above": (repaid(**{"付息金额(万元)": 150 + FEN}), ["P_INTEREST"]),
    "no interest": (repaid(**{"还本金额(万元)": 1, "付息金额(万元)": None}), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_below_at_and_above(name: str, engine: Engine, take: Take) -> None:
    sheets, codes = CASES[name]
    take(sheets)
    assert [one.code for one in found(engine)] == codes


@pytest.mark.parametrize(
    ("sheets", "text"),
    [
        (lent(**{"年利率(%)": Decimal("0.0425")}), "贷款表第 2 行，年利率(%)「0.0425」：低于 1%，可能应为 4.25"),
        (lent(**{"年利率(%)": Decimal("42.5")}), "贷款表第 2 行，年利率(%)「42.5」：高于 15%，可能应为 4.25"),
        (amount(5_000_000), "贷款表第 2 行，贷款金额(万元)「5000000」：达到 10000 万元，可能按元填写，应为 500"),
        (
            base(年末余额=[balance("A", Decimal("0.1"))]),
            "年末余额表第 2 行，年末余额(万元)「0.1」：恰为按还款推算的余额的 10,000 分之一，可能单位或小数点有误，应为 1000",
        ),
        (lent(到期日=date(2043, 7, 3)), "贷款表第 2 行，到期日「2043-07-03」：距发放日 2023-07-03 超过 10 年，可能年份或日期有误"),
        (repaid(**{"付息金额(万元)": 53125}), "还款表第 2 行，付息金额(万元)「53125」：超过贷款金额 1000 万元的 15%，可能按元填写，应为 5.3125"),
        (repaid(资料上传日=date(2023, 9, 1)), "还款表第 2 行，资料上传日「2023-09-01」：早于还款日 2023-09-21，可能日期有误"),
    ],
)  # fmt: skip
def test_a_sentence_names_sheet_row_value_and_what_it_probably_was(
    sheets: dict[str, Any], text: str, engine: Engine, take: Take
) -> None:
    take(sheets)
    (one,) = found(engine)
    assert one.text == text
    assert (one.bank, one.note_no, one.uscc, one.file) == (BANK, "A", USCC, "报送1.xlsx")


def test_both_twins_are_named(engine: Engine, take: Take) -> None:
    take(base(loan("A1"), loan("A2"), loan("a1", **{"贷款金额(万元)": 300})))
    assert [(one.code, one.note_no) for one in found(engine)] == [("P_TWIN", note) for note in ("A1", "A2", "a1")]
    first = found(engine)[0].text
    assert "与借据「A2」的企业、金额、发放日、到期日都相同，又与借据「a1」只差大小写、空格或标点" in first


def test_both_enterprises_of_a_name_are_named(engine: Engine, take: Take) -> None:
    take(base() | {"企业": [ENTERPRISE, ENTERPRISE | {"统一社会信用代码": OTHER_USCC}]})
    first, second = found(engine)
    assert (first.uscc, first.note_no, first.row) == (
        OTHER_USCC,
        None,
        3,
    ) and f"与代码「{USCC}」的企业同名" in first.text
    assert (second.uscc, second.sheet, second.row) == (USCC, "企业", 2)


# --- of a year ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "events", "said"),
    [
        (DUE, {"还款": [repayment("A", date(2024, 1, 5), 1)]}, None),  # the due date itself
        (DUE + timedelta(1), {"还款": [repayment("A", date(2024, 1, 5), 1)]}, "已过到期日 2024-07-03，仍有余额 999 万元"),
        (DUE + timedelta(1), {"还款": [repayment("A", DUE, 1000)]}, None),
        (DUE + timedelta(1), {"还款": [repayment("A", DUE + timedelta(2), 1000)]}, "仍有余额 1000 万元"),
        (DUE, {}, None),  # a year to the day without a repayment
        (DUE + timedelta(1), {"展期": [extension("A", DUE, date(2025, 7, 3))]}, "发放已超过 1 年，没有一笔还款在库"),
        (
            DUE + timedelta(1),
            {"展期": [extension("A", DUE, date(2025, 7, 3))],
             "还款": [repayment("A", date(2024, 1, 5), 0) | {"付息金额(万元)": 1}]},
            None,
        ),
        (
            date(2025, 7, 4),
            {"展期": [extension("A", DUE, date(2025, 7, 3))], "还款": [repayment("A", date(2024, 1, 5), 1)]},
            "已过到期日 2025-07-03",
        ),
    ],
)  # fmt: skip
def test_overdue_as_of_a_date(
    as_of: date, events: dict[str, Any], said: str | None, engine: Engine, take: Take
) -> None:
    take(base(**events))
    assert found(engine) == []  # not judged where no year is asked for
    told = in_year(engine, as_of)
    assert [one.code for one in told] == (["P_OVERDUE"] if said else [])
    assert said is None or said in told[0].text


def test_unreported_where_the_bank_reported_another(engine: Engine, take: Take) -> None:
    other = {"合作银行": [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, "乙样例银行")]}
    loans = [loan("A"), loan("B", **{"贷款金额(万元)": 9}), loan("C", 银行名称="乙样例银行", **{"贷款金额(万元)": 8})]
    take(base(*loans, 年末余额=[balance("A", 1000)]) | other)
    as_of = date(2024, 1, 31)
    assert [(one.code, one.note_no) for one in in_year(engine, as_of)] == [("P_UNREPORTED", "B")]
    assert in_year(engine, as_of, 2024) == []
    take({"年末余额": [balance("B", 9)]})
    assert in_year(engine, as_of) == []


def test_what_comes_after_the_date_does_not_count(engine: Engine, take: Take) -> None:
    take(base(还款=[repayment("A", date(2024, 2, 5), 0) | {"付息金额(万元)": 500}]))
    assert in_year(engine, date(2024, 2, 4)) == []
    assert [one.code for one in in_year(engine, date(2024, 2, 5))] == ["P_INTEREST"]


def test_only_the_loans_that_are_asked_for(engine: Engine, take: Take) -> None:
    """Their enterprises too; what they are compared with is everything on file."""
    other = ENTERPRISE | {"统一社会信用代码": OTHER_USCC}
    take(
        base(loan("A"), loan("B"), loan("C", 统一社会信用代码=OTHER_USCC, **{"年利率(%)": 0}))
        | {"企业": [ENTERPRISE, other], "资质": [QUALIFICATION]}
    )
    with db.reading(engine) as connection:
        first = connection.execute(select(models.Loan.id).where(models.Loan.note_no == "A")).scalars().all()
        facts = columns.everything(connection)
        told = on_file.of_year(connection, facts, np.array(first), 2023, date(2024, 1, 31))
    assert [(one.code, one.note_no, one.uscc) for one in told] == [("P_TWIN", "A", USCC), ("P_NAME", None, USCC)]
