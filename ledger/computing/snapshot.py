"""The state of the database that one process sees, for others to see the same.

On PostgreSQL its transaction exports its snapshot, and lives on while the others read. SQLite has no such thing: there the
last seal says which state it is, and whoever sees another does not read; the one that asked does it then. Nothing is put on file without a seal; and who
holds the lock of those who write, as a settlement does, sees no other.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from ledger import models
from ledger.database import db
from ledger.database.addresses import shown
from ledger.errors import EnvironmentFailed

View = Callable[[Connection], AbstractContextManager[None]]


class OtherState(EnvironmentFailed):
    """Another state is on file by now than the one that was to be read."""


@dataclass(frozen=True)
class Snapshot:
    """Which state it is: the server's name for it, or the number of the last seal."""

    exported: str | None
    last_seal: int | None

    @contextmanager
    def seen(self, engine: Engine, view: View | None = None) -> Iterator[Connection]:
        """A connection that only reads, on this very state; what `view` sets up, as temporary views, stands around it."""
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(db.reading_at(engine, self.exported, with_views=view is not None))
            except DBAPIError as error:  # the server does not know the snapshot
                raise EnvironmentFailed(
                    f"数据库 {shown(engine.url)} 中没有要读的状态；请核对所连的是不是同一个数据库"
                ) from error
            if self.exported is None and _last_seal(connection) != self.last_seal:
                raise OtherState(f"数据库 {shown(engine.url)} 在计算途中有了新的记录；请重试")
            if view is not None:
                stack.enter_context(view(connection))
            yield connection


def snapshot_of(connection: Connection) -> Snapshot:
    """The state that a transaction sees, without what it has written itself. Good for as long as it lasts."""
    if connection.dialect.name == "postgresql":
        return Snapshot(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one(), None)
    return Snapshot(None, _last_seal(connection))


def _last_seal(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(models.Seal.id), 0))).scalar_one())
