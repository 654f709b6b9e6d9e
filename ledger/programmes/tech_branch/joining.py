"""科技支行贷款: the judged parts of a year joined: the order of the lines, budgets, shares, claims, the fingerprint, and the
lines as the columns of their tables.

However many loans there are, held at once are the few numbers of each line that order and budgets go by, and one column
more: each column is put into line order by itself, and what is stored is taken from there some lines at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ledger import models
from ledger.computing.ordered import AT_ONCE, Ordered
from ledger.database import db
from ledger.law.document import Values
from ledger.law.turns import packed_order
from ledger.lazy import np, pd
from ledger.programmes.judging import Fingerprint, Judged, Lines, Rows, at_once
from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.totals import Totals, structure
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.workdays import Calendar, Days

if TYPE_CHECKING:
    from ledger.computing.spool import Spool


@dataclass(frozen=True)
class Kept:
    """What is said of a judged part in few words: the year, its values, budgets and rate, which are those of all parts; the
    dates that it needed of years without a notice, the names of its banks by their rank, and the columns of each kind."""

    year: int
    as_of: date
    values: Values
    budgets: Mapping[str, int]
    interest_rate_e4: int
    missing: frozenset[int]
    banks: Mapping[int, str]
    columns: Mapping[str, tuple[str, ...]]


def join(parts: Sequence[Kept], spool: Spool) -> Judged:
    """The settlement of all parts: order, budgets, shares, claims. Refused when a date that it needs is not known."""
    Calendar.require(frozenset().union(*(part.missing for part in parts)))
    first = parts[0]
    law = {
        **first.values.as_dict(),
        "interest_rate_used": first.interest_rate_e4,
        "budgets": dict(sorted(first.budgets.items())),
    }
    fingerprint = Fingerprint()
    described = (
        ("programme", DOCUMENT.programme), ("year", first.year), ("as_of", first.as_of.isoformat()), ("law", law),
    )  # fmt: skip
    for name, value in described:
        fingerprint.add_value(name, value)
    by_note = _by_note(spool) if len(parts) > 1 else None
    order = _line_order(spool, by_note)
    asked = pd.DataFrame(
        {name: _numbers(spool, f"lines.{name}")[order] for name in ("county_rank", "interest_demand", "bonus_demand")}
    )
    shared, steps = policy.shares(asked, first.budgets, first.values)
    flags = {name: known[order] for name, known in structure(spool.column("lines.guarantee")).items()}
    bank_rank = _numbers(spool, "lines.bank_rank")[order]
    kept, totals = Ordered(len(parts) > 1), Totals(asked["county_rank"].to_numpy(), bank_rank, flags)
    del asked, bank_rank
    fingerprint.add_value("lines", order.size)
    known = {name for name in first.columns["lines"] if name not in _RANKS}
    for name in sorted(known | set(shared.columns)):
        column = shared[name].to_numpy() if name in shared else _column(spool, f"lines.{name}", order)
        totals.add(name, column)
        if name not in _IDS:
            fingerprint.add_column(f"lines.{name}", _cut(column))
        if name in _STORED:
            kept.put(name, _cut(column))
    del shared
    _add_events(fingerprint, spool, by_note)
    claims = clawback.join([_claims(spool, first.columns["claims"])])
    clawback.fingerprint(claims, fingerprint)
    names = ("line_no", *_stored({name: np.empty(0, dtype=np.int64) for name in _STORED}))
    banks = {rank: bank for part in parts for rank, bank in part.banks.items()}
    enterprises = sum(np.unique(part).size for part in spool.column("lines.enterprise"))
    reasons = spool.column("lines.reasons")
    return Judged(
        lines=[
            (models.table_of(tables.TechBranchLine), Lines(order.size, names, lambda: _stored_chunks(kept))),
            (models.table_of(tables.RunBudget), at_once(_stored_budgets(steps))),
            (models.table_of(tables.TechBranchClaim), at_once(clawback.stored(claims))),
        ],
        line_count=order.size,
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary={
            **totals.summary(banks, enterprises, first.interest_rate_e4, reasons),
            **clawback.summarise(claims),
        },
    )


# --- columns of all parts ---------------------------------------------------------------------------------------------


def _numbers(spool: Spool, name: str) -> Days:
    """A column of integers over all parts, in their order."""
    return _together(list(spool.column(name)))


def _together(parts: Sequence[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _texts(spool: Spool, name: str) -> np.ndarray:
    """A column of texts over all parts, as one block of memory rather than an object each; they compare by code point."""
    rows = spool.rows(name)
    found = np.empty(sum(rows), dtype=np.dtypes.StringDType(na_object=None))
    start = 0
    for count, part in zip(rows, spool.column(name), strict=True):
        found[start : start + count] = part
        start += count
    return found


def _column(spool: Spool, name: str, order: Days) -> np.ndarray:
    """A column in line order: int64, bool, or texts."""
    parts = spool.column(name)
    first = next(parts)
    if first.dtype == object and len(spool.rows(name)) > 1:
        return _texts(spool, name)[order]
    return _together([first, *parts])[order]


def _cut(column: np.ndarray) -> Iterator[np.ndarray]:
    """A column some rows at a time, texts as objects."""
    for start in range(0, column.size, AT_ONCE):
        chunk = column[start : start + AT_ONCE]
        yield chunk if chunk.dtype.kind in "ibO" else chunk.astype(object)


# --- the order of the lines -------------------------------------------------------------------------------------------


def _by_note(spool: Spool) -> Days:
    """The rows of all parts by (bank name, note number)."""
    bank_rank = _numbers(spool, "lines.bank_rank")
    order, notes = packed_order([bank_rank]), _texts(spool, "lines.note_no")
    starts = np.flatnonzero(np.diff(bank_rank[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], order.size], strict=True):
        rows = order[start:end]
        order[start:end] = rows[np.argsort(notes[rows], kind="stable")]  # which finds the parts' sorted runs
    return order


def _line_order(spool: Spool, by_note: Days | None) -> Days:
    """The rows of all parts in line order: county, bank name, enterprise name, disbursement, note number."""
    keys = [_numbers(spool, "lines.disbursed_on"), _enterprise_ranks(spool)]
    keys += [_numbers(spool, f"lines.{name}") for name in ("bank_rank", "county_rank")]
    if by_note is None:
        return packed_order(keys)
    return by_note[packed_order([key[by_note] for key in keys])]


def _enterprise_ranks(spool: Spool) -> Days:
    """Numbers that sort as the enterprises' names do, over all parts: each part has ranked its own only."""
    if len(spool.rows("lines.enterprise_rank")) == 1:
        return _numbers(spool, "lines.enterprise_rank")
    found = [pd.factorize(part) for part in spool.column("lines.enterprise_name")]
    names = sorted(set().union(*(distinct for _, distinct in found)))
    rank = {name: place for place, name in enumerate(names)}
    return _together([np.array([rank[name] for name in own], dtype=np.int64)[codes] for codes, own in found])


# --- events and claims ------------------------------------------------------------------------------------------------


def _add_events(fingerprint: Fingerprint, spool: Spool, by_note: Days | None) -> None:
    """Adds the events of all parts, by (kind, loan, day), their loans by the row among all."""
    columns = {"loan": _numbers(spool, "events.loan")}
    order = None
    if by_note is not None:
        place = np.empty_like(by_note)
        place[by_note] = np.arange(by_note.size)
        before = np.cumsum([0, *spool.rows("lines.bank_rank")[:-1]])
        columns["loan"] = place[columns["loan"] + np.repeat(before, spool.rows("events.loan"))]
        columns |= {name: _numbers(spool, f"events.{name}") for name in ("event_on", "kind")}
        order = packed_order([columns[name] for name in ("event_on", "loan", "kind")])
    fingerprint.add_value("events", columns["loan"].size)
    for name in ("event_on", "kind", "loan", "uploaded_on", "waived"):
        column = columns.pop(name) if name in columns else _numbers(spool, f"events.{name}")
        fingerprint.add_column(f"events.{name}", _cut(column if order is None else column[order]))


def _claims(spool: Spool, names: Sequence[str]) -> pd.DataFrame:
    """The claims of all parts: they are few."""
    return pd.DataFrame({name: _together(list(spool.column(f"claims.{name}"))) for name in names})


# --- the lines as they are stored -------------------------------------------------------------------------------------

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
_STORED = {*_DATES, *_OPTIONAL, *_PLAIN, *_FEN, *_OPTIONAL_FEN}


def _stored_chunks(kept: Ordered) -> Iterator[Rows]:
    """The lines as the columns of their table, in line order, numbered from 1."""
    number = 1
    for chunk in kept.chunks():
        count = len(chunk["reasons"])
        yield {"line_no": range(number, number + count), **_stored(chunk)}
        number += count


def _stored(lines: Mapping[str, np.ndarray]) -> dict[str, Sequence[Any]]:
    columns: dict[str, Sequence[Any]] = {}
    for name in _DATES:
        columns[name] = db.date_texts(lines[name]).tolist()
    for name in _OPTIONAL:
        columns[name] = db.optional_integers(lines[name])
    for name in _PLAIN:
        columns[name] = lines[name].tolist()
    for name in _FEN:
        columns[f"{name}_fen"] = lines[name].tolist()
    for name in _OPTIONAL_FEN:
        columns[f"{name}_fen"] = db.optional_integers(lines[name])
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
