"""What can be wrong between facts on file: the violation, the cells that may have caused it, and how facts are read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Label, Select, select

from ledger import models
from ledger.database import db

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Cause:
    """One cell by which it could be made to hold: its row as (sheet, key), its field, and what would then be right.

    on_file: what rows that others sent say of it; told to whoever may see those.
    """

    sheet: str
    key: Key
    field: str
    expected: str
    on_file: str = ""

    def told(self, whole: bool = True) -> str:
        """What would be right; whole: with what others' rows say."""
        return self.expected + self.on_file if whole else self.expected


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
        return self.causes[0].told()


@dataclass(frozen=True)
class Instead:
    """Rows that take the place of versions on file, or stand beside them, though nothing of them is stored.

    unsure: whether there may be more of which nothing can be read.
    """

    rows: Sequence[Mapping[str, Any]]
    replaced: frozenset[int] = frozenset()  # ids of versions on file
    unsure: bool = False


class Facts:
    """The facts in force as a check between them sees them.

    instead: by table, rows of a file that was refused for something else: what refers to them is judged as if they had
    been taken.
    """

    def __init__(self, connection: Connection, instead: Mapping[str, Instead] | None = None) -> None:
        self.connection = connection
        self._instead = instead or {}

    def unsure(self, model: Any) -> bool:
        """Whether facts may have come with the file of which nothing can be read."""
        return self._instead.get(models.table_of(model).name, Instead(())).unsure

    def in_force(self, model: Any, link: str, identifiers: Collection[Any], *columns: Any) -> list[Any]:
        """The facts of the given identifiers (or words), as rows with these columns.

        Of a row of the file whose key is not readable as a whole, what is not is None; there are such only of sheets
        whose rows refer to each other by words.
        """
        table = models.table_of(model)
        instead = self._instead.get(table.name, Instead(()))
        rows: list[Any] = []
        for chunk in db.in_chunks(sorted(identifiers)):
            query: Select[Any] = select(*columns).where(table.c[link].in_(chunk), table.c.retired_by.is_(None))
            if instead.replaced:
                query = query.add_columns(table.c.id.label("_id"))
            found = self.connection.execute(query).all()
            rows.extend(row for row in found if row._id not in instead.replaced) if instead.replaced else rows.extend(
                found
            )
        wanted = set(identifiers)
        for row in instead.rows:
            if row[link] in wanted:
                rows.append(SimpleNamespace(**{_name(column): row[_stored(column)] for column in columns}))
        return rows


def _name(column: Any) -> str:
    """What a selected column is called in a row."""
    return str(column.name if isinstance(column, Label) else column.key)


def _stored(column: Any) -> str:
    """The column of the table that a selected column is."""
    return str(column.element.key if isinstance(column, Label) else column.key)
