"""A name that one process at a time holds, whatever its machine: for work that is longer than a transaction.

The hold belongs to the operating system or to the server and ends with its process, however that ends. So nobody has to
compare the clocks of two machines, or to wait, to know whether a holder is alive: who gets the hold knows that the last
holder is gone. On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock that a connection of
its own has for as long as it is open.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

from sqlalchemy import Connection, Engine

from ledger.database import db
from ledger.errors import EnvironmentFailed, os_reason

DEAD_MACHINE_SECONDS = 120  # a process that dies closes its connection; a machine without power does not
_SPACE = 7_469_882  # of our advisory locks; any number, the same in every process


@contextmanager
def held(engine: Engine, name: str) -> Iterator[bool]:
    """Holds a name while the block runs, if nobody else does; gives whether it is held. Never waits."""
    with _held_on_server(engine, name) if engine.dialect.name == "postgresql" else _held_by_file(engine, name) as ours:
        yield ours


def is_held(engine: Engine, name: str) -> bool:
    """Whether somebody holds a name now."""
    if engine.dialect.name == "postgresql":
        with db.reading(engine) as connection:
            return bool(connection.exec_driver_sql(_HELD, (_SPACE, _key(name))).scalar_one())
    database = _file(engine)
    if database is None or not _path(database, name).exists():
        return False
    with _held_by_file(engine, name) as ours:
        return not ours


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

_HELD = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid::bigint = %s AND objid::bigint = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)"""
# a session that only holds is idle on purpose; of a machine that is gone the server is to hear by itself
_SESSION = """
SELECT set_config(s.name, wanted.value, false) FROM pg_settings AS s JOIN (VALUES
    ('idle_session_timeout', '0'), ('tcp_keepalives_idle', '60'), ('tcp_keepalives_interval', '10'),
    ('tcp_keepalives_count', '6')) AS wanted (name, value) ON s.name = wanted.name"""


def _key(name: str) -> int:
    return crc32(name.encode()) >> 1  # within a positive integer of the server


@contextmanager
def _held_on_server(engine: Engine, name: str) -> Iterator[bool]:
    with db.in_sentences(engine):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # closed when it is done with, and not kept with the lock in the pool
        try:
            ours = _take(connection, name)
        except BaseException:
            connection.close()
            raise
    try:
        yield ours
    finally:
        with suppress(Exception):  # lost with its server: then the lock is too
            # let go before the session ends: the server ends it in its own time, and a hold that is over would show until then
            connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            connection.close()


def _take(connection: Connection, name: str) -> bool:
    connection.exec_driver_sql(_SESSION)
    return bool(connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s, %s)", (_SPACE, _key(name))).scalar_one())


# --- SQLite -----------------------------------------------------------------------------------------------------------


@contextmanager
def _held_by_file(engine: Engine, name: str) -> Iterator[bool]:
    database = _file(engine)
    if database is None:  # in memory: of this process alone
        yield True
        return
    path = _path(database, name)
    try:
        descriptor = _lock(path)
    except OSError as error:
        raise EnvironmentFailed(f"占位文件 {path} 无法建立：{os_reason(error)}") from error
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # one that stays is as good as none
            path.unlink()
        os.close(descriptor)


def _file(engine: Engine) -> Path | None:
    with db.reading(engine) as connection:
        name = next(row[2] for row in connection.exec_driver_sql("PRAGMA database_list") if row[1] == "main")
    return Path(name) if name else None


def _path(database: Path, name: str) -> Path:
    return database.with_name(f"{database.name}-{name}.lock")


def _lock(path: Path) -> int | None:
    """A descriptor of the file with its lock; None when somebody has it."""
    import fcntl  # not there on Windows, where all but the scheduled jobs works without

    while True:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, path):  # else its last holder removed it after it was opened here
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
