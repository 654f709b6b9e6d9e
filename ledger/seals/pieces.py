"""The digests of rows where they are kept, under their seals: those of a great many rows lie in several pieces, since
neither database takes a value of over a gigabyte.

The first piece bears the name of its part; of a further one its number goes before it (`2:loan_facts`).
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, insert, or_, select

from ledger import models
from ledger.seals.content import ROW_BYTES

ROWS = 10_000_000  # of a piece: 240 MB, which a driver may hold more than once
_MARK = ":"
_KEPT = models.SealedRows


def part_of(name: str) -> str:
    """The name of the part to which a piece belongs."""
    return name.rpartition(_MARK)[2]


def of_part(name: str) -> ColumnElement[bool]:
    """That a row of what is kept is a piece of a part."""
    return or_(_KEPT.table_name == name, _KEPT.table_name.endswith(_MARK + name, autoescape=True))


def keep(connection: Connection, seal_id: int, digests: Mapping[str, bytes]) -> None:
    """Keeps the keys and digests of each part of a seal, as they are packed."""
    size = ROWS * ROW_BYTES
    for part, blob in digests.items():
        for number, begin in enumerate(range(0, len(blob), size), start=1):
            values = {"table_name": _name(part, number), "digests": blob[begin : begin + size]}
            connection.execute(insert(_KEPT).values(seal_id=seal_id, **values))


def whole(
    connection: Connection, first: int, last: int | None = None, part: str | None = None
) -> dict[tuple[int, str], bytes]:
    """By seal and part what is kept: of one seal or those up to another, of all parts or one. A part is not in it that has
    nothing, or pieces other than a seal leaves."""
    query = select(_KEPT.seal_id, _KEPT.table_name, _KEPT.digests)
    query = query.where(_KEPT.seal_id >= first, _KEPT.seal_id <= (first if last is None else last))
    if part is not None:
        query = query.where(of_part(part))
    found: dict[tuple[int, str], dict[str, bytes]] = defaultdict(dict)
    for seal_id, name, blob in connection.execute(query):
        found[seal_id, part_of(name)][name] = blob
    joined = {}
    for key, pieces in found.items():
        names = [_name(key[1], number) for number in range(1, len(pieces) + 1)]
        if pieces.keys() == set(names):
            joined[key] = b"".join(pieces[name] for name in names)
    return joined


def _name(part: str, number: int) -> str:
    return part if number == 1 else f"{number}{_MARK}{part}"
