"""Files of the store that no row names: what a crash left between the file on disk and its row. Removed once they are old."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from ledger.database import db
from ledger.papers import belonging
from ledger.store import Store

DAY = 24 * 3600  # seconds: whoever stores a file writes its row within minutes
_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}")


@dataclass(frozen=True)
class Tidied:
    """What was removed: paths within the store, and bytes in all."""

    removed: list[str] = field(default_factory=list)
    size: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"removed": self.removed, "bytes": self.size}


def tidy(engine: Engine, store: Store, seconds: float = DAY) -> Tidied:
    """Removes what nobody has named for so long. A file that a row names stays, and so does one that is not what its name
    says, for `verifying` to tell of; nothing that is being received is old enough. EnvironmentFailed for a store that is
    another's."""

    def is_named(sha256: str) -> bool:
        with db.reading(engine) as connection:
            return bool(belonging.on_record(connection, sha256))

    return _removed(store.tidy(unnamed(engine, store), seconds, is_named))


def tidy_halves(store: Store, seconds: float = DAY) -> Tidied:
    """Removes only what was being written so long ago: half files, which are no evidence of anything."""
    return _removed(store.tidy((), seconds, lambda sha256: True))


def unnamed(engine: Engine, store: Store, seconds: float = 0) -> list[str]:
    """The SHA-256 of each whole file of the store that no row names and that lay there for so long. None where no row names
    any file: then all of them may be what a lost database knew. EnvironmentFailed for a store that is another's."""
    with db.reading(engine) as connection:
        belonging.require_own(connection, store)
        named = belonging.on_record(connection)
    if not named:
        return []
    stored = (name.rpartition("/")[2] for name in store.names() if _STORED.fullmatch(name))
    return [sha256 for sha256 in stored if sha256 not in named and store.lay(sha256, seconds)]


def _removed(found: Iterable[tuple[str, int]]) -> Tidied:
    removed = list(found)
    return Tidied([name for name, _ in removed], sum(size for _, size in removed))
