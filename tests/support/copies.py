"""Files of the embedded database, and what is in them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from databases import dump
from ledger.database import db


def database_of(engine: Engine) -> Path:
    path = db.file_of(engine)
    assert path is not None
    return path


def files_beside(path: Path, but: str = "报送") -> set[str]:
    return {other.name for other in path.parent.iterdir() if other != path and not other.name.startswith(but)}


def dump_of(path: Path) -> list[str]:
    engine = db.open_engine(f"sqlite:///{path}")
    found = dump(engine)
    engine.dispose()
    return found


def spoil(path: Path) -> None:
    """Overwrites every page but the first."""
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 100] = b"\xa5" * 100
    path.write_bytes(data)


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(statement)
