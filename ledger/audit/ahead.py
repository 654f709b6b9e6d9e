"""What seals hold of rows, and the rows as they are now, for many small seals at once: a chain has a link for each receipt."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from ledger import models
from ledger.seals import content as sealed
from ledger.seals import pieces
from ledger.seals.content import Content, Digests, Part

_AT_ONCE = 20_000  # rows that the seals of a stretch hold together, at most; one seal with more is a stretch of its own


class Ahead:
    """A stretch of the chain at a time: consecutive seals, whose digests are read by one query and whose rows by one for
    each table. A seal of many rows is read part by part, and not held."""

    def __init__(self, connection: Connection, contents: Mapping[int, Content]) -> None:
        self._connection, self._contents = connection, contents
        self._stretch: Sequence[int] = ()
        self._digests: dict[int, dict[str, bytes]] = {}  # by seal and the name of the piece
        self._rows: dict[tuple[int, str], Digests] = {}
        self._marks: dict[str, list[tuple[int, int, bytes]]] = {}  # by part: change, key, digest of each retired row

    def seals(self) -> Iterator[tuple[int, Content]]:
        """Each seal's number and content, in the chain's order."""
        for stretch in self._stretches():
            self._stretch, self._digests, self._rows = stretch, {}, {}
            if len(stretch) > 1:
                self._read()
            for number in stretch:
                yield number, self._contents[number]

    def digests(self, seal: int, part: Part) -> Iterator[bytes]:
        """What a seal of the stretch holds of the rows of a part: keys and digests, as they are stored, piece by piece."""
        if len(self._stretch) > 1:
            return pieces.in_order(self._digests.get(seal, {}).get, part)
        return pieces.read(self._connection, seal, part)

    def rows(self, seal: int, part: Part) -> Digests:
        """The keys and digests of the rows that a part speaks of, as they are now, by key."""
        if part.name.endswith(sealed.RETIRED):
            return self._marked(part)
        found = self._rows.get((seal, part.name))
        return sealed.rows(self._connection, part, self._contents[seal].run) if found is None else found

    def _stretches(self) -> Iterator[list[int]]:
        stretch: list[int] = []
        held = 0
        for number, content in self._contents.items():
            rows = sum(part.rows for part in content.parts.values())
            if stretch and held + rows > _AT_ONCE:
                yield stretch
                stretch, held = [], 0
            stretch.append(number)
            held += rows
        if stretch:
            yield stretch

    def _read(self) -> None:
        kept = models.SealedRows
        query = select(kept.seal_id, kept.table_name, kept.digests)
        for seal, name, blob in self._connection.execute(
            query.where(kept.seal_id >= self._stretch[0], kept.seal_id <= self._stretch[-1])
        ):
            self._digests.setdefault(seal, {})[name] = blob
        for parts in self._following():
            first, last = parts[0][1], parts[-1][1]
            whole = Part(first.name, first.columns, first.since, last.to)
            try:
                rows = list(sealed.rows(self._connection, whole, None))
            except SQLAlchemyError:
                raise
            except Exception:  # a row that cannot be read: each part is read by itself, and that part's reading says so
                continue
            owners, since = [sealed.owner_and_number(first.name, key)[0] for key, _ in rows], 0
            for seal, part in parts:
                to = bisect_right(owners, part.to, since)
                self._rows[seal, part.name] = rows[since:to]
                since = to

    def _following(self) -> Iterator[list[tuple[int, Part]]]:
        """The parts of the stretch's seals on one table over the same columns, each beginning where the one before ends."""
        open_: dict[str, list[tuple[int, Part]]] = {}
        for seal in self._stretch:
            for part in self._contents[seal].parts.values():
                if part.name.endswith(sealed.RETIRED) or part.name in sealed.OF_RUN or part.is_empty:
                    continue
                parts = open_.setdefault(part.name, [])
                if parts and (part.columns != parts[-1][1].columns or part.since != parts[-1][1].to):
                    yield parts
                    parts = open_[part.name] = []
                parts.append((seal, part))
        yield from open_.values()

    def _marked(self, part: Part) -> Digests:
        """The rows that are marked as retired by the changes that a part speaks of."""
        if part.name not in self._marks:
            marks = sealed.marks(self._connection, part)
            self._marks[part.name] = sorted(
                (change, key, digest) for key, change, digest in marks if type(change) is int
            )
        marks = self._marks[part.name]
        begin, end = (bisect_left(marks, number + 1, key=itemgetter(0)) for number in (part.since, part.to))
        return sorted((key, digest) for _, key, digest in marks[begin:end])
