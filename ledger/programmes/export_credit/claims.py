"""追缴 of 出口信保: what earlier approved reviews paid on premiums of which more was paid back since.

Who was paid (county, enterprise) and the premium's net are read from the line that paid; what was paid back, from the
refunds in force dated on or before the review's as-of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, cast, func, select

from ledger import models, money
from ledger.columns import UNKNOWN
from ledger.counties import ALL_COUNTIES, COUNTY_RANK
from ledger.database import db
from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.facts.of_lines import with_enterprises
from ledger.facts.partitions import Partition
from ledger.lazy import np, pd
from ledger.programmes.export_credit import law, refunds
from ledger.programmes.export_credit.tables import CreditClaim, CreditLine, CreditPremiumFact

_ORDER = (
    "county_rank", "enterprise_name", "uscc", "paid_on", "insurer", "voucher_no", "country", "paid_year",
)  # fmt: skip
_STORED = ("paid_run_id", "paid_line_no", "premium_fact_id")
_FEN = ("refunded", "net_now", "kept", "before", "claim")
# what a claim says and rests on, without the identifiers that differ from database to database
CONTENT = (
    "county", "uscc", "enterprise_name", "insurer", "voucher_no", "country", "paid_on", "paid_year", "subsidy",
    "net_then", *_FEN,
)  # fmt: skip
_COLUMNS = tuple(dict.fromkeys((*_STORED, *CONTENT, "county_rank")))


def look_back(connection: Connection, programme: str, year: int, as_of: date, partition: Partition) -> pd.DataFrame:
    """The claims of a year's review on what a part of the enterprises was paid."""
    earlier = {run.id: run.year for run in approved_runs(connection, programme, before=year)}
    if not earlier:
        return _none()
    paid = pd.concat([_paid_lines(connection, run_id, partition) for run_id in earlier], ignore_index=True)
    paid["paid_year"] = paid["paid_run_id"].map(earlier).astype(np.int64)
    paid = paid.assign(before=_claimed(connection, list(earlier), paid), **_now(connection, paid, as_of))
    claims = law.claim_back(paid)
    return claims.assign(county_rank=claims["county"].map(COUNTY_RANK).to_numpy(dtype=np.int64))[list(_COLUMNS)]


def join(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The claims of all parts, by (line order, paid year)."""
    found = [part for part in parts if len(part)]
    if not found:
        return _none()
    whole = pd.concat(found, ignore_index=True)
    of_row = list(zip(*(whole[name].tolist() for name in _ORDER), strict=True))
    return whole.iloc[sorted(range(len(whole)), key=of_row.__getitem__)].reset_index(drop=True)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=_COLUMNS)


def _paid_lines(connection: Connection, run_id: int, partition: Partition) -> pd.DataFrame:
    """The lines of a run that paid something, with whom and on what. Fen."""
    line, fact, company, anchor = CreditLine, CreditPremiumFact, models.EnterpriseFact, models.Enterprise
    columns = (
        select(
            line.run_id.label("paid_run_id"), line.line_no.label("paid_line_no"), fact.insurer, fact.voucher_no,
            fact.country, fact.paid_on, company.county, company.name.label("enterprise_name"), anchor.uscc,
            line.subsidy_fen.label("subsidy"), line.net_fen.label("net_then"),
        )
        .join_from(line, fact, fact.id == line.premium_fact_id)
        .where(line.run_id == run_id, line.subsidy_fen > 0)
        .order_by(line.line_no)
    )  # fmt: skip
    query = with_enterprises(columns, line)
    return db.fetch_frame(connection, partition.within(query, company.enterprise_id))


def _claimed(connection: Connection, earlier: Sequence[int], paid: pd.DataFrame) -> np.ndarray:
    """What the earlier approved runs have claimed of each payment. Fen."""
    claim = CreditClaim
    query = (
        select(
            claim.paid_run_id, claim.paid_line_no, cast(func.sum(claim.claim_fen), BigInteger).label("before")
        )
        .where(claim.run_id.in_(earlier))
        .group_by(claim.paid_run_id, claim.paid_line_no)
    )  # fmt: skip
    key = ["paid_run_id", "paid_line_no"]
    sums = db.fetch_frame(connection, query).set_index(key)["before"]
    found: np.ndarray = sums.reindex(pd.MultiIndex.from_frame(paid[key]), fill_value=0).to_numpy(dtype=np.int64)
    return found


def _now(connection: Connection, paid: pd.DataFrame, as_of: date) -> dict[str, np.ndarray]:
    """Of each premium paid on, its version in force, what of it was paid back by a date, and what is left. Fen."""
    fact = CreditPremiumFact
    versions = db.fetch_frame(
        connection,
        select(fact.id, fact.insurer, fact.voucher_no, fact.country, fact.premium_fen.label("premium")).where(
            fact.retired_by.is_(None)
        ),
    )
    key = ["insurer", "voucher_no", "country"]
    place = pd.MultiIndex.from_frame(versions[key]).get_indexer(pd.MultiIndex.from_frame(paid[key]))
    if (place < 0).any():  # the withdrawal of a premium that an approved run used is refused
        raise Refused("审核通过的运行支持过的缴费已不在库中：数据库被改动过", "；请先运行 tiexi audit 查明")
    premium_fact_id = np.append(versions["id"].to_numpy(), UNKNOWN)[place]
    back = refunds.refunded(connection, premium_fact_id, as_of)
    net_now = np.append(versions["premium"].to_numpy(), 0)[place] - back
    return {"premium_fact_id": premium_fact_id, "refunded": back, "net_now": net_now}


# --- the record of a run ----------------------------------------------------------------------------------------------


def stored(claims: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The claims as the columns of their table, numbered from 1."""
    return {
        "claim_no": range(1, len(claims) + 1),
        **{name: claims[name].tolist() for name in _STORED},
        **{f"{name}_fen": claims[name].tolist() for name in _FEN},
    }


def summarise(claims: pd.DataFrame) -> dict[str, Any]:
    """The totals for a run's summary: claims_fen, and the number and amount of the claims by county. Fen."""
    counties = [(county, claims[(claims["county"] == county).to_numpy()]) for county in ALL_COUNTIES]
    return {
        "claims_fen": _total(claims),
        "claims": {
            "claims": len(claims),
            "counties": [
                {"county": county, "claims": len(part), "claims_fen": _total(part)}
                for county, part in counties
                if len(part)
            ],
        },
    }


def _total(claims: pd.DataFrame) -> int:
    return money.total(claims["claim"].to_numpy(dtype=np.int64))
