"""The enterprises of the invented city: ordinary ones, and cases written by hand.

Each condition of 威财金〔2023〕2号 meets loans that pass it, loans that fail it and loans on its edge.
"""

from datetime import date, timedelta
from random import Random

from ledger.counties import ALL_COUNTIES, OUTSIDE
from tiexi.demo.building import COUNTY_SHARES, FIRST_YEAR_SHARES, FIRST_YEARS, Builder, chain, random_workday
from tiexi.demo.city import BANKS, LAPSED_BANK, OUTSIDE_BANK, SEED, YOUNG_BANK, workday


def ordinary(build: Builder, number: int) -> None:
    """A company that borrows as most do."""
    rng = Random(f"{SEED}/ordinary/{number}")
    borrower = build.enterprise(rng.choices(ALL_COUNTIES[:9], COUNTY_SHARES)[0])
    first_year = rng.choices(FIRST_YEARS, FIRST_YEAR_SHARES)[0]
    start = random_workday(rng, first_year, 9 if first_year == 2019 else 1)
    if rng.random() < 0.8:
        chain(build, rng, borrower, start, 1400)
        chain(build, rng, borrower, workday(start + timedelta(days=rng.randint(20, 300))), 1400)
    else:
        chain(build, rng, borrower, start, 2800)
    if first_year <= 2022 and rng.random() < 0.6:
        years = min(2023 - first_year, rng.choices((1, 2, 3), (60, 36, 4))[0])
        build.enjoyed(borrower, years)


# -- cases written by hand ---------------------------------------------------------------------------------


def _cases_region(build: Builder) -> None:
    """第三条: companies registered elsewhere."""
    first, second = build.enterprise(OUTSIDE), build.enterprise(OUTSIDE)
    build.loan(first, BANKS[0], "2023-04-18", 12, 500)
    build.loan(first, BANKS[0], "2024-05-14", 12, 500, mark="registered elsewhere")
    build.loan(second, BANKS[2], "2025-03-11", 24, 300)


def _cases_category(build: Builder) -> None:
    """第四条: borrowed before the certificate came, on its first day, and after its last."""
    early = build.enterprise("经区", "2023-10-16")
    build.loan(early, BANKS[1], "2023-05-23", 12, 400, mark="before the certificate")
    build.loan(early, BANKS[1], "2024-06-12", 12, 400)
    edge = build.enterprise("乳山市", "2024-09-10")
    build.loan(edge, BANKS[3], "2024-09-09", 12, 200)
    build.loan(edge, BANKS[3], "2024-09-10", 12, 300)
    none = build.enterprise("临港区", None)
    build.loan(none, BANKS[5], "2025-02-18", 12, 350)


def _cases_bank(build: Builder) -> None:
    """第六条: a bank that is no partner, one whose agreement had lapsed, one before it joined."""
    borrower = build.enterprise("高区")
    build.loan(borrower, OUTSIDE_BANK, "2023-06-06", 12, 600)
    build.loan(borrower, OUTSIDE_BANK, "2025-06-10", 24, 500)
    build.loan(build.enterprise("环翠区"), LAPSED_BANK, "2024-08-13", 24, 480, mark="lapsed partnership")
    build.loan(build.enterprise("文登区"), YOUNG_BANK, "2021-05-18", 36, 260)


def _cases_revoked(build: Builder) -> None:
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


def _cases_lpr(build: Builder) -> None:
    """第五条: disbursed before the first announcement, on its day, and on the day after."""
    old = build.enterprise("文登区")
    later = ("2024-06-05", "2026-06-12")
    build.loan(old, BANKS[0], "2019-06-12", 60, 1200, extended=later, mark="before the first LPR")
    build.loan(old, BANKS[0], "2019-08-20", 60, 300)
    build.loan(build.enterprise("环翠区"), BANKS[2], "2019-08-21", 60, 900, points=40)


def _cases_rate(build: Builder) -> None:
    """第五条: at the ceiling, a point above it, and on a day on which the LPR fell."""
    careful, other = build.enterprise("经区"), build.enterprise("环翠区")
    build.loan(careful, BANKS[2], "2023-08-21", 12, 600, points=90, mark="rate at the ceiling")
    build.loan(other, BANKS[2], "2023-08-22", 12, 500, points=91, mark="rate above the ceiling")
    build.loan(build.enterprise("高区"), BANKS[3], "2024-10-22", 12, 420, points=115)
    build.loan(careful, BANKS[2], "2025-05-21", 12, 650, points=100)


def _cases_term(build: Builder) -> None:
    """第五条: shorter than 360 days, and exactly on both sides of it."""
    borrower = build.enterprise("荣成市")
    build.loan(borrower, BANKS[0], "2023-07-03", "2024-06-27", 500, mark="360 days")
    build.loan(borrower, BANKS[0], "2023-07-04", "2024-06-27", 300, mark="359 days")
    build.loan(build.enterprise("南海新区"), BANKS[5], "2024-08-20", 6, 380)
    build.loan(build.enterprise("高区"), BANKS[1], "2025-06-17", 9, 260)


def _cases_reported(build: Builder) -> None:
    """第十八条: the bank's own year-end figure forgets, or doubles, an instalment."""
    cases = (("乳山市", "2023-02-14", 1), ("经区", "2024-02-27", -1), ("高区", "2025-01-14", 1))
    for county, day, part in cases:
        loan = build.loan(build.enterprise(county), BANKS[3], day, 24, 600, instalments=1)
        year = loan.disbursed_on.year
        loan.misreported[year] = loan.balance(date(year, 12, 31)) + part * loan.amount / 10
        build.marked.setdefault("balance does not agree", loan)


def _cases_upload(build: Builder) -> None:
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


def _cases_years(build: Builder) -> None:
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


def _cases_overdue(build: Builder) -> None:
    """第六条: still owed at the year's end when the months granted are used up."""
    build.loan(build.enterprise("经区"), BANKS[0], "2022-10-18", 12, 360, paid="2024-01-09")
    slow = build.enterprise("高区")
    build.loan(slow, BANKS[1], "2023-11-14", 12, 420, paid="2025-02-11", mark="overdue at the year's end")
    build.loan(build.enterprise("文登区"), BANKS[5], "2024-12-10", 12, 240, paid=None)


def _cases_cap(build: Builder) -> None:
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


def _cases_clawback(build: Builder) -> None:
    """第五条、第六条: paid for at a year's end, then paid back too early."""
    flush, quick = build.enterprise("环翠区"), build.enterprise("经区")
    build.loan(flush, BANKS[0], "2023-08-15", 12, 900, paid="2024-04-16", mark="paid back under 360 days")
    build.loan(build.enterprise("高区"), BANKS[2], "2024-09-18", 12, 640, paid="2025-06-24")
    build.loan(quick, BANKS[1], "2023-07-03", "2025-01-20", 1000, paid="2025-01-02", mark="months lost")
    build.loan(build.enterprise("南海新区"), BANKS[3], "2022-11-15", 36, 500, paid="2025-03-18")


def _cases_extended(build: Builder) -> None:
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


CASES = (
    _cases_region, _cases_category, _cases_bank, _cases_revoked, _cases_lpr, _cases_rate, _cases_term,
    _cases_reported, _cases_upload, _cases_years, _cases_overdue, _cases_cap, _cases_clawback,
    _cases_extended,
)  # fmt: skip
ORDINARY_COUNT = 130
