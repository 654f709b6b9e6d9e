"""What the second opinion reckons with: the figures of 威财金〔2023〕2号, exact numbers, days, LPR and counties."""

import csv
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar

Row = Mapping[str, Any]
World = Mapping[str, Sequence[Row]]
Line = dict[str, Any]
Claim = dict[str, Any]
Approved = Mapping[str, Any]
"""An approved settlement: its year, as_of, lines and claims."""

FEN_PER_WAN = 1_000_000
PROGRAMME = "科技支行贷款"
LIFE = (date(2023, 3, 1), date(2027, 10, 10))  # 第二十四条
LPR_MARGIN = Decimal("0.90")  # 第五条: 90个基点
LPR_GAP_DAYS = 40
FULL_YEAR_DAYS = 360  # 第五条: 不少于360天
CAP_FEN = 3000 * FEN_PER_WAN  # 第五条
YEARS_LIMIT = 5  # 第五条
UPLOAD_WORKDAYS = 5  # 第十七条
INTEREST_CEILING = Decimal("1")  # 第六条
BONUS_CEILING = Decimal("0.6")  # 第六条
CITY_PERCENT = 20  # 第六条: 2:8

COUNTIES = ("环翠区", "文登区", "荣成市", "乳山市", "高区", "经区", "临港区", "综保区", "南海新区")
OUTSIDE = "市外"
LONG_COUNTIES = {
    "火炬高技术产业开发区": "高区",
    "高技术产业开发区": "高区",
    "经济技术开发区": "经区",
    "临港经济技术开发区": "临港区",
    "综合保税区": "综保区",
}
CATEGORIES = (
    "科技型中小企业",
    "高新技术企业",
    "科技领军企业",
    "专精特新中小企业",
    "一企一技术研发中心",
)  # 第四条

BONUS_CODES = frozenset(
    ("R_REGION", "R_CATEGORY", "R_BANK", "R_REVOKED", "R_LPR", "R_RATE", "R_TERM", "R_BALANCE")
)  # what the bank bonus asks for; the others speak of 贴息 alone

LPR_FILE = Path(__file__).resolve().parents[3] / "ledger" / "reference" / "lpr_1y.csv"


class Refused(Exception):
    """The settlement cannot be made; the message is a Chinese sentence."""


class Uncovered(Exception):
    """A date whose year has no holiday notice."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


# --- numbers ---------------------------------------------------------------------------------------------


def fen(wan: Decimal | int) -> int:
    """Fen of an amount in 万元; exact or an error."""
    exact = Fraction(wan) * FEN_PER_WAN
    if exact.denominator != 1:
        raise ValueError(f"finer than a fen: {wan}")
    return exact.numerator


def half_up(x: Fraction) -> int:
    """The nearest whole number to a non-negative one, halves up."""
    assert x >= 0
    return (x + Fraction(1, 2)).__floor__()


def percent(rate: Decimal | int) -> Fraction:
    """A rate in percent as a fraction of one."""
    return Fraction(rate) / 100


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Parts adding up to the total: floors, then a fen each to the largest remainders, ties to the first."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [share.__floor__() for share in exact]
    left = total - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return parts


# --- dates -----------------------------------------------------------------------------------------------


@cache
def state_council(day: date) -> bool:
    """Whether the State Council's calendar makes this a working day; Uncovered where it is not known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise Uncovered(day) from None


class Workdays:
    """Working days: the rows of 工作日历 first, then the library, then (in a year with rows) the weekday."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: dict[date, bool] = {row["日期"]: row["类型"] == "上班" for row in rows}
        self.years = {day.year for day in self.rows}

    def is_workday(self, day: date) -> bool:
        if day in self.rows:
            return self.rows[day]
        try:
            return state_council(day)
        except Uncovered:
            if day.year in self.years:
                return day.weekday() < 5
            raise

    def previous(self, day: date) -> date:
        """The last working day strictly before this day."""
        day -= timedelta(days=1)
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def add(self, day: date, n: int) -> date:
        """The n-th working day strictly after this day."""
        while n > 0:
            day += timedelta(days=1)
            if self.is_workday(day):
                n -= 1
        return day


def add_months(day: date, n: int) -> date:
    """n months later on the same day of the month, or on the month's last day where that does not exist."""
    years, month0 = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(a: date, b: date) -> int:
    """How many whole months fit between two dates; 0 when the second comes first."""
    n = 0
    while add_months(a, n + 1) <= b:
        n += 1
    return n


def covers(start: date | None, end: date | None, day: date) -> bool:
    """A period includes both its ends; an empty end is open."""
    return (start is None or start <= day) and (end is None or day <= end)


# --- LPR -------------------------------------------------------------------------------------------------


@cache
def bundled_lpr() -> tuple[tuple[date, Decimal], ...]:
    """The 1-year LPR announcements that come with the product."""
    with LPR_FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            (date.fromisoformat(row["announced_on"]), Decimal(row["rate_percent"])) for row in csv.DictReader(stream)
        )


def lpr(world: World, workdays: Workdays, day: date) -> Decimal | None:
    """The LPR for a loan disbursed on a day (第五条); None before the first one and in a gap of the table."""
    table = dict(bundled_lpr())
    table.update((row["公布日期"], Decimal(row["一年期LPR(%)"])) for row in world.get("LPR", ()))
    day_before = workdays.previous(day)
    announced = [on for on in table if on <= day_before]
    if not announced:
        return None
    latest = max(announced)
    return table[latest] if (day_before - latest).days <= LPR_GAP_DAYS else None


def county_of(word: str) -> str:
    """A county by its short name."""
    for prefix in ("威海市", "威海"):
        if word.startswith(prefix) and word.removeprefix(prefix) in LONG_COUNTIES:
            word = word.removeprefix(prefix)
    return LONG_COUNTIES.get(word, word)


def county_rank(county: str) -> int:
    """The place of a county in every list; 市外 comes last."""
    return (*COUNTIES, OUTSIDE).index(county)
