"""Files written whole, whatever the length of their names."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import EnvironmentFailed, Refused
from reports.writing.files import write_bytes, write_text

LONGEST = 255  # bytes of a file's name, on every file system in use


def name_of(size: int, end: str = ".xlsx") -> str:
    """A Chinese name of exactly so many bytes."""
    room = size - len(end)
    return "行" * (room // 3) + "a" * (room % 3) + end


@pytest.mark.parametrize("size", [8, *range(240, LONGEST + 1)])
def test_a_name_that_the_file_system_takes_can_be_written(tmp_path: Path, size: int) -> None:
    target = tmp_path / name_of(size)
    assert len(target.name.encode()) == size
    write_bytes(target, b"one")
    write_text(target, ["two"])
    assert target.read_bytes() == b"two" and list(tmp_path.iterdir()) == [target]


def test_a_long_ending_is_a_name_like_any_other(tmp_path: Path) -> None:
    write_bytes(target := tmp_path / name_of(LONGEST, "." + "x" * 240), b"one")
    assert list(tmp_path.iterdir()) == [target]


def test_a_longer_name_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="名称过长"):
        write_bytes(tmp_path / name_of(LONGEST + 1), b"one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("named", ["账.db", "账.db-wal", "账.db-journal", "链接.xlsx"])
def test_a_database_is_not_written_over(tmp_path: Path, named: str) -> None:
    database = tmp_path / "账.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
    before = database.read_bytes()
    (tmp_path / "链接.xlsx").symlink_to(database)
    with pytest.raises(Refused, match="是数据库文件"):
        write_bytes(tmp_path / named, b"one")
    assert database.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "管道")
    with pytest.raises(EnvironmentFailed, match="是设备或管道，不是文件"):
        write_bytes(pipe, b"one")
    assert pipe.is_fifo() and list(tmp_path.iterdir()) == [pipe]
