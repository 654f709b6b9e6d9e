"""特色农产品保险 (威财金〔2023〕11号): what is missing before the applications close, the quarter of 第十二条, the yearly review."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from jobs.job import LISTED, Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import LawDay, YearDay
from jobs.trials import trial_of_the_day
from jobs.words import lines
from ledger import models
from ledger.counties import COUNTY_RANK
from ledger.database import db
from ledger.law.document import OutsideLife
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.farm_insurance import positions, words
from ledger.programmes.farm_insurance.tables import (
    ApplicationFact,
    CountyPaymentFact,
    InsuranceFact,
    ProductFact,
    ShareFact,
)
from ledger.programmes.farm_insurance.year import DOCUMENT, cut_off, values_of
from ledger.runs import settlement
from reports.farm_insurance import lists

APPLICATION = LawDay("farm_insurance", "application")
REMINDERS = (YearDay(1, 20), YearDay(2, 1), APPLICATION)  # the city's own arrangement, but for the last
REVIEW = YearDay(2, 11)  # the day after the applications close
_KEY = "farm_insurance"


# --- before the applications close ------------------------------------------------------------------------------------


def reminder(context: Context) -> Outcome:
    """What each county's products of last year still lack, before the applications close."""
    year, day = context.day.year - 1, context.day
    try:
        values_of(year)
    except OutsideLife:
        return Outcome(f"无事可做：{year} 年度不在{DOCUMENT.number}的审核范围")
    with db.reading(context.engine) as connection:
        if (approved := settlement.approved_run(connection, _KEY, year)) is not None:
            return Outcome(f"无事可做：{year} 年度已审核通过（第 {approved.id} 号运行）")
        missing = list(_missing(connection, year))
    until = cut_off(year)
    left = f"{year} 年度申请截止日为 {until}（第八条），还有 {(until - day).days} 天，逾期不报的不纳入。"
    found: dict[str, list[str]] = {}
    for county, text in missing:
        found.setdefault(county, []).append(text)
    counts = [f"{county} {len(texts)} 项" for county, texts in found.items()]
    notices = [Notice("farm", CITY, f"{year} 年度特色险申请将于 {until} 截止", lines(left, counts or ["没有缺项"]))]
    notices += [
        Notice("farm", county, f"{year} 年度特色险申请还缺 {len(texts)} 项（{county}）", lines(left, "还缺：", texts))
        for county, texts in found.items()
    ]
    return Outcome(f"{year} 年度特色险申请还缺 {len(missing)} 项", {"year": year, "missing": len(missing)}, notices)


def _missing(connection: Connection, year: int) -> Iterator[tuple[str, str]]:
    """(county, what is missing) for the products insured in the year."""
    products = _insured(connection, year)
    applied = _products(connection, ApplicationFact, ApplicationFact.year == year)
    shared = _products(connection, ShareFact, ShareFact.year == year)
    paid = _products(
        connection, CountyPaymentFact, CountyPaymentFact.year == year, CountyPaymentFact.paid_on.is_not(None)
    )
    for row in products:
        what = f"险种 {row.product_no} {row.name}"
        if row.product_id not in applied:
            yield row.county, f"{what}：没有申请"
        if row.product_id not in paid:
            yield row.county, f"{what}：没有区市财政的拨付"
        if row.product_class == words.CLASSES[1] and row.product_id not in shared:
            yield row.county, f"{what}：市级承担比例还没有明确"


def _products(connection: Connection, fact: Any, *where: Any) -> Counter[int]:
    """How many facts in force each product has."""
    return Counter(connection.execute(select(fact.product_id).where(fact.retired_by.is_(None), *where)).scalars())


def _insured(connection: Connection, year: int) -> list[Any]:
    """The products insured in a year, by county and number."""
    anchor, product, insured = models.InsuranceProduct, ProductFact, InsuranceFact
    query = (
        select(anchor.product_no, product.product_id, product.name, product.county, product.product_class)
        .join(product, product.product_id == anchor.id)
        .where(
            product.retired_by.is_(None),
            product.product_id.in_(
                select(insured.product_id).where(insured.year == year, insured.retired_by.is_(None))
            ),
        )
    )  # fmt: skip
    return sorted(connection.execute(query), key=lambda row: (COUNTY_RANK[row.county], row.product_no))


# --- the quarter of 第十二条 --------------------------------------------------------------------------------------------


def payments_due(context: Context) -> Outcome:
    """Applications of insurers whose quarter is about to end and that no county has paid; each is told of once."""
    ahead = DOCUMENT.number_near("payment_warning_days", context.day)
    with db.reading(context.engine) as connection:
        known = context.listed_before(connection)
        due = [
            (row, day)
            for row, day in _unpaid(connection, context.day)
            if context.day <= day <= context.day + timedelta(ahead)
        ]
    due = [(row, day) for row, day in due if _name(row) not in known]
    found: dict[str, list[str]] = {}
    for row, day in due:
        text = f"{row.insurer} 申请单 {row.request_no}，{row.requested_on} 申请 {wan_words(row.requested_fen)}，{day} 满一个季度"
        found.setdefault(row.county, []).append(text)
    notices = []
    for county, texts in found.items():
        subject = f"{len(texts)} 笔特色险保费补贴申请将满一个季度（{county}）"
        text = lines(
            "以下申请还没有拨付，原则上应在一个季度内完成（第十二条）：",
            texts,
            "已拨付的请补录「区市补贴」的拨付日、金额和凭证号。",
        )
        notices += [Notice("farm-due", county, subject, text), Notice("farm-due", CITY, subject, text)]
    figures = {"requests": len(due), LISTED: sorted(_name(row) for row, _ in due)}
    return Outcome(f"将满一个季度而没有拨付的特色险保费补贴申请 {len(due)} 笔", figures, notices)


def _name(row: Any) -> str:
    return f"{row.insurer}/{row.request_no}"


def _unpaid(connection: Connection, day: date) -> Iterator[tuple[Any, date]]:
    """The applications not paid by a day, each with the day on which its quarter ends, by county and that day."""
    fact, product = CountyPaymentFact, ProductFact
    query = (
        select(fact.insurer, fact.request_no, fact.requested_on, fact.requested_fen, product.county)
        .join(product, product.product_id == fact.product_id)
        .where(
            fact.retired_by.is_(None), product.retired_by.is_(None), fact.requested_on <= day,
            or_(fact.paid_on.is_(None), fact.paid_on > day),
        )
    )  # fmt: skip
    near = DOCUMENT.values(min(max(day, DOCUMENT.starts), DOCUMENT.ends))
    rows = [(row, positions.due_on(row.requested_on, near)) for row in connection.execute(query)]
    yield from sorted(rows, key=lambda one: (COUNTY_RANK[one[0].county], one[1], _name(one[0])))


# --- the review ---------------------------------------------------------------------------------------------------------


def review(context: Context) -> Outcome:
    """A trial review of the year whose applications have closed, with its workbooks."""
    year = context.day.year - 1 if context.day >= cut_off(context.day.year - 1) else context.day.year - 2
    run = trial_of_the_day(context, PROGRAMMES[_KEY], year, None)
    if isinstance(run, str):
        return Outcome(run)
    folder = context.folder("特色险", f"{year}年度-{context.day}")
    with db.reading(context.engine) as connection:
        listed = lists.write_list(connection, run, "", folder / f"奖补资金汇总表-{year}.xlsx")
        for part in run.summary["counties"]:
            county = part["county"]
            lists.write_list(connection, run, county, folder / f"特色险-{county}-{year}.xlsx")
    summary = run.summary
    text = lines(
        f"第 {run.id} 号运行（试算），截止日 {run.as_of}：险种 {summary['lines']} 个，列入 {listed} 个，"
        f"省级 {wan_words(summary['province_fen'])}，市级 {wan_words(summary['city_fen'])}，中央 {wan_words(summary['central_fen'])}。",
        f"汇总表和各区市明细表：{folder}",
        f"核对后审核：tiexi approve {run.id} --by 姓名 --document 文号",
    )
    figures = {"run": run.id, "year": year, "lines": summary["lines"], "listed": listed}
    notice = Notice("farm", CITY, f"{year} 年度特色农产品保险审核（第 {run.id} 号运行）", text)
    return Outcome(f"{year} 年度特色农产品保险试算完成（第 {run.id} 号运行）", figures, [notice])
