"""The LPR: announced on a fixed day of every month, and missed when it is not on file."""

from collections.abc import Collection
from datetime import date

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import workday_from
from jobs.words import lines
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.workdays import Calendar, day_date

ANNOUNCED_DAY = 20  # the central bank's custom, not the city's law: the 20th, or the next working day
CUSTOM_SINCE = (2019, 8)  # before that month the LPR was announced on other days, or every day
Month = tuple[int, int]


def missing(context: Context) -> Outcome:
    """The months whose announcement was due by the day and is not on file, since the first that is on file.

    A month is there with any announcement of it, on whatever day: the custom has been departed from.
    """
    with db.reading(context.engine) as connection:
        announced = [day_date(number) for number in positions.lpr(connection)["announced_on"]]
        calendar = positions.calendar(connection)
    known = {(day.year, day.month) for day in announced if day <= context.day}
    months = [month for month in _months(known, context.day) if month not in known]
    unknown = None
    if months and months[-1] == (context.day.year, context.day.month):
        try:
            months = months if workday_from(calendar, _nominal(months[-1])) <= context.day else months[:-1]
        except Refused as refusal:
            months, unknown = months[:-1], refusal
            if not months:
                raise
    if not months:
        return Outcome("LPR 齐全", {"missing": 0})
    text = lines(
        "以下各次一年期 LPR 应已公布，尚未入库：",
        [f"{_words(calendar, month)}公布的 LPR" for month in months],
        "请在「LPR」表录入后导入；缺少期间发放的贷款会标 R_LPR 待核实。",
        *([f"本月的一次是否应已公布，无法推算：{unknown}"] if unknown else []),
    )
    subject = f"LPR 尚缺 {len(months)} 次"
    return Outcome(f"缺 {len(months)} 次 LPR", {"missing": len(months)}, [Notice("lpr", CITY, subject, text)])


def _months(known: Collection[Month], day: date) -> list[Month]:
    """The months to be looked at: from the first known one to the day's own, which counts from its 20th on."""
    last = (day.year, day.month)
    year, month = max(min(known, default=last), CUSTOM_SINCE)
    found = []
    while (year, month) <= last and _nominal((year, month)) <= day:
        found.append((year, month))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _nominal(month: Month) -> date:
    return date(*month, ANNOUNCED_DAY)


def _words(calendar: Calendar, month: Month) -> str:
    """When a month's announcement was to be expected; only the month where the calendar does not say."""
    try:
        return f"{workday_from(calendar, _nominal(month))} "
    except Refused:
        return f"{month[0]} 年 {month[1]} 月"
