"""Backing the embedded database up into a file of its own, and putting one back; both are checked after writing.

A backup is SQLite's own copy of one state, taken while others go on writing. What is put back goes into the database's
own file, in one transaction under its exclusive lock: whoever waits for the database then finds the new content, no side
file of the old content is left, and a process killed half-way leaves the old content.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine

from ledger.database import clock, db
from ledger.database.failures import sqlite_reason
from ledger.errors import EnvironmentFailed, Refused, os_reason, require_plain_target
from ledger.logs import Log
from ledger.workdays import now

_log = Log(__name__)
_WAIT_SECONDS = 5  # for others to leave the database that is about to be replaced
_OURS = frozenset({"alembic_version", "intakes", "loan_facts", "runs"})  # in the database of every version
_GUIDE = "docs/服务器.md"


@dataclass(frozen=True)
class Contents:
    """What tells one state from another: the schema's revision, and the rows of each table."""

    revision: str
    rows: dict[str, int]

    @property
    def row_count(self) -> int:
        """The rows of all tables."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Copied:
    """A backup file, checked; `kept` is where the database that it replaced has been kept."""

    path: Path
    bytes: int
    sha256: str
    contents: Contents
    kept: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "file": str(self.path),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "revision": self.contents.revision,
            "tables": self.contents.rows,
            "kept": str(self.kept) if self.kept else None,
        }


class _Unsound(Exception):
    """A file that is not a sound database of ours, and why."""


def backup(engine: Engine, out: Path, force: bool = False) -> Copied:
    """Copies the database, of whatever version, as it is now."""
    path = _file(engine, "备份", "pg_dump")
    if out.exists():
        if path.exists() and out.samefile(path):
            raise Refused(f"{out} 就是数据库本身，不能备份到自己；请换一个文件名")
        if not force:
            raise Refused(f"已有文件 {out}，备份没有覆盖它；请换一个文件名", "，或加 --force")
    with db.reading(engine, any_version=True) as connection:
        driver: Any = connection.connection.driver_connection
        try:
            expected = _contents(driver)  # of the state that the copy is made of: both stand in one read transaction
        except _Unsound as why:
            raise EnvironmentFailed(f"数据库 {path} {why}，没有备份", "；新建请先运行 tiexi init") from why
        if not db.knows_revision(expected.revision):
            raise EnvironmentFailed(
                f"数据库 {path} 的结构版本 {expected.revision} 比本程序新，没有备份；请升级 tiexi 后再备份"
            )
        with _placed(out) as temporary:
            _copy(driver, temporary)
            made = _read(temporary, out)
            _compare(made.contents, expected, f"写出的备份 {out}")
    _log.info("backed up", bytes=made.bytes, rows=made.contents.row_count, sha256=made.sha256)
    return made


def restore(
    engine: Engine, source: Path, force: bool = False, waived: Callable[[Engine, datetime | None], None] | None = None
) -> Copied:
    """Puts a backup in the place of the database; what stood there is kept beside it. Whole, or not at all.

    Refused where the clock is behind what is in the backup, unless that is waived. waived: what keeps that in what is
    restored, asked with the newest time there.
    """
    path = _file(engine, "恢复", "pg_restore")
    if path.exists() and source.samefile(path):
        raise Refused(f"{source} 就是正在使用的数据库，不能从自己恢复")
    found = look_at(source)
    with closing(_open_read_only(source)) as content:
        latest = clock.newest_in_file(content)
    behind = clock.behind_time(latest)
    clock.require_waived(behind)
    if not path.exists():
        _set_aside(path, _kept(path))  # side files of a database that is gone: SQLite would take them for the new one's
        with _placed(path) as temporary, closing(_open_read_only(source)) as content:
            _copy(content, temporary)
            _compare(_read(temporary, path).contents, found.contents, f"恢复的数据库 {path}")
    else:
        found = replace(found, kept=_replace(path, source, found.contents, force))
    # an older one is upgraded next, which asks again
    if behind and waived is not None and db.is_newest_revision(found.contents.revision):
        waived(engine, latest)
    _log.info("restored", bytes=found.bytes, rows=found.contents.row_count, sha256=found.sha256)
    return found


def look_at(source: Path) -> Copied:
    """What a backup holds, after every page was looked at; Refused where it is not one, or is damaged."""
    try:
        return _read(source, source)
    except _Unsound as why:
        raise Refused(f"{source} {why}，没有恢复") from why


def _file(engine: Engine, what: str, tool: str) -> Path:
    """The database's file; Refused where there is none."""
    path = db.file_of(engine)
    if path is None and engine.dialect.name == "sqlite":
        raise Refused(f"{what}只用于数据库文件，{engine.url} 不是")
    if path is None:
        raise Refused(f"服务器上的 PostgreSQL 数据库请用它自己的 {tool} {what}，做法见 {_GUIDE}")
    return path


# --- looking into a file ------------------------------------------------------------------------------------------------


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, isolation_level=None)


def _contents(connection: sqlite3.Connection) -> Contents:
    """What a database holds; _Unsound when it is not one of ours, or of a program newer than this one."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    )
    tables = sorted(name for (name,) in found)
    if not set(tables) >= _OURS:
        raise _Unsound("不是本系统的数据库")
    revisions = [revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")]
    if len(revisions) != 1:
        raise _Unsound("没有写明结构版本")
    return Contents(revisions[0], {name: _count(connection, name) for name in tables})


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _read(path: Path, shown: Path) -> Copied:
    """A file that was checked from its first to its last page; _Unsound when anything is wrong with it."""
    try:
        with closing(_open_read_only(path)) as connection:
            contents = _sound(connection)
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            return Copied(shown, stream.tell(), sha256, contents)
    except sqlite3.DatabaseError as error:
        raise _Unsound(f"不是可用的数据库文件（{sqlite_reason(error)}）") from error
    except OSError as error:
        raise EnvironmentFailed(f"文件 {shown} 无法读取：{os_reason(error)}") from error


def _sound(connection: sqlite3.Connection) -> Contents:
    """What a database holds, after every page and every link between rows was looked at."""
    contents = _contents(connection)
    if not db.knows_revision(contents.revision):
        raise _Unsound(f"的结构版本 {contents.revision} 比本程序新；请升级 tiexi 后再用")
    if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise _Unsound("的内容已损坏")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise _Unsound("的内容不完整：有的行所指的行不在其中")
    return contents


def _compare(found: Contents, expected: Contents, what: str) -> None:
    """Fails when what was written is not what was to be written."""
    if found != expected:
        raise EnvironmentFailed(f"{what} 与原来的内容不符，请检查磁盘后重做")


# --- writing ------------------------------------------------------------------------------------------------------------


@contextmanager
def _placed(path: Path) -> Iterator[Path]:
    """A path beside a file, which takes the file's place at the end."""
    # two may write the same file at once; short, since a name of 255 bytes leaves no room for more
    temporary = path.with_name(f".tiexi-{secrets.token_hex(4)}.part")
    try:
        require_plain_target(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法写入：{os_reason(error)}；请检查文件夹、权限与磁盘空间") from error
    except sqlite3.Error as error:
        raise EnvironmentFailed(
            f"文件 {path} 无法写入：{sqlite_reason(error)}；请检查文件夹、权限与磁盘空间"
        ) from error
    except _Unsound as why:
        raise EnvironmentFailed(f"写出的 {path} {why}；请检查磁盘后重做") from why
    finally:
        with suppress(OSError):
            for end in ("", "-journal", "-wal", "-shm"):
                temporary.with_name(temporary.name + end).unlink(missing_ok=True)


def _copy(content: sqlite3.Connection, path: Path) -> None:
    """Writes one state of a database into a new file that needs no side files."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        content.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")


def _replace(path: Path, source: Path, expected: Contents, force: bool) -> Path | None:
    """Puts a backup into a database's file; gives where its old content was kept, None if it had none."""
    with _alone(path) as connection:
        old = None if connection is None else connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if old != 0 and not force:
            raise Refused(f"{path} 已有内容，没有恢复", "；确要替换请加 --force，原来的内容会另存在它旁边")
        kept = _kept(path) if old != 0 else None
        if connection is None:  # no database at all: as it is, with all that belongs to it
            assert kept is not None
            _set_aside(path, kept)
            with _placed(path) as temporary, closing(_open_read_only(source)) as content:
                _copy(content, temporary)
            return kept
        if kept is not None:
            with _placed(kept) as temporary:
                _copy(connection, temporary)
        with _failing(path, kept), closing(_open_read_only(source)) as content:
            content.backup(connection)
            _compare(_sound(connection), expected, f"恢复的数据库 {path}")
        return kept


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that lets no other process near the database; None when the file holds no database."""
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # kept over the end of a transaction
        for statement in ("BEGIN EXCLUSIVE", "SELECT * FROM sqlite_master", "COMMIT"):
            connection.execute(statement).fetchall()
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        connection = None
        if "locked" in str(error):
            raise Refused(f"数据库 {path} 正被另一程序使用，没有恢复；请待其结束，或停止它之后再恢复") from error
        if isinstance(error, sqlite3.OperationalError):
            raise EnvironmentFailed(
                f"数据库 {path} 无法使用：{sqlite_reason(error)}；请检查路径、权限与磁盘空间"
            ) from error
    try:
        yield connection
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def _failing(path: Path, kept: Path | None) -> Iterator[None]:
    """What goes wrong while the old content is being replaced, in one sentence that says where it is."""
    where = f"；原来的内容在 {kept}" if kept else ""
    try:
        yield
    except sqlite3.Error as error:
        raise EnvironmentFailed(f"数据库 {path} 没有恢复：{sqlite_reason(error)}{where}") from error
    except _Unsound as why:
        raise EnvironmentFailed(f"恢复的数据库 {path} {why}；请检查磁盘后重做{where}") from why


def _kept(path: Path) -> Path:
    """A new name beside the database."""
    return path.with_name(f"{path.name}.before-restore-{now():%Y%m%d-%H%M%S}")


def _set_aside(path: Path, kept: Path) -> None:
    """Moves a file that is no database away, with the side files that would spoil the next one."""
    try:
        for end in ("-wal", "-shm", "-journal", ""):
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.rename(kept.with_name(kept.name + end))
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法移开：{os_reason(error)}") from error
