"""Backup of the embedded database: whole, checked, while others work, and never over something else; the commands."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from copies import change, database_of, dump_of, files_beside, spoil
from databases import address, dump
from ledger.database import backup as copying
from ledger.database import db
from ledger.database.backup import backup, restore
from ledger.errors import EnvironmentFailed, Refused
from samples import base, loan
from sheets import write_sheets
from tiexi import cli

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.sqlite_only


# --- backup -------------------------------------------------------------------------------------------------------------


def test_a_backup_is_the_database(filled: Engine, tmp_path: Path) -> None:
    out = tmp_path / "备份" / "a.db"
    made = backup(filled, out)
    data = out.read_bytes()
    assert (made.bytes, made.sha256) == (len(data), sha256(data).hexdigest())
    assert made.contents.rows["loan_facts"] == 20 and made.contents.rows["alembic_version"] == 1
    assert files_beside(out) == set()  # one file, nothing else
    assert data[18:20] == b"\x01\x01"  # it can be read from a disk that is read-only: no log is needed
    assert dump_of(out) == dump(filled)


def test_a_backup_overwrites_only_when_told(filled: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("要紧")
    with pytest.raises(Refused, match="已有文件.*--force"):
        backup(filled, tmp_path / "a.db")
    assert (tmp_path / "a.db").read_text() == "要紧"
    backup(filled, tmp_path / "a.db", force=True)
    assert dump_of(tmp_path / "a.db") == dump(filled)


def test_two_backups_into_one_file_at_once(filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is whole, and the last one stays; neither reads, moves or removes what the other is writing."""
    out, real = tmp_path / "备份" / "a.db", copying._copy

    def copy_and_begin_another(content: sqlite3.Connection, path: Path) -> None:
        monkeypatch.setattr(copying, "_copy", real)
        real(content, path)
        backup(filled, out)

    monkeypatch.setattr(copying, "_copy", copy_and_begin_another)
    backup(filled, out)
    assert dump_of(out) == dump(filled)
    assert list(out.parent.iterdir()) == [out]


def test_not_into_itself(filled: Engine, tmp_path: Path) -> None:
    (tmp_path / "名").symlink_to(database_of(filled))
    for out in (database_of(filled), tmp_path / "名"):
        with pytest.raises(Refused, match="就是数据库本身"):
            backup(filled, out, force=True)
        with pytest.raises(Refused, match="就是正在使用的数据库"):
            restore(filled, out, force=True)


@contextmanager
def importing(url: str, folder: Path) -> Iterator[None]:
    """Another process that imports one workbook after the other."""
    folder.mkdir()
    paths = [write_sheets(folder / f"{n}.xlsx", base(*(loan(f"B{n}-{m}") for m in range(30)))) for n in range(12)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tiexi", "--database", url, "import", *map(str, paths)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        assert process.wait(timeout=120) == 0


def test_while_others_write_every_backup_is_one_state(filled: Engine, tmp_path: Path) -> None:
    counts = []
    with importing(address(filled), tmp_path / "报送们"):
        deadline = time.monotonic() + 60
        while len(set(counts)) < 4 and time.monotonic() < deadline:
            rows = backup(filled, tmp_path / "a.db", force=True).contents.rows
            assert rows["loan_facts"] == rows["loans"] == 20 + 30 * (rows["intakes"] - 2)
            counts.append(rows["loan_facts"])
    assert len(set(counts)) > 1


def test_a_writer_does_not_hold_up_a_backup(filled: Engine, tmp_path: Path) -> None:
    other = db.open_engine(address(filled))
    with db.writing(other) as connection:
        connection.exec_driver_sql("UPDATE runs SET made_by = 'x'")
        made = backup(filled, tmp_path / "a.db")
    other.dispose()
    assert made.contents.rows["loan_facts"] == 20
    assert "'x'" not in "".join(row for row in dump_of(tmp_path / "a.db") if row.startswith("loan_facts"))


def test_an_older_database_can_be_backed_up_and_a_newer_one_not(filled: Engine, tmp_path: Path) -> None:
    with filled.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert backup(filled, tmp_path / "a.db").contents.revision == "0001"
    with filled.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(EnvironmentFailed, match="的结构版本 9999 比本程序新，没有备份；请升级 tiexi 后再备份"):
        backup(filled, tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


def test_there_must_be_a_database(tmp_path: Path) -> None:
    missing = db.open_engine(f"sqlite:///{tmp_path / '无.db'}")
    with pytest.raises(EnvironmentFailed, match="没有数据库文件"):
        backup(missing, tmp_path / "a.db")
    (tmp_path / "空.db").touch()
    with pytest.raises(EnvironmentFailed, match="不是本系统的数据库"):
        backup(db.open_engine(f"sqlite:///{tmp_path / '空.db'}"), tmp_path / "a.db")
    with pytest.raises(Refused, match="只用于数据库文件"):
        backup(db.open_engine("sqlite://"), tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()


def test_a_damaged_copy_is_noticed_and_not_kept(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying._copy

    def losing_a_row(content: sqlite3.Connection, path: Path) -> None:
        real(content, path)
        with closing(sqlite3.connect(path)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("DELETE FROM lpr_facts WHERE id = 5")
            connection.commit()

    def losing_a_page(content: sqlite3.Connection, path: Path) -> None:
        real(content, path)
        spoil(path)

    def no_room(content: sqlite3.Connection, path: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    (tmp_path / "a.db").write_text("旧的")
    for spoiled, words in ((losing_a_row, "不符"), (losing_a_page, "损坏|不是可用"), (no_room, "磁盘空间不足")):
        monkeypatch.setattr(copying, "_copy", spoiled)
        with pytest.raises(EnvironmentFailed, match=words):
            backup(filled, tmp_path / "a.db", force=True)
        assert (tmp_path / "a.db").read_text() == "旧的"
        assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written(filled: Engine, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("x")
    with pytest.raises(EnvironmentFailed, match="无法写入"):
        backup(filled, tmp_path / "文件" / "a.db")


# --- the commands -------------------------------------------------------------------------------------------------------


def test_the_commands(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.dispose()
    monkeypatch.chdir(tmp_path)

    def tiexi(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    code, out, _ = tiexi("backup", "b.db")
    digest = sha256(Path("b.db").read_bytes()).hexdigest()
    assert code == 0 and "已备份到 b.db，逐页检查无误，各表行数与数据库相符" in out and f"SHA-256 {digest}" in out
    code, _, err = tiexi("backup", "b.db")
    assert code == 1 and err.startswith("拒绝：已有文件 b.db")
    code, out, _ = tiexi("backup", "b.db", "--force", "--json")
    made = json.loads(out)
    assert code == 0 and made["tables"]["loan_facts"] == 20 and made["sha256"] and made["kept"] is None
    code, _, err = tiexi("restore", "b.db")
    assert code == 1 and "--force" in err
    code, out, _ = tiexi("restore", "b.db", "--force")
    assert code == 0 and "已从 b.db 恢复 tiexi.db" in out and "原来的内容保留在 tiexi.db.before-restore-" in out
    code, out, _ = tiexi("--database", "sqlite:///新.db", "restore", "b.db", "--json")
    assert code == 0 and json.loads(out)["sha256"] == made["sha256"]
    change(Path("b.db"), "UPDATE alembic_version SET version_num = '0001'")
    assert "请接着运行 tiexi init 升级" in tiexi("--database", "sqlite:///旧.db", "restore", "b.db")[1]
    assert tiexi("restore", "没有.db")[0] == 2


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_a_server_has_its_own_tools(
    tmp_path: Path, command: str, tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.db").touch()
    assert cli.run(["--database", "postgresql://u:p@h/x", command, str(tmp_path / "b.db"), "--force"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and f"请用它自己的 {tool}" in err and "docs/服务器.md" in err and len(err.splitlines()) == 1
