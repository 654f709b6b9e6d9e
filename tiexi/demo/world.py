"""An invented city with three settlement years: enterprises, banks, loans, and what the city decided.

Everything here is made up and says so: every company and bank carries 样例 in its name, and the credit codes
have a right check character over a body that no registry gives out (region 379900). `build_world()` gives the
same world every time: random streams are seeded by name, and no clock is read.

Most enterprises are ordinary (`_ordinary`): chains of loans, renewed as they fall due. The others are cases
written by hand (`_cases_*`), so that each condition of 威财金〔2023〕2号 meets loans that pass it, loans that
fail it and loans on its edge.

The world is kept as `Entry` rows: which year's book, whose book, which sheet, and the row under the headers
of the intake workbook. `World.sheets(upto_year)` is what has been handed in by the January after that year.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from random import Random

import chinese_calendar
from stdnum.cn import uscc as credit_code

from ledger.counties import ALL_COUNTIES, CITY, OUTSIDE

YEARS = (2023, 2024, 2025)
SETTLED_ON = {2023: date(2024, 1, 25), 2024: date(2025, 1, 24), 2025: date(2026, 1, 26)}
LAST_DAY = date(2025, 12, 31)
_CALENDAR_END = date(2026, 2, 1)
CITY_BOOK = "市级名录"  # the city's register, handed in before the banks' books
FINDINGS_BOOK = "市级认定"  # the city's findings about single loans, handed in after them
SHEETS = (
    "企业", "资质", "合作银行", "贷款", "还款", "展期", "年末余额", "历史享受年限", "年限豁免", "上传豁免",
    "撤销", "取消资格", "年度比例", "奖补比例", "预算",
)  # fmt: skip
_SEED = "tiexi-demo"
_FEN = Decimal("0.000001")
_ZERO = Decimal(0)

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
            return _ZERO
        return self.amount - sum((paid.principal for paid in self.repayments if paid.paid_on <= day), _ZERO)


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


def _workday(day: date, step: int = 1) -> date:
    """`day` if it is a working day, else the next one in the direction of `step`; later plans stay."""
    while day <= _CALENDAR_END and not chinese_calendar.is_workday(day):
        day += timedelta(days=step)
    return day


def _add_workdays(day: date, count: int) -> date:
    """The count-th working day after `day`."""
    for _ in range(count):
        day = _workday(day + timedelta(days=1))
    return day


@cache
def _announcements() -> tuple[tuple[date, Decimal], ...]:
    """(day, one-year LPR) of every announcement in the bundled table."""
    text = files("ledger").joinpath("reference", "lpr_1y.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return tuple((date.fromisoformat(row["announced_on"]), Decimal(row["rate_percent"])) for row in rows)


def lpr_before(disbursed_on: date) -> Decimal:
    """The LPR that a loan's rate is measured by; 4.35 before the first announcement."""
    known_by = _workday(disbursed_on - timedelta(days=1), -1)
    return next((rate for day, rate in reversed(_announcements()) if day <= known_by), Decimal("4.35"))


def _interest_days(loan: Loan) -> list[date]:
    """The 21st of each quarter's last month, while the loan can still run."""
    days = (date(year, month, 21) for year in range(2023, LAST_DAY.year + 1) for month in (3, 6, 9, 12))
    return [day for day in days if day > loan.disbursed_on]


def _pay_day(due: date) -> date:
    """When a loan due on `due` is paid: the next working day, but never over the turn of a year."""
    day = _workday(due)
    return day if day.year == due.year else _workday(due, -1)


# -- the builder -------------------------------------------------------------------------------------------

_BRANDS = (
    "海澜", "云帆", "启衡", "恒曜", "蔚蓝", "拓朴", "鼎芯", "澄明", "天枢", "远岫",
    "泽川", "凌波", "嘉禾", "承影", "素问", "瀚光", "朗润", "维纳", "鸿渐", "青屿",
    "砺锋", "望舒", "景行", "若水", "听涛", "安澜", "驰骋", "玄同", "乐游", "知行",
    "临风", "星槎", "清和", "曙色", "长庚", "晴川", "汇智", "德润", "思源", "锐进",
)  # fmt: skip
_TRADES = (
    "精密仪器", "生物医药", "海洋装备", "复合材料", "智能控制", "电子科技", "医疗器械",
    "水产种业", "新能源", "碳纤维", "轴承制造", "打印设备", "半导体", "机床",
    "环保科技", "激光设备", "海洋食品", "信息技术", "航空器材", "化工新材料", "传感技术",
    "数字科技", "船舶配套", "渔具", "纺织科技",
)  # fmt: skip
_PLACES = {"文登区": "文登", "荣成市": "荣成", "乳山市": "乳山", OUTSIDE: "烟台"}
_COUNTY_SHARES = (20, 15, 19, 10, 26, 22, 15, 6, 9)
_GUARANTEES = ("知识产权质押", "股权质押", "其他新型抵质押", "信用", "保证", "抵押", "质押")
_GUARANTEE_SHARES = (18, 7, 5, 12, 28, 24, 6)
_TERMS, _TERM_SHARES = (12, 13, 18, 24, 36), (58, 2, 3, 20, 17)
_FIRST_YEARS, _FIRST_YEAR_SHARES = (2019, 2020, 2021, 2022, 2023, 2024, 2025), (10, 13, 19, 20, 18, 12, 8)


class _Builder:
    """Collects enterprises, loans and the city's decisions."""

    def __init__(self) -> None:
        self.enterprises: list[Enterprise] = []
        self.loans: list[Loan] = []
        self.decisions: list[Entry] = []
        self.marked: dict[str, Loan] = {}
        self.findings: list[tuple[int, str, Loan, Row]] = []

    def enterprise(self, county: str, qualified: str | None = "") -> Enterprise:
        """A new company; `qualified` is an ISO first day, '' for long since, None for not at all."""
        number = len(self.enterprises) + 1
        rng = Random(f"{_SEED}/enterprise/{number}")
        body = f"91379900XN{number:07d}"
        brand, trade = _BRANDS[number % len(_BRANDS)], _TRADES[number * 7 % len(_TRADES)]
        form = "股份有限公司" if rng.random() < 0.12 else "有限公司"
        name = f"{_PLACES.get(county, '威海')}样例{brand}{trade}{form}"
        code = body + credit_code.calc_check_digit(body)
        found = Enterprise(code, name, county, _qualifications(rng, qualified))
        self.enterprises.append(found)
        return found

    def loan(
        self,
        borrower: Enterprise,
        bank: str,
        disbursed: str | date,
        term: int | str,
        amount: int | str,
        *,
        points: int = 60,
        paid: str | date | None = "",
        instalments: int = 0,
        extended: tuple[str, str] | None = None,
        guarantee: str = "",
        late: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
        accident: float = 0.0,
        mark: str = "",
    ) -> Loan:
        """A new loan with everything that happens to it.

        `term` is months or an ISO due date; `points` the basis points over the LPR; `paid` the day on which
        it is paid off ('' = when it is due, None = not at all); `late` and `missing` name days whose papers
        come late or never, `accident` is the share of other papers that come late.
        """
        day = _iso(disbursed)
        due = add_months(day, term) if isinstance(term, int) else _iso(term)
        rng = Random(f"{_SEED}/loan/{borrower.code}/{bank}/{day}/{amount}")
        papers = _Papers(rng, {_iso(d) for d in late}, {_iso(d) for d in missing}, accident)
        rate = lpr_before(day) + Decimal(points) / 100
        chosen = guarantee or rng.choices(_GUARANTEES, _GUARANTEE_SHARES)[0]
        loan = Loan(bank, borrower, Decimal(amount), day, due, rate, chosen, papers.uploaded(day))
        if extended:
            agreed, due = (_iso(text) for text in extended)
            loan.extensions.append(Extension(agreed, due, papers.uploaded(agreed)))
        paid_on = _pay_day(due) if paid == "" else (paid and _iso(paid)) or date.max
        loan.repayments.extend(_repayments(loan, paid_on, instalments, papers))
        self.loans.append(loan)
        if mark:
            self.marked[mark] = loan
        return loan

    def decide(self, year: int, sheet: str, row: Mapping[str, object]) -> None:
        """A row of the city's register of that year."""
        self.decisions.append(Entry(year, CITY_BOOK, sheet, dict(row)))

    def enjoyed(self, borrower: Enterprise, years: int) -> None:
        """The years of subsidy that a company had before the first settlement here."""
        row = {"统一社会信用代码": borrower.code, "截至年度": YEARS[0] - 1, "已享受年限": years}
        self.decide(YEARS[0], "历史享受年限", row)

    def find(self, year: int, sheet: str, loan: Loan, row: Mapping[str, object]) -> None:
        """A finding of the city about one loan."""
        self.findings.append((year, sheet, loan, dict(row)))


def _iso(day: str | date) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


def _qualifications(rng: Random, qualified: str | None) -> tuple[tuple[str, date, date | None], ...]:
    """What a company is recognised as: a chain of three-year certificates, now and then a further title."""
    if qualified is None:
        return ()
    long_since = date(rng.choice((2016, 2017, 2018)), 11, rng.randint(5, 29))
    first = date.fromisoformat(qualified) if qualified else long_since
    kind = "科技型中小企业" if rng.random() < 0.08 else "高新技术企业"
    found: list[tuple[str, date, date | None]] = []
    day = first
    while day <= LAST_DAY:  # the next certificate is issued within the last days of the old one
        last = add_months(day, 36) - timedelta(days=1)
        found.append((kind, day, last))
        day = last - timedelta(days=rng.randint(0, 8))
    if rng.random() < 0.3:
        start = max(first, date(rng.choice((2021, 2022, 2023)), 7, rng.randint(1, 28)))
        found.append(("专精特新中小企业", start, add_months(start, 36) - timedelta(days=1)))
    if rng.random() < 0.1:
        found.append(("一企一技术研发中心", max(first, date(2022, 9, rng.randint(1, 28))), None))
    if rng.random() < 0.03:
        found.append(("科技领军企业", max(first, date(2023, 6, 15)), date(2026, 6, 14)))
    return tuple(found)


@dataclass
class _Papers:
    """When papers reach the platform: mostly within four working days, late or never on the days named."""

    rng: Random
    late: set[date]
    missing: set[date]
    accident: float

    def uploaded(self, day: date) -> date | None:
        days = self.rng.choices((1, 2, 3, 4, 5), (38, 30, 18, 10, 4))[0]
        slip, chance = self.rng.randint(6, 10), self.rng.random()
        if day in self.missing:
            return None
        return _add_workdays(day, slip if day in self.late or chance < self.accident else days)


def _repayments(loan: Loan, paid_on: date, instalments: int, papers: _Papers) -> Iterator[Repayment]:
    """Quarterly interest, `instalments` tenths of the principal half a year apart, the rest on `paid_on`."""
    part = loan.amount / 10
    parts = [_workday(add_months(loan.disbursed_on, 6 * n)) for n in range(1, instalments + 1)]
    principal = {day: part for day in parts if day < paid_on}
    principal[paid_on] = loan.amount - part * len(principal)
    days = {day for day in _interest_days(loan) if day < paid_on} | set(principal)
    owed, since = loan.amount, max(loan.disbursed_on, date(2022, 12, 21))
    for day in sorted(day for day in days if day <= LAST_DAY):
        back = principal.get(day, _ZERO)
        interest: Decimal | None = None
        if day.year >= 2023:
            exact = owed * loan.rate * (day - since).days / 36000
            interest, since = exact.quantize(_FEN, ROUND_HALF_UP), day
        yield Repayment(day, back, interest, papers.uploaded(day))
        owed -= back


# -- ordinary enterprises ----------------------------------------------------------------------------------


def _random_workday(rng: Random, year: int, first_month: int = 1) -> date:
    return _workday(date(year, rng.randint(first_month, 12), rng.randint(1, 28)))


def _partner_on(bank: str, day: date) -> bool:
    if bank == LAPSED_BANK:
        return not LAPSED_FROM < day < LAPSED_TO
    return bank != YOUNG_BANK or day >= YOUNG_SINCE


def _chain(build: _Builder, rng: Random, borrower: Enterprise, start: date, most: int) -> None:
    """Loans of one company at one bank, each taken up when the one before has been paid back."""
    bank = rng.choices(BANKS, (24, 20, 16, 13, 10, 8, 5, 4))[0]
    amount = min(most, 10 * round(rng.lognormvariate(3.9, 0.75)))
    day = start
    while day <= LAST_DAY:
        lender = bank if _partner_on(bank, day) else BANKS[0]
        term = rng.choices(_TERMS, _TERM_SHARES)[0]
        due = add_months(day, term) - timedelta(days=int(rng.random() < 0.2))
        paid = _pay_day(due)
        if term == 12 and rng.random() < 0.25:
            paid = max(_workday(due - timedelta(days=rng.randint(1, 4)), -1), day + timedelta(days=361))
        parts = rng.randint(1, 3) if term > 18 and rng.random() < 0.4 else 0
        build.loan(
            borrower,
            lender,
            day,
            due.isoformat(),
            max(100, amount),
            points=_spread(rng),
            paid=paid,
            instalments=parts,
            accident=_ACCIDENT,
        )
        if rng.random() < 0.05:
            return
        day = _workday(paid + timedelta(days=rng.randint(2, 30)))
        amount = min(most, round(amount * rng.choice((8, 10, 10, 10, 11, 12, 13)) / 100) * 10)


def _spread(rng: Random) -> int:
    """Basis points over the LPR: often a round figure, sometimes just the ceiling."""
    if rng.random() < 0.05:
        return 90
    return rng.choice((20, 25, 30, 35, 40, 45, 50, 50, 55, 60, 60, 65, 70, 75, 80, 85, 88))


def _ordinary(build: _Builder, number: int) -> None:
    """A company that borrows as most do."""
    rng = Random(f"{_SEED}/ordinary/{number}")
    borrower = build.enterprise(rng.choices(ALL_COUNTIES[:9], _COUNTY_SHARES)[0])
    first_year = rng.choices(_FIRST_YEARS, _FIRST_YEAR_SHARES)[0]
    start = _random_workday(rng, first_year, 9 if first_year == 2019 else 1)
    if rng.random() < 0.8:
        _chain(build, rng, borrower, start, 1400)
        _chain(build, rng, borrower, _workday(start + timedelta(days=rng.randint(20, 300))), 1400)
    else:
        _chain(build, rng, borrower, start, 2800)
    if first_year <= 2022 and rng.random() < 0.6:
        years = min(2023 - first_year, rng.choices((1, 2, 3), (60, 36, 4))[0])
        build.enjoyed(borrower, years)


# -- cases written by hand ---------------------------------------------------------------------------------


def _cases_region(build: _Builder) -> None:
    """第三条: companies registered elsewhere."""
    first, second = build.enterprise(OUTSIDE), build.enterprise(OUTSIDE)
    build.loan(first, BANKS[0], "2023-04-18", 12, 500)
    build.loan(first, BANKS[0], "2024-05-14", 12, 500, mark="registered elsewhere")
    build.loan(second, BANKS[2], "2025-03-11", 24, 300)


def _cases_category(build: _Builder) -> None:
    """第四条: borrowed before the certificate came, on its first day, and after its last."""
    early = build.enterprise("经区", "2023-10-16")
    build.loan(early, BANKS[1], "2023-05-23", 12, 400, mark="before the certificate")
    build.loan(early, BANKS[1], "2024-06-12", 12, 400)
    edge = build.enterprise("乳山市", "2024-09-10")
    build.loan(edge, BANKS[3], "2024-09-09", 12, 200)
    build.loan(edge, BANKS[3], "2024-09-10", 12, 300)
    none = build.enterprise("临港区", None)
    build.loan(none, BANKS[5], "2025-02-18", 12, 350)


def _cases_bank(build: _Builder) -> None:
    """第六条: a bank that is no partner, one whose agreement had lapsed, one before it joined."""
    borrower = build.enterprise("高区")
    build.loan(borrower, OUTSIDE_BANK, "2023-06-06", 12, 600)
    build.loan(borrower, OUTSIDE_BANK, "2025-06-10", 24, 500)
    build.loan(build.enterprise("环翠区"), LAPSED_BANK, "2024-08-13", 24, 480, mark="lapsed partnership")
    build.loan(build.enterprise("文登区"), YOUNG_BANK, "2021-05-18", 36, 260)


def _cases_revoked(build: _Builder) -> None:
    """第二十二条: a loan revoked at once, one revoked after it was paid for, a company barred."""
    diverted = build.loan(build.enterprise("荣成市"), BANKS[4], "2023-04-11", 12, 450)
    order = {"认定日": date(2023, 11, 20), "认定文号": "威样例认字〔2023〕7号", "事由": "贷款资金挪作他用"}
    build.find(2023, "撤销", diverted, order)
    fraud = build.loan(build.enterprise("经区"), BANKS[1], "2023-03-14", 24, 800, mark="revoked after payment")
    order = {"认定日": date(2024, 9, 12), "认定文号": "威样例认字〔2024〕3号", "事由": "提供虚假购销合同"}
    build.find(2024, "撤销", fraud, order)
    barred = build.enterprise("高区")
    build.loan(barred, BANKS[0], "2024-03-19", 24, 700)
    order = {"主体": barred.code, "取消日": date(2025, 5, 15), "批准文号": "威样例办字〔2025〕11号"}
    build.decide(2025, "取消资格", order)


def _cases_lpr(build: _Builder) -> None:
    """第五条: disbursed before the first announcement, on its day, and on the day after."""
    old = build.enterprise("文登区")
    later = ("2024-06-05", "2026-06-12")
    build.loan(old, BANKS[0], "2019-06-12", 60, 1200, extended=later, mark="before the first LPR")
    build.loan(old, BANKS[0], "2019-08-20", 60, 300)
    build.loan(build.enterprise("环翠区"), BANKS[2], "2019-08-21", 60, 900, points=40)


def _cases_rate(build: _Builder) -> None:
    """第五条: at the ceiling, a point above it, and on a day on which the LPR fell."""
    careful, other = build.enterprise("经区"), build.enterprise("环翠区")
    build.loan(careful, BANKS[2], "2023-08-21", 12, 600, points=90, mark="rate at the ceiling")
    build.loan(other, BANKS[2], "2023-08-22", 12, 500, points=91, mark="rate above the ceiling")
    build.loan(build.enterprise("高区"), BANKS[3], "2024-10-22", 12, 420, points=115)
    build.loan(careful, BANKS[2], "2025-05-21", 12, 650, points=100)


def _cases_term(build: _Builder) -> None:
    """第五条: shorter than 360 days, and exactly on both sides of it."""
    borrower = build.enterprise("荣成市")
    build.loan(borrower, BANKS[0], "2023-07-03", "2024-06-27", 500, mark="360 days")
    build.loan(borrower, BANKS[0], "2023-07-04", "2024-06-27", 300, mark="359 days")
    build.loan(build.enterprise("南海新区"), BANKS[5], "2024-08-20", 6, 380)
    build.loan(build.enterprise("高区"), BANKS[1], "2025-06-17", 9, 260)


def _cases_reported(build: _Builder) -> None:
    """第十八条: the bank's own year-end figure forgets, or doubles, an instalment."""
    cases = (("乳山市", "2023-02-14", 1), ("经区", "2024-02-27", -1), ("高区", "2025-01-14", 1))
    for county, day, part in cases:
        loan = build.loan(build.enterprise(county), BANKS[3], day, 24, 600, instalments=1)
        year = loan.disbursed_on.year
        loan.misreported[year] = loan.balance(date(year, 12, 31)) + part * loan.amount / 10
        build.marked.setdefault("balance does not agree", loan)


def _cases_upload(build: _Builder) -> None:
    """第十七条: papers late or missing, for one year or for all, and excused."""
    borrower = build.enterprise("荣成市")
    build.loan(borrower, BANKS[0], "2023-05-16", 24, 550, late=("2023-05-16",), mark="loan papers late")
    late = build.loan(borrower, BANKS[1], "2023-09-28", 12, 400, late=("2023-12-21",))
    build.find(2023, "上传豁免", late, {"业务日": date(2023, 12, 21), "批准文号": "威样例函〔2024〕1号"})
    build.marked["late but excused"] = late
    borrower = build.enterprise("环翠区")
    build.loan(borrower, BANKS[2], "2024-04-16", 36, 720, missing=("2024-09-21",), mark="papers missing")
    excused = build.loan(build.enterprise("经区"), BANKS[4], "2025-07-15", 12, 330, missing=("2025-07-15",))
    build.find(2025, "上传豁免", excused, {"业务日": date(2025, 7, 15), "批准文号": "威样例函〔2025〕4号"})
    build.loan(build.enterprise("临港区"), BANKS[1], "2025-04-15", 12, 280, late=("2025-04-15",))


def _cases_years(build: _Builder) -> None:
    """第五条: five years used up at the start, on the way, and a sixth one granted."""
    cases = (("文登区", 5, 0), ("高区", 4, 0), ("环翠区", 5, 2023), ("荣成市", 3, 0), ("乳山市", 4, 2024))
    for county, years, waived in cases:
        borrower = build.enterprise(county)
        for day in ("2023-03-21", "2024-04-09", "2025-04-22"):
            build.loan(borrower, BANKS[years % 4], day, 12, 300 + 40 * years)
        build.enjoyed(borrower, years)
        if waived:
            number = f"威样例函〔{waived}〕9号"
            waiver = {"统一社会信用代码": borrower.code, "年度": waived, "批准文号": number}
            build.decide(waived, "年限豁免", waiver)


def _cases_overdue(build: _Builder) -> None:
    """第六条: still owed at the year's end when the months granted are used up."""
    build.loan(build.enterprise("经区"), BANKS[0], "2022-10-18", 12, 360, paid="2024-01-09")
    slow = build.enterprise("高区")
    build.loan(slow, BANKS[1], "2023-11-14", 12, 420, paid="2025-02-11", mark="overdue at the year's end")
    build.loan(build.enterprise("文登区"), BANKS[5], "2024-12-10", 12, 240, paid=None)


def _cases_cap(build: _Builder) -> None:
    """第五条: more than 3000万元 of one company over two banks."""
    big = build.enterprise("高区")
    build.loan(big, BANKS[0], "2023-04-10", 12, 2000, mark="first under the cap")
    build.loan(big, BANKS[1], "2023-05-10", 24, 1500, mark="cut by the cap")
    build.loan(big, BANKS[0], "2024-04-16", 24, 2000)
    bigger = build.enterprise("荣成市")
    build.loan(bigger, BANKS[2], "2022-09-14", 36, 3000)
    build.loan(bigger, BANKS[0], "2023-06-13", 12, 800, mark="nothing left under the cap")
    build.loan(bigger, BANKS[0], "2024-06-18", 12, 800)
    build.loan(bigger, BANKS[2], "2025-09-23", 12, 2400)
    build.loan(bigger, BANKS[0], "2025-06-24", 12, 900)
    late = build.enterprise("经区")
    build.loan(late, BANKS[3], "2024-11-12", 24, 2200)
    build.loan(late, BANKS[4], "2025-02-25", 12, 1000)
    build.loan(late, BANKS[0], "2025-03-18", 12, 500)


def _cases_clawback(build: _Builder) -> None:
    """第五条、第六条: paid for at a year's end, then paid back too early."""
    flush, quick = build.enterprise("环翠区"), build.enterprise("经区")
    build.loan(flush, BANKS[0], "2023-08-15", 12, 900, paid="2024-04-16", mark="paid back under 360 days")
    build.loan(build.enterprise("高区"), BANKS[2], "2024-09-18", 12, 640, paid="2025-06-24")
    build.loan(quick, BANKS[1], "2023-07-03", "2025-01-20", 1000, paid="2025-01-02", mark="months lost")
    build.loan(build.enterprise("南海新区"), BANKS[3], "2022-11-15", 36, 500, paid="2025-03-18")


def _cases_extended(build: _Builder) -> None:
    """第六条: extensions that add months, one with late papers, one that makes a short loan long enough."""
    extended = (
        ("临港区", 0, "2023-03-28", 12, 380, "2024-03-20", "2024-09-28"),
        ("综保区", 1, "2024-01-16", 12, 460, "2025-01-08", "2026-01-16"),
        ("南海新区", 4, "2025-05-20", 9, 300, "2025-11-18", "2026-08-20"),
    )
    for county, bank, day, term, amount, agreed, due in extended:
        loan = build.loan(build.enterprise(county), BANKS[bank], day, term, amount, extended=(agreed, due))
        build.marked["extended"] = loan
    slow, agreed = build.enterprise("荣成市"), "2025-03-04"
    build.loan(slow, BANKS[5], "2024-03-12", 12, 520, extended=(agreed, "2026-03-12"), late=(agreed,))


_CASES = (
    _cases_region, _cases_category, _cases_bank, _cases_revoked, _cases_lpr, _cases_rate, _cases_term,
    _cases_reported, _cases_upload, _cases_years, _cases_overdue, _cases_cap, _cases_clawback,
    _cases_extended,
)  # fmt: skip
_ORDINARY_COUNT = 130
_ACCIDENT = 0.0018  # the share of papers that come late for no reason told here


# -- the city's rates and budgets --------------------------------------------------------------------------

_YEAR_RATES = {2024: ("1", "0.6"), 2025: ("0.9", "0.5")}  # none for 2023: the ceilings of 第六条 hold
_BANK_RATES = {
    2024: {BANKS[0]: "0.6", BANKS[1]: "0.5", BANKS[2]: "0.55", BANKS[7]: "0.4"},
    2025: {BANKS[0]: "0.45", BANKS[3]: "0.55", BANKS[5]: "0.4"},
}
# in 2024 荣成市's budget cuts its bonuses and 综保区's even its interest; in 2025 the city's cuts every bonus
_BUDGETS: dict[int, dict[str, str]] = {
    2023: {CITY: "2000", "环翠区": "420", "荣成市": "260", "高区": "400", "经区": "600"},
    2024: {CITY: "2100", "环翠区": "360", "荣成市": "205", "高区": "400", "经区": "600", "综保区": "40"},
    2025: {CITY: "1600", "环翠区": "360", "荣成市": "240", "高区": "420", "经区": "600", "综保区": "90"},
}


def _register(build: _Builder) -> None:
    """Partner banks, rates and budgets."""
    agreements: list[tuple[int, str, date | None, date | None]] = [
        (2023, bank, date(2018, 1, 1), None) for bank in BANKS if bank not in (YOUNG_BANK, LAPSED_BANK)
    ]
    agreements += [
        (2023, YOUNG_BANK, YOUNG_SINCE, None),
        (2023, LAPSED_BANK, date(2018, 1, 1), LAPSED_FROM),
        (2023, OUTSIDE_BANK, None, None),
        (2024, LAPSED_BANK, LAPSED_TO, None),
    ]
    for year, bank, start, end in agreements:
        build.decide(year, "合作银行", {"银行名称": bank, "合作起始日": start, "合作终止日": end})
    for year, (interest, bonus) in _YEAR_RATES.items():
        for item, rate in (("贴息", interest), ("奖补", bonus)):
            build.decide(year, "年度比例", {"年度": year, "补助项目": item, "比例(%)": Decimal(rate)})
    for year, rates in _BANK_RATES.items():
        for bank, rate in rates.items():
            build.decide(year, "奖补比例", {"年度": year, "银行名称": bank, "奖补比例(%)": Decimal(rate)})
    for year, budgets in _BUDGETS.items():
        for scope, amount in budgets.items():
            build.decide(year, "预算", {"年度": year, "范围": scope, "金额(万元)": Decimal(amount)})


# -- from loans to rows ------------------------------------------------------------------------------------


def _number_notes(loans: list[Loan]) -> None:
    """Gives each loan its bank's kind of note number, in the order of disbursement."""
    loans.sort(key=lambda loan: (loan.bank, loan.disbursed_on, loan.borrower.code, loan.amount))
    seen: dict[tuple[str, int], int] = {}
    for loan in loans:
        year, bank = loan.disbursed_on.year, ALL_BANKS.index(loan.bank)
        serial = seen[loan.bank, year] = seen.get((loan.bank, year), 0) + 1
        styles = (
            f"LJ{year}-{serial:04d}",
            f"37100{loan.disbursed_on:%Y%m%d}{serial:05d}",  # 18 digits: more than a number cell can hold
            f"海燕科借字〔{year}〕第{serial:03d}号",
            f"YX{loan.disbursed_on:%y%m%d}{serial:03d}",
            f"BF-{year % 100}-{serial:03d}",
            f"{year}{serial:06d}",  # ten digits: its workbook holds them as numbers
            f"JL/{year}/{serial:03d}",
            f"0{loan.disbursed_on:%y%m}{serial:04d}",  # the leading zero counts
        )
        loan.note = styles[bank] if bank < len(styles) else f"JS{year}{serial:03d}"


def _book_year(day: date) -> int:
    """The year whose book holds what happened on `day`."""
    return max(day.year, YEARS[0])


def _loan_entries(loan: Loan) -> Iterator[Entry]:
    """A loan's rows in its bank's books."""
    key: Row = {"银行名称": loan.bank, "借据编号": loan.note}
    first = _book_year(loan.disbursed_on)
    yield Entry(first, loan.bank, "贷款", key | {
        "合同编号": f"HT-{loan.note}" if loan.bank in BANKS[:5] else None,
        "业务品种": "科技支行贷款", "统一社会信用代码": loan.borrower.code,
        "贷款金额(万元)": loan.amount, "发放日": loan.disbursed_on, "到期日": loan.due_on,
        "年利率(%)": loan.rate, "担保方式": loan.guarantee, "资料上传日": loan.uploaded_on, "项目编号": None,
    })  # fmt: skip
    for paid in loan.repayments:
        yield Entry(_book_year(paid.paid_on), loan.bank, "还款", key | {
            "还款日": paid.paid_on, "还本金额(万元)": paid.principal, "付息金额(万元)": paid.interest,
            "资料上传日": paid.uploaded_on,
        })  # fmt: skip
    for later in loan.extensions:
        row = key | {"展期日": later.agreed_on, "新到期日": later.due_on, "资料上传日": later.uploaded_on}
        yield Entry(_book_year(later.agreed_on), loan.bank, "展期", row)
    for year in YEARS:
        balance = loan.misreported.get(year, loan.balance(date(year, 12, 31)))
        if year >= first and balance:
            yield Entry(year, loan.bank, "年末余额", {"年度": year} | key | {"年末余额(万元)": balance})


def _enterprise_entries(borrower: Enterprise, first: int) -> Iterator[Entry]:
    """A company's rows in the city's books, from the first year in which it is needed."""
    key: Row = {"统一社会信用代码": borrower.code}
    yield Entry(first, CITY_BOOK, "企业", key | {"企业名称": borrower.name, "区市": borrower.county})
    for kind, start, end in sorted(borrower.qualifications, key=lambda held: held[1]):
        if start <= LAST_DAY:
            row = key | {"资质类别": kind, "有效期起": start, "有效期止": end}
            yield Entry(max(first, start.year), CITY_BOOK, "资质", row)


def _entries(build: _Builder) -> Iterator[Entry]:
    needed: dict[str, int] = {}
    for loan in build.loans:
        year = _book_year(loan.disbursed_on)
        needed[loan.borrower.code] = min(year, needed.get(loan.borrower.code, year))
    for borrower in build.enterprises:
        yield from _enterprise_entries(borrower, needed[borrower.code])
    yield from build.decisions
    for loan in build.loans:
        yield from _loan_entries(loan)
    for year, sheet, loan, finding in build.findings:
        yield Entry(year, FINDINGS_BOOK, sheet, {"银行名称": loan.bank, "借据编号": loan.note} | finding)


@cache
def build_world() -> World:
    """The invented city, the same every time."""
    build = _Builder()
    _register(build)
    for number in range(_ORDINARY_COUNT):
        _ordinary(build, number)
    for case in _CASES:
        case(build)
    _number_notes(build.loans)
    highlights = {word: (loan.bank, loan.note) for word, loan in build.marked.items()}
    return World(tuple(build.enterprises), tuple(build.loans), tuple(_entries(build)), highlights)
