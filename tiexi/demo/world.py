"""An invented city with three settlement years: enterprises, banks, loans, and what the city decided.

Everything here is made up and says so: every company and bank carries 样例 in its name, and the credit codes
have a right check character over a body that no registry gives out (region 379900). `build_world()` gives the
same world every time: random streams are seeded by name, and no clock is read.

Most enterprises are ordinary (`cases.ordinary`): chains of loans, renewed as they fall due. The others are cases
written by hand (`cases.CASES`), so that each condition of 威财金〔2023〕2号 meets loans that pass it, loans that
fail it and loans on its edge.

The world is kept as `Entry` rows: which year's book, whose book, which sheet, and the row under the headers
of the intake workbook. `World.sheets(upto_year)` is what has been handed in by the January after that year.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from ledger.counties import CITY
from tiexi.demo.building import Builder
from tiexi.demo.cases import CASES, ORDINARY_COUNT, ordinary
from tiexi.demo.city import (
    ALL_BANKS,
    BANKS,
    CITY_BOOK,
    FINDINGS_BOOK,
    LAPSED_BANK,
    LAPSED_FROM,
    LAPSED_TO,
    LAST_DAY,
    OUTSIDE_BANK,
    RECEIPTS_SINCE,
    YEARS,
    YOUNG_BANK,
    YOUNG_SINCE,
    Enterprise,
    Entry,
    Loan,
    Row,
    World,
)

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


def _register(build: Builder) -> None:
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
    begun = {"范围": CITY, "启用日": RECEIPTS_SINCE, "批准文号": "威样例〔2025〕3号"}
    build.decide(RECEIPTS_SINCE.year, "资料平台启用", begun)
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


def _reported(day: date, uploaded_on: date | None) -> date | None:
    """The upload day that a bank writes down: none where the platform's receipts decide."""
    return uploaded_on if day < RECEIPTS_SINCE else None


def _loan_entries(loan: Loan) -> Iterator[Entry]:
    """A loan's rows in its bank's books."""
    key: Row = {"银行名称": loan.bank, "借据编号": loan.note}
    first = _book_year(loan.disbursed_on)
    yield Entry(first, loan.bank, "贷款", key | {
        "合同编号": f"HT-{loan.note}" if loan.bank in BANKS[:5] else None,
        "业务品种": "科技支行贷款", "统一社会信用代码": loan.borrower.code,
        "贷款金额(万元)": loan.amount, "发放日": loan.disbursed_on, "到期日": loan.due_on,
        "年利率(%)": loan.rate, "担保方式": loan.guarantee, "资料上传日": _reported(loan.disbursed_on, loan.uploaded_on), "项目编号": None,
    })  # fmt: skip
    for paid in loan.repayments:
        yield Entry(_book_year(paid.paid_on), loan.bank, "还款", key | {
            "还款日": paid.paid_on, "还本金额(万元)": paid.principal, "付息金额(万元)": paid.interest,
            "资料上传日": _reported(paid.paid_on, paid.uploaded_on),
        })  # fmt: skip
    for later in loan.extensions:
        row = key | {
            "展期日": later.agreed_on,
            "新到期日": later.due_on,
            "资料上传日": _reported(later.agreed_on, later.uploaded_on),
        }
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


def _entries(build: Builder) -> Iterator[Entry]:
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
    build = Builder()
    _register(build)
    for number in range(ORDINARY_COUNT):
        ordinary(build, number)
    for case in CASES:
        case(build)
    _number_notes(build.loans)
    highlights = {word: (loan.bank, loan.note) for word, loan in build.marked.items()}
    return World(tuple(build.enterprises), tuple(build.loans), tuple(_entries(build)), highlights)
