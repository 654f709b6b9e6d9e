"""Along the chain at each link, at a bounded cost however long it is: what one receipt may wait for.

A process walks the whole chain once. From then on it walks, at each light link, over the links that came since and over a
stretch of the older ones in turn: a chain no longer than that is walked whole each time. Where the last link that it saw is
not as it saw it (another database was restored into the place), it walks the whole again. What holds a run or moves money
walks the whole, and so does an audit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, func, select

from ledger import models
from ledger.seals import links

STRETCH = 2_000  # older links at each link, about 10 ms: a chain of 50,000 is walked anew with every 25


@dataclass(frozen=True)
class _Walked:
    """Up to which link the chain was walked, that link's hash, and after which the next stretch of older ones begins."""

    number: int
    digest: str
    turn: int = 0


_walked: WeakKeyDictionary[Pool, _Walked] = WeakKeyDictionary()  # by database, as it is open here


def problems(connection: Connection) -> Iterator[str]:
    """A sentence for each place at which the chain is broken, of those that are looked at this time."""
    before = _walked.get(connection.engine.pool)
    known = links.hashes(connection, before.number, before.turn) if before else {}
    if before is None or known.get(before.number) != before.digest or before.turn not in known:
        yield from links.problems(connection)
        return
    yield from links.problems_between(connection, before.turn, known[before.turn], before.turn + STRETCH)
    yield from links.problems_between(connection, before.number, before.digest, _newest(connection))


def keep(connection: Connection) -> None:
    """The chain is sound as it lies there: every link of it was made by a transaction that is over."""
    before = _walked.get(connection.engine.pool)
    number = _newest(connection)
    digest = links.hashes(connection, number).get(number, links.START)
    turn = before.turn + STRETCH if before else 0
    _walked[connection.engine.pool] = _Walked(number, digest, turn if turn < number else 0)


def _newest(connection: Connection) -> int:
    return connection.execute(select(func.max(models.Seal.id))).scalar_one() or 0
