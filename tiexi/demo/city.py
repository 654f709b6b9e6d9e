"""What the invented city is made of: its banks and years, enterprises, loans and their events, and the rows of its workbooks."""

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files

import chinese_calendar

YEARS = (2023, 2024, 2025)
SETTLED_ON = {2023: date(2024, 1, 25), 2024: date(2025, 1, 24), 2025: date(2026, 1, 26)}
LAST_DAY = date(2025, 12, 31)
RECEIPTS_SINCE = date(2025, 7, 1)  # from this day on the platform's own receipts decide, in the last of the years
_CALENDAR_END = date(2026, 2, 1)
CITY_BOOK = "市级名录"  # the city's register, handed in before the banks' books
FINDINGS_BOOK = "市级认定"  # the city's findings about single loans, handed in after them
SHEETS = (
    "企业", "资质", "合作银行", "贷款", "还款", "展期", "年末余额", "历史享受年限", "年限豁免", "上传豁免",
    "撤销", "取消资格", "资料平台启用", "年度比例", "奖补比例", "预算",
)  # fmt: skip
SEED = "tiexi-demo"
FEN = Decimal("0.000001")
ZERO = Decimal(0)

BANKS = tuple(f"{name}样例银行" for name in ("蓝鲸", "灯塔", "海燕", "银杏", "白帆", "北辰", "锦鲤", "松涛"))
LAPSED_BANK = BANKS[7]  # its agreement ran out and was renewed some months later
LAPSED_FROM, LAPSED_TO = date(2024, 6, 30), date(2024, 10, 8)  # its last day, and the new one's first
YOUNG_BANK = BANKS[6]  # a partner only since
YOUNG_SINCE = date(2021, 6, 1)
OUTSIDE_BANK = "礁石样例银行"  # on the register, no partner
ALL_BANKS = (*BANKS, OUTSIDE_BANK)

Row = dict[str, object]


@dataclass(frozen=True)
class Enterprise:
    """A company, with its qualifications: (kind, first day, last day or None)."""

    code: str
    name: str
    county: str
    qualifications: tuple[tuple[str, date, date | None], ...]


@dataclass(frozen=True)
class Repayment:
    """One payment by the borrower; `interest` is None where the old records do not have it."""

    paid_on: date
    principal: Decimal
    interest: Decimal | None
    uploaded_on: date | None


@dataclass(frozen=True)
class Extension:
    """A later due date agreed on `agreed_on`."""

    agreed_on: date
    due_on: date
    uploaded_on: date | None


@dataclass
class Loan:
    """A loan with all that happened to it; `note` is given once all loans are known."""

    bank: str
    borrower: Enterprise
    amount: Decimal
    disbursed_on: date
    due_on: date
    rate: Decimal
    guarantee: str
    uploaded_on: date | None
    repayments: list[Repayment] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    misreported: dict[int, Decimal] = field(default_factory=dict)
    note: str = ""

    def balance(self, day: date) -> Decimal:
        """What is owed at the end of `day`."""
        if day < self.disbursed_on:
            return ZERO
        return self.amount - sum((paid.principal for paid in self.repayments if paid.paid_on <= day), ZERO)


@dataclass(frozen=True)
class Entry:
    """One row of one workbook."""

    year: int
    book: str
    sheet: str
    row: Row


@dataclass(frozen=True)
class World:
    """The invented city. `highlights` names loans worth a look: a word -> (bank, note number)."""

    enterprises: tuple[Enterprise, ...]
    loans: tuple[Loan, ...]
    entries: tuple[Entry, ...]
    highlights: dict[str, tuple[str, str]]

    def sheets(self, upto_year: int) -> dict[str, list[Row]]:
        """Every row handed in for the years up to `upto_year`, by sheet."""
        found: dict[str, list[Row]] = {sheet: [] for sheet in SHEETS}
        for entry in self.entries:
            if entry.year <= upto_year:
                found[entry.sheet].append(dict(entry.row))
        return found

    def books(self, year: int) -> list[tuple[str, dict[str, list[Row]]]]:
        """(whose book, its rows by sheet) of one year, in the order in which they can be taken in."""
        found: dict[str, dict[str, list[Row]]] = {}
        for book in (CITY_BOOK, *ALL_BANKS, FINDINGS_BOOK):
            for sheet in SHEETS:
                rows = [dict(e.row) for e in self.entries if (e.year, e.book, e.sheet) == (year, book, sheet)]
                if rows:
                    found.setdefault(book, {})[sheet] = rows
        return list(found.items())


# -- days and rates ----------------------------------------------------------------------------------------


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def workday(day: date, step: int = 1) -> date:
    """`day` if it is a working day, else the next one in the direction of `step`; later plans stay."""
    while day <= _CALENDAR_END and not chinese_calendar.is_workday(day):
        day += timedelta(days=step)
    return day


def add_workdays(day: date, count: int) -> date:
    """The count-th working day after `day`."""
    for _ in range(count):
        day = workday(day + timedelta(days=1))
    return day


@cache
def _announcements() -> tuple[tuple[date, Decimal], ...]:
    """(day, one-year LPR) of every announcement in the bundled table."""
    text = files("ledger").joinpath("reference", "lpr_1y.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return tuple((date.fromisoformat(row["announced_on"]), Decimal(row["rate_percent"])) for row in rows)


def lpr_before(disbursed_on: date) -> Decimal:
    """The LPR that a loan's rate is measured by; 4.35 before the first announcement."""
    known_by = workday(disbursed_on - timedelta(days=1), -1)
    return next((rate for day, rate in reversed(_announcements()) if day <= known_by), Decimal("4.35"))


def interest_days(loan: Loan) -> list[date]:
    """The 21st of each quarter's last month, while the loan can still run."""
    days = (date(year, month, 21) for year in range(2023, LAST_DAY.year + 1) for month in (3, 6, 9, 12))
    return [day for day in days if day > loan.disbursed_on]


def pay_day(due: date) -> date:
    """When a loan due on `due` is paid: the next working day, but never over the turn of a year."""
    day = workday(due)
    return day if day.year == due.year else workday(due, -1)
