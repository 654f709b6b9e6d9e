"""Columns of judged parts in the database server, for workers on other machines.

Each computation has a table of its own, which no backup needs (unlogged) and which is dropped at its end, so that its room
on the disk is free at once. Its name is held while its maker lives: the next one drops what a dead one left. Workers that
are late find no table.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from ledger.computing.apart import own_engine
from ledger.computing.packing import as_array, pack, unpack
from ledger.computing.spool import Columns, Spool
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed

if TYPE_CHECKING:
    from ledger.lazy import np

_PREFIX = "tiexi_parts_"
_LEFT = (
    "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
    f"WHERE n.nspname = current_schema() AND c.relkind = 'r' AND starts_with(c.relname, '{_PREFIX}')"
)
# whoever is cut off in the middle of putting must not keep the next try of its part waiting for ever
_CUT_OFF = "SET LOCAL idle_in_transaction_session_timeout = '60s'"


class ServerSpool(Spool):
    """A table of the database. Other processes reach it through the database that their own settings name."""

    def __init__(self, engine: Engine) -> None:
        engine = engine.execution_options(tiexi_access=None)  # neither on the caller's state nor with its lock
        _tidy(engine)
        self._table = f"{_PREFIX}{secrets.token_hex(8)}"
        self._engine: Engine | None = engine
        with ExitStack() as held:
            held.enter_context(locks.held(engine, self._table))
            with _connected(engine) as connection:
                connection.exec_driver_sql(
                    f"CREATE UNLOGGED TABLE {self._table} (part integer, name text, rows bigint NOT NULL, "
                    "packed bytea NOT NULL, PRIMARY KEY (part, name))"
                )
                connection.exec_driver_sql(f"ALTER TABLE {self._table} ALTER packed SET STORAGE EXTERNAL")
            self._held = held.pop_all()

    def __getstate__(self) -> dict[str, Any]:
        return {"_table": self._table, "_engine": None}  # no address: it may hold a password

    def put(self, part: int, columns: Columns) -> None:
        arrays = {name: as_array(values) for name, values in columns.items()}
        with _connected(self._engine or own_engine()) as connection:
            connection.exec_driver_sql(_CUT_OFF)
            connection.exec_driver_sql(f"DELETE FROM {self._table} WHERE part = %s", (part,))
            for name, array in arrays.items():
                connection.exec_driver_sql(
                    f"INSERT INTO {self._table} VALUES (%s, %s, %s, %s)", (part, name, len(array), pack(array))
                )

    def column(self, name: str) -> Iterator[np.ndarray]:
        for part in self._parts():
            yield unpack(self._one("packed", part, name))

    def rows(self, name: str) -> list[int]:
        return [self._one("rows", part, name) for part in self._parts()]

    def close(self) -> None:
        with self._held:
            if self._engine is not None:
                _drop(self._engine, self._table)

    def _parts(self) -> list[int]:
        with _connected(self._engine or own_engine()) as connection:
            query = f"SELECT DISTINCT part FROM {self._table} ORDER BY part"
            return list(connection.exec_driver_sql(query).scalars())

    def _one(self, what: str, part: int, name: str) -> Any:
        with _connected(self._engine or own_engine()) as connection:
            driver: Any = connection.connection.driver_connection
            query = f"SELECT {what} FROM {self._table} WHERE part = %s AND name = %s"
            row = driver.execute(query, (part, name), binary=True).fetchone()  # as text it would be twice as long
        if row is None:
            raise KeyError(name)
        return row[0]


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection of its own in a transaction that is committed at the end; failures of the server as sentences."""
    with db.in_sentences(engine), engine.begin() as connection:
        yield connection


def _tidy(engine: Engine) -> None:
    """Drops the tables of makers that are no longer there."""
    with _connected(engine) as connection:
        left = list(connection.exec_driver_sql(_LEFT).scalars())
    for table in left:
        with locks.held(engine, table) as ours:
            if ours:
                _drop(engine, table)


def _drop(engine: Engine, table: str) -> None:
    """Drops a table, or leaves it to the next computation where a worker that was cut off holds it still."""
    with suppress(EnvironmentFailed), _connected(engine) as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
