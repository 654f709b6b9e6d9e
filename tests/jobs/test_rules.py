"""When jobs are due: around weekends, holidays and make-up days, and in a year whose calendar nobody knows."""

from datetime import date, datetime, timedelta

import chinese_calendar
import pytest

from jobs.rules import AfterQuarter, ByDays, Daily, FirstWorkday, LawDay, Next, OnDays, Rule, YearDay, next_run
from jobs.schedule import BY_NAME, SCHEDULE
from jobs.tech_branch import FILING
from ledger.errors import Refused
from ledger.law.document import document
from ledger.workdays import Calendar

KNOWN_2027 = {date(2027, 1, 1): False}  # one row of a notice covers its year


def days(rule: Rule, year: int) -> list[date]:
    return [rule.actual(day, Calendar()) for day in rule.nominal(year)]


def test_every_day() -> None:
    assert len(days(Daily(8, 0), 2024)) == 366
    assert days(Daily(8, 0), 2023)[-1] == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("year", "first"),
    [(2023, date(2023, 1, 3)), (2024, date(2024, 1, 2)), (2025, date(2025, 1, 2)), (2026, date(2026, 1, 4))],
)  # 2026-01-04 is a Sunday and a make-up day
def test_the_first_working_day_of_january(year: int, first: date) -> None:
    assert days(FirstWorkday(8, 30, month=1), year) == [first]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2023, [(1, 9), (4, 10), (7, 7), (10, 11)]),  # make-up days on 04-23 do not matter; 10-07 and 10-08 do
        (2024, [(1, 8), (4, 8), (7, 5), (10, 12)]),  # 04-07 and 10-12 are make-up days
    ],
)
def test_the_fifth_working_day_after_a_quarter(year: int, expected: list[tuple[int, int]]) -> None:
    found = days(AfterQuarter(9, 0, workdays=5), year)
    assert found == [date(year, month, day) for month, day in expected]
    for day, start in zip(found, ((1, 1), (4, 1), (7, 1), (10, 1)), strict=True):
        first = date(year, *start)
        assert sum(map(chinese_calendar.is_workday, _span(first, day))) == 5


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def test_a_day_is_moved_to_the_next_working_day() -> None:
    rule = OnDays(9, 0, days=(YearDay(12, 1), LawDay("chokepoint", "review")))
    assert days(rule, 2023) == [date(2023, 12, 1), date(2023, 12, 15)]
    assert days(rule, 2024) == [date(2024, 12, 2), date(2024, 12, 16)]  # both Sundays
    assert rule.words == "12 月 1、15 日（遇休息日顺延） 09:00"


def test_a_deadline_is_met_on_the_working_day_before() -> None:
    rule = ByDays(9, 0, days=(YearDay(1, 27), FILING))
    assert days(rule, 2026) == [date(2026, 1, 27), date(2026, 1, 30)]  # the 31st is a Saturday
    assert days(rule, 2025) == [date(2025, 1, 27), date(2025, 1, 27)]  # the spring festival began on the 28th
    assert days(ByDays(9, 0, days=(FILING,)), 2023) == [date(2023, 1, 31)]
    assert FILING.of(2026) == date(2026, 1, 31)


def test_days_of_the_law_come_from_its_document() -> None:
    assert document("tech_branch").number_near("filing_month", date(2030, 1, 1)) == 1
    assert LawDay("chokepoint", "review").of(2026) == date(2026, 12, 15)  # also after the document's end
    with pytest.raises(TypeError):
        document("tech_branch").number_near("categories", date(2024, 1, 1))


# --- latest and following ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "latest", "following"),
    [
        (datetime(2026, 1, 4, 8, 29), date(2025, 1, 2), datetime(2026, 1, 4, 8, 30)),
        (datetime(2026, 1, 4, 8, 30), date(2026, 1, 4), None),
        (datetime(2025, 12, 31, 12), date(2025, 1, 2), datetime(2026, 1, 4, 8, 30)),
    ],
)
def test_before_and_at_its_minute(now: datetime, latest: date, following: datetime | None) -> None:
    rule = FirstWorkday(8, 30, month=1)
    assert rule.latest(now, Calendar()) == latest
    if following is not None:
        assert rule.following(now, Calendar()) == following


def test_the_latest_of_a_deadline_may_come_before_its_day() -> None:
    rule = ByDays(9, 0, days=(FILING,))
    assert rule.latest(datetime(2026, 1, 30, 9, 0), Calendar()) == date(2026, 1, 30)
    assert rule.latest(datetime(2026, 1, 30, 8, 59), Calendar()) == date(2025, 1, 27)


def test_a_moved_day_has_not_come_on_its_nominal_one() -> None:
    rule = OnDays(9, 0, days=(YearDay(12, 15),))
    assert rule.latest(datetime(2024, 12, 15, 12), Calendar()) == date(2023, 12, 15)
    assert rule.following(datetime(2024, 12, 15, 12), Calendar()) == datetime(2024, 12, 16, 9)


def test_every_rule_of_the_schedule_agrees_with_itself() -> None:
    """Day by day over three years: what follows is the next moment at which the latest changes."""
    calendar = Calendar()
    for job in SCHEDULE:
        now = datetime(2023, 1, 1, 23, 59)
        latest, following = job.when.latest(now, calendar), job.when.following(now, calendar)
        while now < datetime(2025, 12, 20):
            now += timedelta(days=1)
            found = job.when.latest(now, calendar)
            if now < following:
                assert found == latest, (job.name, now)
            else:
                assert found == following.date(), (job.name, now)
                latest, following = found, job.when.following(now, calendar)


# --- an unknown year --------------------------------------------------------------------------------------------------


def test_an_unknown_year_waits_for_the_calendar() -> None:
    now = datetime(2026, 12, 20, 12)
    january = FirstWorkday(8, 30, month=1)
    assert next_run(january, now, Calendar()) == Next(None, date(2027, 1, 1))
    assert next_run(january, now, Calendar()).words == "2027-01-01 前后，待工作日历"
    assert next_run(AfterQuarter(9, 0, workdays=5), now, Calendar()) == Next(None, date(2027, 1, 1))
    assert next_run(Daily(8, 0), now, Calendar()).words == "2026-12-21 08:00"
    assert next_run(january, now, Calendar(KNOWN_2027)) == Next(datetime(2027, 1, 4, 8, 30))


@pytest.mark.parametrize("name", ["year-end-trial", "filing-reminder", "quarter-returns"])
def test_in_an_unknown_year_the_sheet_is_named(name: str) -> None:
    rule = BY_NAME[name].when
    assert rule.latest(datetime(2026, 12, 30, 12), Calendar()) is not None  # nothing of 2027 is near yet
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        rule.latest(datetime(2027, 1, 2, 12), Calendar())
    assert rule.latest(datetime(2027, 1, 2, 12), Calendar(KNOWN_2027)) is not None


@pytest.mark.parametrize("name", ["years-forecast", "archive-term", "review-reminder", "papers-due"])
def test_what_is_far_off_needs_no_calendar_yet(name: str) -> None:
    assert BY_NAME[name].when.latest(datetime(2027, 1, 2, 23), Calendar()) is not None
