"""What the loans of a run were warned of when it was made: kept beside it, so that whoever signs sees what the maker saw.

It is no part of the run: neither its lines nor its summary nor its fingerprint know of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.database.bulk import AT_ONCE
from ledger.warnings.kinds import KINDS, Told, Warned

_COLUMNS = ("code", "bank", "note_no", "uscc", "file", "sheet", "row", "text")


def chunks(warnings: Iterable[Told]) -> Iterator[Mapping[str, Sequence[Any]]]:
    """What a run's loans are warned of, in its order, as the columns of the table, some rows at a time."""
    number, left = 1, iter(warnings)
    while some := list(islice(left, AT_ONCE)):
        kinds, banks, notes, usccs, files, sheets, rows, _, texts, _ = zip(*some, strict=True)
        yield {
            "number": range(number, number + len(some)), "code": [KINDS[kind].code for kind in kinds],
            "bank": [bank or None for bank in banks], "note_no": [note or None for note in notes], "uscc": usccs,
            "file": files, "sheet": sheets, "row": rows, "text": texts,
        }  # fmt: skip
        number += len(some)


def count(connection: Connection, run_id: int) -> int:
    """How many there are."""
    kept = models.table_of(models.RunWarning)
    return int(connection.execute(select(func.count()).where(kept.c.run_id == run_id)).scalar_one())


def first(connection: Connection, run_id: int, number: int) -> list[Warned]:
    """The first few of them."""
    kept = models.table_of(models.RunWarning)
    query = select(*(kept.c[name] for name in _COLUMNS)).where(kept.c.run_id == run_id, kept.c.number <= number)
    return [Warned(*row) for row in connection.execute(query.order_by(kept.c.number))]
