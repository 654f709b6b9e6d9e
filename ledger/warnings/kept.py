"""What the loans of a run were warned of when it was made: kept beside it, so that whoever signs sees what the maker saw.

It is no part of the run: neither its lines nor its summary nor its fingerprint know of it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.database import db
from ledger.warnings.kinds import Warned

_COLUMNS = ("code", "bank", "note_no", "uscc", "file", "sheet", "row", "text")


def keep(connection: Connection, run_id: int, warnings: Sequence[Warned]) -> None:
    """Keeps what a run's loans are warned of, in its order; once, when the run is made."""
    if warnings:
        columns: dict[str, list[Any]] = {
            "run_id": [run_id] * len(warnings),
            "number": list(range(1, len(warnings) + 1)),
        }
        columns |= {name: [getattr(one, name) for one in warnings] for name in _COLUMNS}
        db.insert_columns(connection, models.table_of(models.RunWarning), columns)


def count(connection: Connection, run_id: int) -> int:
    """How many there are."""
    kept = models.table_of(models.RunWarning)
    return int(connection.execute(select(func.count()).where(kept.c.run_id == run_id)).scalar_one())


def first(connection: Connection, run_id: int, number: int) -> list[Warned]:
    """The first few of them."""
    kept = models.table_of(models.RunWarning)
    query = select(*(kept.c[name] for name in _COLUMNS)).where(kept.c.run_id == run_id, kept.c.number <= number)
    return [Warned(*row) for row in connection.execute(query.order_by(kept.c.number))]
