"""Rows of drivers as columns, and columns as rows: what both databases' bulk paths are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import repeat
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, Select
from sqlalchemy.exc import DBAPIError

from ledger.columns import UNKNOWN
from ledger.lazy import np
from ledger.workdays import day_column

AT_ONCE = 50_000  # rows held at once by the bulk paths


def raw_rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The rows of a query, some at a time, with the values that the driver gives."""
    cursor: Any
    if connection.dialect.name == "postgresql":
        # A cursor of the server: without one the driver would first hold all rows as text. SQLAlchemy's own ask for a
        # few rows at a time.
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor(name="tiexi")
        cursor.execute(str(compiled), compiled.params)
    else:
        cursor = connection.execute(query).cursor  # a result of SQLAlchemy would make a date of every text
    with closing(cursor):
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def column_array(values: Sequence[Any], kind: Any) -> np.ndarray:
    """One column of rows as an array, by the type of the table's column."""
    if isinstance(kind, Date):
        return day_column(values)
    if isinstance(kind, Boolean):
        return np.array(values, dtype=bool)
    if isinstance(kind, Integer):
        try:
            return np.array(values, dtype=np.int64)
        except TypeError:  # tried first: most columns have no None, and to look for one takes nearly as long
            return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def rows_of(chunks: Iterable[Mapping[str, Sequence[Any]]], same: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Chunks of columns as rows; same: what stands first in each."""
    for columns in chunks:
        count = len(next(iter(columns.values())))
        yield from zip(*(repeat(value, count) for value in same), *columns.values(), strict=True)


def copy_in(connection: Connection, target: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY in text format: the server reads ISO dates itself. Gives how many rows there were.

    The binary format would save a fifth of the driver's time, next to nothing beside the checks of a real table, and
    would need every date converted and every type declared.
    """
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
            count = 0
            for count, row in enumerate(rows, start=1):  # noqa: B007
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as error:  # as if SQLAlchemy had run it
        raise DBAPIError.instance(target, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
    return count
