"""What a kill leaves in the store is removed once it is old; what a row names, or is being received, never."""

import io
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.papers.tidying import DAY, tidy
from ledger.papers.verifying import verify
from ledger.store import Store
from samples import BANK
from sending import PaperDesk

LENT = date(2026, 3, 2)
# a paper is on disk, and the process is gone before its row is written
_KILLED = """
import io, os, signal, sys
from datetime import date
from pathlib import Path
from ledger.database import clock, db
from ledger.papers import receiving
from ledger.papers.receiving import Arriving, Limits, Sender, Wanted
from ledger.store import Store
receiving.clock.changing = lambda engine: os.kill(os.getpid(), signal.SIGKILL)
wanted = Wanted(("贷款合同",), "A", "发放", date(2026, 3, 2), None, sys.argv[3])
file = Arriving("合同.pdf", io.BytesIO(b"killed"), "application/pdf", 1)
receiving.receive(db.open_engine(sys.argv[1]), Store(Path(sys.argv[2])), Sender("甲"), wanted, [file], Limits())
"""


def aged(store: Store, *names: str) -> None:
    old = time.time() - DAY - 60
    for name in names:
        os.utime(store.folder / name, (old, old))


def strange(desk: PaperDesk) -> list[str]:
    with db.reading(desk.engine) as connection:
        return [one.file for one in verify(connection, desk.store).problems]


def test_what_a_kill_left_is_removed_after_a_day(desk: PaperDesk) -> None:
    (kept,) = desk.send("A", "发放", LENT, ("放款通知书",), "留下的").papers
    address = desk.engine.url.render_as_string(hide_password=False)
    line = [sys.executable, "-c", _KILLED, address, str(desk.store.folder), BANK]
    assert subprocess.run(line, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, check=False).returncode == -9
    (left,) = strange(desk)
    assert tidy(desk.engine, desk.store).removed == []  # it might be on its way
    aged(desk.store, left, f"{kept.sha256[:2]}/{kept.sha256}")
    done = tidy(desk.engine, desk.store)
    assert (done.removed, done.size) == ([left], len(b"killed"))
    assert strange(desk) == [] and desk.store.holds(kept.sha256)
    assert tidy(desk.engine, desk.store).as_dict() == {"removed": [], "bytes": 0}


@pytest.mark.sqlite_only
def test_a_file_that_comes_again_is_not_old(desk: PaperDesk) -> None:
    left = desk.store.keep([b"again"])
    name = f"{left.sha256[:2]}/{left.sha256}"
    aged(desk.store, name)
    desk.store.keep_file(io.BytesIO(b"again"))  # its row is about to be written
    assert tidy(desk.engine, desk.store).removed == []


@pytest.mark.sqlite_only
def test_what_may_be_another_databases_is_left_alone(desk: PaperDesk, tmp_path: Path) -> None:
    left = desk.store.keep([b"before the database was lost"])
    aged(desk.store, f"{left.sha256[:2]}/{left.sha256}")
    assert tidy(desk.engine, desk.store).removed == []  # no row names any file
    desk.send("A", "发放", LENT)
    with pytest.raises(EnvironmentFailed, match="portal.store 指错了文件夹"):
        tidy(desk.engine, Store(tmp_path / "空"))
    assert tidy(desk.engine, desk.store).removed == [f"{left.sha256[:2]}/{left.sha256}"]


@pytest.mark.sqlite_only
def test_a_row_that_came_meanwhile_keeps_its_file(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at first as nobody's, named before it would be removed."""
    left = desk.store.keep([b"meanwhile"])
    aged(desk.store, f"{left.sha256[:2]}/{left.sha256}")
    assert list(desk.store.tidy([left.sha256], DAY, lambda sha256: True)) == []
    assert desk.store.holds(left.sha256)


@pytest.mark.sqlite_only
def test_what_is_no_file_of_the_program_is_left_to_be_told(desk: PaperDesk) -> None:
    other, altered = desk.store.folder / "ab" / "别的.txt", desk.store.keep([b"whole"]).sha256
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("?", encoding="utf-8")
    path: Path = desk.store.path(altered)
    path.chmod(0o640)
    path.write_bytes(b"otherwise")
    beside = desk.store.folder / "新.tmp" / "tmpleft"
    beside.write_bytes(b"half")
    aged(desk.store, "ab/别的.txt", f"{altered[:2]}/{altered}", "新.tmp/tmpleft")
    assert tidy(desk.engine, desk.store).removed == ["新.tmp/tmpleft"]
    assert other.exists() and path.exists()
    beside.parent.rmdir()  # as in a store that was copied
    assert tidy(desk.engine, desk.store).removed == []
