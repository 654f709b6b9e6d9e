"""Seals: a chain of hashes over everything that is put on file, from the first row on.

Each file, withdrawal, trial and step, and whatever is done to accounts or sent through the portal, adds a link with the
digest of every row that it wrote, in the transaction that wrote it. A link's hash covers its content and the hash before it,
so nothing sealed can be changed, taken out or put in between without breaking the chain. No link is made over rows that its
step did not write, nor onto a chain that is broken.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select, update

from ledger import __version__, models
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.seals import content as sealed
from ledger.seals import pieces, soundness
from ledger.seals.content import Content, Part
from ledger.seals.links import OF_A_RUN, approvals, last, link, start
from ledger.seals.row_words import row_words
from ledger.seals.strays import strays
from ledger.workdays import now

_APPROVED = ("approve", "adopt")  # links that hold what an approval wrote to its run


class Link:
    """What is written under one link of the chain, or under several of one transaction, each with its own seal.

    Made at the beginning of a write transaction, before anything is written. Refused, in the words of an audit, where a row
    on file is under no link, one is gone or the chain is broken. Facts, anchors and the lines of a run are written
    through it, so that their digests are those of what was written; what else was written since the link before is digested
    as it lies there.

    light: costs the same however much is on file, without a look through all facts.
    """

    def __init__(self, connection: Connection, light: bool = False) -> None:
        self._connection = connection
        self._blobs: dict[str, bytearray] = defaultdict(bytearray)
        soundness.require_sound(connection, light)

    def insert(self, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
        """Inserts columns as `db.insert_columns` does, ids ascending, and takes their digests."""
        db.insert_columns(self._connection, table, columns)
        self._blobs[table.name] += sealed.packed_columns(table, sealed.columns(table), columns)

    def insert_lines(self, table: Table, run_id: int, chunks: Iterator[Mapping[str, Sequence[Any]]]) -> None:
        """Inserts lines of a run, or what is kept beside them, as `db.insert_chunks` does, and takes their digests."""
        db.insert_chunks(self._connection, table, self._digested(table, run_id, chunks), {"run_id": run_id})

    def _digested(
        self, table: Table, run_id: int, chunks: Iterator[Mapping[str, Sequence[Any]]]
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        names, number = sealed.columns(table), sealed.number_of(table)
        for columns in chunks:
            self._blobs[table.name] += sealed.packed_columns(table, names, columns, number, run_id)
            yield columns

    def retire(self, table: Table, identifiers: Sequence[int], change_id: int) -> None:
        """Marks versions as retired by a change, and takes the digests of the marks."""
        if not identifiers:
            return
        for chunk in db.in_chunks(identifiers):
            self._connection.execute(update(table).where(table.c.id.in_(chunk)).values(retired_by=change_id))
        marks = {"id": sorted(identifiers), "retired_by": [change_id] * len(identifiers)}
        self._blobs[table.name + sealed.RETIRED] += sealed.packed_columns(table, ("retired_by",), marks)

    def seal(self, kind: str, run_id: int | None = None) -> str:
        """Adds the link within the caller's transaction and gives its hash. run_id: of a run's step, or of the run that was made.

        Refused where a row was written that does not come with such a step.
        """
        blobs, self._blobs = self._blobs, defaultdict(bytearray)
        return _add(self._connection, kind, run_id, blobs)


def keep_waived(engine: Engine, latest: datetime | None) -> None:
    """Records that the clock was waived for something that wrote no row of its own, with a link over that.

    latest: the newest time on file. Where no link can be made an audit says why, and names the record as well.
    """
    with db.writing(engine) as connection:
        try:
            link: Link | None = Link(connection, light=True)
        except Refused:
            link = None
        clock.keep_given(connection, latest, models.table_of(models.Seal).name)
        if link is not None:
            link.seal("waive")


def seal_as_it_stands(connection: Connection) -> None:
    """Adds the links with which a database of an earlier schema is taken over: all that no seal holds yet, as it is, and
    each run that was not approved, with its lines.

    Nothing is refused: what does not belong there is named by an audit, as it was before.
    """
    _add(connection, "upgrade", None, None)
    runs = sorted(set(connection.execute(select(models.Run.id)).scalars()) - approvals(connection).keys())
    for run_id in runs:
        _add(connection, "upgrade", run_id, None)


def seal_adopted(connection: Connection, run_id: int) -> None:
    """Adds the link of a run that was approved before there were any."""
    _add(connection, "adopt", run_id, None)


def _add(connection: Connection, kind: str, run_id: int | None, blobs: Mapping[str, bytearray] | None) -> str:
    """blobs: the digests of facts, anchors and marks that were taken as they were written; None where they are read."""
    clock.keep(connection, to_come=models.table_of(models.Seal).name)
    number = db.next_id(connection, models.table_of(models.Seal))
    before, previous = last(connection)
    made_at = now()
    content = Content(number, kind, run_id, __version__, made_at.isoformat(), log=_log_head(connection))
    found = [part for part in _new_parts(connection, before, kind, run_id) if not part.is_empty]
    content.parts.update({part.name: part for part in found})
    if kind != "upgrade":
        _refuse_strays(connection, content)
    digests: dict[str, bytes | bytearray] = {}
    for part in found:
        taken = (
            None
            if blobs is None or part.name not in sealed.WRITTEN_THROUGH_LINKS
            else blobs.get(part.name, bytearray())
        )
        if taken is None:
            rows = sealed.rows(connection, part, content.run)
            content.parts[part.name], digests[part.name] = sealed.digested(part, rows)
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
    pieces.keep(connection, number, digests)
    return digest


def _log_head(connection: Connection) -> tuple[int, str]:
    """The number and hash of the last entry of the log."""
    head = models.LogHead
    row = connection.execute(select(head.last_id, head.hash)).one()
    return int(row.last_id), str(row.hash)


def _held(connection: Connection, before: Content | None, content: Content) -> dict[str, tuple[int, int]]:
    """By table, up to which number rows are sealed with this link, and how many in all."""
    known = dict(before.held) if before else {}
    if before and not known:  # the seals before it did not count
        known = {table.name: (before.to(table), _sealed_rows(connection, table)) for table in sealed.GROWING}
    for table in sealed.GROWING:
        part = content.parts.get(table.name)
        if part:
            known[table.name] = (part.to, known.get(table.name, (0, 0))[1] + part.rows)
    if content.kind in OF_A_RUN:
        ends = soundness.of_each(connection, (sealed.RUNS,), "max(id)", "count(*)")[sealed.RUNS.name]
        known[sealed.RUNS.name] = (ends[0] or 0, ends[1])
    return {name: numbers for name, numbers in known.items() if numbers != (0, 0)}


def _sealed_rows(connection: Connection, table: Table) -> int:
    """How many rows of a table lie under the seals so far."""
    contents = map(sealed.read, connection.execute(select(models.Seal.content)).scalars())
    return sum(content.parts[table.name].rows for content in contents if table.name in content.parts)


def _new_parts(connection: Connection, before: Content | None, kind: str, run_id: int | None) -> Iterator[Part]:
    """The parts that a seal takes in, with the numbers of their rows but not digested yet."""
    ends = soundness.of_each(connection, sealed.GROWING, "max(id)")
    reached = {
        table.name: (before.to(table) if before else 0, int(ends[table.name][0] or 0)) for table in sealed.GROWING
    }
    for table in sealed.GROWING:
        yield Part(table.name, sealed.columns(table), *reached[table.name])
    for table, _, _, owner in sealed.PARTS:
        yield Part(table.name, sealed.columns(table), *reached[owner.name])
    changes = reached[models.table_of(models.Change).name]
    for table in sealed.FACTS:
        yield Part(table.name + sealed.RETIRED, ("retired_by",), *changes)
    if run_id is None:
        return
    if kind in _APPROVED:
        yield Part(sealed.RUNS.name, sealed.columns(sealed.RUNS))
    elif kind in OF_A_RUN:
        yield Part(sealed.RUNS.name, sealed.AS_MADE)
    if kind in OF_A_RUN:
        for table, _ in sealed.LINES:
            yield Part(table.name, sealed.columns(table))


def _refuse_strays(connection: Connection, content: Content) -> None:
    for stray in strays(connection, content, approvals(connection), start(connection)):
        what = row_words(connection, stray.table.name, stray.number)
        raise Refused(f"数据库中的{what}{stray.why}，不是由本程序记入，不能继续", "；请先运行 tiexi audit 查明")
