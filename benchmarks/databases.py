"""Databases that the portal is measured on: files of SQLite, or a PostgreSQL server of our own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from benchmarks import world
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from tests.support import postgresql_server


@dataclass(frozen=True)
class Databases:
    """Where databases are made: in a folder, or on a server."""

    folder: Path
    postgresql: bool = False

    def new(self, name: str) -> str:
        """The address of a new, empty database."""
        return postgresql_server.create_database() if self.postgresql else f"sqlite:///{self.folder / f'{name}.db'}"

    def copy(self, url: str, name: str) -> str:
        """The address of a copy of a database that nobody has open."""
        if self.postgresql:
            return postgresql_server.copy_of(url)
        path = Path(shutil.copy(make_url(url).database or "", self.folder / f"{name}.db"))
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Removes a database."""
        if self.postgresql:
            postgresql_server.drop(url)
            return
        for end in ("", "-wal", "-shm"):
            Path(f"{make_url(url).database}{end}").unlink(missing_ok=True)


@contextmanager
def databases(folder: Path, postgresql: bool) -> Iterator[Databases]:
    """Databases that are gone at the end. postgresql_server.Unavailable where there is no server."""
    if not postgresql:
        yield Databases(folder)
        return
    postgresql_server.begin_session()
    try:
        postgresql_server.server_url()
        yield Databases(folder, True)
        postgresql_server.drop_databases()
    finally:
        postgresql_server.end_session()


def settled(url: str, loans: int) -> None:
    """Fills an empty database with so many loans, and settles their year."""
    engine = db.open_engine(url)
    world.fill(engine, loans)
    settlement.settle(engine, PROGRAMMES["tech_branch"], world.YEAR, world.AS_OF, "性能测试")
    engine.dispose()
