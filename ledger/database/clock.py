"""The machine's clock against the times on file: a change of the books is not made while the clock is behind them.

A time that is written down later than it was, or before what it follows, makes the books say what did not happen. A
clock more than a day behind the newest record is refused; whoever knows better says so, and that is kept.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Engine, Table, func, insert, select

from ledger import models
from ledger.database import db
from ledger.errors import Refused
from ledger.people import account
from ledger.workdays import now

TOLERANCE = timedelta(days=1)  # clocks of several machines differ, and are set
# what has a time of its own: its table, and the column of it
TIMED: tuple[tuple[Table, Column[datetime]], ...] = tuple(
    (table, table.c[model.AT]) for table, model in models.Base.MODELS.items() if model.AT
)
# whether a change is made all the same where the clock is behind; set by whoever asks for the change
waived: ContextVar[bool] = ContextVar("clock_waived", default=False)
_WAIVED = "tiexi clock waived"  # of a connection: the newest time on file, and the last numbers that are recorded
# what is to be written with a change, in its own transaction: the log's entry of it
with_change: ContextVar[Callable[[Connection], None] | None] = ContextVar("with_change", default=None)


_NEWEST = select(*(select(func.max(column)).scalar_subquery() for _, column in TIMED))


def newest(connection: Connection) -> datetime | None:
    """The newest time on file."""
    return max((time for time in connection.execute(_NEWEST).one() if time is not None), default=None)


def newest_in_file(connection: sqlite3.Connection) -> datetime | None:
    """The newest time in a database file, of whatever schema; what is no time, or not there, is passed over."""
    found = []
    for table, column in TIMED:
        with suppress(sqlite3.Error, ValueError, TypeError):
            (latest,) = connection.execute(f'SELECT max("{column.name}") FROM "{table.name}"').fetchone()
            found.append(datetime.fromisoformat(latest))
    return max(found, default=None)


def behind(connection: Connection) -> str:
    """How far the machine's clock is behind the newest record, as a sentence; '' where it is not."""
    return behind_time(newest(connection))


def behind_time(latest: datetime | None) -> str:
    """How far the machine's clock is behind a record's time, as a sentence; '' where it is not."""
    present = now()
    if latest is None or present >= latest - TOLERANCE:
        return ""
    return f"本机时钟为 {present}，比库中最新的记录（{latest}）落后一天以上"


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """`db.writing` for a change of the books: Refused where the clock is behind, unless that is waived, which is kept."""
    with db.writing(engine) as connection:
        latest = newest(connection)
        sentence = behind_time(latest)
        require_waived(sentence)
        if sentence:
            connection.info[_WAIVED] = (latest, _last_numbers(connection))
        try:
            yield connection
            keep(connection)
        finally:
            connection.info.pop(_WAIVED, None)
        write_along(connection)


def require_waived(sentence: str) -> None:
    """Refused where the clock is behind, as a sentence says, unless whoever asks for the change said that it is right."""
    if sentence and not waived.get():
        raise Refused(f"{sentence}，未作任何改动；请先校准时钟", "，确认无误仍要办理的请加 --clock-ok，将如实记录")


def keep(connection: Connection, to_come: str = "") -> None:
    """Records that the clock was waived for the rows written so far, if it was; to_come: a table of which one row follows.

    Who adds a seal asks for it before, so that the record lies under the seal of what it speaks of.
    """
    if _WAIVED not in connection.info:
        return
    latest, before = connection.info[_WAIVED]
    after = _last_numbers(connection)
    if to_come:
        after[to_come] += 1
    rows = {name: [before[name] + 1, after[name]] for name in after if after[name] > before[name]}
    if rows:
        _record(connection, latest, rows)
        connection.info[_WAIVED] = (latest, after)


def keep_given(connection: Connection, latest: datetime | None, to_come: str) -> None:
    """Records, within the caller's transaction, that the clock was waived for something that wrote no row of its own.

    to_come: a table of which one row follows, the record's own seal.
    """
    number = _last_numbers(connection)[to_come] + 1
    _record(connection, latest, {to_come: [number, number]})


def write_along(connection: Connection) -> None:
    """Writes what is to be written with a change, at the end of its transaction."""
    if (write := with_change.get()) is not None:
        write(connection)


def _last_numbers(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())
        for table, _ in TIMED
    }


def _record(connection: Connection, latest: datetime | None, rows: dict[str, list[int]]) -> None:
    table = models.table_of(models.ClockWaiver)
    connection.execute(
        insert(table).values(
            id=db.next_id(connection, table), made_at=now(), newest_at=latest, account=account(), rows=rows
        )
    )
