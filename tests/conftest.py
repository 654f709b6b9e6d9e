"""What every test may use: a fresh database, a clock that can be set, workbooks made from plain rows."""

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
from sqlalchemy import Engine

from ledger import db, workdays
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.setup import initialise

settings.register_profile(
    "tiexi", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("tiexi")

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


def set_up(folder: Path, sheets: Sheets) -> Engine:
    """A fresh database in a folder with the given sheets taken in."""
    engine = fresh_engine(folder)
    path = write_sheets(folder / "报送.xlsx", {name: rows for name, rows in sheets.items() if rows})
    outcome = import_file(engine, path, "测试")
    assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]
    return engine


@cache
def _set_up_database() -> bytes:
    """A set-up database without anything else, made once: a copy of it is as good as a new one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiexi.db"
        made = db.open_engine(f"sqlite:///{path}")
        initialise(made)
        made.dispose()
        return path.read_bytes()


def fresh_engine(folder: Path) -> Engine:
    """A fresh, set-up SQLite database in a folder; whoever asks disposes of the engine."""
    path = folder / "tiexi.db"
    path.write_bytes(_set_up_database())
    return db.open_engine(f"sqlite:///{path}")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A fresh, set-up SQLite database."""
    made = fresh_engine(tmp_path)
    yield made
    made.dispose()


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
