"""Columns put away part by part come back as they were, wherever they lay."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.computing.packing import as_array, pack, unpack
from ledger.computing.spool import FolderSpool, MemorySpool, Spool
from ledger.errors import EnvironmentFailed

Made = Callable[[], Spool]


@pytest.fixture(params=["memory", "folder"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return MemorySpool if request.param == "memory" else lambda: FolderSpool(tmp_path)


def put_some(spool: Spool) -> None:
    spool.put(10, {"lines.fen": np.array([5], dtype=np.int64), "lines.bank": ["丙"], "events.on": np.array([9, 8])})
    spool.put(2, {"lines.fen": np.array([1]), "lines.bank": ["被替换"], "events.on": np.array([1])})
    spool.put(
        2, {"lines.fen": np.array([-3, 1 << 62]), "lines.bank": ["甲", None], "events.on": np.array([], dtype=int)}
    )


def test_parts_come_back_in_their_order(made: Made) -> None:
    with made() as spool:
        put_some(spool)
        assert [column.tolist() for column in spool.column("lines.fen")] == [[-3, 1 << 62], [5]]
        assert [column.tolist() for column in spool.column("lines.bank")] == [["甲", None], ["丙"]]
        assert [column.tolist() for column in spool.column("events.on")] == [[], [9, 8]]
        assert (spool.rows("lines.bank"), spool.rows("events.on")) == ([2, 1], [0, 2])
        assert {column.dtype for column in spool.column("lines.fen")} == {np.dtype(np.int64)}
        with pytest.raises(KeyError):
            list(spool.column("lines.none"))


TEXTS = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5))


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1)), st.lists(st.booleans()), TEXTS)
def test_a_column_is_unpacked_as_it_was(numbers: list[int], marks: list[bool], texts: list[str | None]) -> None:
    for column in (np.array(numbers, dtype=np.int64), np.array(marks, dtype=bool), as_array(texts)):
        found = unpack(pack(column))
        assert (found.dtype, found.tolist()) == (column.dtype, column.tolist())


def test_small_numbers_take_little_and_other_kinds_are_refused() -> None:
    assert len(pack(np.arange(100))) == 101
    assert len(pack(np.array([40_000]))) == 5
    with pytest.raises(ValueError, match="float64"):
        pack(np.array([0.5]))
    with pytest.raises(ValueError, match="U\\+0000"):
        pack(as_array(["a\0b"]))


def test_equal_texts_are_one_object() -> None:
    found = unpack(pack(as_array(["样例银行", "样例" + "银行"])))
    assert found[0] is found[1]


def _put(spool: Spool, part: int) -> None:
    spool.put(part, {"of": np.array([part])})


def test_another_process_puts_its_part(tmp_path: Path) -> None:
    with FolderSpool(tmp_path) as spool:
        other = multiprocessing.get_context("fork").Process(target=_put, args=(pickle.loads(pickle.dumps(spool)), 1))
        other.start()
        _put(spool, 0)
        other.join()
        assert [column.tolist() for column in spool.column("of")] == [[0], [1]]
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_a_failure_and_after_a_kill(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FolderSpool(tmp_path) as spool:
        _put(spool, 1 // 0)
    assert list(tmp_path.iterdir()) == []
    program = (
        "import os, signal, sys; from pathlib import Path; from ledger.computing.spool import FolderSpool\n"
        "spool = FolderSpool(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert (killed.returncode, len(list(tmp_path.iterdir()))) == (-signal.SIGKILL, 1)
    with FolderSpool(tmp_path), FolderSpool(tmp_path):  # one that is in use stays
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match=f"{os.path.sep}不在.*没有这个路径"):
        FolderSpool(tmp_path / "不在")


def test_without_locks_of_files_nothing_is_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with FolderSpool(tmp_path) as one, FolderSpool(tmp_path):
        _put(one, 0)
        assert [column.tolist() for column in one.column("of")] == [[0]]
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []
