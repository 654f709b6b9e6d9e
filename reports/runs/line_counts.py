"""How many of a run's lines are asked for: counted over those tables alone that the question is about, and once, since the lines
of a run never change."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from sqlalchemy import Column, Connection, FromClause, Join, func, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import eq

from ledger.runs.settlement import RunRecord
from reports.runs.run_lines import Lines

_KEPT = 2_000  # counts
_known: OrderedDict[Any, int] = OrderedDict()
_lock = Lock()


def count(connection: Connection, run: RunRecord, lines: Lines, *conditions: Any) -> int:
    """How many lines of one kind a run has under some conditions."""
    query = lines.joined(select(func.count(lines.number))).where(lines.line.run_id == run.id, *conditions)
    needed = {column.table for one in conditions for column in visitors.iterate(one) if hasattr(column, "table")}
    (joined,) = query.get_final_froms()
    bare = select(func.count()).select_from(_without_others(joined, needed))
    bare = bare.where(lines.line.run_id == run.id, *conditions)
    made = bare.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    key = (str(connection.engine.url), run.fingerprint, str(made), tuple(sorted(made.params.items())))
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    found = int(connection.execute(bare).scalar_one())
    with _lock:
        _known[key] = found
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found


def _without_others(joined: FromClause, needed: set[Any]) -> FromClause:
    """The joins without tables that nothing is asked of, as far as that changes no count."""
    if not isinstance(joined, Join):
        return joined
    if joined.right not in needed and _one_row_each(joined):
        return _without_others(joined.left, needed)
    assert joined.onclause is not None
    of_join = {column.table for column in visitors.iterate(joined.onclause) if hasattr(column, "table")}
    left = _without_others(joined.left, needed | of_join)
    return left.join(joined.right, joined.onclause, isouter=joined.isouter)


def _one_row_each(joined: Join) -> bool:
    """Whether each row on the left has exactly one on the right: the one with its number, which it must have."""
    clause = joined.onclause
    if not isinstance(clause, BinaryExpression) or clause.operator is not eq:
        return False
    sides = (clause.left, clause.right)
    own = [side for side in sides if getattr(side, "table", None) is joined.right]
    others = [side for side in sides if getattr(side, "table", None) is not joined.right]
    if len(own) != 1 or [*joined.right.primary_key] != own or not isinstance(others[0], Column):
        return False
    return joined.isouter or (not others[0].nullable and not _may_lack_a_row(joined.left, others[0].table))


def _may_lack_a_row(joined: FromClause, table: Any) -> bool:
    """Whether a table is joined so that its columns may be null."""
    while isinstance(joined, Join):
        if joined.right is table:
            return joined.isouter
        joined = joined.left
    return False
