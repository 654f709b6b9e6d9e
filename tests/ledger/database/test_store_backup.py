"""S24: a backup of the database with its files: what it names is all there, nothing else, and comes back whole."""

import json
import os
from pathlib import Path

import pytest

from databases import address, fresh_engine
from ledger.audit.audit import audit
from ledger.database import db, store_backup
from ledger.database.backup import backup, restore
from ledger.errors import EnvironmentFailed, Refused
from ledger.papers import verifying
from ledger.store import Store
from samples import ENTERPRISE
from tiexi import cli
from uploading import Desk, make_accounts

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A database with two files that were sent, one taken and one with a fault."""
    engine = fresh_engine(tmp_path)
    make_accounts(engine, "city")
    found = Desk(engine, tmp_path)
    number = found.send("city", {"企业": [ENTERPRISE]}).id
    found.confirm("city", number)
    found.send("city", b"no workbook")
    return found


def test_s24_a_restored_pair_is_the_pair_that_was_backed_up(desk: Desk, tmp_path: Path) -> None:
    out, folder = tmp_path / "备份" / "a.db", tmp_path / "备份" / "文件库"
    backup(desk.engine, out)
    made = store_backup.back_up(out, desk.store, folder)
    assert (made.files, made.copied) == (2, 2) and made.bytes > 0
    later = desk.send("city", b"sent after the backup")
    assert store_backup.back_up(out, desk.store, folder) == store_backup.Brought(folder, 2, 0, 0)
    assert not Store(folder).holds(later.sha256)

    elsewhere = tmp_path / "另一台"
    elsewhere.mkdir()
    engine, store = db.open_engine(f"sqlite:///{elsewhere / 'tiexi.db'}"), Store(elsewhere / "文件库")
    brought = store_backup.bring_back(out, folder, store)
    restore(engine, out)
    assert brought.copied == 2 and audit(engine).problems == []
    with db.reading(engine) as connection:
        checked = verifying.verify(connection, store)
    assert (checked.files, checked.uploads, checked.problems) == (2, 2, [])
    engine.dispose()
    desk.engine.dispose()


def test_files_that_are_missing_or_altered_are_named(desk: Desk, tmp_path: Path) -> None:
    out, folder = tmp_path / "a.db", tmp_path / "备份"
    backup(desk.engine, out)
    first, second = store_backup.named(out)
    kept = desk.store.path(first)
    data = kept.read_bytes()
    kept.chmod(0o640)
    kept.write_bytes(data + b"x")
    with pytest.raises(EnvironmentFailed, match="与其摘要不符"):
        store_backup.back_up(out, desk.store, folder)
    kept.unlink()
    with pytest.raises(EnvironmentFailed, match=f"缺少其中登记的 1 个文件（{first[:12]}…）"):
        store_backup.back_up(out, desk.store, folder)
    store = Store(tmp_path / "空")
    with pytest.raises(Refused, match="都没有备份中登记的 2 个文件"):
        store_backup.bring_back(out, folder / "没有", store)
    assert not store.holds(second)
    desk.engine.dispose()


def test_the_commands_take_the_files_along(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    url, out, folder = address(desk.engine), tmp_path / "a.db", tmp_path / "备份"
    desk.engine.dispose()
    monkeypatch.setenv("TIEXI_PORTAL_STORE", str(desk.store.folder))
    assert cli.run(["--database", url, "backup", str(out)]) == 0
    assert "文件库中的 2 个报送文件和资料没有一并备份" in capsys.readouterr().out
    assert cli.run(["--database", url, "backup", str(out), "--force", "--store", str(folder)]) == 0
    assert "2 个都在" in capsys.readouterr().out
    for name in store_backup.named(out):
        os.unlink(desk.store.path(name))  # noqa: PTH108
    line = ["--database", url, "restore", str(out), "--force", "--json", "--store"]
    assert cli.run([*line, str(tmp_path / "没有")]) == 1
    assert "没有恢复" in capsys.readouterr().err
    assert cli.run([*line, str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["store"]["copied"] == 2
    assert cli.run(["--database", url, "restore", str(out), "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["store"] is None
