"""科技支行贷款: a year's facts judged part by part and joined, and its lines as the columns of their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger import models, money
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.facts.positions import ranks
from ledger.law.turns import merged, packed_order
from ledger.lazy import np, pd
from ledger.programmes.judging import Fingerprint, Judged, Judging, stopped
from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.positions import Facts, read
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.workdays import Calendar


@dataclass(frozen=True)
class Part:
    """A part of the enterprises judged: its loans with what they ask for, by (bank name, note number).

    missing: the dates that it needed of years without a notice.
    """

    facts: Facts
    lines: pd.DataFrame
    missing: frozenset[int]


def judge(facts: Facts) -> Part:
    """Each loan of a part judged, with what it asks for before any budget."""
    lines = policy.judge_loans(facts.positions, facts.values)
    lines = pd.concat([lines, facts.identity], axis=1)
    return Part(facts, lines, facts.positions.calendar.take_missing())


def join(parts: Sequence[Part]) -> Judged:
    """The settlement of all parts: order, budgets, shares, claims. Refused when a date that it needs is not known."""
    Calendar.require(frozenset().union(*(part.missing for part in parts)))
    facts = parts[0].facts
    shared, values = facts.positions, facts.values
    lines, place = merged([part.lines for part in parts], "bank_rank", "note_no")
    if len(parts) > 1:
        lines = lines.assign(enterprise_rank=ranks(lines["enterprise_name"].to_numpy()))  # among all parts
    events = _joined_events([part.facts.positions.events for part in parts], [len(part.lines) for part in parts], place)
    lines, steps = policy.share_out(lines, shared.budgets, values)
    claims = clawback.join([part.facts.claims for part in parts])
    law = {
        **values.as_dict(),
        "interest_rate_used": shared.interest_rate_e4,
        "budgets": dict(sorted(shared.budgets.items())),
    }
    fingerprint = Fingerprint()
    described = (
        ("programme", DOCUMENT.programme), ("year", shared.year), ("as_of", facts.as_of.isoformat()), ("law", law),
    )  # fmt: skip
    for name, value in described:
        fingerprint.add_value(name, value)
    fingerprint.add_frame("lines", lines.drop(columns=[*_RANKS, *_IDS]))
    fingerprint.add_frame("events", events)
    clawback.fingerprint(claims, fingerprint)
    return Judged(
        lines=[
            (models.table_of(tables.TechBranchLine), _stored(lines)),
            (models.table_of(tables.RunBudget), _stored_budgets(steps)),
            (models.table_of(tables.TechBranchClaim), clawback.stored(claims)),
        ],
        line_count=len(lines),
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary={**summarise(lines, shared.interest_rate_e4), **clawback.summarise(claims)},
    )


def _joined_events(parts: Sequence[pd.DataFrame], counts: Sequence[int], place: np.ndarray) -> pd.DataFrame:
    """The events of all parts, by (kind, loan, day), their loans by the row among all."""
    if len(parts) == 1:
        return parts[0]
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    moved = [
        part.assign(loan=place[part["loan"].to_numpy() + first]) for part, first in zip(parts, before, strict=True)
    ]
    whole = pd.concat([part for part in moved if len(part)] or moved[:1], ignore_index=True)
    order = packed_order([whole[name].to_numpy() for name in ("event_on", "loan", "kind")])
    return whole.iloc[order].reset_index(drop=True)


_RANKS = ("county_rank", "bank_rank", "enterprise_rank", "enterprise")
_IDS = ("loan_fact_id", "enterprise_fact_id", "qualification_fact_id", "partnership_fact_id")


_DATES = (
    "due_on", "paid_off_on", "end_on", "revoked_on", "enterprise_barred_on", "bank_barred_on", "workday_before",
    "lpr_announced_on", "upload_due_on", "late_on", "late_due_on",
    "late_uploaded_on",
)  # fmt: skip
_OPTIONAL = ("qualification_fact_id", "partnership_fact_id", "lpr_e4", "late_kind")
_PLAIN = (
    "loan_fact_id", "enterprise_fact_id", "years_enjoyed", "years_waived", "year_end_no", "extra_months", "months",
    "bonus_rate_e4", "papers_checked", "papers_late", "reasons",
)  # fmt: skip
_FEN = (
    "balance", "interest_base", "interest_demand", "interest_after_county", "interest", "interest_city",
    "interest_county", "bonus_base", "bonus_demand", "bonus_after_county", "bonus", "bonus_city", "bonus_county",
)  # fmt: skip
_OPTIONAL_FEN = ("reported_balance", "cap_before")


def _stored(lines: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The lines as the columns of their table, in line order, numbered from 1."""
    columns: dict[str, Sequence[Any]] = {"line_no": range(1, len(lines) + 1)}
    for name in _DATES:
        columns[name] = db.date_texts(lines[name].to_numpy()).tolist()
    for name in _OPTIONAL:
        columns[name] = db.optional_integers(lines[name].to_numpy())
    for name in _PLAIN:
        columns[name] = lines[name].to_numpy().tolist()
    for name in _FEN:
        columns[f"{name}_fen"] = lines[name].to_numpy().tolist()
    for name in _OPTIONAL_FEN:
        columns[f"{name}_fen"] = db.optional_integers(lines[name].to_numpy())
    return columns


def _stored_budgets(steps: Sequence[policy.BudgetStep]) -> Mapping[str, Sequence[Any]]:
    """What each budget did, as the columns of its table."""
    return {
        "step": range(1, len(steps) + 1),
        "scope": [step.scope for step in steps],
        "budget_fen": [step.budget for step in steps],
        "interest_fen": [step.interest for step in steps],
        "bonus_fen": [step.bonus for step in steps],
        "cut": [step.cut for step in steps],
    }


def summarise(lines: pd.DataFrame, interest_rate_e4: int) -> dict[str, Any]:
    """The totals of a run: overall, by county, by bank (with 第七条's structure), and loans stopped by each code. Fen."""
    return {
        "loans": len(lines),
        "enterprises": int(lines["uscc"].nunique()),
        **_sums(lines),
        "interest_rate_e4": interest_rate_e4,
        "stopped": stopped(policy.CONDITIONS, lines["reasons"]),
        "counties": [
            {"county": county, **_sums(lines[(lines["county"] == county).to_numpy()])}
            for county in ALL_COUNTIES
            if (lines["county"] == county).any()
        ],
        "banks": [
            {"bank": bank, **_sums(lines[(lines["bank"] == bank).to_numpy()]), **_structure(lines, bank)}
            for bank in sorted(lines["bank"].unique())
        ],
    }


_SUMMED = (
    "balance", "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus",
    "bonus_city", "bonus_county",
)  # fmt: skip


def _sums(lines: pd.DataFrame) -> dict[str, int]:
    paid = (lines["interest"].to_numpy() > 0) | (lines["bonus"].to_numpy() > 0)
    return {
        "loans": len(lines),
        "paid_loans": int(paid.sum()),
        **{f"{name}_fen": money.total(lines[name].to_numpy()) for name in _SUMMED},
    }


def _structure(lines: pd.DataFrame, bank: str) -> dict[str, int]:
    """第七条: a bank's year-end balances on pledges of IP and equity, and on other new pledges and credit. Fen."""
    of_bank = lines[(lines["bank"] == bank).to_numpy()]

    def share(guarantees: tuple[str, ...]) -> int:
        return money.total(of_bank["balance"].to_numpy()[of_bank["guarantee"].isin(guarantees).to_numpy()])

    return {"pledged_fen": share(policy.PLEDGED), "unsecured_fen": share(policy.UNSECURED)}


JUDGING = Judging(read, judge, join, policy.CONDITIONS)
