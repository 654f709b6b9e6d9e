"""What every test may use: a fresh database, a clock that can be set, workbooks made from plain rows.

A test that asks for `engine` or `take` runs on SQLite and on PostgreSQL, unless it or its module is marked for one.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, MetaData, select

import postgresql_server
from ledger import workdays
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.setup import initialise

settings.register_profile(
    "tiexi", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("tiexi")

NO_SERVER = "NO POSTGRESQL"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: what it tests is the same, or not there, on PostgreSQL")
    config.addinivalue_line("markers", "postgresql_only: what it tests is not there on SQLite")
    config.addinivalue_line("markers", "postgresql: given to every test that needs a PostgreSQL server")
    if not hasattr(config, "workerinput"):
        postgresql_server.begin_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgresql_server.end_session()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        databases = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
        if metafunc.definition.get_closest_marker("sqlite_only"):
            databases = databases[:1]
        if metafunc.definition.get_closest_marker("postgresql_only"):
            databases = databases[1:]
        metafunc.parametrize("database", databases, indirect=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-cases", action="store_true", help="every YAML case on PostgreSQL too, not each sixth")


_CASES = (
    "test_cases.py",
    "test_review_cases.py",
)  # hundreds, all on SQLite; each sixth on PostgreSQL keeps a run short
_EACH = 6


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves most YAML cases on PostgreSQL to `make test-all`; the property tests compare the databases on random worlds."""
    if config.getoption("--all-cases"):
        return
    on_server = [item for item in items if item.path.name in _CASES and item.get_closest_marker("postgresql")]
    left_out = {item for place, item in enumerate(on_server) if place % _EACH}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A run without PostgreSQL must not look like a whole one."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missed = [text for text in skipped if NO_SERVER in text]
    if missed:
        why = missed[0].partition(f"{NO_SERVER}: ")[2].strip("')\"")
        terminalreporter.write_line(f"{len(missed)} TESTS ON POSTGRESQL DID NOT RUN: {why}", red=True, bold=True)


Sheets = Mapping[str, Sequence[Mapping[str, Any]]]


def write_sheets(path: Path, sheets: Sheets) -> Path:
    """A workbook of the given sheets, as (header -> value) rows: real dates, numbers as numbers, the rest as text."""
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            headers = (
                list(rows[0]) if rows else [column.header for column in BY_NAME[name].columns if not column.optional]
            )
            headers += [header for row in rows for header in row if header not in headers]
            headers = list(dict.fromkeys(headers))
            for place, header in enumerate(headers):
                page.write_string(0, place, header)
            for number, row in enumerate(rows, start=1):
                for place, header in enumerate(headers):
                    value = row.get(header)
                    if isinstance(value, datetime | date):
                        page.write_datetime(number, place, datetime(value.year, value.month, value.day), day)
                    elif isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
                        page.write_string(number, place, f"{value:f}")
                    elif isinstance(value, int | float | Decimal):
                        page.write_number(number, place, value)
                    elif value is not None:
                        page.write_string(number, place, value)
    return path


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


def address(engine: Engine) -> str:
    """The database's address as a command line takes it."""
    return engine.url.render_as_string(hide_password=False)


def dump(engine: Engine) -> list[str]:
    """Everything in the database, row by row."""
    with engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
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


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test is to use; the test is skipped, and the summary says so, where there is none."""
    if request.param == "postgresql":
        try:
            postgresql_server.server_url()
        except postgresql_server.Unavailable as why:
            pytest.skip(f"{NO_SERVER}: {why}")
    return str(request.param)


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    """A fresh, set-up database."""
    made = fresh_engine(tmp_path, database)
    yield made
    made.dispose()


@pytest.fixture
def empty_url(database: str, tmp_path: Path) -> str:
    """The address of a database that is not set up yet."""
    return postgresql_server.create_database() if database == "postgresql" else f"sqlite:///{tmp_path / 'tiexi.db'}"


@pytest.fixture(autouse=True)
def _no_database_left() -> Iterator[None]:
    yield
    postgresql_server.drop_databases()


@pytest.fixture
def take(engine: Engine, tmp_path: Path) -> Callable[..., Any]:
    """Imports rows of sheets as one workbook and gives the outcome; by default they must be taken."""
    count = 0

    def import_sheets(sheets: Sheets, refused: bool = False, **options: Any) -> Any:
        nonlocal count
        count += 1
        path = write_sheets(tmp_path / f"报送{count}.xlsx", sheets)
        outcome = import_file(engine, path, "测试", **options)
        assert outcome.refused == refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]
        return outcome

    return import_sheets


@pytest.fixture
def set_today(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Sets the city's clock to noon of a day."""

    def set_clock(day: date) -> None:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=workdays.CITY_ZONE)
        monkeypatch.setattr(workdays, "clock", lambda: noon)

    return set_clock
