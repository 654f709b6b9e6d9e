"""The files that a backup of the database names, copied beside it and brought back: each once, each held against its hash.

The database comes first and the files after it: files are only ever added, so all that the backup names are there by then.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.store import Store

_TABLES = ("uploads", "papers")  # whose rows name files, in the schemas that have them
_SHOWN = 3  # missing files named in a sentence


@dataclass(frozen=True)
class Brought:
    """So many files that a backup names; those of them that were not there yet, and their bytes."""

    folder: Path
    files: int
    copied: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"folder": str(self.folder), "files": self.files, "copied": self.copied, "bytes": self.bytes}


def named(backup: Path) -> list[str]:
    """The SHA-256 of each file that a backup (a sound database file) names, in order."""
    found: set[str] = set()
    with closing(sqlite3.connect(f"file:{quote(str(backup.resolve()))}?mode=ro", uri=True)) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in _TABLES:
            if table in there:
                found |= {sha256 for (sha256,) in connection.execute(f"SELECT DISTINCT sha256 FROM {table}")}
    return sorted(found)


def back_up(backup: Path, store: Store, folder: Path) -> Brought:
    """Copies what a backup names from the store into a folder; what is there already stays. EnvironmentFailed where some
    are missing in the store, or are not what their names say."""
    names = named(backup)
    if missing := [name for name in names if not store.holds(name)]:
        raise EnvironmentFailed(
            f"数据库已备份到 {backup}，但文件库 {store.folder} 缺少其中登记的 {_list(missing)}；请检查设置 portal.store"
        )
    return _bring(names, store, Store(folder))


def bring_back(backup: Path, folder: Path, store: Store) -> Brought:
    """Copies what a backup names from a folder into the store. Refused, and nothing copied, where some are in neither."""
    names, source = named(backup), Store(folder)
    if missing := [name for name in names if not source.holds(name) and not store.holds(name)]:
        raise Refused(f"{folder} 和文件库 {store.folder} 都没有备份中登记的 {_list(missing)}，没有恢复")
    return _bring(names, source, store)


def _bring(names: list[str], source: Store, target: Store) -> Brought:
    copied = size = 0
    for name in names:
        if target.holds(name):
            continue
        try:
            with source.path(name).open("rb") as file:
                kept = target.keep_file(file)
        except OSError as error:
            raise EnvironmentFailed(f"文件 {source.path(name)} 无法读取：{os_reason(error)}") from error
        if kept.sha256 != name:
            raise EnvironmentFailed(f"文件 {source.path(name)} 与其摘要不符，内容被改动；请以另一份备份恢复它")
        copied, size = copied + 1, size + kept.size
    return Brought(target.folder, len(names), copied, size)


def _list(missing: list[str]) -> str:
    shown = "、".join(f"{name[:12]}…" for name in missing[:_SHOWN])
    return f"{len(missing)} 个文件（{shown}{' 等' if len(missing) > _SHOWN else ''}）"
