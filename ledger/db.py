"""The database: opening it, migrating it, and the two bulk paths (columns out, columns in).

One writer at a time: a write begins with the lock (BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL) and is
one transaction, so whatever is killed half-way leaves nothing, and a second writer waits its turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    Select,
    Table,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from ledger.policies.conditions import UNKNOWN
from ledger.refusal import EnvironmentFailed
from ledger.workdays import NO_DATE, day_column, day_date

T = TypeVar("T")

DEFAULT_URL = "sqlite:///tiexi.db"
_WAIT_SECONDS = 60  # how long a writer waits for another one
_CHUNK = 50_000  # rows held at once by the bulk paths
_PARAMETERS_AT_ONCE = 500  # SQLite's limit on parameters is higher, but short statements are enough
_WRITE_LOCK = 7_469_881  # any number, the same in every process


def open_engine(url: str) -> Engine:
    """An engine for a database URL; EnvironmentFailed when the URL itself is of no use."""
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        engine = create_engine(parsed, connect_args={"timeout": _WAIT_SECONDS} if sqlite else {})
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(f"连接 {url.split(':')[0]} 数据库所需的驱动程序 {error.name} 没有安装") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise EnvironmentFailed(f"数据库地址「{url}」无法识别；应形如 sqlite:///tiexi.db") from error
    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin, propagate=True)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -65536")  # KiB: a large import keeps its pages instead of spilling them
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tiexi_write", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif writes:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, on one state of the database."""
    _require_file(engine)
    with _environment_sentences(engine), engine.connect() as connection, connection.begin():
        require_current_schema(connection)
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one write transaction: committed at the end, rolled back on any exception."""
    _require_file(engine)
    writer = engine.execution_options(tiexi_write=True)
    with _environment_sentences(engine), writer.begin() as connection:
        require_current_schema(connection)
        yield connection


def _require_file(engine: Engine) -> None:
    """Only `migrate` brings a database file into being: a mistyped path must not leave an empty one behind."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if path and path != ":memory:" and not path.startswith("file:") and not Path(path).exists():
        raise EnvironmentFailed(f"没有数据库文件 {path}；请核对路径，新建请先运行 tiexi init")


_DATABASE_REASONS = {
    "unable to open database file": "无法打开数据库文件",
    "readonly database": "数据库文件只读",
    "disk is full": "磁盘空间不足",
    "disk I/O error": "磁盘读写出错",
    "no such table": "数据库结构不完整",
    "no such column": "数据库结构不完整",
}


def _reason(error: object) -> str:
    """Why the database failed, in Chinese where the reason is a usual one."""
    text = str(error)
    return next((reason for words, reason in _DATABASE_REASONS.items() if words in text), text)


@contextmanager
def _environment_sentences(engine: Engine) -> Iterator[None]:
    """Failures of the database itself as one sentence; mistakes in our statements stay errors."""
    try:
        yield
    except OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        if "locked" in str(error.orig):
            raise EnvironmentFailed(
                f"数据库 {shown} 正被另一程序写入，已等待 {_WAIT_SECONDS} 秒；请稍后重试"
            ) from error
        raise EnvironmentFailed(
            f"数据库 {shown} 无法使用：{_reason(error.orig)}；请检查路径、权限与磁盘空间"
        ) from error
    except DBAPIError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            shown = engine.url.render_as_string(hide_password=True)
            raise EnvironmentFailed(f"{shown} 不是可用的数据库文件；请检查 --database 所指的文件") from error
        raise


# --- schema -----------------------------------------------------------------------------------------------------------


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def migrate(engine: Engine) -> None:
    """Creates the schema or brings it up to date, in one transaction."""
    config = _alembic_config()
    with _environment_sentences(engine), engine.execution_options(tiexi_write=True).begin() as connection:
        _refuse_newer(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def _known_revisions() -> tuple[str, frozenset[str]]:
    """The schema's newest revision, and all of them."""
    scripts = ScriptDirectory.from_config(_alembic_config())
    return scripts.get_current_head() or "", frozenset(script.revision for script in scripts.walk_revisions())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection) -> None:
    revision = _revision(connection)
    if revision is not None and revision not in _known_revisions()[1]:
        raise EnvironmentFailed(f"数据库的结构版本 {revision} 比本程序新，未作任何改动；请升级 tiexi 后再用")


def require_current_schema(connection: Connection) -> None:
    """EnvironmentFailed when the database was not set up, or is of another version than the program."""
    revision = _revision(connection)
    if revision is None:
        raise EnvironmentFailed("数据库尚未建立；请先运行 tiexi init")
    if revision != _known_revisions()[0]:
        _refuse_newer(connection)
        raise EnvironmentFailed("数据库的结构版本较旧；请先运行 tiexi init 升级")


# --- columns out ------------------------------------------------------------------------------------------------------


def fetch_frame(connection: Connection, query: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    """The rows of a query as columns, read past the ORM.

    Dates come as day numbers (NO_DATE for none), integers as int64 (UNKNOWN for none), booleans as bool, the rest as
    Python objects.
    """
    columns = list(query.selected_columns)
    cursor = connection.execute(query).cursor
    assert cursor is not None
    chunks: list[list[Any]] = [[] for _ in columns]
    while rows := cursor.fetchmany(_CHUNK):
        for parts, column, values in zip(chunks, columns, zip(*rows, strict=True), strict=True):
            parts.append(_column_array(values, column.type))
    cursor.close()
    arrays = [
        np.concatenate(parts) if parts else _column_array((), c.type) for parts, c in zip(chunks, columns, strict=True)
    ]
    return pd.DataFrame({column.name: array for column, array in zip(columns, arrays, strict=True)})


def _column_array(values: Sequence[Any], kind: Any) -> np.ndarray:
    if isinstance(kind, Date):
        return day_column(values)
    if isinstance(kind, Boolean):
        return np.array(values, dtype=bool)
    if isinstance(kind, Integer):
        if None in values:
            values = [UNKNOWN if value is None else value for value in values]
        return np.array(values, dtype=np.int64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def in_chunks(values: Sequence[T], size: int = _PARAMETERS_AT_ONCE) -> Iterator[Sequence[T]]:
    """The values in runs short enough for one statement's parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


# --- columns in -------------------------------------------------------------------------------------------------------


def next_id(connection: Connection, table: Table) -> int:
    """The next free id of a table; only within a write transaction, which excludes other writers."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts columns of plain values (int, str, ISO date, bool, None), all of one length, past the ORM."""
    names = list(columns)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"
    count = len(columns[names[0]])
    for start in range(0, count, _CHUNK):
        rows = list(zip(*(columns[name][start : start + _CHUNK] for name in names), strict=True))
        connection.exec_driver_sql(statement, rows)


def date_texts(days: np.ndarray) -> np.ndarray:
    """Day numbers as ISO texts (None for NO_DATE), for insert_columns."""
    distinct, inverse = np.unique(days, return_inverse=True)
    texts = np.array([None if day == NO_DATE else day_date(day).isoformat() for day in distinct.tolist()], dtype=object)
    return texts[inverse]


def plain_values(column: Column[Any], values: list[Any]) -> list[Any]:
    """A column's values as both drivers take them: dates as ISO texts, the rest as it is."""
    if not isinstance(column.type, Date):
        return values
    texts: dict[date | None, str | None] = {day: day.isoformat() for day in set(values) if day is not None}
    return [texts.get(day) for day in values]


def optional_integers(values: np.ndarray) -> list[int | None]:
    """int64 with UNKNOWN for none, as plain values for insert_columns."""
    return [None if value == UNKNOWN else value for value in values.tolist()]
