"""Business whose papers are missing, as lists and pages show it: around its last day, and to whom."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.waiting.due import Due, due
from samples import BANK, PARTNER, base, loan, repayment

Take = Callable[..., Any]
OTHER_BANK = "另一样例银行"


def listed(engine: Engine, day: date, within: int | None = None, scope: Scope = EVERYTHING) -> list[Due]:
    with db.reading(engine) as connection:
        return due(connection, scope, within, day)


@pytest.mark.parametrize(
    ("day", "within", "left"),
    [
        (date(2023, 7, 7), 0, []),  # lent on Monday 07-03: due on Monday 07-10, a working day after this Friday
        (date(2023, 7, 7), 1, [1]),
        (date(2023, 7, 9), 1, [1]),  # a Sunday
        (date(2023, 7, 10), 0, [0]),
        (date(2023, 7, 11), None, [-1]),
        (date(2023, 7, 15), None, [-4]),
        (date(2023, 7, 3), 4, []),
        (date(2023, 7, 3), None, [5]),  # five working days ahead, where nobody says
    ],
)
def test_around_the_last_day(engine: Engine, take: Take, day: date, within: int | None, left: list[int]) -> None:
    take(base(loan(资料上传日=None)))
    found = listed(engine, day, within)
    assert [one.workdays_left for one in found] == left
    assert all((one.note_no, one.event, one.due_on) == ("A", "发放", date(2023, 7, 10)) for one in found)
    assert [one.late for one in found] == [number < 0 for number in left]


def test_a_last_day_before_a_weekend_has_passed_on_the_weekend(engine: Engine, take: Take) -> None:
    take(base(loan(发放日=date(2023, 6, 30), 资料上传日=None)))  # a Friday: due on Friday 07-07
    (friday,) = listed(engine, date(2023, 7, 7))
    assert (friday.workdays_left, friday.late, friday.in_time) == (0, False, None)
    for day in (date(2023, 7, 8), date(2023, 7, 9), date(2023, 7, 10)):
        (one,) = listed(engine, day)
        assert (one.workdays_left, one.late, one.in_time) == (-1, True, False), day


def test_an_event_as_machines_are_told(engine: Engine, take: Take) -> None:
    take(base(loan(), 还款=[repayment("A", date(2023, 9, 4), 100, 资料上传日=None)]))
    (one,) = listed(engine, date(2023, 9, 8))
    assert one.as_dict() == {
        "bank": BANK, "note_no": "A", "event": "还款", "event_on": "2023-09-04", "due_on": "2023-09-11",
        "required": ["还本付息凭证"], "missing": ["还本付息凭证"], "complete_on": None, "in_time": None, "on_file": True,
        "workdays_left": 1,
    }  # fmt: skip


def test_late_events_of_a_year_that_is_approved_are_left_out(engine: Engine, take: Take) -> None:
    from ledger import lifecycle

    take(base(loan(资料上传日=None), loan("B"), 还款=[repayment("B", date(2024, 3, 4), 100, 资料上传日=None)]))
    assert [one.note_no for one in listed(engine, date(2024, 4, 1))] == ["A", "B"]
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "经办")
    lifecycle.approve(engine, run.id, "审核", "样例1号", solo=True)
    assert [one.note_no for one in listed(engine, date(2024, 4, 1))] == ["B"]


def test_excused_withdrawn_and_others_are_left_out(engine: Engine, take: Take) -> None:
    excused = {"银行名称": BANK, "借据编号": "W", "业务日": date(2023, 7, 3), "批准文号": "样例〔2023〕1号"}
    others = [loan("W", 资料上传日=None), loan("K", 业务品种="卡脖子攻关贷", 资料上传日=None)]
    extension = {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 6, 3), "新到期日": date(2024, 12, 3)}
    take(base(loan(), *others, 上传豁免=[excused], 展期=[extension]))
    assert [(one.note_no, one.event) for one in listed(engine, date(2024, 6, 11))] == [("A", "展期")]
    assert listed(engine, date(2024, 5, 1)) == []  # before it happened


def test_each_sees_its_own(engine: Engine, take: Take) -> None:
    banks = [PARTNER, {**PARTNER, "银行名称": OTHER_BANK}]
    take(base(loan(资料上传日=None), loan("B", 银行名称=OTHER_BANK, 资料上传日=None), 合作银行=banks))

    def notes(scope: Scope) -> list[str]:
        return [one.note_no for one in listed(engine, date(2023, 7, 10), scope=scope)]

    assert notes(Scope("city")) == ["A", "B"] or notes(Scope("city")) == ["B", "A"]
    assert notes(Scope("clerk", "bank", BANK)) == ["A"]
    assert notes(Scope("clerk", "bank", OTHER_BANK)) == ["B"]
    assert notes(Scope("clerk", "insurer", "样例财险")) == []
    assert notes(Scope("county", "county", "荣成市")) == []
    assert len(notes(Scope("county", "county", "环翠区"))) == 2
    take(
        {
            "银行变更": [
                {"原名称": OTHER_BANK, "变更日": "2024-01-01", "类别": "承继", "现名称": BANK, "批准文号": "函1号"}
            ]
        }
    )
    assert sorted(notes(Scope("clerk", "bank", BANK))) == ["A", "B"]


def test_a_year_without_a_calendar_has_no_due_day(engine: Engine, take: Take, set_today: Any) -> None:
    set_today(date(2026, 12, 31))
    take(base(loan(发放日=date(2026, 12, 25), 到期日=date(2027, 12, 25), 资料上传日=None)))
    (one,) = listed(engine, date(2026, 12, 31))
    assert (one.due_on, one.workdays_left, one.late) == (None, None, False)
    take({"工作日历": [{"日期": date(2027, 1, 1), "类型": "放假"}]})
    (one,) = listed(engine, date(2026, 12, 31))
    assert (one.due_on, one.workdays_left) == (date(2027, 1, 4), 1)
