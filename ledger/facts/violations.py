"""What can be wrong between facts on file: the violation, the cells that may have caused it, and how facts are read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from ledger import models
from ledger.database import db

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Cause:
    """One cell by which it could be made to hold: its row as (sheet, key), its field, and what would then be right."""

    sheet: str
    key: Key
    field: str
    expected: str


@dataclass(frozen=True)
class Violation:
    """One thing that does not hold: the row concerned in words, what is wrong with it, and the cells that can be the
    cause, the row's own first. Each says what would be right if it alone were changed.
    """

    subject: str
    problem: str
    causes: tuple[Cause, ...]

    @property
    def expected(self) -> str:
        """What would be right in the row concerned."""
        return self.causes[0].expected


def in_force(
    connection: Connection, model: Any, link: str, identifiers: Collection[int], *columns: Any
) -> Sequence[Row[Any]]:
    """The facts in force of the given identifiers."""
    table = models.table_of(model)
    rows: list[Row[Any]] = []
    for chunk in db.in_chunks(sorted(identifiers)):
        query: Select[Any] = select(*columns).where(table.c[link].in_(chunk), table.c.retired_by.is_(None))
        rows.extend(connection.execute(query).all())
    return rows
