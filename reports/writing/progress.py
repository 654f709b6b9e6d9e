"""How far something long has come, for whoever watches: a report tells, a terminal may listen."""

from collections.abc import Callable
from contextvars import ContextVar

listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def tell(done: int, of: int, what: str) -> None:
    """So many of so many; told every so often, since nobody reads faster."""
    listen = listener.get()
    if listen is not None and (done % 20 == 0 or done == of):
        listen(f"{what}，{done:,} / {of:,}")
