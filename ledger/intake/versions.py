"""Versions of facts: what is on file of a key, the next version beside it, the old one retired and never overwritten."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from ledger import models, money
from ledger.database import db
from ledger.intake.anchors import Register
from ledger.people import account
from ledger.seals.chain import Link
from ledger.workbooks.rows import Rows
from ledger.workdays import now

Key = tuple[Any, ...]
PROVENANCE = frozenset({"id", "sheet_row", "version", "intake_id", "retired_by"})


@dataclass(frozen=True)
class OnFile:
    """The version in force of one key (id None if there is none), and how many versions the key has had."""

    id: int | None
    versions: int
    content: Key


def content_names(model: Any) -> list[str]:
    """The columns that say what a fact says: neither its key nor where it came from."""
    return [
        column.name
        for column in models.table_of(model).c
        if column.name not in PROVENANCE and column.name not in model.KEY
    ]


def on_file(
    connection: Connection, register: Register, rows: Rows, positions: Sequence[int], names: Sequence[str]
) -> dict[Key, OnFile]:
    """The versions on file of the keys in these rows; names: the columns of the content."""
    model = rows.sheet.model
    table = models.table_of(model)
    query = select(table.c.id, table.c.retired_by, *(table.c[name] for name in (*model.KEY, *names)))
    found: dict[Key, OnFile] = {}
    width = len(model.KEY)
    for row in near(
        connection, query, rows, positions, register.by_link[rows.sheet.link].brought_in if rows.sheet.link else set()
    ):
        key, content = tuple(row[2 : 2 + width]), tuple(row[2 + width :])
        known = found.get(key, OnFile(None, 0, ()))
        if row.retired_by is None:
            known = OnFile(row.id, known.versions, content)
        found[key] = OnFile(known.id, known.versions + 1, known.content)
    return found


def near(
    connection: Connection, query: Select[Any], rows: Rows, positions: Sequence[int], new: Collection[int] = ()
) -> Iterator[Row[Any]]:
    """The rows of a fact table that can share a key with these: by the sheet's link, else the (small) table.

    new: identifiers that cannot be on file yet.
    """
    link = rows.sheet.link
    if link is None:
        yield from connection.execute(query)
        return
    identifiers = rows.values(link)
    wanted = {identifiers[position] for position in positions} - {None, *new}
    column = models.table_of(rows.sheet.model).c[link]
    for chunk in db.in_chunks(sorted(wanted)):
        yield from connection.execute(query.where(column.in_(chunk)))


def write(
    connection: Connection,
    link: Link,
    rows: Rows,
    positions: Sequence[int],
    known: Mapping[Key, OnFile],
    intake_id: int,
) -> None:
    """Writes the rows at these positions, each as the next version of its key."""
    if not positions:
        return
    table = models.table_of(rows.sheet.model)
    first = db.next_id(connection, table)
    everything = len(positions) == len(rows)

    def pick(values: list[Any]) -> list[Any]:
        return values if everything else [values[position] for position in positions]

    versions = [1] * len(positions)
    if known:
        keys = zip(*(pick(rows.values(name)) for name in rows.sheet.model.KEY), strict=True)
        versions = [found.versions + 1 if (found := known.get(key)) else 1 for key in keys]
    columns = {
        "id": list(range(first, first + len(positions))),
        "sheet_row": pick(rows.numbers),
        "version": versions,
        "intake_id": [intake_id] * len(positions),
    }
    for column in table.c:
        if column.name not in PROVENANCE:
            columns[column.name] = db.plain_values(column, pick(rows.values(column.name)))
    link.insert(table, columns)


def record_change(
    connection: Connection,
    kind: str,
    reason: str,
    made_by: str,
    intake_id: int | None,
    withdrawn_intake_id: int | None = None,
) -> int:
    """Writes why versions are about to be retired, and gives the record's number.

    intake_id: the file that amends. withdrawn_intake_id: the file that is withdrawn whole.
    """
    table = models.table_of(models.Change)
    identifier = db.next_id(connection, table)
    connection.execute(
        insert(table).values(
            id=identifier,
            kind=kind,
            reason=reason,
            made_by=made_by,
            made_at=now(),
            intake_id=intake_id,
            withdrawn_intake_id=withdrawn_intake_id,
            account=account(),
        )
    )
    return identifier


def shown(register: Register, name: str, value: Any) -> str:
    """A stored value as its sheet would show it; '' for none."""
    if value is None:
        return ""
    if name.endswith("_fen"):
        return money.wan_words(value)
    if name.endswith("_e4"):
        return money.percent_text(value)
    anchors = register.by_link.get(name)
    if anchors is None:
        return str(value)
    key = anchors.key_of(value)
    return str(key[-1] if isinstance(key, tuple) else key)  # of a loan its note: its bank stands beside it


def differing(names: Sequence[str], old: Key, new: Key) -> list[str]:
    """The columns in which two versions differ."""
    return [name for name, before, after in zip(names, old, new, strict=True) if before != after]
