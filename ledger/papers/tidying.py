"""Files of the store that no row names: what a crash left between the file on disk and its row. Removed once they are old."""

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select, union

from ledger import models
from ledger.database import db
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
    says, for `verifying` to tell of; nothing that is being received is old enough."""
    if not store.folder.is_dir():
        return Tidied()
    named = _named(engine)
    unnamed = [
        name.rpartition("/")[2]
        for name in store.names()
        if _STORED.fullmatch(name) and name.rpartition("/")[2] not in named
    ]
    found = list(store.tidy(unnamed, seconds, lambda sha256: sha256 in _named(engine, sha256)))
    return Tidied([name for name, _ in found], sum(size for _, size in found))


def _named(engine: Engine, sha256: str | None = None) -> set[str]:
    """The files that rows name, or whether one is among them, as the database stands now."""
    tables = models.table_of(models.Paper), models.table_of(models.Upload)
    queries = [select(table.c.sha256) for table in tables]
    if sha256 is not None:
        queries = [query.where(table.c.sha256 == sha256) for query, table in zip(queries, tables, strict=True)]
    with db.reading(engine) as connection:
        return set(connection.execute(union(*queries)).scalars())
