"""The daily jobs: papers, short terms, rosters and partnerships, the LPR; each around its date."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import jobs.schedule
from clockwork import call, to
from jobs.runner import ALREADY, DONE, FAILED, run_job
from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.lifecycle import approve
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from ledger.settings import Settings
from samples import BANK, PARTNER, USCC, base, loan, repayment

Take = Callable[..., Any]
SetToday = Callable[[date], None]
OTHER_BANK = "另一样例银行"


# --- papers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "today", "following"),
    [
        (date(2023, 7, 6), 0, 0),  # lent on Monday 07-03: due on Monday 07-10
        (date(2023, 7, 7), 0, 1),  # Friday: Monday is the next working day
        (date(2023, 7, 8), 0, 1),
        (date(2023, 7, 9), 0, 1),
        (date(2023, 7, 10), 1, 0),
        (date(2023, 7, 11), 0, 0),
    ],
)
def test_papers_around_their_last_day(engine: Engine, take: Take, day: date, today: int, following: int) -> None:
    take(base(loan(资料上传日=None)))
    found = call(engine, "papers-due", day)
    assert (found.figures["due_today"], found.figures["due_next"]) == (today, following)
    if today + following:
        notice = to(found, BANK)
        assert "A　威海样例甲公司　发放 2023-07-03，资料最迟 2023-07-10 上传" in notice.body
        assert "第十七条" in notice.body
    else:
        assert not found.notices


@pytest.mark.parametrize(("day", "count"), [(date(2023, 10, 9), 0), (date(2023, 10, 10), 1), (date(2023, 10, 11), 1)])
def test_papers_over_a_holiday_with_make_up_days(engine: Engine, take: Take, day: date, count: int) -> None:
    """Lent before the national holiday: the make-up days 10-07 and 10-08 count, so the time ends on 10-11."""
    take(base(loan(发放日=date(2023, 9, 28), 到期日=date(2024, 9, 28), 资料上传日=None)))
    assert len(call(engine, "papers-due", day).notices) == count


def test_papers_of_repayments_and_extensions_by_bank(engine: Engine, take: Take) -> None:
    extension = {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 6, 3), "新到期日": date(2024, 12, 3)}
    take(
        base(
            loan(),
            loan("B", 银行名称=OTHER_BANK),
            合作银行=[PARTNER, {**PARTNER, "银行名称": OTHER_BANK}],
            还款=[
                repayment("A", date(2024, 6, 4), 100, 资料上传日=None),
                {**repayment("B", date(2024, 6, 3), 100), "银行名称": OTHER_BANK, "资料上传日": None},
            ],
            展期=[extension],
        )
    )
    found = call(engine, "papers-due", date(2024, 6, 11))  # 06-10 is a holiday
    assert (found.figures["due_today"], found.figures["due_next"]) == (2, 1)
    assert [notice.to for notice in found.notices] == sorted([BANK, OTHER_BANK])
    body = to(found, BANK).body
    assert body.index("展期 2024-06-03，资料最迟 2024-06-11") < body.index("还款 2024-06-04，资料最迟 2024-06-12")
    assert "还款 2024-06-03" in to(found, OTHER_BANK).body and "B　" not in body


def test_papers_that_came_or_are_excused_or_came_later_than_the_day(engine: Engine, take: Take) -> None:
    excused = {"银行名称": BANK, "借据编号": "W", "业务日": date(2023, 7, 3), "批准文号": "样例〔2023〕1号"}
    take(
        base(
            loan("A"), loan("W", 资料上传日=None), loan("L", 资料上传日=date(2023, 7, 12)), loan("K", 业务品种="卡脖子攻关贷", 资料上传日=None),
            上传豁免=[excused],
        )
    )  # fmt: skip
    body = to(call(engine, "papers-due", date(2023, 7, 10)), BANK).body
    assert "L　" in body  # on that day they had not come yet
    assert not any(f"{note}　" in body for note in "AWK")


def test_papers_need_only_the_days_up_to_the_next_working_day(engine: Engine, take: Take, set_today: SetToday) -> None:
    set_today(date(2026, 12, 31))
    take(base(loan(发放日=date(2026, 12, 25), 到期日=date(2027, 12, 25), 资料上传日=None)))
    assert not call(engine, "papers-due", date(2026, 12, 30)).notices  # due in 2027, whenever that is
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        call(engine, "papers-due", date(2026, 12, 31))
    take({"工作日历": [{"日期": date(2027, 1, 1), "类型": "放假"}]})
    found = call(engine, "papers-due", date(2026, 12, 31))  # Monday 01-04 is both the next working day and the last
    assert found.figures["due_next"] == 1


# --- short terms ------------------------------------------------------------------------------------------------------


def short_loans(engine: Engine, tmp_path: Path, day: date, again: bool = False) -> int:
    """How many a run for a day reports, as its record has it."""
    ran = run_job(engine, jobs.schedule.BY_NAME["short-loans"], day, Settings(output=tmp_path), again)
    assert ran.outcome in (DONE, ALREADY)
    return int(ran.record.figures["loans"])


def test_only_what_falls_under_the_term(engine: Engine, take: Take, set_today: SetToday) -> None:
    set_today(date(2024, 7, 1))
    short, exact = date(2024, 6, 26), date(2024, 6, 27)  # 359 and 360 days after 2023-07-03
    early = {"发放日": date(2022, 8, 1), "到期日": date(2023, 8, 1), "资料上传日": date(2022, 8, 2)}
    take(
        base(
            loan("短"), loan("足"), loan("余"), loan("约", 到期日=date(2024, 6, 1)), loan("前", **early), loan("后", **early),
            还款=[
                repayment("短", short, 1000), repayment("足", exact, 1000), repayment("余", short, 999),
                repayment("约", date(2024, 1, 5), 1000),
                repayment("前", date(2023, 2, 28), 1000), repayment("后", date(2023, 3, 1), 1000),
            ],
        )
    )  # fmt: skip
    found = call(engine, "short-loans", date(2024, 7, 1))
    assert (found.figures["loans"], found.figures["paid_before"]) == (2, 0)
    body = to(found, BANK).body
    assert "短　威海样例甲公司（环翠区）　2023-07-03 发放，2024-06-26 结清，实际占用 359 天" in body
    assert "后　" in body and "前　" not in body  # the document holds from 2023-03-01
    assert to(found, "市级").body == body


def test_each_is_reported_once_by_when_it_came_on_file(
    engine: Engine, take: Take, set_today: SetToday, tmp_path: Path
) -> None:
    set_today(date(2024, 7, 1))
    paid = date(2024, 1, 5)
    take(base(*map(loan, "甲乙丙丁"), 还款=[repayment("甲", paid, 1000)]))
    set_today(date(2024, 7, 9))  # the first use, when the repayment has been on file for a week
    assert short_loans(engine, tmp_path, date(2024, 7, 9)) == 1
    take({"还款": [repayment("乙", date(2024, 2, 1), 1000)]})
    assert short_loans(engine, tmp_path, date(2024, 7, 9)) == 1  # done already
    set_today(date(2024, 7, 10))
    take({"还款": [repayment("丙", date(2024, 2, 2), 1000)]})
    assert short_loans(engine, tmp_path, date(2024, 7, 10)) == 2  # the rest of yesterday, and today's
    assert short_loans(engine, tmp_path, date(2024, 7, 10), again=True) == 2
    assert short_loans(engine, tmp_path, date(2024, 7, 1)) == 0  # as if on a day before: nothing twice
    set_today(date(2024, 9, 1))
    take({"还款": [repayment("丁", date(2024, 2, 3), 1000)]})
    assert short_loans(engine, tmp_path, date(2024, 9, 1)) == 1  # after downtime
    set_today(date(2024, 9, 2))
    assert short_loans(engine, tmp_path, date(2024, 9, 2)) == 0
    assert short_loans(engine, tmp_path, date(2024, 7, 9), again=True) == 1


def test_a_run_that_failed_has_reported_nothing(
    engine: Engine, take: Take, set_today: SetToday, tmp_path: Path
) -> None:
    set_today(date(2024, 7, 1))
    take(base(loan(), 还款=[repayment("A", date(2024, 1, 5), 1000)]))
    (tmp_path / "文件").write_text("x")
    job = jobs.schedule.BY_NAME["short-loans"]
    assert run_job(engine, job, date(2024, 7, 1), Settings(output=tmp_path / "文件")).outcome == FAILED
    set_today(date(2024, 7, 2))
    assert short_loans(engine, tmp_path, date(2024, 7, 2)) == 1


def test_one_that_was_corrected_is_reported_with_its_new_end(
    engine: Engine, take: Take, set_today: SetToday, tmp_path: Path
) -> None:
    set_today(date(2024, 7, 1))
    take(base(loan(), 还款=[repayment("A", date(2024, 1, 5), 1000)]))
    assert short_loans(engine, tmp_path, date(2024, 7, 1)) == 1
    set_today(date(2024, 7, 2))
    void(engine, BY_NAME["还款"], [BANK, "A", date(2024, 1, 5)], "误录", "测试")
    assert short_loans(engine, tmp_path, date(2024, 7, 2)) == 0
    set_today(date(2024, 7, 3))
    take({"还款": [repayment("A", date(2024, 2, 5), 1000)]})
    assert short_loans(engine, tmp_path, date(2024, 7, 3)) == 1


def test_a_short_loan_says_what_it_was_paid(engine: Engine, take: Take, set_today: SetToday) -> None:
    set_today(date(2024, 1, 31))
    take(base(loan(到期日=date(2024, 7, 3))))
    run = settle(engine, PROGRAMMES["tech_branch"], 2023, None, "甲")
    approve(engine, run.id, "乙", "样例〔2024〕1号", solo=True)
    set_today(date(2024, 3, 1))
    take({"还款": [repayment("A", date(2024, 2, 28), 1000)]})
    found = call(engine, "short-loans", date(2024, 3, 2))
    assert (found.figures["loans"], found.figures["paid_before"]) == (1, 1)
    assert "已付贴息、奖补 16.00 万元，将在下次结算追缴" in to(found, BANK).body


def test_interest_paid_afterwards_is_no_news(engine: Engine, take: Take, set_today: SetToday, tmp_path: Path) -> None:
    set_today(date(2024, 2, 5))
    take(base(loan(), 还款=[repayment("A", date(2024, 1, 5), 1000)]))
    assert short_loans(engine, tmp_path, date(2024, 2, 5)) == 1
    set_today(date(2024, 2, 6))
    take({"还款": [repayment("A", date(2024, 2, 4), 0, **{"付息金额(万元)": 1})]})
    assert short_loans(engine, tmp_path, date(2024, 2, 6)) == 0


# --- the limit of years -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "waived", "figures"),
    [(3, False, (0, 0)), (4, False, (0, 1)), (5, False, (1, 0)), (6, False, (1, 0)), (5, True, (0, 0))],
)
def test_the_forecast_of_the_limit_of_years(
    engine: Engine, take: Take, years: int, waived: bool, figures: tuple[int, int]
) -> None:
    waivers = [{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "样例"}] if waived else []
    opening = {"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": years}
    take(base(loan(), loan("B"), 历史享受年限=[opening], 年限豁免=waivers))
    found = call(engine, "years-forecast", date(2023, 11, 1))
    assert (found.figures["at_limit"], found.figures["last_year"]) == figures
    assert found.figures["enterprises"] == 1
    assert [notice.to for notice in found.notices] == (["环翠区", "市级"] if any(figures) else [])
    if any(figures):
        assert f"威海样例甲公司　已享受 {years} 年" in to(found, "环翠区").body
        assert "威海样例甲公司" not in to(found, "市级").body


def test_the_forecast_looks_only_at_those_who_still_owe(engine: Engine, take: Take) -> None:
    opening = {"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": 5}
    take(base(loan(), 还款=[repayment("A", date(2023, 10, 9), 1000)], 历史享受年限=[opening]))
    assert call(engine, "years-forecast", date(2023, 11, 1)).figures["at_limit"] == 0
