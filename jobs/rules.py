"""When a job is due: small rules over the calendar, and what follows from a rule at a moment.

Every time is the city's. A rule names its days of a year; where one hangs on working days, the calendar with the notices
on file says which day it is, and a year that the calendar does not know is refused by name, never guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

import numpy as np

from ledger.errors import Refused
from ledger.law.document import document
from ledger.workdays import Calendar, day_date, day_number

_LONGEST_HOLIDAY = timedelta(days=10)  # so many days at most a day is moved; only saves asking about days far off


@dataclass(frozen=True)
class YearDay:
    """A day of the year."""

    month: int
    day: int

    def of(self, year: int) -> date:
        """The day in a year."""
        return date(year, self.month, self.day)


@dataclass(frozen=True)
class LawDay:
    """A day of the year that a document sets: its values `…_month` and `…_day`."""

    programme: str
    name: str

    def of(self, year: int) -> date:
        """The day in a year."""
        found = document(self.programme)
        start = date(year, 1, 1)
        return date(year, found.number_near(f"{self.name}_month", start), found.number_near(f"{self.name}_day", start))


@dataclass(frozen=True)
class Rule:
    """A rule: the days of a year, and the hour and minute at which its job runs on them."""

    hour: int
    minute: int
    earlier: ClassVar[bool] = False  # whether a day may be moved to an earlier one

    @property
    def words(self) -> str:
        """The rule in Chinese."""
        return f"{self._days_in_words()} {self.hour:02d}:{self.minute:02d}"

    def _days_in_words(self) -> str:
        raise NotImplementedError

    def nominal(self, year: int) -> Sequence[date]:
        """The days of a year before any is moved, ascending."""
        raise NotImplementedError

    def actual(self, day: date, calendar: Calendar) -> date:
        """The day on which the job runs for a nominal day; Refused when the calendar does not know that year."""
        raise NotImplementedError

    # --- what follows ---------------------------------------------------------------------------------------------

    def moment(self, day: date) -> datetime:
        """When the job runs on a day."""
        return datetime.combine(day, time(self.hour, self.minute))

    def latest(self, now: datetime, calendar: Calendar) -> date | None:
        """The last day on which the job was due by now; Refused when that hangs on a year that is not known."""
        for nominal in self._around(now.date(), -1):
            actual = self.actual(nominal, calendar)
            if self.moment(actual) <= now:
                return actual
        return None

    def following(self, now: datetime, calendar: Calendar) -> datetime:
        """When the job is due next; Refused when that hangs on a year that is not known."""
        for nominal in self._around(now.date(), 1):
            moment = self.moment(self.actual(nominal, calendar))
            if moment > now:
                return moment
        raise AssertionError("a rule has a day in every year")

    def _around(self, today: date, step: int) -> Iterator[date]:
        """Nominal days: backwards from the last that may have come, or onwards from the first that may be to come."""
        edge = today - _LONGEST_HOLIDAY if step > 0 else today + _LONGEST_HOLIDAY if self.earlier else today
        for year in (edge.year, edge.year + step, edge.year + 2 * step):
            yield from (day for day in self.nominal(year)[::step] if (day - edge).days * step >= 0)


@dataclass(frozen=True)
class Daily(Rule):
    """Every day."""

    def _days_in_words(self) -> str:
        return "每日"

    def nominal(self, year: int) -> Sequence[date]:
        start = date(year, 1, 1)
        return [start + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - start).days)]

    def actual(self, day: date, calendar: Calendar) -> date:
        return day


@dataclass(frozen=True)
class FirstWorkday(Rule):
    """The first working day of a month."""

    month: int

    def _days_in_words(self) -> str:
        return f"{self.month} 月第一个工作日"

    def nominal(self, year: int) -> Sequence[date]:
        return [date(year, self.month, 1)]

    def actual(self, day: date, calendar: Calendar) -> date:
        return workday_from(calendar, day)


@dataclass(frozen=True)
class OnDays(Rule):
    """Days of the year; one that is no working day is moved to the next."""

    days: tuple[YearDay | LawDay, ...]

    def _days_in_words(self) -> str:
        return f"{_days_text(self.days)}（遇休息日顺延）"

    def nominal(self, year: int) -> Sequence[date]:
        return sorted(day.of(year) for day in self.days)

    def actual(self, day: date, calendar: Calendar) -> date:
        return workday_from(calendar, day)


@dataclass(frozen=True)
class ByDays(OnDays):
    """Days of the year by which something must be done; one that is no working day is moved to the one before."""

    earlier: ClassVar[bool] = True

    def _days_in_words(self) -> str:
        return f"{_days_text(self.days)}（遇休息日提前）"

    def actual(self, day: date, calendar: Calendar) -> date:
        return workday_until(calendar, day)


@dataclass(frozen=True)
class AfterQuarter(Rule):
    """So many working days after the end of each quarter."""

    workdays: int

    def _days_in_words(self) -> str:
        return f"季末后第 {self.workdays} 个工作日"

    def nominal(self, year: int) -> Sequence[date]:
        return [date(year, month, 1) for month in (1, 4, 7, 10)]

    def actual(self, day: date, calendar: Calendar) -> date:
        return add_workdays(calendar, day - timedelta(days=1), self.workdays)


def _days_text(days: Sequence[YearDay | LawDay]) -> str:
    """Days in Chinese; those that a document sets as they are this side of its end."""
    found = [day.of(2000) for day in days]
    by_month = {day.month: [other.day for other in found if other.month == day.month] for day in found}
    return "，".join(f"{month} 月 {'、'.join(map(str, of_month))} 日" for month, of_month in by_month.items())


# --- one date at a time -------------------------------------------------------------------------------------------------


def add_workdays(calendar: Calendar, day: date, count: int) -> date:
    """The count-th working day strictly after a day; Refused when it is not known."""
    found = calendar.add_workdays(_number(day), count)
    calendar.require_known()
    return day_date(found[0])


def workday_from(calendar: Calendar, day: date) -> date:
    """The first working day on or after a day; Refused when it is not known."""
    return add_workdays(calendar, day - timedelta(days=1), 1)


def workday_until(calendar: Calendar, day: date) -> date:
    """The last working day on or before a day; Refused when it is not known."""
    found = calendar.previous_workday(_number(day + timedelta(days=1)))
    calendar.require_known()
    return day_date(found[0])


def _number(day: date) -> np.ndarray:
    return np.array([day_number(day)], dtype=np.int64)


@dataclass(frozen=True)
class Next:
    """When a job is due next: the moment, or None and the nominal day where a year's calendar must say first."""

    moment: datetime | None
    nominal: date | None = None

    @property
    def words(self) -> str:
        """For people."""
        if self.moment is None:
            return f"{self.nominal} 前后，{WAITING}"
        return self.moment.isoformat(sep=" ", timespec="minutes")


WAITING = "待工作日历"


def next_run(rule: Rule, now: datetime, calendar: Calendar) -> Next:
    """When a job is due next, as far as the calendar says."""
    try:
        return Next(rule.following(now, calendar))
    except Refused:
        days = (day for year in (now.year, now.year + 1) for day in rule.nominal(year))
        return Next(None, next(day for day in days if rule.moment(day) > now))
