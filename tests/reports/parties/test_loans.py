"""Loans on file with what each year's run says of them: what is found, in which order, and by whom."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import lifecycle
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.parties.loans import SORTS, Loan, loans, one
from samples import BANK, PARTNER, PROJECT, base, loan

Take = Callable[..., Any]
OTHER_BANK = "另一样例银行"


def found(engine: Engine, scope: Scope = EVERYTHING, **asked: Any) -> list[Loan]:
    with db.reading(engine) as connection:
        page = loans(connection, scope, **asked)
    assert page.total >= len(page.items)
    return page.items


@pytest.fixture
def books(engine: Engine, take: Take) -> Engine:
    banks = [PARTNER, {**PARTNER, "银行名称": OTHER_BANK}]
    late = loan(
        "B", 银行名称=OTHER_BANK, 资料上传日=date(2023, 8, 1), 发放日=date(2023, 7, 4), **{"贷款金额(万元)": 20}
    )
    risky = loan("C", 业务品种="卡脖子攻关贷", 项目编号="P1", 发放日=date(2023, 7, 5))
    take(base(loan("A"), late, risky, 合作银行=banks, 项目库=[PROJECT]))
    return engine


def test_without_a_run_there_is_no_verdict(books: Engine) -> None:
    assert [(one.note_no, one.verdicts) for one in found(books)] == [("C", []), ("B", []), ("A", [])]


def test_each_year_counts_by_its_approved_run_else_its_latest_trial(books: Engine) -> None:
    branch, risk = PROGRAMMES["tech_branch"], PROGRAMMES["chokepoint"]
    settlement.settle(books, branch, 2023, date(2024, 1, 31), "经办")
    approved = settlement.settle(books, branch, 2023, date(2024, 1, 31), "经办")
    lifecycle.approve(books, approved.id, "审核", "样例1号", solo=True)
    settlement.settle(books, branch, 2024, date(2025, 1, 31), "经办")
    latest = settlement.settle(books, branch, 2024, date(2025, 1, 31), "经办")
    review = settlement.settle(books, risk, 2023, None, "经办")
    by_note = {one.note_no: one for one in found(books)}
    assert [(one.run.year, one.run.id) for one in by_note["A"].verdicts] == [(2024, latest.id), (2023, approved.id)]
    newest, first = by_note["A"].verdicts
    assert first.fen > 0 and first.reasons == [] and dict(first.gives)["贴息金额"] > 0
    assert by_note["B"].verdicts[1].reasons == ["R_UPLOAD"]
    assert [one.run.id for one in by_note["C"].verdicts] == [review.id]


def test_what_is_looked_for(books: Engine) -> None:
    assert [one.note_no for one in found(books, q="B")] == ["B"]
    assert len(found(books, q="样例甲")) == 3 and found(books, q="%") == []
    assert [one.note_no for one in found(books, bank=OTHER_BANK)] == ["B"] and found(books, bank="没有的银行") == []
    assert found(books, county="荣成市") == [] and len(found(books, county="环翠区")) == 3
    for sort in SORTS:
        ascending = [one.note_no for one in found(books, sort=sort)]
        assert len(ascending) == 3
    assert [one.note_no for one in found(books, sort="amount_fen")] == ["B", "A", "C"]
    assert [one.note_no for one in found(books, sort="-note_no")] == ["C", "B", "A"]
    assert [one.note_no for one in found(books, sort="note_no", page=2, size=2)] == ["C"]


def test_each_sees_its_own(books: Engine, take: Take) -> None:
    bank, other = Scope("clerk", "bank", BANK), Scope("clerk", "bank", OTHER_BANK)
    assert [one.note_no for one in found(books, bank, sort="note_no")] == ["A", "C"]
    assert [one.note_no for one in found(books, other)] == ["B"]
    assert found(books, bank, bank=OTHER_BANK) == [] and found(books, Scope("clerk", "insurer", "样例财险")) == []
    assert [one.note_no for one in found(books, Scope("county", "county", "环翠区"), sort="note_no")] == ["A", "B"]
    assert [one.note_no for one in found(books, Scope("tech"))] == ["C"]
    take(
        {
            "银行变更": [
                {"原名称": OTHER_BANK, "变更日": "2024-01-01", "类别": "承继", "现名称": BANK, "批准文号": "函1号"}
            ]
        }
    )
    assert [one.note_no for one in found(books, bank, sort="note_no")] == ["A", "B", "C"]
    assert found(books, bank, q="B")[0].bank == f"{OTHER_BANK}（{BANK}承继）"


def test_one_loan_or_none_outside_the_scope(books: Engine) -> None:
    with db.reading(books) as connection:
        loan = one(connection, Scope("clerk", "bank", BANK), BANK, "A")
        assert loan is not None and loan.note_no == "A" and loan.enterprise == "威海样例甲公司"
        for scope, bank, note in (
            (Scope("clerk", "bank", BANK), OTHER_BANK, "B"),
            (EVERYTHING, BANK, "B"),
            (EVERYTHING, "没有的银行", "A"),
        ):
            assert one(connection, scope, bank, note) is None
