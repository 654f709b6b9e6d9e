"""Dates: the State Council's working days, whole months, and day numbers for columns.

Inside frames a date is a day number: days since 1970-01-01, with NO_DATE for none. The calendar comes from the
chinesecalendar package; a year's notice that a user has put on file (sheet 工作日历) comes first. A date of a year
that neither covers is never guessed: every look-up that would cross one is reported in one refusal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from ledger.columns import distinct
from ledger.errors import Refused
from ledger.lazy import np

if TYPE_CHECKING:
    import numpy.typing as npt

Days: TypeAlias = "npt.NDArray[np.int64]"

EPOCH = date(1970, 1, 1)
NO_DATE = -(2**31)  # sorts before every date
_FIRST_YEAR, _LAST_YEAR = (
    1990,
    2100,
)  # the span of the table, not of the knowledge: years without a notice are uncovered
CITY_ZONE = ZoneInfo("Asia/Shanghai")


def clock() -> datetime:
    """The machine's clock. Everything that asks for the time asks here, through `now` and `today`."""
    return datetime.now(CITY_ZONE)


def now() -> datetime:
    """The city's wall-clock time, to the second."""
    return clock().astimezone(CITY_ZONE).replace(microsecond=0, tzinfo=None)


def today() -> date:
    """Today in the city, wherever the server stands."""
    return now().date()


def day_number(day: date) -> int:
    """The day number of a date."""
    return (day - EPOCH).days


def day_date(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def optional_date(number: int) -> date | None:
    """The date of a day number, None for NO_DATE."""
    return None if number == NO_DATE else day_date(number)


@cache
def _library_calendar() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(is a working day, is covered) for each day of the table, by the chinesecalendar package."""
    import chinese_calendar  # here and not above: it takes long to load, and few commands ask

    # its tables and not its function: that looks through all holidays for every day that it is asked of
    holidays, workdays = chinese_calendar.constants.holidays, chinese_calendar.constants.workdays
    first, last = min(holidays), max(holidays)
    start = day_number(date(_FIRST_YEAR, 1, 1))
    days = np.arange(start, day_number(date(_LAST_YEAR, 12, 31)) + 1)
    working = (days + EPOCH.weekday()) % 7 < 5
    for found, works in ((holidays, False), (workdays, True)):
        working[np.array([day_number(day) for day in found]) - start] = works
    covered = (days >= day_number(date(first.year, 1, 1))) & (days <= day_number(date(last.year, 12, 31)))
    return working, covered


class Calendar:
    """Working days as known from the package and from the notices on file.

    `notices` maps a date to True (上班) or False (放假); a year with a row on file is covered as a whole, its other
    days going by the package or, beyond the package, by weekday.
    """

    def __init__(self, notices: Mapping[date, bool] | None = None) -> None:
        working, covered = (part.copy() for part in _library_calendar())
        self._first = day_number(date(_FIRST_YEAR, 1, 1))
        for day, works in (notices or {}).items():
            start, end = (
                day_number(date(day.year, 1, 1)) - self._first,
                day_number(date(day.year, 12, 31)) - self._first,
            )
            covered[start : end + 1] = True
            working[day_number(day) - self._first] = works
        self._workdays: Days = np.flatnonzero(working) + self._first
        # uncovered days before each day of the table; a span is known when this count does not grow over it
        self._uncovered = np.concatenate([[0], np.cumsum(~covered)])
        self._missing: set[int] = set()

    def _span_known(self, start: Days, stop: Days) -> npt.NDArray[np.bool_]:
        """Whether every day of [start, stop) is covered."""
        last = self._uncovered.size - 1
        low, high = np.clip(start - self._first, 0, last), np.clip(stop - self._first, 0, last)
        return self._uncovered[high] == self._uncovered[low]

    def previous_workday(self, days: Days) -> Days:
        """The last working day strictly before each day."""
        asked, place = distinct(days)
        found = self._workdays[np.clip(np.searchsorted(self._workdays, asked, side="left") - 1, 0, None)]
        self._note_missing(asked[~self._span_known(found, asked)] - 1)
        return found[place]

    def add_workdays(self, days: Days, count: int, needed: npt.NDArray[np.bool_] | None = None) -> Days:
        """The count-th working day strictly after each day (count >= 1).

        Where `needed` is False nothing hangs on the answer: a date that is not known is NO_DATE there, and no refusal.
        """
        asked, place = distinct(days)
        position = np.searchsorted(self._workdays, asked, side="right") + count - 1
        found = self._workdays[np.clip(position, None, self._workdays.size - 1)]
        unknown = ~self._span_known(asked + 1, found + 1)
        if needed is None:
            self._note_missing(found[unknown])
            return found[place]
        days_found, days_unknown = found[place], unknown[place]
        self._note_missing(days_found[days_unknown & needed])
        return np.where(days_unknown & ~needed, NO_DATE, days_found)

    def count_workdays(self, after: Days, through: Days) -> Days:
        """How many working days lie strictly after the first and up to and including the second day."""
        self._note_missing(through[(through > after) & ~self._span_known(after + 1, through + 1)])
        first, last = (np.searchsorted(self._workdays, days, side="right") for days in (after, through))
        return np.asarray(last - first, dtype=np.int64)

    def _note_missing(self, days: Days) -> None:
        self._missing.update(np.unique(days).tolist())

    def take_missing(self) -> frozenset[int]:
        """The dates of years without a notice that look-ups needed since this was last asked, as day numbers."""
        found = frozenset(self._missing)
        self._missing.clear()
        return found

    def require_known(self) -> None:
        """Raises Refused when any look-up since the last refusal needed a date of a year without a notice.

        Whoever can do without goes on with the days that are known.
        """
        self.require(self.take_missing())

    @staticmethod
    def require(missing: Collection[int]) -> None:
        """Raises Refused when there are dates of years without a notice."""
        if not missing:
            return
        dates = [day_date(number) for number in sorted(missing)]
        shown = "、".join(day.isoformat() for day in dates[:5]) + (f" 等 {len(dates)} 个日期" if len(dates) > 5 else "")
        years = "、".join(str(year) for year in sorted({day.year for day in dates}))
        raise Refused(
            f"需要 {years} 年的工作日安排才能推算 {shown} 前后的工作日，但该年的放假通知尚未入库；"
            "请在工作簿的「工作日历」表中录入该年国务院放假调休安排后重试"
        )


def _year_month_day(days: Days) -> tuple[Days, Days]:
    """(months since year 0, day of the month) of each day number."""
    asked, place = distinct(days)
    stamps = asked.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    return (months.astype(np.int64) + 1970 * 12)[place], ((stamps - months).astype(np.int64) + 1)[place]


def years_of(days: Days) -> Days:
    """The calendar year of each day number."""
    return _year_month_day(days)[0] // 12


def add_months(days: Days, count: int | Days) -> Days:
    """Each day plus count months: the same day of the month, or the month's last day where there is none."""
    months, day = _year_month_day(days)
    asked, place = distinct(months + count)
    target = (asked - 1970 * 12).astype("datetime64[M]")
    start = target.astype("datetime64[D]").astype(np.int64)
    length = (target + 1).astype("datetime64[D]").astype(np.int64) - start
    return start[place] + np.minimum(day, length[place]) - 1


def whole_months(start: Days, end: Days) -> Days:
    """The largest n >= 0 with start + n months <= end; 0 when end is before start."""
    count = _year_month_day(end)[0] - _year_month_day(start)[0]
    count = count - (add_months(start, count) > end)
    return np.maximum(count, 0)


def day_column(days: Sequence[date | str | None]) -> Days:
    """Dates or ISO texts (None for none) as day numbers."""
    return np.fromiter(map(_NUMBERS.__getitem__, days), np.int64, len(days))


def iso_texts(days: Days) -> npt.NDArray[np.object_]:
    """Day numbers as ISO texts; there must be no NO_DATE among them."""
    found, place = distinct(days)
    return np.datetime_as_string(found.astype("datetime64[D]")).astype(object)[place]


class _Numbers(dict["date | str | None", int]):
    """The number of each date or text that was asked for: columns of many rows have few distinct ones."""

    def __missing__(self, day: date | str | None) -> int:
        found = self[day] = _number(day)
        return found


_NUMBERS = _Numbers()


def _number(day: date | str | None) -> int:
    if day is None:
        return NO_DATE
    return day_number(date.fromisoformat(day) if isinstance(day, str) else day)
