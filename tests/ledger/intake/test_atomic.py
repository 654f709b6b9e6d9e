"""Killed at any moment, two at once, a database that another holds: whole or not at all, and the next one works."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from databases import address, fresh_engine
from ledger import models
from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.intake.importer import import_file
from samples import base, loan
from sheets import write_sheets
from stress.world import without_override

ROOT = Path(__file__).parents[3]
ROWS = 4_000


def start(url: str, *arguments: str, by_rights: bool = False) -> "subprocess.Popen[str]":
    """Starts a command line; `by_rights` as somebody whom the rights of files hold."""
    return subprocess.Popen(
        [sys.executable, "-m", "tiexi", "--database", url, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=without_override if by_rights else None,  # noqa: PLW1509
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


@pytest.fixture
def url(database: str, tmp_path: Path) -> str:
    """The address of a set-up database."""
    engine = fresh_engine(tmp_path, database)
    engine.dispose()
    return address(engine)


def loans_on_file(url: str) -> int:
    engine = db.open_engine(url)
    with db.reading(engine) as connection:
        count = int(connection.execute(select(func.count()).select_from(models.LoanFact)).scalar_one())
        anchors = int(connection.execute(select(func.count()).select_from(models.Loan)).scalar_one())
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
    assert anchors == count
    return count


def test_killed_at_any_moment(url: str, books: list[Path]) -> None:
    began = time.monotonic()
    assert start(url, "import", "--dry-run", str(books[0])).wait() == 0
    whole = time.monotonic() - began
    pick = random.Random(20231231)
    killed = 0
    for moment in sorted(
        pick.uniform(0.05, 1.0) for _ in range(8)
    ):  # the early ones come in time on a busy machine too
        process = start(url, "import", str(books[0]))
        time.sleep(moment * whole)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        count = loans_on_file(url)
        assert count in (0, ROWS)
        if count:
            break
    assert killed
    assert start(url, "import", str(books[0])).wait() == 0
    assert start(url, "import", str(books[1])).wait() == 0
    assert loans_on_file(url) == 2 * ROWS


def test_two_imports_at_the_same_time(url: str, books: list[Path]) -> None:
    processes = [start(url, "import", str(path)) for path in (*books, *books)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0, 0, 0, 0], ends
    assert sum("此前已于" in out for (out, _), _ in ends) == 2
    assert loans_on_file(url) == 2 * ROWS


def test_init_by_several_at_once(empty_url: str) -> None:
    processes = [start(empty_url, "init") for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]


def test_a_database_that_another_holds_says_so(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base())
    monkeypatch.setattr(db, "_WAIT_SECONDS", 1)
    engine, other = db.open_engine(url), db.open_engine(url)
    with db.writing(other), pytest.raises(EnvironmentFailed, match="正被另一程序写入，已等待 1 秒；请稍后重试"):
        import_file(engine, path, "测试")
    assert not import_file(engine, path, "测试").refused
    engine.dispose()
    other.dispose()


def test_who_has_waited_sees_what_the_other_wrote(url: str) -> None:
    """Numbers are given out after the lock: a snapshot from before it would give the same number twice."""
    engine, other = db.open_engine(url), db.open_engine(url)
    table = models.table_of(models.Change)
    found: list[int] = []

    def second() -> None:
        with db.writing(other) as connection:
            found.append(db.next_id(connection, table))

    thread = threading.Thread(target=second)
    with db.writing(engine) as connection:
        first = db.next_id(connection, table)
        thread.start()
        time.sleep(0.5)
        values = {"id": first, "kind": "void", "reason": "x", "made_by": "x", "made_at": datetime(2024, 1, 1)}
        connection.execute(insert(table).values(values))
    thread.join(timeout=30)
    assert found == [first + 1]
    engine.dispose()
    other.dispose()


def test_a_reader_sees_one_state_and_holds_up_nobody(url: str, tmp_path: Path) -> None:
    engine, other = db.open_engine(url), db.open_engine(url)
    query = select(func.count()).select_from(models.Intake)
    with db.reading(engine) as connection:
        before = connection.execute(query).scalar_one()
        assert not import_file(other, write_sheets(tmp_path / "a.xlsx", base()), "测试").refused
        assert connection.execute(query).scalar_one() == before
    with db.reading(engine) as connection:
        assert connection.execute(query).scalar_one() == before + 1
    engine.dispose()
    other.dispose()


@pytest.mark.parametrize("place", ["insert_columns", "next_id"])
def test_a_failure_in_the_middle_keeps_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Each write of an import fails in turn; after every one the database is as before."""
    path = write_sheets(tmp_path / "a.xlsx", base())
    engine = db.open_engine(url)
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
            assert loans_on_file(url) == 0
            continue
        break
    else:
        pytest.fail("the import never got through")
    monkeypatch.setattr(db, place, real)
    assert allowed > 2
    assert loans_on_file(url) == 1
    engine.dispose()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_goes_away_before_the_commit_keeps_nothing(url: str, tmp_path: Path, replaced: bool) -> None:
    """SQLite would commit to the file wherever it has been moved to, and say that all is well."""
    engine, path, away = db.open_engine(url), Path(url.removeprefix("sqlite:///")), tmp_path / "away.db"
    values = {"kind": "void", "reason": "x", "made_by": "x", "made_at": datetime(2024, 1, 1)}
    with pytest.raises(EnvironmentFailed, match="在途中被移走或替换，未作任何改动"), db.writing(engine) as connection:
        connection.execute(insert(models.Change).values(id=1, **values))
        path.rename(away)
        if replaced:
            path.write_bytes(b"another")
    away.replace(path)
    with db.reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(models.Change)).scalar_one() == 0
    with db.writing(engine) as connection:
        connection.execute(insert(models.Change).values(id=1, **values))
    engine.dispose()


@pytest.mark.sqlite_only
@pytest.mark.skipif(sys.platform != "linux", reason="takes root's right to pass rights by, as Linux does")
def test_a_read_only_file_can_be_read_and_once_writable_written_again(url: str, tmp_path: Path) -> None:
    """What a reader leaves beside a read-only file must not outlast its being read-only."""
    path = Path(url.removeprefix("sqlite:///"))
    book = write_sheets(tmp_path / "a.xlsx", base())

    def said(*arguments: str) -> tuple[int, str]:
        process = start(url, *arguments, by_rights=True)
        _, err = process.communicate(timeout=60)
        return process.returncode, err

    path.chmod(0o444)
    for command in (("import", str(book)), ("init",)):
        assert said(*command) == (3, f"无法完成：数据库文件 {path} 只读，不能写入；请检查文件权限与所在磁盘\n")
    assert said("status") == (0, "")
    path.chmod(0o644)
    assert said("import", str(book)) == (0, "")
    assert loans_on_file(url) == 1


@pytest.mark.sqlite_only
def test_a_process_that_read_a_read_only_file_writes_once_it_is_writable(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connections were opened for reading only, and are not used on."""
    path = Path(url.removeprefix("sqlite:///"))
    engine = db.open_engine(url)
    real = engine.dialect.connect
    monkeypatch.setattr(
        engine.dialect, "connect", lambda *_, **more: real(f"file:{path}?mode=ro", **{**more, "uri": True})
    )
    with db.reading(engine):
        pass
    monkeypatch.undo()
    book = write_sheets(tmp_path / "a.xlsx", base())
    with pytest.raises(EnvironmentFailed, match="数据库文件只读"):
        import_file(engine, book, "测试")
    assert not import_file(engine, book, "测试").refused
    engine.dispose()
