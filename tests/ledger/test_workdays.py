"""Working days and whole months against a plain count of days."""

from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import workdays
from ledger.errors import Refused
from ledger.workdays import Calendar, day_date, day_number

DAYS = st.dates(date(2010, 1, 1), date(2026, 11, 30))


def numbers(*days: date) -> workdays.Days:
    return np.array([day_number(day) for day in days], dtype=np.int64)


def one(found: workdays.Days) -> date:
    return day_date(found[0])


@given(DAYS)
def test_previous_workday(day: date) -> None:
    before = day - timedelta(1)
    while not chinese_calendar.is_workday(before):
        before -= timedelta(1)
    calendar = Calendar()
    assert one(calendar.previous_workday(numbers(day))) == before
    calendar.require_known()


@given(DAYS, st.integers(1, 12))
def test_add_workdays(day: date, count: int) -> None:
    after = day
    for _ in range(count):
        after += timedelta(1)
        while not chinese_calendar.is_workday(after):
            after += timedelta(1)
    assert one(Calendar().add_workdays(numbers(day), count)) == after


def test_make_up_days_count() -> None:
    assert one(Calendar().add_workdays(numbers(date(2023, 9, 28)), 5)) == date(2023, 10, 11)


def test_an_uncovered_year_is_refused_by_name() -> None:
    calendar = Calendar()
    calendar.add_workdays(numbers(date(2026, 12, 30)), 5)
    with pytest.raises(Refused, match="2027 年.*2027-01-.*工作日历"):
        calendar.require_known()


def test_the_calendar_is_asked_no_further_than_needed() -> None:
    calendar = Calendar()
    assert one(calendar.add_workdays(numbers(date(2026, 12, 24)), 5)) == date(2026, 12, 31)
    calendar.require_known()


def test_a_notice_covers_its_year_and_comes_first() -> None:
    calendar = Calendar({date(2027, 1, 1): False, date(2027, 1, 2): True})
    assert one(calendar.add_workdays(numbers(date(2026, 12, 31)), 1)) == date(2027, 1, 2)
    assert one(calendar.previous_workday(numbers(date(2027, 1, 4)))) == date(2027, 1, 2)
    calendar.require_known()


def test_years_before_the_package_are_uncovered() -> None:
    calendar = Calendar()
    calendar.previous_workday(numbers(date(2003, 6, 4)))
    with pytest.raises(Refused, match="2003 年"):
        calendar.require_known()


def add_months(day: date, count: int) -> date:
    month = day.year * 12 + day.month - 1 + count
    year, month = divmod(month, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(1)).day
    return date(year, month + 1, min(day.day, last))


@given(DAYS, st.integers(0, 240))
def test_add_months(day: date, count: int) -> None:
    assert one(workdays.add_months(numbers(day), count)) == add_months(day, count)


@given(DAYS, DAYS)
def test_whole_months(start: date, end: date) -> None:
    count = 0
    while add_months(start, count + 1) <= end:
        count += 1
    assert workdays.whole_months(numbers(start), numbers(end)).tolist() == [count]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2023, 8, 31), date(2024, 2, 28), 5),
        (date(2023, 8, 31), date(2024, 2, 29), 6),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2023, 5, 1), date(2023, 4, 30), 0),
    ],
)
def test_month_ends(start: date, end: date, months: int) -> None:
    assert workdays.whole_months(numbers(start), numbers(end)).tolist() == [months]
