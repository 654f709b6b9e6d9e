"""Rows that are named, held against the links under which they came: what is approved, and what a file that comes again finds
on file, is what was sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.columns import distinct
from ledger.database import db
from ledger.lazy import np
from ledger.seals import content as sealed
from ledger.seals import pieces
from ledger.seals.links import OF_A_RUN
from ledger.seals.row_words import row_words


def changed(connection: Connection, run_id: int) -> Iterator[str]:
    """A sentence for each row of a run, and each fact that its lines name, that is not as it was sealed."""
    yield from _run_changed(connection, run_id)
    for _, _, sentence in unlike_sealed(connection, _named(connection, run_id)):
        yield sentence


def _run_changed(connection: Connection, run_id: int) -> Iterator[str]:
    seal = models.Seal
    query = select(seal.id, seal.content).where(seal.run_id == run_id, seal.kind.in_(OF_A_RUN)).order_by(seal.id)
    link = connection.execute(query.limit(1)).first()
    if link is None:
        yield f"第 {run_id} 号运行没有封存"
        return
    for part in sealed.read(link.content).parts.values():
        if part.name not in sealed.OF_RUN:
            continue
        then = chain.from_iterable(map(sealed.unpack, pieces.read(connection, link.id, part)))
        differing = _first_difference(then, iter(sealed.rows(connection, part, run_id)))
        if differing is not None:
            yield f"{row_words(connection, part.name, differing, run_id)}在封存之后被改动"


def _first_difference(then: Iterator[tuple[int, bytes]], now: Iterator[tuple[int, bytes]]) -> int | None:
    """The number of the first row that is not the same in both, which are in the order of the numbers; None where all are."""
    for one, other in zip_longest(then, now):
        if one != other:
            return min(row[0] for row in (one, other) if row is not None)
    return None


def unlike_sealed(connection: Connection, wanted: Mapping[Table, Collection[int]]) -> Iterator[tuple[Table, int, str]]:
    """Each row of these tables and numbers that is not as it was sealed, with a sentence; wanted: of what files bring."""
    for table, identifiers in wanted.items():
        numbers = np.array(identifiers if isinstance(identifiers, np.ndarray) else sorted(identifiers), dtype=np.int64)
        found = np.zeros(numbers.size, dtype=bool)
        for columns, kept in _sealed_digests(connection, table):
            places = np.searchsorted(numbers, kept["number"])
            wanted_here = np.append(numbers, -1)[places] == kept["number"]
            found[places[wanted_here]] = True
            own = kept[wanted_here]
            named = own["number"].tolist()
            now = sealed.digests_of(connection, table, columns, named)
            for number in _unlike(zip(named, own["digest"], strict=True), now):
                yield table, number, f"{row_words(connection, table.name, number)}在封存之后被改动"
        for number in numbers[~found].tolist():
            yield table, number, f"{row_words(connection, table.name, number)}没有封存"


def _unlike(then: Iterator[tuple[int, Any]], now: Iterator[tuple[int, bytes]]) -> Iterator[int]:
    """The numbers whose rows are there with another digest; both ascending, and then has all numbers of now."""
    for number, digest in now:
        sealed_digest = next(kept.tobytes() for other, kept in then if other == number)
        if sealed_digest != digest:
            yield number


def _named(connection: Connection, run_id: int) -> dict[Table, np.ndarray]:
    """By table of facts, the numbers that the lines of a run name, ascending."""
    found: dict[Table, list[np.ndarray]] = defaultdict(list)
    for lines, _ in sealed.LINES:
        for key in lines.foreign_keys:
            if key.column.table in sealed.FACTS:
                query = select(key.parent).where(lines.c.run_id == run_id, key.parent.is_not(None))
                numbers = db.fetch_frame(connection, query)[key.parent.name].to_numpy()
                if numbers.size:
                    found[key.column.table].append(distinct(numbers)[0])
    return {table: np.unique(np.concatenate(parts)) for table, parts in found.items()}


def _sealed_digests(connection: Connection, table: Table) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The rows of a table under each link: over which columns they were digested, their numbers and digests."""
    seal, kept = models.Seal, models.SealedRows
    query = (
        select(seal.id, seal.content, kept.digests)
        .join(kept, kept.seal_id == seal.id)
        .where(kept.table_name == table.name)
        .order_by(seal.id)
    )
    for number, text, first in connection.execute(query, execution_options={"yield_per": 1}):
        part = sealed.read(text).parts.get(table.name)
        if part is None:  # put in by hand; an audit names it
            continue
        for blob in pieces.read(connection, number, part, first):
            yield part.columns, np.frombuffer(blob, dtype=[("number", ">i8"), ("digest", "V16")])
