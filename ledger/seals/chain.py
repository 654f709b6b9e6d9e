"""Seals: a chain of hashes over every approval, allotment, payment and closing, and over all facts on file by then.

Each seal holds the digest of every row that is new since the one before (facts, files, steps, journal) and, for an
approval, of the run and its lines. Its hash covers that and the hash before it, so nothing sealed can be changed, taken
out or put in between without breaking the chain. No seal is made over rows that its step did not write.
"""

import hashlib
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, Table, func, insert, select

from ledger import __version__, models
from ledger.database import db
from ledger.errors import Refused
from ledger.seals import content as sealed
from ledger.seals.content import Content, Digests, Part
from ledger.seals.strays import strays
from ledger.workdays import now

START = "0" * 64  # what the first seal follows
_APPROVALS = ("approve", "adopt")  # seals that hold a run and its lines


def seal(connection: Connection, kind: str, run_id: int, entries: Collection[int] = ()) -> str:
    """Adds the next seal within the caller's transaction and gives its hash.

    entries: the numbers of the journal's entries that this step wrote. Refused when there are others, or any row that the
    program did not write: a seal over it would make it look as if it had.
    """
    number = db.next_id(connection, models.table_of(models.Seal))
    before, previous = last(connection)
    made_at = now()
    content = Content(number, kind, run_id, __version__, made_at.isoformat())
    found = _new_parts(connection, before, run_id if kind in _APPROVALS else None)
    content.parts.update({part.name: part for part in found})
    _refuse_strays(connection, content, entries)
    blobs = {}
    for part in found:
        content.parts[part.name], blobs[part.name] = sealed.digested(part, _rows(connection, part, content))
    text = content.text()
    digest = link(previous, text)
    connection.execute(
        insert(models.Seal).values(
            id=number, kind=kind, run_id=run_id, made_at=made_at, content=text, previous_hash=previous, hash=digest
        )
    )
    for name, blob in blobs.items():
        if blob:
            connection.execute(insert(models.SealedRows).values(seal_id=number, table_name=name, digests=blob))
    return digest


def _rows(connection: Connection, part: Part, content: Content) -> Digests:
    return sealed.rows(connection, part, content.run)


def link(previous: str, content: str) -> str:
    """A seal's hash: over the hash before it and its own content."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def last(connection: Connection) -> tuple[Content | None, str]:
    """The newest seal's content and hash."""
    row = connection.execute(
        select(models.Seal.content, models.Seal.hash).order_by(models.Seal.id.desc()).limit(1)
    ).one_or_none()
    return (None, START) if row is None else (sealed.read(row.content), row.hash)


def approvals(connection: Connection) -> dict[int, int]:
    """By run, the number of the first seal that came with its approval."""
    table = models.Seal
    query = select(table.run_id, func.min(table.id)).where(table.kind.in_(_APPROVALS)).group_by(table.run_id)
    return {row[0]: row[1] for row in connection.execute(query) if row[0] is not None}


def _new_parts(connection: Connection, before: Content | None, run_id: int | None) -> list[Part]:
    """The parts that a seal takes in, with the numbers of their rows but not digested yet."""
    reached: dict[str, tuple[int, int]] = {}
    for table in sealed.GROWING:
        reached[table.name] = (before.to(table) if before else 0, _last_id(connection, table))
    changes = reached[models.table_of(models.Change).name]
    found = [Part(table.name, sealed.columns(table), *reached[table.name]) for table in sealed.GROWING]
    found += [Part(table.name, sealed.columns(table), *reached[owner.name]) for table, _, _, owner in sealed.PARTS]
    if changes[1] > changes[0]:
        found += [Part(table.name + sealed.RETIRED, ("retired_by",), *changes) for table in sealed.FACTS]
    if run_id is not None:
        tables = (sealed.RUNS, *(table for table, _ in sealed.LINES))
        found += [Part(table.name, sealed.columns(table)) for table in tables]
    return found


def _last_id(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def _refuse_strays(connection: Connection, content: Content, entries: Collection[int]) -> None:
    for problem in _foreign_rows(connection, content, entries):
        raise Refused(f"{problem}，不是由本程序记入，不能继续；请先运行 tiexi audit 查明")


def _foreign_rows(connection: Connection, content: Content, entries: Collection[int]) -> Iterator[str]:
    for stray in strays(connection, content, approvals(connection)):
        yield f"数据库中的{sealed.NAMES[stray.table.name]}第 {stray.number} 号{stray.why}"
    table = models.table_of(models.JournalEntry)
    part = content.parts[table.name]
    query = select(table.c.id).where(table.c.id > part.since, table.c.id <= part.to).order_by(table.c.id)
    for number in connection.execute(query).scalars():
        if number not in entries:
            yield f"数据库中的分录第 {number} 号不是这一步记入的"
