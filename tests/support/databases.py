"""Databases for tests: a fresh one, one with sheets taken in, all that it holds, its guards taken away."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, select

import postgresql_server
from ledger import workdays
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.setup import initialise
from sheets import Sheets, write_sheets


def set_up(folder: Path, sheets: Sheets, database: str = "sqlite") -> Engine:
    """A fresh database (an SQLite one in the folder) with the given sheets taken in."""
    engine = fresh_engine(folder, database)
    path = write_sheets(folder / "报送.xlsx", {name: rows for name, rows in sheets.items() if rows})
    outcome = import_file(engine, path, "测试")
    assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]
    return engine


@cache
def _set_up_database() -> bytes:
    """A set-up database without anything else, made once: a copy of it is as good as a new one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiexi.db"
        _initialise(f"sqlite:///{path}")
        return path.read_bytes()


def _initialise(url: str) -> None:
    """Sets a database up at a time of its own: the clock of whichever test comes first must not stay in all copies."""
    made, clock = db.open_engine(url), workdays.clock
    workdays.clock = lambda: datetime(2022, 12, 30, 12, tzinfo=workdays.CITY_ZONE)
    try:
        initialise(made)
    finally:
        workdays.clock = clock
        made.dispose()


def fresh_engine(folder: Path, database: str = "sqlite") -> Engine:
    """A fresh, set-up database; whoever asks disposes of the engine. One of PostgreSQL goes when the test ends."""
    if database == "postgresql":
        return db.open_engine(postgresql_server.copy_of_template(_initialise))
    path = folder / "tiexi.db"
    path.write_bytes(_set_up_database())
    return db.open_engine(f"sqlite:///{path}")


Work = Callable[[Engine], None]


def filled_engine(folder: Path, database: str, work: Work) -> Engine:
    """As fresh_engine, of a database on which some work was done: once for a process on SQLite, once for a run on a server."""
    if database == "postgresql":
        return db.open_engine(postgresql_server.copy_of_template(_filling(work)))
    path = folder / "tiexi.db"
    path.write_bytes(_filled(work))
    return db.open_engine(f"sqlite:///{path}")


@cache
def _filled(work: Work) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiexi.db"
        path.write_bytes(_set_up_database())
        _work(f"sqlite:///{path}", work)
        return path.read_bytes()


@cache
def _filling(work: Work) -> Callable[[str], None]:
    """The work on a database that is set up first, by its address."""

    def fill(url: str) -> None:
        _initialise(url)
        _work(url, work)

    fill.__name__ = f"{work.__module__} {work.__name__}"  # templates are known by it
    return fill


def _work(url: str, work: Work) -> None:
    engine = db.open_engine(url)
    try:
        work(engine)
    finally:
        engine.dispose()


def address(engine: Engine) -> str:
    """The database's address as a command line takes it."""
    return engine.url.render_as_string(hide_password=False)


_shapes: dict[object, MetaData] = {}  # what was made of a schema's own words, which takes longer than reading the rows


def _tables(connection: Connection) -> MetaData:
    """The tables as the database has them."""
    if connection.dialect.name == "postgresql":
        own = (
            "SELECT table_name, column_name, ordinal_position, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY 1, 3"
        )
    else:
        own = "SELECT sql FROM sqlite_master ORDER BY rowid"
    words = tuple(tuple(row) for row in connection.exec_driver_sql(own))
    if words not in _shapes:
        _shapes[words] = MetaData()
        _shapes[words].reflect(connection)
    return _shapes[words]


def dump(engine: Engine) -> list[str]:
    """Everything in the database, row by row."""
    with engine.connect() as connection:
        tables = _tables(connection)
        return [
            f"{table.name} {tuple(row)}"
            for _, table in sorted(tables.tables.items())
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]


def unguard(connection: Connection, table: str) -> None:
    """Takes away the triggers that keep a table's rows as they are."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    found = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
    for name in connection.exec_driver_sql(found).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
