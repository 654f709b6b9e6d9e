"""A part done in another process than the one that asked for it: the same program, on the same state of the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine

from ledger import __version__, settings
from ledger.computing.snapshot import Snapshot, View
from ledger.computing.spool import Spool
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.database.addresses import shown
from ledger.errors import EnvironmentFailed


@dataclass(frozen=True)
class Job:
    """What is to be done with each part, and where it is read from.

    address: of the database; None has the other process read it from its own settings, so that no password travels.
    program: what does it, as `program()` says.
    """

    task: Any
    spool: Spool
    snapshot: Snapshot
    view: View | None
    address: str | None
    program: tuple[str, ...]

    def do(self, part: int) -> Any:
        """Does a part and gives what the task gives. EnvironmentFailed where this is another program or state."""
        _require_same(self.program)
        engine = _engine(self.address) if self.address else own_engine()
        with self.snapshot.seen(engine, self.view) as connection:
            return self.task(connection, self.spool, part)


def program() -> tuple[str, ...]:
    """What has to be the same wherever a part is done: the version, and the city's counties in their order."""
    return (__version__, *ALL_COUNTIES)


def _require_same(wanted: tuple[str, ...]) -> None:
    found = program()
    if found[0] != wanted[0]:
        raise EnvironmentFailed(f"工作进程的 tiexi 是 {found[0]} 版，本机是 {wanted[0]} 版；请装同一版本后重试")
    if found != wanted:
        raise EnvironmentFailed("工作进程的城市文件与本机的不同；请在配置项 city（或环境变量 TIEXI_CITY）指同一份")


def own_engine() -> Engine:
    """The database that this process's own settings name; EnvironmentFailed where that is none of a server."""
    address = settings.load().settings.database
    engine = _engine(address)
    if engine.dialect.name != "postgresql":
        raise EnvironmentFailed(
            f"所设的数据库 {shown(address)} 不是 PostgreSQL；请在每台机器上把 TIEXI_DATABASE_URL 设为同一个数据库"
        )
    return engine


@lru_cache(maxsize=1)
def _engine(address: str) -> Engine:
    return db.open_engine(address)
