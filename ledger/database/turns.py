"""Turns: of the threads of one process, one at a time asks the database for its write lock.

The others hold no connection while they wait, which readers need, and are not asleep when the lock becomes free.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Engine

from ledger.database.addresses import shown
from ledger.database.failures import waited
from ledger.errors import EnvironmentFailed

_TURNS: defaultdict[str, Lock] = defaultdict(Lock)  # by database


@contextmanager
def turn(engine: Engine, seconds: int) -> Iterator[None]:
    """Has the turn of a database while the block runs; EnvironmentFailed where others keep it for so long."""
    lock = _TURNS[engine.url.render_as_string(hide_password=False)]
    if not lock.acquire(timeout=seconds):
        raise EnvironmentFailed(waited(shown(engine.url), seconds))
    try:
        yield
    finally:
        lock.release()
