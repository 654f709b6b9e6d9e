"""Two runs against each other for programs: the totals of both, and each line that differs, as far as somebody sees them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.runs.settlement import RunRecord
from reports.runs import cut, seen
from reports.runs.comparison import Alone, Changed, compare

SHOWN = 10_000  # lines that are listed


def compared(connection: Connection, first: int, second: int, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """Totals of both, and the first of the lines that differ: by what a line is known, the column, the value in either; of a
    line that only one has the column is null and its values are all there."""
    found = compare(connection, first, second, scope)
    lines = [
        *(line for one in found.changed for line in _changed(one)),
        *(_alone(one, "a") for one in found.only_first),
        *(_alone(one, "b") for one in found.only_second),
    ]
    return {
        "a": _totals(connection, found.first, scope),
        "b": _totals(connection, found.second, scope),
        "lines": lines[:SHOWN],
        "lines_total": len(lines),
    }


def _totals(connection: Connection, run: RunRecord, scope: Scope) -> dict[str, Any]:
    if seen.whole_run(scope, run.programme):
        return run.as_dict()
    known = {
        "run": run.id, "programme": run.programme, "year": run.year, "as_of": run.as_of.isoformat(), "state": run.state,
    }  # fmt: skip
    return {**known, **cut.summary(connection, run, scope)}


def _changed(one: Changed) -> Iterator[dict[str, Any]]:
    who = {name: one.lines.by_name[name].plain(one.row[name]) for name in one.lines.identity}
    for column, before, after in one.cells:
        yield {**who, "column": column.name, "a": column.plain(before), "b": column.plain(after)}


def _alone(one: Alone, side: str) -> dict[str, Any]:
    known = {name: column.plain(one.row[name]) for name, column in one.lines.by_name.items() if name in one.row}
    who = {name: known[name] for name in one.lines.identity}
    return {**who, "column": None, "a": known if side == "a" else None, "b": known if side == "b" else None}
