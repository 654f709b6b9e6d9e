"""A run's totals over the lines that somebody sees, reckoned by the very functions that made those of the whole run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from ledger.accounts.scope import Scope
from ledger.database import db
from ledger.facts.bank_names import bank_names_of
from ledger.lazy import load
from ledger.runs.settlement import RunRecord
from reports.programmes import REPORTS
from reports.runs import seen
from reports.runs.run_lines import Lines

if TYPE_CHECKING:
    import pandas as pd

_FIGURES = ("fen", "count", "text")  # kinds of columns that totals are made of


def summary(connection: Connection, run: RunRecord, scope: Scope) -> Mapping[str, Any]:
    """The totals of a run over what a scope sees, with the keys of the run's own; nothing where its document makes none for a
    part of its lines, or where the scope has no part in them."""
    named = REPORTS[run.programme].cut_named
    if not named or not seen.has_part(scope, run.programme):
        return {}
    frames = [frame(connection, run, lines, scope) for lines in REPORTS[run.programme].lines]
    found: Mapping[str, Any] = load(named)(run, *frames)
    return {key: found.get(key, value) for key, value in run.summary.items() if key in found or key.endswith("_e4")}


def enterprises(connection: Connection, run: RunRecord, county: str) -> set[str]:
    """The codes of a county's enterprises that have a line in a run."""
    found: set[str] = set()
    for lines in REPORTS[run.programme].lines:
        if "uscc" in lines.by_name and "county" in lines.by_name:
            query = lines.joined(select(lines.source("uscc")).distinct()).where(
                lines.line.run_id == run.id, lines.source("county") == county
            )
            found |= set(connection.execute(query).scalars())
    return found


def frame(connection: Connection, run: RunRecord, lines: Lines, scope: Scope) -> "pd.DataFrame":
    """A run's lines of one kind that a scope sees, as the columns on which totals are made: fen without their ending, banks as
    the run calls them."""
    columns = [column for column in (*lines.columns, *lines.more) if column.kind in _FIGURES]
    query = lines.joined(select(*(column.source.label(column.name.removesuffix("_fen")) for column in columns)))
    conditions = seen.lines_seen(connection, lines, run.programme, scope)
    found = db.fetch_frame(connection, query.where(lines.line.run_id == run.id, *conditions).order_by(lines.number))
    names = bank_names_of(connection, run)
    if "bank" in found.columns and not names.unchanged:
        found["bank"] = [names.in_force_of(name) for name in found["bank"].tolist()]
    return found
