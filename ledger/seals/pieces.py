"""The digests of rows where they are kept, under their seals: those of a great many rows lie in several pieces, since
neither database takes a value of over a gigabyte.

The first piece bears the name of its part; of a further one its number goes before it (`2:loan_facts`). A part lies in pieces
of ROWS rows each, the last with what is left; all of it in one where it was sealed before there were any.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from sqlalchemy import Connection, func, insert, select

from ledger import models
from ledger.seals.content import ROW_BYTES, Content, Part

ROWS = 10_000_000  # 240 MB, which a driver may hold more than once
_MARK = ":"
_KEPT = models.SealedRows


def part_of(name: str) -> str:
    """The name of the part to which a piece belongs."""
    return name.rpartition(_MARK)[2]


def keep(connection: Connection, seal_id: int, digests: Mapping[str, bytes | bytearray]) -> None:
    """Keeps the keys and digests of each part of a seal, as they are packed."""
    size = ROWS * ROW_BYTES
    for part, packed in digests.items():
        for number, begin in enumerate(range(0, len(packed), size), start=1):
            blob = bytes(memoryview(packed)[begin : begin + size])
            row = {"seal_id": seal_id, "table_name": _name(part, number), "digests": blob}
            connection.execute(insert(_KEPT).values(row))


def read(connection: Connection, seal_id: int, part: Part, first: bytes | None = None) -> Iterator[bytes]:
    """The pieces of a part of a seal, in their order, one at a time, up to one that has not the size that a seal leaves. first: the
    first one, where it is at hand."""

    def get(name: str) -> bytes | None:
        if first is not None and name == part.name:
            return first
        query = select(_KEPT.digests).where(_KEPT.seal_id == seal_id, _KEPT.table_name == name)
        return connection.execute(query).scalar_one_or_none()

    return in_order(get, part)


def in_order(get: Callable[[str], bytes | None], part: Part) -> Iterator[bytes]:
    """The same; get: gives what lies under a name, None for nothing."""
    found: list[bytes] = []

    def size_of(name: str) -> int | None:
        blob = get(name)
        found[:] = [] if blob is None else [blob]
        return None if blob is None else len(blob)

    for _ in _as_left(size_of, part):
        yield found.pop()


def others(connection: Connection, contents: Mapping[int, Content]) -> Iterator[tuple[int, Any]]:
    """What is kept under these seals beside the pieces of their parts, by seal and name."""
    sizes: dict[int, dict[Any, int]] = defaultdict(dict)
    for seal_id, name, size in connection.execute(select(_KEPT.seal_id, _KEPT.table_name, func.length(_KEPT.digests))):
        sizes[seal_id][name] = size
    for seal_id, content in contents.items():
        of_seal = sizes[seal_id]
        own = {part.name for part in content.parts.values() if part.rows}  # of one that was changed its hash tells
        own.update(name for part in content.parts.values() for name in _as_left(of_seal.get, part))
        yield from ((seal_id, name) for name in of_seal if name not in own)


def _as_left(size_of: Callable[[str], int | None], part: Part) -> Iterator[str]:
    """The names of a part's pieces in their order, as long as each has the size that a seal leaves; size_of: the bytes that
    lie under a name."""
    left, full = part.rows * ROW_BYTES, ROWS * ROW_BYTES
    for number in count(1):
        name = _name(part.name, number)
        size = size_of(name) if left else None
        if size is None or (size != min(left, full) and (number > 1 or size != left)):
            return
        left -= size
        yield name


def _name(part: str, number: int) -> str:
    return part if number == 1 else f"{number}{_MARK}{part}"
