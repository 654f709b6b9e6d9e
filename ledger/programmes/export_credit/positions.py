"""出口信保: the facts of a year as columns, for all enterprises or a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from ledger.columns import UNKNOWN
from ledger.database import db
from ledger.facts import positions
from ledger.facts.partitions import WHOLE, Partition
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions
from ledger.programmes.export_credit import claims as clawback
from ledger.programmes.export_credit import refunds
from ledger.programmes.export_credit.tables import CreditMarketFact, CreditMatchingFact, CreditPremiumFact
from ledger.programmes.export_credit.year import DOCUMENT, FUND, KEY_RATE, OTHER_RATE, values_of, year_end

ORDER = ("county_rank", "enterprise_name", "uscc", "paid_on", "insurer", "voucher_no", "country")


@dataclass(frozen=True)
class Facts:
    """What the review of a year goes by: the law's values, the year's rates (e4) and money (fen, None for no limit), its
    premiums in line order, what the counties gave, and what is claimed back of earlier years."""

    year: int
    as_of: date
    values: Values
    key_rate: int
    other_rate: int
    budget: int | None
    premiums: pd.DataFrame
    matching: pd.DataFrame
    claims: pd.DataFrame


def read(
    connection: Connection, year: int, as_of: date, partition: Partition = WHOLE, assumed: Assumptions = AS_ON_FILE
) -> Facts:
    """The facts of a year, for a part of the enterprises. The document has nothing that may be assumed."""
    assert assumed == AS_ON_FILE
    values = values_of(year)
    return Facts(
        year,
        as_of,
        values,
        _rate(connection, year, KEY_RATE, values["key_rate"]),
        _rate(connection, year, OTHER_RATE, values["other_rate"]),
        positions.fund_total(connection, year, FUND),
        premiums(connection, year, as_of, values, partition),
        matching(connection, year, partition),
        clawback.look_back(connection, DOCUMENT.programme, year, as_of, partition),
    )


def _rate(connection: Connection, year: int, item: str, ceiling: int) -> int:
    """A year's own rate, else the ceiling. e4."""
    own = positions.year_rate(connection, year, item)
    return ceiling if own is None else own


def premiums(connection: Connection, year: int, as_of: date, values: Values, partition: Partition) -> pd.DataFrame:
    """The premiums paid in a year, in line order, with the market of their day and what was paid back by the as-of date.

    Columns: premium_fact_id, insurer, voucher_no, country, policy_no, kinds, currency (that of the document where none is
    given), paid_on, premium, refunded, market_fact_id (UNKNOWN if the country is on no list that day), market, listed_on,
    delisted_on, and of the enterprise what `enterprises` gives.
    """
    fact = CreditPremiumFact
    (usual,) = values.names("currency")
    query = select(
        fact.id.label("premium_fact_id"), fact.insurer, fact.voucher_no, fact.country, fact.policy_no, fact.kinds,
        func.coalesce(fact.currency, usual).label("currency"), fact.paid_on, fact.premium_fen.label("premium"), fact.enterprise_id.label("enterprise"),
    ).where(
        fact.retired_by.is_(None), fact.paid_on >= date(year, 1, 1), fact.paid_on <= year_end(year)
    )  # fmt: skip
    frame = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    frame = positions.look_up(frame, positions.enterprises(connection), "enterprise")
    frame["refunded"] = refunds.refunded(connection, frame["premium_fact_id"].to_numpy(), as_of)
    frame = pd.concat([frame, markets(connection, frame, values)], axis=1)
    of_row = list(zip(*(frame[name].tolist() for name in ORDER), strict=True))
    return frame.iloc[sorted(range(len(frame)), key=of_row.__getitem__)].reset_index(drop=True)


def markets(connection: Connection, frame: pd.DataFrame, values: Values) -> pd.DataFrame:
    """The market of each row's country on its day of payment: of several, the first of the document's.

    Columns: market_fact_id (UNKNOWN if the country is on no list), market, listed_on, delisted_on (NO_DATE if none).
    """
    fact = CreditMarketFact
    names = (*values.names("key_markets"), *values.names("other_market"))
    facts = db.fetch_frame(
        connection,
        select(fact.id.label("market_fact_id"), fact.country, fact.market, fact.listed_on, fact.delisted_on).where(
            fact.retired_by.is_(None), fact.market.in_(names)
        ),
    )
    facts["market"] = facts["market"].map({name: rank for rank, name in enumerate(names)}).astype(np.int64)
    facts = facts.sort_values(["market", "listed_on"], ignore_index=True)
    found = positions.covering(
        frame["country"].to_numpy(), frame["paid_on"].to_numpy(), facts, "country", "listed_on", "delisted_on"
    )
    (other,) = values.names("other_market")
    market = [other if rank == UNKNOWN else names[rank] for rank in found["market"].tolist()]
    return found.assign(market=np.array(market, dtype=object))


def matching(connection: Connection, year: int, partition: Partition) -> pd.DataFrame:
    """What the counties gave for a year: matching_fact_id, matching (fen), and what `enterprises` gives."""
    fact = CreditMatchingFact
    query = select(
        fact.id.label("matching_fact_id"), fact.enterprise_id.label("enterprise"), fact.matching_fen.label("matching")
    ).where(fact.retired_by.is_(None), fact.year == year)
    frame = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    return positions.look_up(frame, positions.enterprises(connection), "enterprise")
