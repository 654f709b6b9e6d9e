"""The store: each file once under its hash, whole or not there, never changed."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import EnvironmentFailed
from ledger.store import Store, TooLarge

DATA = "样例".encode() * 1000
HASH = hashlib.sha256(DATA).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_its_hash_and_is_read_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "库")
    kept = store.keep_file(io.BytesIO(DATA))
    assert (kept.sha256, kept.size) == (HASH, len(DATA))
    path = tmp_path / "库" / HASH[:2] / HASH
    assert path == store.path(HASH) and path.read_bytes() == DATA == store.read(HASH)
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert files(tmp_path / "库") == [f"{HASH[:2]}/{HASH}"]


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.keep([DATA])
    before = store.path(HASH).stat()
    assert store.keep([DATA[:7], DATA[7:]]) == first
    after = store.path(HASH).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns) and len(files(tmp_path)) == 1


def test_too_much_leaves_nothing_and_stops_reading(tmp_path: Path) -> None:
    taken = []

    def parts() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        Store(tmp_path).keep(parts(), limit=5000)
    assert files(tmp_path) == [] and len(taken) == 6


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x"
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, EnvironmentFailed)):
        Store(tmp_path).keep(parts())
    assert files(tmp_path) == []


def test_a_changed_or_missing_file_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep([DATA])
    store.path(HASH).chmod(0o600)
    store.path(HASH).write_bytes(DATA + b"x")
    with pytest.raises(EnvironmentFailed, match="改动"):
        store.read(HASH)
    store.path(HASH).unlink()
    with pytest.raises(EnvironmentFailed, match="文件库"):
        store.read(HASH)
    assert not store.holds(HASH)


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "库").write_text("a file")
    with pytest.raises(EnvironmentFailed, match=r"portal\.store"):
        Store(tmp_path / "库").keep([DATA])


def test_a_store_that_is_gone_does_not_begin_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "盘" / "库")
    assert not store.works  # not even the folder above is there
    store.stand()
    store.keep([DATA])
    assert store.works
    (tmp_path / "盘").rename(tmp_path / "卸下")
    (tmp_path / "盘").mkdir()  # as a place where a disk is mounted is there without its disk
    assert not store.works
    with pytest.raises(EnvironmentFailed, match=r"portal\.store"):
        store.keep([DATA])
    assert list((tmp_path / "盘").iterdir()) == []
    (tmp_path / "盘").rmdir()
    (tmp_path / "卸下").rename(tmp_path / "盘")
    assert store.works and store.holds(HASH)


def test_it_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda number: (done.append("sync"), sync(number))[1])
    monkeypatch.setattr(Path, "rename", lambda self, to: (done.append("rename"), rename(self, to))[1])
    Store(tmp_path).keep([DATA])
    assert done[:2] == ["sync", "rename"] and "sync" in done[2:]
