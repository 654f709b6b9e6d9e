"""What every test may use: a fresh database, a clock that can be set, workbooks made from plain rows.

A test that asks for `engine` or `take` runs on SQLite and on PostgreSQL, unless it or its module is marked for one.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

import did_not_run
import examples
import memory
import postgresql_server
import quick
from databases import fresh_engine
from ledger import workdays
from ledger.accounts import passwords
from ledger.intake.importer import import_file
from postgresql_server import NO_SERVER
from sheets import Sheets, write_sheets

settings.register_profile(
    "tiexi", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("tiexi")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: what it tests is the same, or not there, on PostgreSQL")
    config.addinivalue_line("markers", "postgresql_only: what it tests is not there on SQLite")
    config.addinivalue_line("markers", "postgresql: given to every test that needs a PostgreSQL server")
    examples.WHOLE[0] = config.getoption("--all-cases")
    quick.share_statements()
    quick.share_schemas()
    quick.cheap_passwords()
    memory.work_there()
    if not hasattr(config, "workerinput"):
        postgresql_server.begin_session()


def pytest_collection_finish() -> None:
    quick.look_for_garbage_seldom()


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
    parser.addoption(
        "--all-cases", action="store_true", help="everything that runs on both databases on PostgreSQL too, not a part"
    )


# What is about the database itself runs whole on both; of the rest, which runs whole on SQLite, a run on the server takes a
# part, so that it stays short: the property tests compare the two on random worlds, and `make test-all` runs everything.
_ABOUT_THE_DATABASE = (
    "ledger/accounts",
    "ledger/computing",
    "ledger/database",
    "ledger/models",
    "ledger/uploads",
    "jobs",
    "test_stress",
)
_EACH, _EACH_CASE = 3, 12  # one in so many; YAML cases are hundreds


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes a minute by itself begins first, so that no worker is left alone with it at the end. Leaves a part of what
    runs on both databases to `make test-all`; what runs on the server alone stays."""
    items.sort(key=lambda item: item.path.parent.name != "browser")
    if config.getoption("--all-cases"):
        return
    root = Path(__file__).parent
    rest = [
        item
        for item in items
        if item.get_closest_marker("postgresql")
        and not item.get_closest_marker("postgresql_only")
        and not item.path.relative_to(root).as_posix().startswith(_ABOUT_THE_DATABASE)
    ]
    cases = [item for item in rest if item.path.name == "test_cases.py"]
    others = [item for item in rest if item.path.name != "test_cases.py"]
    left_out = {
        item for each, some in ((_EACH, others), (_EACH_CASE, cases)) for place, item in enumerate(some) if place % each
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A run without PostgreSQL or without a browser must not look like a whole one."""
    did_not_run.tell(terminalreporter, NO_SERVER, "ON POSTGRESQL")
    did_not_run.tell(terminalreporter, did_not_run.NO_BROWSER, "IN A BROWSER")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test is to use; the test is skipped, and the summary says so, where there is none."""
    if request.param == "postgresql":
        did_not_run.require_server()
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
def real_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost people."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", quick.COST_OF_PASSWORDS[0])
    monkeypatch.setattr(passwords, "PASSES", quick.COST_OF_PASSWORDS[1])


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
