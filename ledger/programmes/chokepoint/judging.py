"""“拨投贷保”: the facts of a review judged part by part and joined, and its lines as the columns of their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from ledger import models, money
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.facts.positions import ranks
from ledger.law.conditions import Condition
from ledger.law.turns import line_order, merged
from ledger.lazy import pd
from ledger.programmes.chokepoint import law as policy
from ledger.programmes.chokepoint import tables
from ledger.programmes.chokepoint.positions import Facts, read
from ledger.programmes.chokepoint.year import DOCUMENT
from ledger.programmes.judging import Fingerprint, Judged, Judging, at_once, stopped
from ledger.workdays import Calendar

if TYPE_CHECKING:
    from ledger.computing.spool import Spool


@dataclass(frozen=True)
class Part:
    """A part of the enterprises judged: the rows of each kind; missing: the dates that it needed of years without notice."""

    facts: Facts
    loans: pd.DataFrame
    policies: pd.DataFrame
    grants: pd.DataFrame
    investments: pd.DataFrame
    missing: frozenset[int]


def judge(facts: Facts) -> Part:
    """Every row of a part judged, with its amounts: no row's depends on another enterprise's."""
    values = facts.values
    loans = policy.review_loans(facts.loans, DOCUMENT, values)
    return Part(
        facts,
        loans,
        policy.review_policies(facts.policies, facts.rates["premium_rate_used"], DOCUMENT, values),
        policy.review_grants(facts.grants, DOCUMENT, values),
        policy.review_investments(facts.investments, DOCUMENT, values),
        facts.loans.calendar.take_missing(),
    )


def join(parts: Sequence[Part], _: Spool) -> Judged:
    """The review of all parts, in line order. Refused when a working day that it needs is not known."""
    Calendar.require(frozenset().union(*(part.missing for part in parts)))
    facts = parts[0].facts
    reviewed = (
        _loans([part.loans for part in parts]),
        _policies([part.policies for part in parts]),
        _grants([part.grants for part in parts]),
        _investments([part.investments for part in parts]),
    )
    law = {**facts.values.as_dict(), **facts.rates}
    fingerprint = Fingerprint()
    described = (
        ("programme", DOCUMENT.programme), ("year", facts.year), ("as_of", facts.as_of.isoformat()), ("law", law),
    )  # fmt: skip
    for name, value in described:
        fingerprint.add_value(name, value)
    for kind in reviewed:
        fingerprint.add_frame(kind.name, kind.content())
    return Judged(
        lines=[(kind.table, at_once(kind.stored())) for kind in reviewed],
        line_count=sum(len(kind.lines) for kind in reviewed),
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary=summarise({kind.name: kind.lines for kind in reviewed}, facts.rates),
    )


# --- the lines of each kind -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reviewed:
    """The judged rows of one kind, in line order, with what identifies them."""

    name: str
    table: Table
    lines: pd.DataFrame
    dates: tuple[str, ...]
    optional: tuple[str, ...]
    plain: tuple[str, ...]
    fen: tuple[str, ...]
    optional_fen: tuple[str, ...] = ()

    def stored(self) -> Mapping[str, Sequence[Any]]:
        """The lines as the columns of their table, numbered from 1."""
        lines = self.lines
        columns: dict[str, Sequence[Any]] = {"line_no": range(1, len(lines) + 1)}
        columns |= {name: db.date_texts(lines[name].to_numpy()).tolist() for name in self.dates}
        columns |= {name: db.optional_integers(lines[name].to_numpy()) for name in self.optional}
        columns |= {name: lines[name].to_numpy().tolist() for name in self.plain}
        columns |= {f"{name}_fen": lines[name].to_numpy().tolist() for name in self.fen}
        return columns | {f"{name}_fen": db.optional_integers(lines[name].to_numpy()) for name in self.optional_fen}

    def content(self) -> pd.DataFrame:
        """The lines without the identifiers and ranks that differ from database to database, and what judges nothing."""
        own = [name for name in self.lines.columns if name.endswith(("_id", "_rank")) or name in _NOT_JUDGED]
        return self.lines.drop(columns=own)


_NOT_JUDGED = ("enterprise", "project_enterprise", "uploaded_on")


def _loans(parts: Sequence[pd.DataFrame]) -> _Reviewed:
    """第二条 贷: the loans of the product disbursed in the window, repaid or not."""
    lines, _ = merged(parts, "bank_rank", "note_no")
    lines = lines.assign(enterprise_rank=ranks(lines["enterprise_name"].to_numpy()))  # among all parts
    lines = lines.iloc[line_order(lines)]
    return _Reviewed(
        "loans",
        models.table_of(tables.ChokepointLoanLine),
        lines,
        dates=(
            "due_on", "latest_due_on", "revoked_on", "enterprise_barred_on", "bank_barred_on", "workday_before",
            "lpr_announced_on",
        ),
        optional=("qualification_fact_id", "project_fact_id", "lpr_e4"),
        plain=("loan_fact_id", "enterprise_fact_id", "reasons"),
        fen=("balance", "filed", "base", "subsidy"),
        optional_fen=("quota_before",),
    )  # fmt: skip


def _policies(parts: Sequence[pd.DataFrame]) -> _Reviewed:
    """第二条 保: the policies whose premium was paid in the window."""
    lines, _ = merged(parts, "insurer", "policy_no")
    lines = lines.iloc[policy.policy_order(lines)]
    return _Reviewed(
        "policies",
        models.table_of(tables.ChokepointPolicyLine),
        lines,
        dates=("enterprise_barred_on",),
        optional=("qualification_fact_id", "project_fact_id"),
        plain=("policy_fact_id", "enterprise_fact_id", "other_coverages", "reasons"),
        fen=("enterprise_premium", "enterprise_uncapped", "enterprise_subsidy", "subsidy"),
    )


def _grants(parts: Sequence[pd.DataFrame]) -> _Reviewed:
    """第二条 拨: the grants approved in the window."""
    lines, _ = merged(parts, "project_no", "year")
    return _Reviewed(
        "grants",
        models.table_of(tables.ChokepointGrantLine),
        lines,
        dates=(),
        optional=(),
        plain=("grant_fact_id", "enterprise_fact_id", "project_fact_id", "reasons"),
        fen=("granted_before", "granted"),
    )


def _investments(parts: Sequence[pd.DataFrame]) -> _Reviewed:
    """第二条 投: the investments made in the window."""
    lines, _ = merged(parts, "investor", "investment_no")
    return _Reviewed(
        "investments",
        models.table_of(tables.ChokepointInvestmentLine),
        lines,
        dates=(),
        optional=(),
        plain=("investment_fact_id", "enterprise_fact_id", "factor_e4", "reasons"),
        fen=("recognised",),
    )


# --- the summary ----------


def summarise(kinds: Mapping[str, pd.DataFrame], rates: Mapping[str, int]) -> dict[str, Any]:
    """The totals of a review, by county, bank and investor, and the lines of each kind that each code stopped. Fen.

    kinds: the lines of each, by its name and in this order: loans, policies, grants, investments.
    """
    loans, policies, grants, investments = kinds.values()
    return {
        **{name: len(lines) for name, lines in kinds.items()},
        "stopped": stopped(CONDITIONS, loans["reasons"], policies["reasons"]),
        **{f"stopped_{name}": stopped(_JUDGED_BY[name], lines["reasons"]) for name, lines in kinds.items()},
        **{name.removesuffix("_used") + "_e4": rate for name, rate in rates.items()},
        **_sums(
            loans, {"amount": "loan", "balance": "balance", "filed": "filed", "base": "base", "subsidy": "subsidy"}
        ),
        **_sums(policies, {"premium": "premium", "subsidy": "premium_subsidy"}),
        **_sums(grants, {"granted": "grant"}),
        **_sums(investments, {"amount": "investment", "recognised": "recognised"}),
        "counties": [
            {"county": county, **_of_county(loans, policies, grants, investments, county)}
            for county in ALL_COUNTIES
            if any((lines["county"] == county).any() for lines in kinds.values())
        ],
        "banks": _by(loans, "bank", {"amount": "loan", "balance": "balance", "filed": "filed", "subsidy": "subsidy"}),
        "insurers": _by(policies, "insurer", {"premium": "premium", "subsidy": "premium_subsidy"}),
        "investors": _by(investments, "investor", {"amount": "investment", "recognised": "recognised"}),
    }


def _of_county(
    loans: pd.DataFrame, policies: pd.DataFrame, grants: pd.DataFrame, investments: pd.DataFrame, county: str
) -> dict[str, int]:
    def part(lines: pd.DataFrame) -> pd.DataFrame:
        return lines[(lines["county"] == county).to_numpy()]

    return {
        "loans": len(part(loans)),
        **_sums(part(loans), {"filed": "filed", "subsidy": "subsidy"}),
        "policies": len(part(policies)),
        **_sums(part(policies), {"premium": "premium", "subsidy": "premium_subsidy"}),
        **_sums(part(grants), {"granted": "grant"}),
        **_sums(part(investments), {"recognised": "recognised"}),
    }


def _by(lines: pd.DataFrame, who: str, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sums for each bank, insurer or investor, by name."""
    return [
        {who: name, "lines": len(part), **_sums(part, columns)}
        for name in sorted(lines[who].unique())
        for part in [lines[(lines[who] == name).to_numpy()]]
    ]


def _sums(lines: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, int]:
    return {f"{name}_fen": money.total(lines[column].to_numpy()) for column, name in columns.items()}


# every code once, in the order in which a list of codes names them
CONDITIONS: tuple[Condition, ...] = tuple(
    {condition.code: condition for condition in (*policy.LOAN_CONDITIONS, *policy.POLICY_CONDITIONS)}.values()
)


_JUDGED_BY: Mapping[str, tuple[Condition, ...]] = {
    "loans": policy.LOAN_CONDITIONS,
    "policies": policy.POLICY_CONDITIONS,
    "grants": policy.GRANT_CONDITIONS,
    "investments": policy.INVESTMENT_CONDITIONS,
}

JUDGING = Judging(read, judge, join, CONDITIONS)
