"""Times on file that cannot be: a record before one that it follows, or one that lies ahead of the clock.

What was done with the clock waived is on record, and told as a remark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.database.clock import TIMED, TOLERANCE
from ledger.seals.row_words import row_words
from ledger.workdays import now

_RUNS, _INTAKES = models.table_of(models.Run), models.table_of(models.Intake)
# what is done with a run comes after it was made
_OF_RUNS = tuple(
    table for table, model in models.Base.MODELS.items() if model.SEALED == "step" and model.AT and "run_id" in table.c
)


@dataclass(frozen=True)
class Impossible:
    """A record whose time cannot be: a sentence, and whether the clock was waived for it."""

    text: str
    waived: bool


def impossible(connection: Connection) -> Iterator[Impossible]:
    """Every record whose time runs backwards or lies ahead of the clock by more than a day."""
    waived = _waived(connection)
    latest_possible = now() + TOLERANCE
    seen: set[tuple[str, int]] = set()
    for table, number, made_at, after in (*_in_order(connection), *_after_what_they_rest_on(connection)):
        if made_at > latest_possible:
            why = f"的时间 {made_at} 在当前时钟（{now()}）之后"
        elif made_at < after - TOLERANCE:
            why = f"的时间 {made_at} 早于它之前的记录（{after}）"
        else:
            continue
        if (table.name, number) in seen:
            continue
        seen.add((table.name, number))
        given = any(first <= number <= last for first, last in waived.get(table.name, ()))
        more = "；当时以 --clock-ok 办理" if given else ""
        yield Impossible(f"{row_words(connection, table.name, number)}{why}{more}", given)


def _waived(connection: Connection) -> dict[str, list[tuple[int, int]]]:
    """By table, from which number to which the clock was waived."""
    found: dict[str, list[tuple[int, int]]] = {}
    for rows in connection.execute(select(models.ClockWaiver.rows)).scalars():
        for name, (first, last) in rows.items():
            found.setdefault(name, []).append((first, last))
    return found


_Timed = tuple[Table, int, datetime, datetime]  # table, number, its time, the time that it may not be before


def _in_order(connection: Connection) -> Iterator[_Timed]:
    """Every record with the newest time of those before it in its table."""
    for table, column in TIMED:
        newest = datetime.min + TOLERANCE
        for number, made_at in connection.execute(select(table.c.id, column).order_by(table.c.id)):
            yield table, number, made_at, newest
            newest = max(newest, made_at)


def _after_what_they_rest_on(connection: Connection) -> Iterator[_Timed]:
    """Every run with the time of the last file that it saw, and what is done with a run with the time of the run."""
    rested = select(_RUNS.c.id, _RUNS.c.made_at, _INTAKES.c.received_at).join(
        _INTAKES, _INTAKES.c.id == _RUNS.c.last_intake_id
    )
    for number, made_at, received_at in connection.execute(rested.order_by(_RUNS.c.id)):
        yield _RUNS, number, made_at, received_at
    columns = dict(TIMED)
    for table in _OF_RUNS:
        done = select(table.c.id, columns[table], _RUNS.c.made_at).join(_RUNS, _RUNS.c.id == table.c.run_id)
        for number, made_at, run_at in connection.execute(done.order_by(table.c.id)):
            yield table, number, made_at, run_at
