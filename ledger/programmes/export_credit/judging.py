"""出口信保: a year's facts judged part by part and joined, and its lines as the columns of their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger import models, money
from ledger.columns import UNKNOWN
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.law.turns import merged
from ledger.lazy import np, pd
from ledger.programmes.export_credit import claims as clawback
from ledger.programmes.export_credit import law as policy
from ledger.programmes.export_credit import tables
from ledger.programmes.export_credit.positions import ORDER, Facts, read
from ledger.programmes.export_credit.year import DOCUMENT
from ledger.programmes.judging import Fingerprint, Judged, Judging, at_once, stopped

if TYPE_CHECKING:
    from ledger.computing.spool import Spool


@dataclass(frozen=True)
class Part:
    """A part of the enterprises judged: its premiums with what they ask for, in line order."""

    facts: Facts
    lines: pd.DataFrame


def judge(facts: Facts) -> Part:
    """Each premium of a part judged, with what it asks for before the year's money is looked at."""
    return Part(facts, policy.review(facts.premiums, facts.key_rate, facts.other_rate, DOCUMENT, facts.values))


def join(parts: Sequence[Part], _: Spool) -> Judged:
    """The review of all parts: the order of the lines, the year's money, the enterprises, the claims."""
    facts = parts[0].facts
    lines = merged([part.lines for part in parts], *ORDER)[0]
    lines = lines.assign(subsidy=policy.share_out(lines["demand"].to_numpy(), facts.budget))
    enterprises = _enterprises(lines, [part.facts.matching for part in parts])
    claims = clawback.join([part.facts.claims for part in parts])
    law = {
        **facts.values.as_dict(), "key_rate_used": facts.key_rate, "other_rate_used": facts.other_rate,
        "budget": facts.budget,
    }  # fmt: skip
    fingerprint = Fingerprint()
    described = (
        ("programme", DOCUMENT.programme), ("year", facts.year), ("as_of", facts.as_of.isoformat()), ("law", law),
    )  # fmt: skip
    for name, value in described:
        fingerprint.add_value(name, value)
    fingerprint.add_frame("lines", _content(lines))
    fingerprint.add_frame("enterprises", _content(enterprises))
    fingerprint.add_frame("claims", claims[list(clawback.CONTENT)])
    return Judged(
        lines=[
            (models.table_of(tables.CreditLine), at_once(_stored_lines(lines))),
            (models.table_of(tables.CreditEnterprise), at_once(_stored_enterprises(enterprises))),
            (models.table_of(tables.CreditClaim), at_once(clawback.stored(claims))),
        ],
        line_count=len(lines),
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary={**_summarise(lines, enterprises, facts), **clawback.summarise(claims)},
    )


def _content(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame without the identifiers and ranks that differ from database to database."""
    own = [name for name in frame.columns if name.endswith(("_id", "_rank")) or name == "enterprise"]
    return frame.drop(columns=own)


def _enterprises(lines: pd.DataFrame, matching: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """鼓励各区市给予配套资金支持: each enterprise with a line or a county's money, by (county, name, code). Fen."""
    who = ["county_rank", "enterprise_name", "uscc"]
    carried = [*who, "enterprise", "enterprise_fact_id", "county"]
    given = pd.concat([part for part in matching if len(part)] or matching[:1], ignore_index=True)
    found = pd.concat([lines[carried], given[carried]], ignore_index=True).drop_duplicates("enterprise")
    of_row = list(zip(*(found[name].tolist() for name in who), strict=True))
    found = found.iloc[sorted(range(len(found)), key=of_row.__getitem__)].reset_index(drop=True)
    ids = found["enterprise"].to_numpy()
    passed = lines[(lines["reasons"] == "").to_numpy()]
    place = pd.Index(given["enterprise"].to_numpy()).get_indexer(pd.Index(ids))
    found = found.assign(
        net=_sums_of(passed, "net", ids),
        subsidy=_sums_of(passed, "subsidy", ids),
        matching=np.append(given["matching"].to_numpy(dtype=np.int64), 0)[place],
        matching_fact_id=np.append(given["matching_fact_id"].to_numpy(dtype=np.int64), UNKNOWN)[place],
    )
    over = found["subsidy"].to_numpy() + found["matching"].to_numpy() - found["net"].to_numpy()
    return found.assign(over=np.maximum(over, 0))


def _sums_of(lines: pd.DataFrame, name: str, enterprises: np.ndarray) -> np.ndarray:
    """The sum of a column over the lines of each enterprise. Fen."""
    sums = lines.groupby("enterprise")[name].sum()
    found: np.ndarray = sums.reindex(enterprises, fill_value=0).to_numpy(dtype=np.int64)
    return found


def _stored_lines(lines: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The lines as the columns of their table, in line order, numbered from 1."""
    plain = ("premium_fact_id", "enterprise_fact_id", "market", "other_kinds", "rate_e4", "reasons")
    return {
        "line_no": range(1, len(lines) + 1),
        **{name: lines[name].tolist() for name in plain},
        "market_fact_id": db.optional_integers(lines["market_fact_id"].to_numpy()),
        **{f"{name}_fen": lines[name].tolist() for name in ("refunded", "net", "demand", "subsidy")},
    }


def _stored_enterprises(enterprises: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The enterprises as the columns of their table, numbered from 1."""
    return {
        "enterprise_no": range(1, len(enterprises) + 1),
        "enterprise_fact_id": enterprises["enterprise_fact_id"].tolist(),
        "matching_fact_id": db.optional_integers(enterprises["matching_fact_id"].to_numpy()),
        **{f"{name}_fen": enterprises[name].tolist() for name in ("net", "subsidy", "matching", "over")},
    }


def _summarise(lines: pd.DataFrame, enterprises: pd.DataFrame, facts: Facts) -> dict[str, Any]:
    """The totals of a review, by county and market, and the lines that each code stopped. Fen."""
    markets = (*facts.values.names("key_markets"), *facts.values.names("other_market"))
    return {
        "enterprises": len(enterprises),
        "key_rate_e4": facts.key_rate,
        "other_rate_e4": facts.other_rate,
        "budget_fen": facts.budget,
        "matching_fen": money.total(enterprises["matching"].to_numpy()),
        "over_fen": money.total(enterprises["over"].to_numpy()),
        **summarise(lines, markets),
    }


def summarise(lines: pd.DataFrame, markets: Iterable[str]) -> dict[str, Any]:
    """The totals of lines, by county and by these markets. Fen."""
    return {
        "lines": len(lines),
        **_sums(lines),
        "stopped": stopped(policy.CONDITIONS, lines["reasons"]),
        "counties": [
            {"county": county, "lines": int(mine.sum()), **_sums(lines[mine])}
            for county in ALL_COUNTIES
            if (mine := (lines["county"] == county).to_numpy()).any()
        ],
        "markets": [
            {"market": market, "lines": int(mine.sum()), **_sums(lines[mine])}
            for market in markets
            if (mine := (lines["market"] == market).to_numpy()).any()
        ],
    }


def _sums(lines: pd.DataFrame) -> dict[str, int]:
    """Of lines without a code the premiums net of refunds and the demands, and what all get."""
    passed = lines[(lines["reasons"] == "").to_numpy()]
    return {
        "net_fen": money.total(passed["net"].to_numpy()),
        "demand_fen": money.total(passed["demand"].to_numpy()),
        "subsidy_fen": money.total(lines["subsidy"].to_numpy()),
    }


JUDGING = Judging(read, judge, join, policy.CONDITIONS, tables.CreditPremiumFact.enterprise_id)
