"""Rows that are named, held against the links under which they came: what is approved, and what a file that comes again finds
on file, is what was sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.seals import content as sealed
from ledger.seals.links import OF_A_RUN
from ledger.seals.row_words import row_words


def changed(connection: Connection, run_id: int) -> Iterator[str]:
    """A sentence for each row of a run, and each fact that its lines name, that is not as it was sealed."""
    yield from _run_changed(connection, run_id)
    for _, _, sentence in unlike_sealed(connection, _named(connection, run_id)):
        yield sentence


def _run_changed(connection: Connection, run_id: int) -> Iterator[str]:
    seal, kept = models.Seal, models.SealedRows
    query = select(seal.id, seal.content).where(seal.run_id == run_id, seal.kind.in_(OF_A_RUN)).order_by(seal.id)
    link = connection.execute(query.limit(1)).first()
    if link is None:
        yield f"第 {run_id} 号运行没有封存"
        return
    of_link = select(kept.table_name, kept.digests).where(kept.seal_id == link.id)
    blobs = {row.table_name: row.digests for row in connection.execute(of_link)}
    for part in sealed.read(link.content).parts.values():
        if part.name not in sealed.OF_RUN:
            continue
        now = sealed.packed(sealed.rows(connection, part, run_id))
        if now != (then := blobs.get(part.name, b"")):
            number, _ = min(set(sealed.unpack(now)) ^ set(sealed.unpack(then)))
            yield f"{row_words(connection, part.name, number, run_id)}在封存之后被改动"


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
