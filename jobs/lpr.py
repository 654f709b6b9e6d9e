"""The LPR: announced on a fixed day of every month, and missed when it is not on file."""

from datetime import date

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import workday_from
from jobs.words import lines
from ledger import db, positions
from ledger.workdays import Calendar, day_date

ANNOUNCED_DAY = 20  # the central bank's custom, not the city's law: the 20th, or the next working day


def missing(context: Context) -> Outcome:
    """The months since the last announcement on file whose own was due by the day and is not on file."""
    with db.reading(context.engine) as connection:
        announced = [day_date(number) for number in positions.lpr(connection)["announced_on"]]
        calendar = positions.calendar(connection)
    known = {(day.year, day.month) for day in announced if day <= context.day}
    wanted = _expected(calendar, max(known, default=None), context.day)
    if not wanted:
        return Outcome("LPR 齐全", {"missing": 0})
    text = lines(
        "以下各次一年期 LPR 应已公布，尚未入库：",
        [f"{day} 公布的 LPR" for day in wanted],
        "请在「LPR」表录入后导入；缺少期间发放的贷款会标 R_LPR 待核实。",
    )
    return Outcome(
        f"缺 {len(wanted)} 次 LPR", {"missing": len(wanted)}, [Notice("lpr", CITY, f"LPR 尚缺 {len(wanted)} 次", text)]
    )


def _expected(calendar: Calendar, last: tuple[int, int] | None, day: date) -> list[date]:
    """When announcements were to be expected after a month, up to a day; from the day's own month on where none is known."""
    year, month = last or (day.year, day.month - 1)
    found = []
    while (year, month) < (day.year, day.month):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        nominal = date(year, month, ANNOUNCED_DAY)
        if nominal <= day and (expected := workday_from(calendar, nominal)) <= day:
            found.append(expected)
    return found
