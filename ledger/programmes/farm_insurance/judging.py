"""特色农产品保险奖补: the products of a year judged part by part and joined, and the lines as the columns of their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger import models, money
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.law.turns import merged
from ledger.lazy import pd
from ledger.programmes.farm_insurance import law, tables, words
from ledger.programmes.farm_insurance.conditions import CONDITIONS, JUDGED_ALONE, MILD, OBJECT
from ledger.programmes.farm_insurance.positions import Facts, read
from ledger.programmes.farm_insurance.year import DOCUMENT
from ledger.programmes.judging import Fingerprint, Judged, Judging, at_once, stopped

if TYPE_CHECKING:
    from ledger.computing.spool import Spool


@dataclass(frozen=True)
class Part:
    """A part of the products judged by what each is by itself."""

    facts: Facts
    lines: pd.DataFrame


def judge(facts: Facts) -> Part:
    """Every product of a part with the codes that do not depend on another product."""
    lines = law.loss(facts.lines, facts.values)
    return Part(facts, law.judge_alone(lines, JUDGED_ALONE, facts.values))


def join(parts: Sequence[Part], _: Spool) -> Judged:
    """The review of all parts, in line order: what is not given twice, and the moneys."""
    facts = parts[0].facts
    lines = merged([part.lines for part in parts], "product_no")[0]
    lines = lines.iloc[law.line_order(lines)].reset_index(drop=True)
    lines = law.second_of_an_object(lines, MILD, OBJECT.code)
    barring = {given: condition.code for condition in CONDITIONS for given in condition.bars}
    lines = law.share(lines, facts.decided, facts.values, barring, MILD)
    lines, central_left = law.give_central(law.control_city(lines, facts.decided), facts.decided, MILD)
    used = {**facts.values.as_dict(), **_decided(facts.decided)}
    fingerprint = Fingerprint()
    for name, value in (
        ("programme", DOCUMENT.programme), ("year", facts.year), ("as_of", facts.as_of.isoformat()), ("law", used),
    ):  # fmt: skip
        fingerprint.add_value(name, value)
    fingerprint.add_frame("lines", _content(lines))
    return Judged(
        lines=[(models.table_of(tables.FarmLine), at_once(_stored(lines)))],
        line_count=len(lines),
        law=used,
        fingerprint=fingerprint.hexdigest(),
        summary=summarise(lines, central_left),
    )


def _decided(year: law.Year) -> dict[str, int | None]:
    """What was decided for the year, for the record of a run; None where nothing is on file."""
    return {
        "city_rate_used": year.city_rate_e4,
        "central_rate_used": year.central_rate_e4,
        "city_fund": year.city_fund,
        "central_fund": year.central_fund,
        **{f"coefficient_{number}": own for number, own in year.coefficients_e4.items()},
    }


_DATES = ("started_on", "first_paid_on", "received_on")
_OPTIONAL = (
    "catalogue_fact_id", "filing_fact_id", "application_fact_id", "share_fact_id", "households", "quantity",
    "province_since", "city_since", "city_rate_e4", "coefficient_e4", "loss_e4", "loss_low",
)  # fmt: skip
_PLAIN = ("product_fact_id", "class_no", "insurers", "policies", "late_count", "reasons")
_FEN = (
    "premium", "farmer", "county_paid", "farmer_share", "province", "city_demand", "city", "central_want", "central",
    "county_net", "late",
)  # fmt: skip
_OPTIONAL_FEN = ("loss_premium", "loss_claims")
# the number of a fact differs from database to database, but whether there is one does not
_GROUNDS = ("catalogue_fact_id", "filing_fact_id")


def _stored(lines: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The lines as the columns of their table, numbered from 1."""
    columns: dict[str, Sequence[Any]] = {"line_no": range(1, len(lines) + 1)}
    columns |= {name: db.date_texts(lines[name].to_numpy()).tolist() for name in _DATES}
    columns |= {name: db.optional_integers(lines[name].to_numpy()) for name in _OPTIONAL}
    columns |= {name: lines[name].to_numpy().tolist() for name in _PLAIN}
    columns["first_of_object"] = [number or None for number in lines["first_of_object"]]
    columns |= {f"{name}_fen": lines[name].to_numpy().tolist() for name in _FEN}
    return columns | {f"{name}_fen": db.optional_integers(lines[name].to_numpy()) for name in _OPTIONAL_FEN}


def _content(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines without identifiers and ranks, and without what judges nothing."""
    own = [name for name in lines.columns if name.endswith(("_id", "_rank")) or name in ("households", "quantity")]
    return lines.drop(columns=own).assign(**{f"has_{name}": (lines[name] >= 0).astype("int64") for name in _GROUNDS})


_SUMS = ("premium", "county_paid", "farmer_share", "province", "city", "central", "county_net")


def summarise(lines: pd.DataFrame, central_left: int) -> dict[str, Any]:
    """The totals of a review, by county and class, and the lines that each code stopped. Fen."""
    low = lines[(lines["loss_low"] == 1).to_numpy()]
    return {
        "stopped": stopped(CONDITIONS, lines["reasons"]),
        **_sums(lines),
        "central_left_fen": central_left,
        "late_count": int(lines["late_count"].sum()),
        "late_fen": money.total(lines["late"].to_numpy()),
        "loss_low": len(low),
        "counties": [
            {"county": county, **_sums(part)}
            for county in COUNTIES
            if len(part := lines[(lines["county"] == county).to_numpy()])
        ],
        "classes": [
            {"class": word, **_sums(part)}
            for word, number in words.CLASS_NUMBER.items()
            if len(part := lines[(lines["class_no"] == number).to_numpy()])
        ],
    }


def _sums(lines: pd.DataFrame) -> dict[str, int]:
    return {"lines": len(lines), **{f"{name}_fen": money.total(lines[name].to_numpy()) for name in _SUMS}}


JUDGING = Judging(read, judge, join, CONDITIONS, tables.InsuranceFact.product_id)
