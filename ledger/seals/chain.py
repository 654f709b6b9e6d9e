"""Seals: a chain of hashes over everything that is put on file, from the first row on.

Each file, withdrawal and set-up adds a link with the digest of every row that it wrote; each approval, allotment, payment,
reversal and closing adds one over what is new since the link before, an approval also over the run and its lines. A
link's hash covers its content and the hash before it, so nothing sealed can be changed, taken out or put in between
without breaking the chain. No link is made over rows that its step did not write, nor onto a chain that is broken.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain as chain_of
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from ledger import __version__, models
from ledger.database import clock, db, guards
from ledger.errors import Refused
from ledger.seals import content as sealed
from ledger.seals.content import Content, Digests, Part
from ledger.seals.row_words import row_words
from ledger.seals.strays import OF_FACTS, strays
from ledger.workdays import now

_RESTORE = "；请先运行 tiexi audit 查明，并以备份恢复（tiexi restore）"
START = "0" * 64  # what the first seal follows
_APPROVALS = ("approve", "adopt")  # seals that hold a run and its lines
_STARTS = ("init", "upgrade")  # links that seal all facts on file: from them on every file has its own


class Link:
    """What is written under one link of the chain: facts and anchors are digested as they are written.

    Made at the beginning of a write transaction, before anything is written. Refused, in the words of an audit, where a row
    on file is under no link, one is gone or the chain is broken: a link over it would make it look as if the program had
    written it, and the number of one that is gone would be given again.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blobs: dict[str, list[bytes]] = defaultdict(list)
        for problem in chain_of(problems(connection), uncovered(connection), missing(connection)):
            raise Refused(problem, _RESTORE)

    def insert(self, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
        """Inserts columns as `db.insert_columns` does, ids ascending, and takes their digests."""
        db.insert_columns(self._connection, table, columns)
        self._blobs[table.name].append(sealed.packed_columns(table, sealed.columns(table), columns))

    def retire(self, table: Table, identifiers: Sequence[int], change_id: int) -> None:
        """Marks versions as retired by a change, and takes the digests of the marks."""
        if not identifiers:
            return
        for chunk in db.in_chunks(identifiers):
            self._connection.execute(update(table).where(table.c.id.in_(chunk)).values(retired_by=change_id))
        marks = {"id": sorted(identifiers), "retired_by": [change_id] * len(identifiers)}
        self._blobs[table.name + sealed.RETIRED].append(sealed.packed_columns(table, ("retired_by",), marks))

    def seal(self, kind: str) -> str:
        """Adds the link within the caller's transaction and gives its hash."""
        return _add(self._connection, kind, None, (), {name: b"".join(parts) for name, parts in self._blobs.items()})


def seal(connection: Connection, kind: str, run_id: int | None, entries: Collection[int] = ()) -> str:
    """Adds the seal of a step of a run, or of what was done to accounts, within the caller's transaction; gives its hash.

    entries: the numbers of the journal's entries that this step wrote. Refused when there are others, or any row that the
    program did not write: a seal over it would make it look as if it had.
    """
    marks = uncovered_marks(connection) if start(connection) else ()  # before, no file had a link of its own
    for problem in chain_of(problems(connection), marks):
        raise Refused(problem, _RESTORE)
    return _add(connection, kind, run_id, entries, None)


def seal_as_it_stands(connection: Connection) -> str:
    """Adds the link with which a database of an earlier schema is taken over: all that no seal holds yet, as it is.

    Nothing is refused: what does not belong there is named by an audit, as it was before.
    """
    return _add(connection, "upgrade", None, (), None)


def _add(
    connection: Connection, kind: str, run_id: int | None, entries: Collection[int], blobs: Mapping[str, bytes] | None
) -> str:
    """blobs: the digests of facts, anchors and marks that were taken as they were written; None where they are read."""
    clock.keep(connection, to_come=models.table_of(models.Seal).name)
    number = db.next_id(connection, models.table_of(models.Seal))
    before, previous = last(connection)
    made_at = now()
    content = Content(number, kind, run_id, __version__, made_at.isoformat())
    found = _new_parts(connection, before, run_id if kind in _APPROVALS else None)
    if kind in OF_FACTS:
        found = [part for part in found if not part.is_empty]
    content.parts.update({part.name: part for part in found})
    if kind != "upgrade":
        _refuse_strays(connection, content, entries)
    digests: dict[str, bytes] = {}
    for part in found:
        taken = None if blobs is None or part.name not in sealed.WRITTEN_THROUGH_LINKS else blobs.get(part.name, b"")
        if taken is None:
            content.parts[part.name], digests[part.name] = sealed.digested(part, _rows(connection, part, content))
        else:
            content.parts[part.name], digests[part.name] = sealed.with_blob(part, taken), taken
    content.held.update(_held(connection, before, content))
    text = content.text()
    digest = link(previous, text)
    connection.execute(
        insert(models.Seal).values(
            id=number, kind=kind, run_id=run_id, made_at=made_at, content=text, previous_hash=previous, hash=digest
        )
    )
    for name, blob in digests.items():
        if blob:
            connection.execute(insert(models.SealedRows).values(seal_id=number, table_name=name, digests=blob))
    return digest


def _held(connection: Connection, before: Content | None, content: Content) -> dict[str, tuple[int, int]]:
    """By table, up to which number rows are sealed with this link, and how many in all."""
    known = before.held if before else {}
    if before and not known:  # the seals before it did not count
        known = {table.name: (before.to(table), _sealed_rows(connection, table)) for table in sealed.GROWING}
    found = {}
    for table in sealed.GROWING:
        to, rows = known.get(table.name, (0, 0))
        part = content.parts.get(table.name)
        found[table.name] = (part.to, rows + part.rows) if part else (to, rows)
    return found


def _sealed_rows(connection: Connection, table: Table) -> int:
    """How many rows of a table lie under the seals so far."""
    contents = map(sealed.read, connection.execute(select(models.Seal.content)).scalars())
    return sum(content.parts[table.name].rows for content in contents if table.name in content.parts)


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


def start(connection: Connection) -> int:
    """The number of the link from which on every file has its own; 0 where there is none."""
    table = models.Seal
    return connection.execute(select(func.min(table.id)).where(table.kind.in_(_STARTS))).scalar_one() or 0


def receipt(connection: Connection, intake_id: int) -> str | None:
    """The hash of the link under which a file lies: what its sender keeps as a receipt."""
    name = models.table_of(models.Intake).name
    query = select(models.Seal.content, models.Seal.hash).order_by(models.Seal.id)
    for text, digest in connection.execute(query):
        part = sealed.read(text).parts.get(name)
        if part is not None and part.since < intake_id <= part.to:
            return str(digest)
    return None


# --- whether a link may be added --------------------------------------------------------------------------------------


def problems(connection: Connection) -> Iterator[str]:
    """A sentence for each place at which the chain is broken."""
    seal = models.Seal
    previous, number = START, 0
    for row in connection.execute(select(seal.id, seal.previous_hash, seal.content, seal.hash).order_by(seal.id)):
        number += 1
        if row.id != number:
            yield f"第 {number} 号封存缺失，链从这里断开（其后是第 {row.id} 号）"
            number = row.id
        elif row.previous_hash != previous:
            yield f"第 {row.id} 号封存与前一号的链接断开：前一号的摘要不符"
        if link(row.previous_hash, row.content) != row.hash:
            yield f"第 {row.id} 号封存的内容与其摘要不符，内容或摘要被改动"
        previous = row.hash


def uncovered(connection: Connection) -> Iterator[str]:
    """A sentence for each table of facts, anchors, files and changes that has rows under no link, naming the first."""
    before, _ = last(connection)
    ends = _of_each(connection, "min(id), max(id)")
    for table in sealed.OF_FILES:
        to = before.to(table) if before else 0
        if (ends[table.name][1] or 0) <= to:
            continue
        outside = select(table.c.id).where(table.c.id > to).order_by(table.c.id).limit(1)
        number = connection.execute(outside).scalar_one()
        yield f"{row_words(connection, table.name, number)}没有封存，不是由本程序记入"
    yield from _out_of_number(connection, ends)
    yield from uncovered_marks(connection)


def uncovered_marks(connection: Connection) -> Iterator[str]:
    """A sentence for each table of facts with more or fewer retired rows than are sealed, naming the first that is not.

    The guards let a row be retired once, so this takes no more than one statement by hand.
    """
    sealed_marks: dict[str, set[int]] = defaultdict(set)
    kept = models.SealedRows
    ends_so = kept.table_name.endswith(sealed.RETIRED, autoescape=True)
    for name, blob in connection.execute(select(kept.table_name, kept.digests).where(ends_so)):
        sealed_marks[name].update(number for number, _ in sealed.unpack(blob))
    found: dict[str, list[int]] = defaultdict(list)
    retired = (f"SELECT '{table.name}', id FROM {table.name} WHERE retired_by IS NOT NULL" for table in sealed.FACTS)
    for table_name, number in connection.exec_driver_sql(" UNION ALL ".join(retired)):
        found[table_name].append(number)
    for table in sealed.FACTS:
        name = table.name + sealed.RETIRED
        marked = sorted(found[table.name])
        for number in [one for one in marked if one not in sealed_marks[name]][:1]:
            yield f"{row_words(connection, name, number)}没有封存，不是由本程序记入"
        for number in sorted(sealed_marks[name].difference(marked))[:1]:
            yield f"{row_words(connection, name, number)}在封存之后被去掉"


def out_of_number(connection: Connection) -> Iterator[str]:
    """A sentence for each row of those tables with a number that the program gives to none."""
    yield from _out_of_number(connection, _of_each(connection, "min(id)"))


def _out_of_number(connection: Connection, ends: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    for table in sealed.OF_FILES:
        least = ends[table.name][0]
        if least is None or least >= 1:
            continue
        for number in connection.execute(select(table.c.id).where(table.c.id < 1).order_by(table.c.id)).scalars():
            yield f"{row_words(connection, table.name, number)}的编号不是本程序所给，不是由本程序记入"


def _of_each(
    connection: Connection, figures: str, tables: Sequence[Table] = sealed.OF_FILES
) -> dict[str, Sequence[Any]]:
    """Figures of every table of facts, anchors, files and changes, by its name: asked for in one statement, since there are
    many tables and each link looks at all of them."""
    parts = (f"SELECT '{table.name}', {figures} FROM {table.name}" for table in tables)
    return {row[0]: row[1:] for row in connection.exec_driver_sql(" UNION ALL ".join(parts))}


def require_whole(connection: Connection) -> None:
    """Refused where a guard of the database does not stand, the chain is broken, or a row is under no link or gone by number."""
    found = chain_of(
        guards.standing_problems(connection), problems(connection), uncovered(connection), missing(connection)
    )
    for problem in found:
        raise Refused(problem, _RESTORE)


def missing(connection: Connection) -> Iterator[str]:
    """A sentence for each table of facts, anchors, files and changes that has fewer rows than are sealed."""
    before, _ = last(connection)
    counts = _of_each(connection, "count(*)")
    for table in sealed.OF_FILES:
        rows = before.held.get(table.name, (0, 0))[1] if before else 0
        found = counts[table.name][0]
        if found < rows:
            yield f"{sealed.NAMES[table.name]}封存了 {rows} 行，现有 {found} 行：有行被删除"


# --- the parts --------------------------------------------------------------------------------------------------------


def _new_parts(connection: Connection, before: Content | None, run_id: int | None) -> list[Part]:
    """The parts that a seal takes in, with the numbers of their rows but not digested yet."""
    ends = _of_each(connection, "max(id)", sealed.GROWING)
    reached = {
        table.name: (before.to(table) if before else 0, int(ends[table.name][0] or 0)) for table in sealed.GROWING
    }
    changes = reached[models.table_of(models.Change).name]
    found = [Part(table.name, sealed.columns(table), *reached[table.name]) for table in sealed.GROWING]
    found += [Part(table.name, sealed.columns(table), *reached[owner.name]) for table, _, _, owner in sealed.PARTS]
    if changes[1] > changes[0]:
        found += [Part(table.name + sealed.RETIRED, ("retired_by",), *changes) for table in sealed.FACTS]
    if run_id is not None:
        tables = (sealed.RUNS, *(table for table, _ in sealed.LINES))
        found += [Part(table.name, sealed.columns(table)) for table in tables]
    return found


def _refuse_strays(connection: Connection, content: Content, entries: Collection[int]) -> None:
    for problem in _foreign_rows(connection, content, entries):
        raise Refused(f"{problem}，不是由本程序记入，不能继续", "；请先运行 tiexi audit 查明")


def _foreign_rows(connection: Connection, content: Content, entries: Collection[int]) -> Iterator[str]:
    for stray in strays(connection, content, approvals(connection), start(connection)):
        yield f"数据库中的{row_words(connection, stray.table.name, stray.number)}{stray.why}"
    table = models.table_of(models.JournalEntry)
    part = content.parts.get(table.name)
    if part is None:
        return
    query = select(table.c.id).where(table.c.id > part.since, table.c.id <= part.to).order_by(table.c.id)
    for number in connection.execute(query).scalars():
        if number not in entries:
            yield f"数据库中的分录第 {number} 号不是这一步记入的"
