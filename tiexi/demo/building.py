"""Building the invented city: names, codes, papers and chains of loans, each drawn from a random stream of its own name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from stdnum.cn import uscc as credit_code

from ledger.counties import OUTSIDE
from tiexi.demo.city import (
    BANKS,
    CITY_BOOK,
    FEN,
    LAPSED_BANK,
    LAPSED_FROM,
    LAPSED_TO,
    LAST_DAY,
    SEED,
    YEARS,
    YOUNG_BANK,
    YOUNG_SINCE,
    ZERO,
    Enterprise,
    Entry,
    Extension,
    Loan,
    Repayment,
    Row,
    add_months,
    add_workdays,
    interest_days,
    lpr_before,
    pay_day,
    workday,
)

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
COUNTY_SHARES = (20, 15, 19, 10, 26, 22, 15, 6, 9)
_GUARANTEES = ("知识产权质押", "股权质押", "其他新型抵质押", "信用", "保证", "抵押", "质押")
_GUARANTEE_SHARES = (18, 7, 5, 12, 28, 24, 6)
_TERMS, _TERM_SHARES = (12, 13, 18, 24, 36), (58, 2, 3, 20, 17)
FIRST_YEARS, FIRST_YEAR_SHARES = (2019, 2020, 2021, 2022, 2023, 2024, 2025), (10, 13, 19, 20, 18, 12, 8)


class Builder:
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
        rng = Random(f"{SEED}/enterprise/{number}")
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
        rng = Random(f"{SEED}/loan/{borrower.code}/{bank}/{day}/{amount}")
        papers = _Papers(rng, {_iso(d) for d in late}, {_iso(d) for d in missing}, accident)
        rate = lpr_before(day) + Decimal(points) / 100
        chosen = guarantee or rng.choices(_GUARANTEES, _GUARANTEE_SHARES)[0]
        loan = Loan(bank, borrower, Decimal(amount), day, due, rate, chosen, papers.uploaded(day))
        if extended:
            agreed, due = (_iso(text) for text in extended)
            loan.extensions.append(Extension(agreed, due, papers.uploaded(agreed)))
        paid_on = pay_day(due) if paid == "" else (paid and _iso(paid)) or date.max
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
        return add_workdays(day, slip if day in self.late or chance < self.accident else days)


def _repayments(loan: Loan, paid_on: date, instalments: int, papers: _Papers) -> Iterator[Repayment]:
    """Quarterly interest, `instalments` tenths of the principal half a year apart, the rest on `paid_on`."""
    part = loan.amount / 10
    parts = [workday(add_months(loan.disbursed_on, 6 * n)) for n in range(1, instalments + 1)]
    principal = {day: part for day in parts if day < paid_on}
    principal[paid_on] = loan.amount - part * len(principal)
    days = {day for day in interest_days(loan) if day < paid_on} | set(principal)
    owed, since = loan.amount, max(loan.disbursed_on, date(2022, 12, 21))
    for day in sorted(day for day in days if day <= LAST_DAY):
        back = principal.get(day, ZERO)
        interest: Decimal | None = None
        if day.year >= 2023:
            exact = owed * loan.rate * (day - since).days / 36000
            interest, since = exact.quantize(FEN, ROUND_HALF_UP), day
        yield Repayment(day, back, interest, papers.uploaded(day))
        owed -= back


# -- ordinary enterprises ----------------------------------------------------------------------------------


def random_workday(rng: Random, year: int, first_month: int = 1) -> date:
    """A working day of a year, from a month on."""
    return workday(date(year, rng.randint(first_month, 12), rng.randint(1, 28)))


def _partner_on(bank: str, day: date) -> bool:
    if bank == LAPSED_BANK:
        return not LAPSED_FROM < day < LAPSED_TO
    return bank != YOUNG_BANK or day >= YOUNG_SINCE


ACCIDENT = 0.0018  # the share of papers that come late for no reason told here


def chain(build: Builder, rng: Random, borrower: Enterprise, start: date, most: int) -> None:
    """Loans of one company at one bank, each taken up when the one before has been paid back."""
    bank = rng.choices(BANKS, (24, 20, 16, 13, 10, 8, 5, 4))[0]
    amount = min(most, 10 * round(rng.lognormvariate(3.9, 0.75)))
    day = start
    while day <= LAST_DAY:
        lender = bank if _partner_on(bank, day) else BANKS[0]
        term = rng.choices(_TERMS, _TERM_SHARES)[0]
        due = add_months(day, term) - timedelta(days=int(rng.random() < 0.2))
        paid = pay_day(due)
        if term == 12 and rng.random() < 0.25:
            paid = max(workday(due - timedelta(days=rng.randint(1, 4)), -1), day + timedelta(days=361))
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
            accident=ACCIDENT,
        )
        if rng.random() < 0.05:
            return
        day = workday(paid + timedelta(days=rng.randint(2, 30)))
        amount = min(most, round(amount * rng.choice((8, 10, 10, 10, 11, 12, 13)) / 100) * 10)


def _spread(rng: Random) -> int:
    """Basis points over the LPR: often a round figure, sometimes just the ceiling."""
    if rng.random() < 0.05:
        return 90
    return rng.choice((20, 25, 30, 35, 40, 45, 50, 50, 55, 60, 60, 65, 70, 75, 80, 85, 88))
