"""特色农产品保险奖补: the facts of a year as columns, one row per product insured in it, for all products or a part of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.columns import UNKNOWN
from ledger.counties import COUNTY_RANK
from ledger.facts import positions
from ledger.facts.partitions import WHOLE, Partition
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions
from ledger.programmes.farm_insurance import law, tables, words
from ledger.programmes.farm_insurance.year import DOCUMENT, cut_off, values_of, year_end
from ledger.workdays import add_months, day_column, day_date


@dataclass(frozen=True)
class Facts:
    """What the review of a year goes by: the law's values, the year's own facts, and the products insured in it."""

    year: int
    as_of: date
    values: Values
    decided: law.Year
    lines: pd.DataFrame


@dataclass(frozen=True)
class Days:
    """The days by which a year's facts count."""

    cut_off: date
    year_end: date
    a_year_before: date  # 第五条(四): since when the county must have paid
    penalties_since: date  # 第六条(四)
    grace_end: date  # 第五条(四): until when what was on the province's list may be filed


def days_of(year: int, values: Values) -> Days:
    """The days of a year's review."""
    cut = cut_off(year)
    grace = add_months(day_column([DOCUMENT.starts]), values["filing_months"])
    return Days(
        cut,
        year_end(year),
        law.years_before(cut, values["county_years"]),
        law.years_before(cut, values["penalty_years"]),
        day_date(grace[0]),
    )


def read(
    connection: Connection, year: int, as_of: date, partition: Partition = WHOLE, assumed: Assumptions = AS_ON_FILE
) -> Facts:
    """The facts of a year, for a part of the products. The document has nothing that may be assumed."""
    assert assumed == AS_ON_FILE
    values = values_of(year)
    return Facts(year, as_of, values, _decided(connection, year, values), _lines(connection, year, values, partition))


def _decided(connection: Connection, year: int, values: Values) -> law.Year:
    """What was decided for the year: rates, funds and coefficients."""
    fact = tables.CoefficientFact
    query = select(fact.product_class, fact.coefficient_e4).where(fact.retired_by.is_(None), fact.year == year)
    own = {row.product_class: row.coefficient_e4 for row in connection.execute(query)}
    rates = [positions.year_rate(connection, year, item) for item in (words.CITY_FUND, words.CENTRAL_FUND)]
    return law.Year(
        values["class_3_city"] if rates[0] is None else rates[0],
        values["class_1_central"] if rates[1] is None else rates[1],
        positions.fund_total(connection, year, words.CITY_FUND),
        positions.fund_total(connection, year, words.CENTRAL_FUND),
        {words.CLASS_NUMBER[word]: own.get(word) for word in words.CLASSES[1:]},
    )


def _in_force(connection: Connection, model: Any, partition: Partition, *where: Any) -> dict[int, list[Any]]:
    """The facts in force of a part of the products, by product, each product's by its number in the table."""
    table = models.table_of(model)
    query = partition.within(select(table).where(table.c.retired_by.is_(None), *where), table.c.product_id)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query.order_by(table.c.id)):
        found[row.product_id].append(row)
    return found


def _lines(connection: Connection, year: int, values: Values, partition: Partition) -> pd.DataFrame:
    """One row per product with insurance of the year, by product number."""
    days = days_of(year, values)
    insured = _in_force(connection, tables.InsuranceFact, partition, tables.InsuranceFact.year >= year - 1)
    payments = _in_force(connection, tables.CountyPaymentFact, partition)
    applications = _in_force(connection, tables.ApplicationFact, partition, tables.ApplicationFact.year == year)
    shares = _in_force(connection, tables.ShareFact, partition, tables.ShareFact.year == year)
    filings = _in_force(connection, tables.FilingFact, partition)
    support = _in_force(connection, tables.PriorSupportFact, partition)
    listed, vetoes = _catalogue(connection, days.year_end), _vetoes(connection)
    products = {number: rows[0] for number, rows in _in_force(connection, tables.ProductFact, partition).items()}
    numbers = _product_numbers(connection, products)
    rows = []
    for identifier in sorted(products, key=numbers.__getitem__):
        own = [row for row in insured[identifier] if row.year == year]
        if not own:
            continue
        product = products[identifier]
        line = _product(product, numbers[identifier], year) | _insurance(own)
        line |= _county(payments[identifier], year, values, days)
        since = {row.level: row.first_year for row in support[identifier]}
        line["province_since"], line["city_since"] = (since.get(level, UNKNOWN) for level in words.LEVELS)
        line |= {
            "catalogue_fact_id": listed.get(product.object, UNKNOWN),
            "filing_fact_id": _filing(filings[identifier], line, days),
            "application_fact_id": next((row.id for row in applications[identifier]), UNKNOWN),
            "received_on": next((row.received_on for row in applications[identifier]), None),
            "share_fact_id": next((row.id for row in shares[identifier]), UNKNOWN),
            "share_e4": next((row.rate_e4 for row in shares[identifier]), UNKNOWN),
            "cut_off": days.cut_off,
            "a_year_before": days.a_year_before,
            **_both_years(own, [row for row in insured[identifier] if row.year == year - 1]),
            **_vetoed(vetoes, product, {row.insurer for row in own}, days),
        }
        rows.append(line)
    return _frame(rows)


def _product(product: Any, number: str, year: int) -> dict[str, Any]:
    return {
        "year": year,
        "product_id": product.product_id,
        "product_fact_id": product.id,
        "product_no": number,
        "name": product.name,
        "county": product.county,
        "county_rank": COUNTY_RANK[product.county],
        "class_no": words.CLASS_NUMBER[product.product_class],
        "object": product.object,
        "central": product.central,
    }


def _insurance(rows: Sequence[Any]) -> dict[str, Any]:
    """The year's insurance of a product, over all insurers."""
    printed = {
        name: [value for row in rows if (value := getattr(row, name)) is not None]
        for name in ("households", "quantity")
    }
    return {
        "insurers": "、".join(sorted(row.insurer for row in rows)),
        "started_on": min(row.started_on for row in rows),
        "policies": sum(row.policies for row in rows),
        **{name: sum(given) if given else UNKNOWN for name, given in printed.items()},
        "premium": sum(row.premium_fen for row in rows),
        "farmer": sum(row.farmer_fen for row in rows),
    }


def _both_years(own: Sequence[Any], before: Sequence[Any]) -> dict[str, int]:
    """第十三条: the money of both years, UNKNOWN where one is not known."""
    if not before:
        return {"loss_premium": UNKNOWN, "loss_claims": UNKNOWN}
    rows = (*own, *before)
    return {"loss_premium": sum(row.premium_fen for row in rows), "loss_claims": sum(row.claims_fen for row in rows)}


def _county(rows: Sequence[Any], year: int, values: Values, days: Days) -> dict[str, Any]:
    """What the county paid for the year, when it first paid at all, and what it left unpaid for more than a quarter."""
    of_year = [row for row in rows if row.year == year]
    late = [row for row in of_year if law.is_late(due_on(row.requested_on, values), row.paid_on, days.cut_off)]
    return {
        "county_paid": sum(row.paid_fen for row in of_year if row.paid_on is not None and row.paid_on <= days.cut_off),
        "first_paid_on": min((row.paid_on for row in rows if row.paid_on is not None), default=None),
        "late_count": len(late),
        "late": sum(row.requested_fen for row in late),
    }


def due_on(requested_on: date, values: Mapping[str, int] | Values) -> date:
    """第十二条: until when an application is to be paid."""
    return day_date(add_months(day_column([requested_on]), values["payment_months"])[0])


def _filing(rows: Sequence[Any], line: Mapping[str, Any], days: Days) -> int:
    """The first filing by which a product passes, UNKNOWN for none."""
    for row in sorted(rows, key=lambda row: row.filed_on):
        if row.accepted_on is not None and law.filing_passes(
            row.filed_on, row.accepted_on, line["started_on"], line["province_since"], days.year_end,
            DOCUMENT.starts.year, days.grace_end,
        ):  # fmt: skip
            return int(row.id)
    return UNKNOWN


def _catalogue(connection: Connection, day: date) -> dict[str, int]:
    """What is listed on a day: the fact of each object, the one listed first where there are several."""
    fact = tables.CatalogueFact
    query = select(fact.object, fact.id, fact.delisted_on).where(fact.retired_by.is_(None), fact.listed_on <= day)
    found: dict[str, int] = {}
    for row in connection.execute(query.order_by(fact.listed_on)):
        if row.delisted_on is None or day <= row.delisted_on:
            found.setdefault(row.object, row.id)
    return found


def _vetoes(connection: Connection) -> list[Any]:
    fact = tables.VetoFact
    return list(connection.execute(select(models.table_of(fact)).where(fact.retired_by.is_(None))))


def _vetoed(vetoes: Iterable[Any], product: Any, insurers: Collection[str], days: Days) -> dict[str, int]:
    """第六条: by each item, whether a record that names the line bars it."""
    found = {f"veto_{number}": 0 for number, _ in enumerate(words.VETOES, start=1)}
    for row in vetoes:
        if names(row, product.county, product.product_id, insurers) and bars(row, days):
            found[f"veto_{words.VETOES.index(row.kind) + 1}"] = 1
    return found


def names(veto: Any, county: str, product_id: int, insurers: Collection[str]) -> bool:
    """Whether a record names a line: by county and, where it names them, by product and insurer."""
    return (
        veto.county == county
        and veto.product_id in (None, product_id)
        and (veto.insurer is None or veto.insurer in insurers)
    )


def bars(veto: Any, days: Days) -> bool:
    """Whether a record bars on the cut-off: a penalty within the years before it, a state that is in force on it."""
    if words.VETOES.index(veto.kind) + 1 in law.EVENTS:
        return bool(days.penalties_since <= veto.found_on <= days.cut_off)
    return bool(veto.found_on <= days.cut_off and (veto.lifted_on is None or days.cut_off <= veto.lifted_on))


def _product_numbers(connection: Connection, products: Collection[int]) -> dict[int, str]:
    anchor = models.InsuranceProduct
    return {
        row.id: row.product_no for row in connection.execute(select(anchor.id, anchor.product_no)) if row.id in products
    }


_TEXTS = ("product_no", "name", "county", "object", "central", "insurers")
_DATES = ("started_on", "first_paid_on", "received_on", "cut_off", "a_year_before")
_COUNTS = (
    "year", "product_id", "product_fact_id", "county_rank", "class_no", "policies", "households", "quantity", "premium",
    "farmer", "county_paid", "late_count", "late", "province_since", "city_since", "catalogue_fact_id", "filing_fact_id",
    "application_fact_id", "share_fact_id", "share_e4", "loss_premium", "loss_claims",
    *(f"veto_{number}" for number, _ in enumerate(words.VETOES, start=1)),
)  # fmt: skip


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows], dtype=object) for name in _TEXTS}
    columns |= {name: day_column([row[name] for row in rows]) for name in _DATES}
    columns |= {name: np.array([row[name] for row in rows], dtype=np.int64) for name in _COUNTS}
    return pd.DataFrame(columns)
