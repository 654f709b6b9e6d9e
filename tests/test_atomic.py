"""Killed at any moment, two at once, a file that another holds: whole or not at all, and the next one works."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from conftest import write_sheets
from ledger import db, models
from ledger.intake.importer import import_file
from ledger.refusal import EnvironmentFailed
from ledger.setup import initialise
from samples import base, loan

ROOT = Path(__file__).parent.parent
ROWS = 4_000


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tiexi", "--database", f"sqlite:///{folder / 'tiexi.db'}", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two workbooks of many loans each; the second needs nothing of the first."""
    folder = tmp_path_factory.mktemp("books")
    found = []
    for name in ("甲", "乙"):
        loans: list[dict[str, Any]] = [
            loan(f"{name}{number:05d}", 发放日=date(2023, 1, 3) + timedelta(number % 300)) for number in range(ROWS)
        ]
        found.append(write_sheets(folder / f"{name}.xlsx", base(*loans)))
    return found


def loans_on_file(folder: Path) -> int:
    engine = db.open_engine(f"sqlite:///{folder / 'tiexi.db'}")
    with db.reading(engine) as connection:
        count = int(connection.execute(select(func.count()).select_from(models.LoanFact)).scalar_one())
        anchors = int(connection.execute(select(func.count()).select_from(models.Loan)).scalar_one())
        integrity = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    engine.dispose()
    assert integrity == "ok" and broken == [] and anchors == count
    return count


def set_up(folder: Path) -> None:
    engine = db.open_engine(f"sqlite:///{folder / 'tiexi.db'}")
    initialise(engine)
    engine.dispose()


def test_killed_at_any_moment(tmp_path: Path, books: list[Path]) -> None:
    set_up(tmp_path)
    began = time.monotonic()
    assert start(tmp_path, "import", "--dry-run", str(books[0])).wait() == 0
    whole = time.monotonic() - began
    moments = random.Random(20231231)
    killed = 0
    for _ in range(12):
        process = start(tmp_path, "import", str(books[0]))
        time.sleep(moments.uniform(0.25, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        count = loans_on_file(tmp_path)
        assert count in (0, ROWS)
        if count:
            break
    assert killed
    assert start(tmp_path, "import", str(books[0])).wait() == 0
    assert start(tmp_path, "import", str(books[1])).wait() == 0
    assert loans_on_file(tmp_path) == 2 * ROWS


def test_two_imports_at_the_same_time(tmp_path: Path, books: list[Path]) -> None:
    set_up(tmp_path)
    processes = [start(tmp_path, "import", str(path)) for path in (*books, *books)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0, 0, 0, 0], ends
    assert sum("此前已于" in out for (out, _), _ in ends) == 2
    assert loans_on_file(tmp_path) == 2 * ROWS


def test_init_by_several_at_once(tmp_path: Path) -> None:
    processes = [start(tmp_path, "init") for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]


def test_a_database_that_another_holds_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(tmp_path)
    path = write_sheets(tmp_path / "a.xlsx", base())
    monkeypatch.setattr(db, "_WAIT_SECONDS", 1)
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    holder = sqlite3.connect(tmp_path / "tiexi.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(EnvironmentFailed, match="请稍后重试"):
        import_file(engine, path, "测试")
    holder.execute("ROLLBACK")
    holder.close()
    assert not import_file(engine, path, "测试").refused
    engine.dispose()


@pytest.mark.parametrize("place", ["insert_columns", "next_id"])
def test_a_failure_in_the_middle_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Each write of an import fails in turn; after every one the database is as before."""
    set_up(tmp_path)
    path = write_sheets(tmp_path / "a.xlsx", base())
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    real = getattr(db, place)
    for allowed in range(20):
        left = allowed

        def failing(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(28, "No space left on device")
            return real(*arguments)

        monkeypatch.setattr(db, place, failing)
        try:
            import_file(engine, path, "测试")
        except OSError:
            monkeypatch.setattr(db, place, real)
            assert loans_on_file(tmp_path) == 0
            continue
        break
    else:
        pytest.fail("the import never got through")
    monkeypatch.setattr(db, place, real)
    assert allowed > 2
    assert loans_on_file(tmp_path) == 1
    engine.dispose()
