"""The database: opening it, migrating it, and the two bulk paths (columns out, columns in).

SQLite in one file or a PostgreSQL server, chosen by the URL; what differs between the two stands here and in failures.py.

One writer at a time: a write begins with the lock (BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL) and is
one transaction, so whatever is killed half-way leaves nothing, and a second writer waits its turn.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError

from ledger.columns import UNKNOWN
from ledger.database.addresses import read_address, shown, unreadable
from ledger.database.bulk import AT_ONCE, column_array, copy_in, raw_rows, rows_of
from ledger.database.failures import in_a_sentence
from ledger.database.turns import turn
from ledger.errors import Damaged, EnvironmentFailed
from ledger.lazy import np, pd
from ledger.workdays import NO_DATE, iso_texts

T = TypeVar("T")

_WAIT_SECONDS = 60  # how long a writer waits for another one
_ANALYSE_FROM = 5_000  # rows stored at once that change what a good plan is
_PARAMETERS_AT_ONCE = 500  # SQLite's limit on parameters is higher, but short statements are enough
_WRITE_LOCK = 7_469_881  # any number, the same in every process
_SET_UP = "tiexi set up"  # of a connection: that the table with the revision was there


def open_engine(url: str, connections: int | None = None) -> Engine:
    """An engine for a database URL; EnvironmentFailed when the URL itself is of no use.

    connections: how many at once, where many threads ask; who finds none free waits for one.
    """
    parsed = read_address(url)
    pool: dict[str, Any] = {} if connections is None else {
        "pool_size": connections, "max_overflow": 0, "pool_timeout": _WAIT_SECONDS
    }  # fmt: skip
    try:
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": _WAIT_SECONDS}, **pool)
            if file_of(engine) is not None:
                event.listen(engine, "do_connect", _open_existing)
            event.listen(engine, "connect", _set_up_sqlite)
        else:
            wanted = {name: value for name, value in _POSTGRESQL_OPTIONS.items() if name not in parsed.query}
            # a pooled connection may have died with its server: it is tried before use
            engine = create_engine(parsed, connect_args=wanted, pool_pre_ping=True, **pool)
            event.listen(engine, "connect", _set_up_postgresql)
    except ImportError as error:
        raise EnvironmentFailed(
            f"连接 {url.split(':')[0]} 数据库所需的驱动程序 psycopg 没有安装或不能使用；请运行 pip install 'psycopg[binary]'"
        ) from error
    except (ArgumentError, ValueError) as error:
        raise unreadable(url) from error
    event.listen(engine, "begin", _begin, propagate=True)
    return engine


_POSTGRESQL_OPTIONS = {"connect_timeout": 10, "application_name": "tiexi", "client_encoding": "utf8"}


def _open_existing(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> None:
    """Has SQLite open the file that is there and make none: also for the job store, which asks nobody beforehand."""
    arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=rw"
    options["uri"] = True


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -65536")  # KiB: a large import keeps its pages instead of spilling them
    cursor.execute(
        "PRAGMA analysis_limit = 400"
    )  # rows of an index that ANALYZE looks at: enough to choose by, at no cost
    cursor.close()


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    from psycopg.types.numeric import IntLoader

    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # what it has to say comes as an exception too
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise EnvironmentFailed(f"PostgreSQL 数据库的编码是 {encoding}，应为 UTF8；请以 UTF8 编码新建数据库")
    connection.adapters.register_loader("numeric", IntLoader)  # all there is of it are sums of integers
    connection.execute("SET cursor_tuple_fraction = 1")  # our cursors are read to the end
    # the server's default is of disks with moving heads: it would read all of a table for each part of the enterprises
    connection.execute(
        "SELECT set_config(name, '1.1', false) FROM pg_settings WHERE name = 'random_page_cost' AND source = 'default'"
    )
    connection.commit()


def _begin(connection: Connection) -> None:
    access = connection.get_execution_options().get("tiexi_access")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if access == "write" else "BEGIN")
    elif access == "read":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    elif access == "views":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    elif access == "write":
        # READ COMMITTED takes a new snapshot for each statement, so all that come after the lock see what its last
        # holder wrote; REPEATABLE READ would keep the snapshot from before the wait.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


@contextmanager
def reading(engine: Engine, any_version: bool = False) -> Iterator[Connection]:
    """A connection that only reads, on one state of the database; of the program's own version unless said otherwise."""
    _require_file(engine)
    reader = engine.execution_options(tiexi_access="read")
    with in_sentences(engine), reader.connect() as connection, connection.begin():
        if not any_version:
            require_current_schema(connection)
        yield connection


@contextmanager
def reading_with_views(engine: Engine) -> Iterator[Connection]:
    """Like `reading`, on a connection that may make temporary views, which PostgreSQL does not count as reading."""
    with reading_at(engine, None, with_views=True) as connection:
        yield connection


@contextmanager
def reading_at(engine: Engine, snapshot: str | None, with_views: bool = False) -> Iterator[Connection]:
    """Like `reading` or `reading_with_views`, on the state that another transaction of a server exported, where one is named."""
    _require_file(engine)
    reader = engine.execution_options(tiexi_access="views" if with_views else "read")
    with in_sentences(engine), reader.connect() as connection, connection.begin() as transaction:
        if snapshot is not None:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        require_current_schema(connection)
        yield connection
        transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one write transaction: committed at the end, rolled back on any exception."""
    _require_file(engine)
    require_writable(engine)
    writer = engine.execution_options(tiexi_access="write")
    with turn(engine, _WAIT_SECONDS), in_sentences(engine), writer.begin() as connection:
        opened = _identity(engine)
        require_current_schema(connection)
        yield connection
        if _identity(engine) != opened:  # SQLite would go on writing to the file wherever it has gone
            raise EnvironmentFailed(
                f"数据库文件 {file_of(engine)} 在途中被移走或替换，未作任何改动；请放回原处后重新运行"
            )


def file_of(engine: Engine) -> Path | None:
    """The file that holds the database; None for one on a server or in memory."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def _require_file(engine: Engine) -> None:
    """The file must be there, and what lies beside it fit to use.

    Only `migrate` brings a database file into being: a mistyped path must not leave an empty one behind.
    """
    path = file_of(engine)
    if path is not None and not path.exists():
        raise EnvironmentFailed(f"没有数据库文件 {path}；请核对路径", "，新建请先运行 tiexi init")
    if path is not None and os.access(path, os.W_OK):
        _mend_side_files(path)


def require_writable(engine: Engine) -> None:
    """EnvironmentFailed when a database file that is there may not be written to."""
    path = file_of(engine)
    if path is not None and path.exists():
        if not os.access(path, os.W_OK):
            raise EnvironmentFailed(f"数据库文件 {path} 只读，不能写入；请检查文件权限与所在磁盘")
        _mend_side_files(path)


def _mend_side_files(path: Path) -> None:
    """Gives SQLite's side files the mode that the database has now.

    It made them with the mode of that moment: those that readers left while the file was read-only would keep every
    later writer out.
    """
    for beside in (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if beside.exists() and not os.access(beside, os.W_OK):
            with suppress(OSError):
                beside.chmod(path.stat().st_mode)


def _identity(engine: Engine) -> tuple[int, int] | None:
    """Which file stands at the database's path; None where there is none, or no file holds the database."""
    path = file_of(engine)
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def in_sentences(engine: Engine) -> AbstractContextManager[None]:
    """Turns failures of the database into EnvironmentFailed, also on connections that are not of `reading` or `writing`."""
    return in_a_sentence(engine, _WAIT_SECONDS)


# --- schema -----------------------------------------------------------------------------------------------------------

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@cache
def _known_revisions() -> tuple[str, ...]:
    """The schema's revisions, the newest last: each migration's file is named after its own."""
    return tuple(sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def revision_of(connection: Connection) -> str | None:
    """The revision of a database's schema; None where there is none."""
    return _noted_revision(connection) if inspect(connection).has_table("alembic_version") else None


def _noted_revision(connection: Connection) -> str | None:
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def knows_revision(revision: str) -> bool:
    """Whether a schema's revision is one of this program's, and not of a later one."""
    return revision in _known_revisions()


def is_newest_revision(revision: str) -> bool:
    """Whether a schema of this revision can be used as it is."""
    return revision == _known_revisions()[-1]


def refuse_newer(revision: str | None) -> None:
    """EnvironmentFailed for a schema that a later program made."""
    if revision is not None and not knows_revision(revision):
        raise EnvironmentFailed(f"数据库的结构版本 {revision} 比本程序新，未作任何改动；请升级 tiexi 后再用")


def require_current_schema(connection: Connection) -> None:
    """EnvironmentFailed when the database was not set up, or is of another version than the program."""
    revision = _noted_revision(connection) if _SET_UP in connection.info else revision_of(connection)
    if revision is None:
        raise EnvironmentFailed("数据库尚未建立", "；请先运行 tiexi init")
    connection.info[_SET_UP] = True
    if not is_newest_revision(revision):
        refuse_newer(revision)
        raise EnvironmentFailed("数据库的结构版本较旧", "；请先运行 tiexi init 升级")


# --- columns out ------------------------------------------------------------------------------------------------------


def fetch_frame(connection: Connection, query: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    """The rows of a query as columns, read past the ORM.

    Dates come as day numbers (NO_DATE for none), integers as int64 (UNKNOWN for none), booleans as bool, the rest as
    Python objects.
    """
    columns = list(query.selected_columns)
    chunks: list[list[Any]] = [[] for _ in columns]
    for rows in raw_rows(connection, query):
        for parts, column, values in zip(chunks, columns, zip(*rows, strict=True), strict=True):
            try:
                parts.append(column_array(values, column.type))
            except (ValueError, TypeError, OverflowError) as error:  # SQLite takes any text in any column
                raise Damaged(shown(connection.engine.url)) from error
    arrays = [
        np.concatenate(parts) if parts else column_array((), c.type) for parts, c in zip(chunks, columns, strict=True)
    ]
    return pd.DataFrame({column.name: array for column, array in zip(columns, arrays, strict=True)}, copy=False)


def in_chunks(values: Sequence[T], size: int = _PARAMETERS_AT_ONCE) -> Iterator[Sequence[T]]:
    """The values in runs short enough for one statement's parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


# --- columns in -------------------------------------------------------------------------------------------------------


def next_id(connection: Connection, table: Table) -> int:
    """The next free id of a table; only within a write transaction, which excludes other writers."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts columns of plain values (int, str, ISO date, bool, bytes, None), all of one length, past the ORM."""
    if len(next(iter(columns.values()))):
        insert_chunks(connection, table, iter((columns,)))


def insert_chunks(
    connection: Connection,
    table: Table,
    chunks: Iterator[Mapping[str, Sequence[Any]]],
    same: Mapping[str, Any] | None = None,
) -> None:
    """Inserts rows that come some at a time, each time as `insert_columns` takes them. same: columns with one value in all
    rows."""
    first = next(chunks, None)
    if first is None:
        return
    names = [*(same or {}), *first]
    rows = rows_of(chain((first,), chunks), tuple((same or {}).values()))
    quote = connection.dialect.identifier_preparer.quote
    target = f"{quote(table.name)} ({', '.join(map(quote, names))})"
    if connection.dialect.name == "postgresql":
        count = copy_in(connection, target, rows)
    else:
        statement, count = f"INSERT INTO {target} VALUES ({', '.join('?' * len(names))})", 0
        while chunk := list(islice(rows, AT_ONCE)):
            connection.exec_driver_sql(statement, chunk)
            count += len(chunk)
    if count >= _ANALYSE_FROM:
        # SQLite never looks at a table by itself, the server only a minute after the commit: both would plan badly
        connection.exec_driver_sql(f"ANALYZE {quote(table.name)}")


def date_texts(days: np.ndarray) -> np.ndarray:
    """Day numbers as ISO texts (None for NO_DATE), for insert_columns."""
    none = days == NO_DATE
    known = days[~none]
    if known.size == 0:
        return np.full(days.size, None, dtype=object)
    texts = iso_texts(np.where(none, known.min(), days))  # days lie close together without what says none
    texts[none] = None
    return texts


def plain_values(column: Column[Any], values: list[Any]) -> list[Any]:
    """A column's values as both drivers take them: dates as ISO texts, the rest as it is."""
    if not isinstance(column.type, Date):
        return values
    texts: dict[date | None, str | None] = {day: day.isoformat() for day in set(values) if day is not None}
    return [texts.get(day) for day in values]


def optional_integers(values: np.ndarray) -> list[int | None]:
    """int64 with UNKNOWN for none, as plain values for insert_columns."""
    return [None if value == UNKNOWN else value for value in values.tolist()]
