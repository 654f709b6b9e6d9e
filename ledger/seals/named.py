"""Rows that are named, held against the links under which they came: what is approved, and what a file that comes again finds
on file, is what was sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.seals import content as sealed
from ledger.seals.row_words import row_words


def changed(connection: Connection, run_id: int) -> Iterator[str]:
    """A sentence for each fact that a run's lines name and that is not as it was sealed."""
    for _, _, sentence in unlike_sealed(connection, _named(connection, run_id)):
        yield sentence


def unlike_sealed(connection: Connection, wanted: Mapping[Table, Collection[int]]) -> Iterator[tuple[Table, int, str]]:
    """Each row of these tables and numbers that is not as it was sealed, with a sentence; wanted: of what files bring."""
    for table, identifiers in wanted.items():
        kept = _sealed_digests(connection, table, identifiers)
        by_columns: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number in sorted(identifiers):
            if number in kept:
                by_columns[kept[number][0]].append(number)
            else:
                yield table, number, f"{row_words(connection, table.name, number)}没有封存"
        for columns, numbers in by_columns.items():
            for number, digest in sealed.digests_of(connection, table, columns, numbers):
                if digest != kept[number][1]:
                    yield table, number, f"{row_words(connection, table.name, number)}在封存之后被改动"


def _named(connection: Connection, run_id: int) -> dict[Table, set[int]]:
    """By table of facts, the numbers that the lines of a run name."""
    found: dict[Table, set[int]] = defaultdict(set)
    for lines, _ in sealed.LINES:
        for key in lines.foreign_keys:
            if key.column.table in sealed.FACTS:
                query = select(key.parent).where(lines.c.run_id == run_id, key.parent.is_not(None)).distinct()
                found[key.column.table].update(connection.execute(query).scalars())
    return {table: numbers for table, numbers in found.items() if numbers}


def _sealed_digests(
    connection: Connection, table: Table, wanted: Collection[int]
) -> dict[int, tuple[tuple[str, ...], bytes]]:
    """Of the wanted rows, over which columns each was digested and its digest."""
    seal, kept = models.Seal, models.SealedRows
    query = (
        select(seal.content, kept.digests)
        .join(kept, kept.seal_id == seal.id)
        .where(kept.table_name == table.name)
        .order_by(seal.id)
    )
    found = {}
    for text, blob in connection.execute(query):
        columns = sealed.read(text).parts[table.name].columns
        found.update({number: (columns, digest) for number, digest in sealed.unpack(blob) if number in wanted})
    return found
