"""Restore of the embedded database: checked, never over something else unless told, and whole when it is killed."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from copies import change, database_of, dump_of, files_beside, spoil
from databases import address, dump, fresh_engine
from ledger.database import backup as copying
from ledger.database import db
from ledger.database.backup import backup, restore
from ledger.errors import EnvironmentFailed, Refused
from ledger.intake.importer import import_file
from samples import base, loan
from sheets import write_sheets

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def saved(filled: Engine, tmp_path: Path) -> tuple[Path, list[str]]:
    """A backup, and what was in it; the database has moved on since."""
    path = tmp_path / "备份.db"
    backup(filled, path)
    state = dump(filled)
    outcome = import_file(filled, write_sheets(tmp_path / "报送后.xlsx", base(loan("Z"))), "测试")
    assert not outcome.refused and dump(filled) != state
    return path, state


def test_a_new_place(saved: tuple[Path, list[str]], tmp_path: Path) -> None:
    path, state = saved
    target = tmp_path / "新" / "tiexi.db"
    engine = db.open_engine(f"sqlite:///{target}")
    assert restore(engine, path).kept is None
    assert dump(engine) == state
    engine.dispose()
    assert files_beside(target) == set()


def test_side_files_of_a_database_that_is_gone_do_no_harm(saved: tuple[Path, list[str]], tmp_path: Path) -> None:
    path, state = saved
    (tmp_path / "报送旧").mkdir()
    old = fresh_engine(tmp_path / "报送旧")
    with old.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        connection.exec_driver_sql("DROP TRIGGER tr_lpr_facts_no_update")
        connection.exec_driver_sql("UPDATE lpr_facts SET rate_e4 = 1")
        connection.commit()
        log = Path(f"{database_of(old)}-wal").read_bytes()
    old.dispose()
    target = tmp_path / "新" / "tiexi.db"
    target.parent.mkdir()
    Path(f"{target}-wal").write_bytes(log)
    engine = db.open_engine(f"sqlite:///{target}")
    restore(engine, path)
    assert dump(engine) == state
    engine.dispose()


def test_in_place_of_another_only_when_told(filled: Engine, saved: tuple[Path, list[str]]) -> None:
    path, state = saved
    later = dump(filled)
    filled.dispose()
    with pytest.raises(Refused, match="已有内容，没有恢复；确要替换请加 --force"):
        restore(filled, path)
    assert dump(filled) == later
    filled.dispose()
    kept = restore(filled, path, force=True).kept
    assert kept is not None and kept.name.startswith("tiexi.db.before-restore-2")
    assert dump(filled) == state and dump_of(kept) == later
    filled.dispose()
    assert files_beside(database_of(filled)) == {path.name, kept.name}


def test_an_empty_database_needs_no_force(saved: tuple[Path, list[str]], tmp_path: Path) -> None:
    path, state = saved
    (tmp_path / "空.db").touch()
    engine = db.open_engine(f"sqlite:///{tmp_path / '空.db'}")
    assert restore(engine, path).kept is None
    assert dump(engine) == state
    engine.dispose()


def test_a_spoiled_database_is_replaced_and_kept(filled: Engine, saved: tuple[Path, list[str]]) -> None:
    path, state = saved
    filled.dispose()
    target = database_of(filled)
    for content in (b"not a database" * 400, target.read_bytes()[:4096] + b"\xa5" * 40_960):
        target.write_bytes(content)
        with pytest.raises(Refused, match="--force"):
            restore(filled, path)
        kept = restore(filled, path, force=True).kept
        assert kept is not None and kept.read_bytes()[4096:] == content[4096:]
        assert dump(filled) == state
        filled.dispose()
        kept.unlink()


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "text": (lambda path: path.write_text("这不是数据库" * 500), "不是可用的数据库文件"),
    "empty": (lambda path: path.write_bytes(b""), "不是本系统的数据库"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[: 9 * 4096]), "损坏|不是可用"),
    "spoiled": (spoil, "损坏|不是可用"),
    "another": (lambda path: change(path, "DROP TABLE alembic_version"), "不是本系统的数据库"),
    "newer": (lambda path: change(path, "UPDATE alembic_version SET version_num = '9999'"), "9999 比本程序新"),
    "loose": (
        lambda path: change(
            path, "DROP TRIGGER tr_loan_facts_no_update; UPDATE loan_facts SET loan_id = 999 WHERE id = 1"
        ),
        "所指的行不在其中",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_backup_is_refused(filled: Engine, saved: tuple[Path, list[str]], name: str) -> None:
    path, _ = saved
    later = dump(filled)
    filled.dispose()
    spoiled, words = BAD[name]
    spoiled(path)
    with pytest.raises(Refused, match=f"{words}.*没有恢复") as raised:
        restore(filled, path, force=True)
    assert not re.search("[a-z] [a-z]", str(raised.value).replace(str(path), ""))  # nothing in SQLite's own words
    assert dump(filled) == later
    filled.dispose()
    assert files_beside(database_of(filled)) == {path.name}


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    "statements",
    [["BEGIN IMMEDIATE", "UPDATE runs SET year = year"], ["BEGIN", "SELECT * FROM runs"], ["SELECT * FROM runs"]],
    ids=["writes", "reads", "is there"],
)
def test_not_while_another_process_uses_it(
    filled: Engine, saved: tuple[Path, list[str]], statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_WAIT_SECONDS", 0.2)
    path, state = saved
    later = dump(filled)
    filled.dispose()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database_of(filled)), *statements],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    with pytest.raises(Refused, match="正被另一程序使用，没有恢复"):
        restore(filled, path, force=True)
    process.communicate()
    assert dump(filled) == later
    filled.dispose()
    restore(filled, path, force=True)
    assert dump(filled) == state


SLOW = """
import sqlite3, sys, time
from pathlib import Path
from ledger.database import backup, db

class Slow(sqlite3.Connection):
    def backup(self, target):
        def wait(status, remaining, total):
            if remaining < total // 2:
                print("here", flush=True)
                time.sleep(60)
        super().backup(target, pages=1, progress=wait)

backup._open_read_only = lambda path: sqlite3.connect(path, isolation_level=None, factory=Slow)
backup.restore(db.open_engine(sys.argv[1]), Path(sys.argv[2]), force=True)
"""


def test_killed_in_the_middle(filled: Engine, saved: tuple[Path, list[str]]) -> None:
    path, state = saved
    later = dump(filled)
    filled.dispose()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, address(filled), str(path)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert dump(filled) == later
    filled.dispose()
    restore(filled, path, force=True)
    assert dump(filled) == state


def test_what_fails_in_the_middle_says_where_the_old_content_is(
    filled: Engine, saved: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved
    later = dump(filled)
    filled.dispose()
    real = copying._sound
    calls = []

    def failing(connection: sqlite3.Connection) -> Any:
        calls.append(connection)
        if len(calls) > 1:
            raise sqlite3.OperationalError("disk I/O error")
        return real(connection)

    monkeypatch.setattr(copying, "_sound", failing)
    with pytest.raises(EnvironmentFailed, match="磁盘读写出错；原来的内容在 .*before-restore") as failure:
        restore(filled, path, force=True)
    assert dump_of(Path(str(failure.value).partition("原来的内容在 ")[2])) == later
