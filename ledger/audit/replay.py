"""Recomputing an approved run: judging its year again from the facts as they were known when it was approved.

What comes out must be what is stored: the fingerprint, the values of the law, every cell of every line, the totals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Date, Table, func, or_, select, text

from ledger import __version__, models
from ledger.facts.partitions import without_estimates
from ledger.programmes import PROGRAMMES
from ledger.programmes.judging import Judged
from ledger.runs.settlement import RunRecord
from ledger.seals import content as sealed


@dataclass(frozen=True)
class Known:
    """What was on file at a time: files, changes and states of papers up to these numbers."""

    intake_id: int
    change_id: int
    paper_state_id: int = 0


def known_at_approval(connection: Connection, run: RunRecord, content: sealed.Content | None) -> Known:
    """What was on file when a run was approved: by its seal, or where it was sealed later, by the clock.

    An approval judges anew and refuses a difference, so that the run comes out of this as of what it was made from.
    """
    intake, change, state = models.Intake, models.Change, models.PaperState
    if content is not None and content.kind == "approve":
        return Known(*(content.to(models.table_of(model)) for model in (intake, change, state)))
    intakes = or_(intake.id <= run.last_intake_id, intake.received_at < run.approved_at)
    changes = or_(change.id <= run.last_change_id, change.made_at < run.approved_at)
    states = or_(state.id <= run.last_paper_state_id, state.made_at < run.approved_at)
    return Known(
        connection.execute(select(func.coalesce(func.max(intake.id), 0)).where(intakes)).scalar_one(),
        connection.execute(select(func.coalesce(func.max(change.id), 0)).where(changes)).scalar_one(),
        connection.execute(select(func.coalesce(func.max(state.id), 0)).where(states)).scalar_one(),
    )


def difference(connection: Connection, run: RunRecord, known: Known) -> str:
    """The first thing in which a run differs from what comes out when it is judged again; '' when nothing does.

    Raises Refused when it cannot be judged.
    """
    as_known = partial(_as_known, known=known)
    with as_known(connection):
        judged = PROGRAMMES[run.programme].judge(connection, run.year, run.as_of, apart=True, view=as_known)
    return difference_from(connection, run, judged)


def difference_from(connection: Connection, run: RunRecord, judged: Judged) -> str:
    """The first thing in which what is stored of a run differs from its year judged again; '' when nothing does."""
    table = models.Run
    stored = connection.execute(select(table.code_version, table.line_count).where(table.id == run.id)).one()
    found = _law_difference(judged, run) or _line_difference(connection, run, judged)
    found = found or _value_difference("合计", run.summary, judged.summary)
    found = found or _value_difference("行数", stored.line_count, judged.line_count)
    if not found and judged.fingerprint != run.fingerprint:
        found = "所用的数据不同（明细相同）"
    if found and stored.code_version != __version__:
        found += f"；该运行由程序 {stored.code_version} 版作出，现为 {__version__} 版"
    return found


def _law_difference(judged: Judged, run: RunRecord) -> str:
    now: dict[str, Any] = json.loads(json.dumps(judged.law))
    for name in sorted({*now, *run.law}):
        if now.get(name) != run.law.get(name):
            return f"所依据的数值 {name}：运行记载 {run.law.get(name)}，重新计算 {now.get(name)}"
    return ""


def _value_difference(name: str, stored: Any, fresh: Any) -> str:
    """The first value in which two trees of values differ, with the way to it."""
    fresh = json.loads(json.dumps(fresh))
    if isinstance(stored, dict) and isinstance(fresh, dict):
        parts = ((f"{name} {key}", stored.get(key), fresh.get(key)) for key in sorted({*stored, *fresh}))
    elif isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        pairs = enumerate(zip(stored, fresh, strict=True), start=1)
        parts = ((f"{name} 第 {place} 项", old, new) for place, (old, new) in pairs)
    else:
        return "" if stored == fresh else f"{name}：存为 {stored}，重新计算为 {fresh}"
    return next((found for part in parts if (found := _value_difference(*part))), "")


def _line_difference(connection: Connection, run: RunRecord, judged: Judged) -> str:
    """The first cell in which stored and recomputed lines differ, some lines at a time."""
    for table, lines in judged.lines:
        name = sealed.NAMES[table.name]
        stored = connection.execute(
            select(func.count()).select_from(table).where(table.c.run_id == run.id)
        ).scalar_one()
        if stored != lines.count:
            return f"{name}：存有 {stored} 行，重新计算 {lines.count} 行"
        columns = [table.c[column] for column in lines.names]
        query = select(*columns).where(table.c.run_id == run.id).order_by(table.c[sealed.number_of(table)])
        rows, before = sealed.driver_rows(connection, query), 0
        for fresh in lines.chunks():
            count = len(fresh[lines.names[0]])
            old = zip(*islice(rows, count), strict=True)
            for column, one, other in zip(columns, old, fresh.values(), strict=True):
                was, now = _plain_dates(column, one), _plain(other)
                place = _first_other(connection, column, was, now)
                if place is not None:
                    shown = f"存为 {one[place]}，重新计算为 {now[place]}"
                    return f"{name}第 {before + place + 1} 行 {column.name}：{shown}"
            before += count
    return ""


def _first_other(connection: Connection, column: Column[Any], old: Sequence[Any], new: Sequence[Any]) -> int | None:
    """The first place at which two columns differ. Versions of one fact are the same: what they say is in the lines."""
    if old == new:
        return None
    fact = next((key.column.table for key in column.foreign_keys if key.column.table in sealed.FACTS), None)
    for place, (one, other) in enumerate(zip(old, new, strict=True)):
        if one != other and (fact is None or _fact_key(connection, fact, one) != _fact_key(connection, fact, other)):
            return place
    return None


def _fact_key(connection: Connection, fact: Table, identifier: Any) -> Any:
    """What makes a fact one fact, whatever its version; the identifier itself where there is no such fact."""
    query = select(*(fact.c[name] for name in models.Base.MODELS[fact].KEY)).where(fact.c.id == identifier)
    row = connection.execute(query).one_or_none()
    return identifier if row is None else tuple(row)


def _plain(values: Sequence[Any]) -> list[Any]:
    return values if isinstance(values, list) else list(values)


def _plain_dates(column: Column[Any], values: Sequence[Any]) -> list[Any]:
    """A column's values with dates as ISO texts, as lines are written."""
    if not isinstance(column.type, Date):
        return list(values)
    return [value.isoformat() if isinstance(value, date) else value for value in values]


# --- facts as they were known -----------------------------------------------------------------------------------------


@contextmanager
def _as_known(connection: Connection, known: Known) -> Iterator[None]:
    """Meanwhile the tables of facts show what was on file at a time: temporary views stand before them.

    A fact counts when its file had come by then, a retirement when its change had been made by then, a state of a paper when
    it was by then; judging reads the tables by their names and so needs to know nothing of it.
    """
    schema = "main" if connection.dialect.name == "sqlite" else _schema(connection)
    later = _retired_later(connection, known.change_id)
    seen = dict.fromkeys(sealed.FACTS, f"intake_id <= {known.intake_id}")
    seen[models.table_of(models.PaperState)] = f"id <= {known.paper_state_id}"
    with _nothing_prepared(connection), without_estimates(connection) if later else nullcontext():
        for table, condition in seen.items():
            columns = [
                f"CASE WHEN retired_by <= {known.change_id} THEN retired_by END AS retired_by"
                if column.name == "retired_by" and table in later
                else column.name
                for column in table.c
            ]
            connection.execute(
                text(
                    f"CREATE TEMPORARY VIEW {table.name} AS SELECT {', '.join(columns)} FROM {schema}.{table.name} "
                    f"WHERE {condition}"
                )
            )
        try:
            yield
        finally:
            temporary = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
            for table in seen:
                connection.execute(text(f"DROP VIEW {temporary}.{table.name}"))


def _retired_later(connection: Connection, change_id: int) -> set[Table]:
    """The tables of facts with rows that a later change retired. In all others the column says itself what was known, and
    the database's indexes and its knowledge of how many rows are in force serve as ever."""
    parts = (
        f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM {table.name} WHERE retired_by > {change_id})"
        for table in sealed.FACTS
    )
    names = set(connection.exec_driver_sql(" UNION ALL ".join(parts)).scalars())
    return {table for table in sealed.FACTS if table.name in names}


def _schema(connection: Connection) -> str:
    return str(connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one())


@contextmanager
def _nothing_prepared(connection: Connection) -> Iterator[None]:
    """Meanwhile PostgreSQL's driver neither prepares statements nor uses prepared ones.

    One prepared before would go on reading the table behind the view. (Telling the server to forget them is no way: the
    driver does not always notice, and then asks for what is gone.)
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    threshold, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = threshold
