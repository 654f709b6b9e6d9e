"""What makes a process of many small tests quick: each opens a database of its own, and none is long enough to earn that back.

Nothing here changes what a statement or an answer is; programs that tests start as processes run as anywhere else.
"""

import gc
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.util import LRUCache

from ledger.accounts import passwords
from ledger.audit import consistency
from ledger.database import db

_create_engine = db.create_engine
_STATEMENTS = 3_000  # kept of each kind of database; an engine alone keeps 500
_COLLECT = (50_000, 20, 20)  # by default objects are looked at again after each 700


class _Statements(LRUCache[Any, Any]):
    """Statements once compiled, by all but the dialect object, which every engine has of its own though all are alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[1:])

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


_statements: dict[str, _Statements] = {}


def _open(*arguments: Any, **options: Any) -> Engine:
    made = _create_engine(*arguments, **options)
    made._compiled_cache = _statements.setdefault(made.dialect.name, _Statements(_STATEMENTS))
    return made


def share_statements() -> None:
    """Engines opened from now on compile a statement once for all of them, which else is a seventh of a small test."""
    db.create_engine = _open


_schema_problems = consistency.schema_problems
_looked_at: dict[object, list[str]] = {}
# what makes a schema: its own words; a server has none, but each row of its catalogue says which transaction wrote it, and a
# copy of a database says the same
_WORDS = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid",
    "postgresql": "SELECT current_user, md5(string_agg(row, ',' ORDER BY row)) FROM ("
    + " UNION ALL ".join(
        f"SELECT concat('{table}', ':', {key}, ':', xmin) AS row FROM {table}"
        for table, key in {
            "pg_attrdef": "oid",
            "pg_attribute": "attrelid, ':', attnum",
            "pg_class": "oid",
            "pg_constraint": "oid",
            "pg_index": "indexrelid",
            "pg_namespace": "oid",
            "pg_type": "oid",
        }.items()
    )  # fmt: skip
    + ") AS rows",
}


def _problems(connection: Connection) -> Iterator[str]:
    words = tuple(tuple(row) for row in connection.exec_driver_sql(_WORDS[connection.dialect.name]))
    if words not in _looked_at:
        _looked_at[words] = list(_schema_problems(connection))
    return iter(_looked_at[words])


def share_schemas() -> None:
    """An audit compares a schema, down to its last word the same as one before, with the models once: a third of an audit, and
    on a server most of one."""
    consistency.schema_problems = _problems


COST_OF_PASSWORDS = passwords.MEMORY_KIB, passwords.PASSES  # as people have it


def cheap_passwords() -> None:
    """Has passwords hashed at a cost that tests can pay for; who looks at the cost asks for `real_passwords`."""
    passwords.MEMORY_KIB, passwords.PASSES = 64, 1


def look_for_garbage_seldom() -> None:
    """What is imported and collected stays anyway, so the collector need not look at it again: another seventh."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
