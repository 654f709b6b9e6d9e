"""The database's own guards: triggers that keep rows from being changed and the journal in balance, and whether they stand.

The migration makes them; here is what they must be, so that an audit finds one that was taken away, switched off,
emptied, or added. Which tables are guarded, and how, their models say (those of documents too, where these are loaded).
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Index, PrimaryKeyConstraint, UniqueConstraint, text

from ledger import models

_UNBALANCED = "(SELECT coalesce(sum(amount_fen), 1) FROM journal_postings WHERE entry_id = NEW.id) <> 0"
_YOUNG = "NOT EXISTS (SELECT 1 FROM log_prunes WHERE last_id >= OLD.id)"  # no pruning on record covers it
_CLOSED = "EXISTS (SELECT 1 FROM journal_entries WHERE id = NEW.entry_id)"


def append_only() -> tuple[str, ...]:
    """The tables whose rows are only ever added."""
    return tuple(table.name for table, model in models.Base.MODELS.items() if model.GUARD == "row" or _is_line(model))


def _is_line(model: type[Any]) -> bool:
    """Whether its rows come many at once. A guard against replacement would cost a settlement too much; the seals tell."""
    return model.GUARD == "line" or bool(model.NUMBER)


def _keys() -> dict[str, list[tuple[str, ...]]]:
    """By table of rows, what no other row may share: SQLite would let INSERT OR REPLACE take a row's place without asking
    the guard against deletion."""
    found = {}
    for table, model in models.Base.MODELS.items():
        if model.GUARD in ("row", "log"):
            keys: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key]
            keys += [key for key in table.constraints if isinstance(key, UniqueConstraint)]
            keys += [index for index in table.indexes if index.unique]
            found[table.name] = [tuple(column.name for column in key.columns) for key in keys]
    return found


def logs() -> tuple[str, ...]:
    """The tables whose rows are only ever added, but that those which a record of pruning covers may be taken out."""
    return tuple(table.name for table, model in models.Base.MODELS.items() if model.GUARD == "log")


def facts() -> dict[str, list[str]]:
    """The tables of facts with their columns but the mark: a fact is added, and may be marked as retired once."""
    return {
        table.name: sorted(column.name for column in table.c if column.name != "retired_by")
        for table, model in models.Base.MODELS.items()
        if model.GUARD == "fact"
    }


def standing_problems(connection: Connection) -> Iterator[str]:
    """A sentence for each guard that does not stand as it should."""
    expected, found = (
        (sqlite_guards(), _sqlite_found(connection))
        if connection.dialect.name == "sqlite"
        else (_postgresql_guards(), _postgresql_found(connection))
    )
    for name in expected:
        if name not in found:
            yield f"数据库的保护触发器 {name} 被去掉了；它保护的表可能被改动过"
        elif found[name] != expected[name]:
            yield f"数据库的保护触发器 {name} 被改动或停用；它保护的表可能被改动过"
    for name in found:
        if name not in expected:
            yield f"数据库中多出触发器 {name}，不是本程序所建；它可能改动写入的数据"


# --- SQLite -----------------------------------------------------------------------------------------------------------


def sqlite_guards() -> dict[str, str]:
    """The statement of each trigger by its name."""
    found = {}
    for table in append_only():
        for event in ("UPDATE", "DELETE"):
            found[f"tr_{table}_no_{event.lower()}"] = (
                f"BEFORE {event} ON {table} {_aborting(f'{table} is append-only')}"
            )
    for table in logs():
        refuse = _aborting(f"{table} is append-only")
        found[f"tr_{table}_no_update"] = f"BEFORE UPDATE ON {table} {refuse}"
        found[f"tr_{table}_no_delete"] = f"BEFORE DELETE ON {table} WHEN {_YOUNG} {refuse}"
    for table, keys in _keys().items():
        taken = " OR ".join(" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys)
        found[f"tr_{table}_no_replace"] = (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
            f"{_aborting(f'{table} is append-only')}"
        )
    for table, columns in facts().items():
        refuse = _aborting(f"{table} is append-only")
        changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in columns)
        retired_once = "OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL"
        found[f"tr_{table}_no_update"] = f"BEFORE UPDATE ON {table} WHEN {retired_once} OR {changed} {refuse}"
        found[f"tr_{table}_no_delete"] = f"BEFORE DELETE ON {table} {refuse}"
        found[f"tr_{table}_no_replace"] = (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refuse}"
        )
    found["tr_journal_entries_balanced"] = (
        f"BEFORE INSERT ON journal_entries WHEN {_UNBALANCED} {_aborting('journal entry does not balance')}"
    )
    found["tr_journal_postings_open"] = (
        f"BEFORE INSERT ON journal_postings WHEN {_CLOSED} {_aborting('journal entry is closed')}"
    )
    return {name: f"CREATE TRIGGER {name} {statement}" for name, statement in found.items()}


def _aborting(message: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{message}'); END"


def _sqlite_found(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in rows}


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

_BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}  # of pg_trigger.tgtype
_Guard = tuple[object, ...]


def _postgresql_guards() -> dict[str, _Guard]:
    """Of each trigger by its name: its table, when it fires, that it is on, and its function with the source of that."""

    def guard(
        table: str, event: str, each: str, function: str, refused: str, message: str, given: str = "NEW"
    ) -> _Guard:
        source = (
            f" BEGIN IF {refused} THEN RAISE EXCEPTION '{message} USING ERRCODE = 'check_violation'; END IF; "
            f"RETURN {given}; END "
        )
        return table, _BITS["BEFORE"] | _BITS[event] | _BITS.get(each, 0), True, function, source

    found = {}
    for table in append_only():
        for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            found[f"tr_{table}_no_{event.lower()}"] = guard(
                table, event, each, "tiexi_refuse", "true", "% is append-only', TG_TABLE_NAME"
            )
    for table in logs():
        for event, each, function, refused, given in (
            ("UPDATE", "ROW", "tiexi_refuse", "true", "NEW"), ("DELETE", "ROW", "tiexi_prune", _YOUNG, "OLD"),
            ("TRUNCATE", "STATEMENT", "tiexi_refuse", "true", "NEW"),
        ):  # fmt: skip
            found[f"tr_{table}_no_{event.lower()}"] = guard(
                table, event, each, function, refused, "% is append-only', TG_TABLE_NAME", given
            )
    for table in facts():
        retired_once = (
            "OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL "
            "OR to_jsonb(NEW) - 'retired_by' <> to_jsonb(OLD) - 'retired_by'"
        )
        for event, each, function, refused in (
            ("UPDATE", "ROW", "tiexi_retire", retired_once), ("DELETE", "ROW", "tiexi_refuse", "true"),
            ("TRUNCATE", "STATEMENT", "tiexi_refuse", "true"),
        ):  # fmt: skip
            found[f"tr_{table}_no_{event.lower()}"] = guard(
                table, event, each, function, refused, "% is append-only', TG_TABLE_NAME"
            )
    found["tr_journal_entries_balanced"] = guard(
        "journal_entries", "INSERT", "ROW", "tiexi_balanced", _UNBALANCED, "journal entry does not balance'"
    )
    found["tr_journal_postings_open"] = guard(
        "journal_postings", "INSERT", "ROW", "tiexi_open", _CLOSED, "journal entry is closed'"
    )
    return found


def _postgresql_found(connection: Connection) -> dict[str, _Guard]:
    tables = ", ".join(f"'{table.name}'" for table in models.Base.metadata.sorted_tables)
    rows = connection.execute(
        text(
            "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL, p.proname, p.prosrc "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            f"WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND c.relname IN ({tables})"
        )
    )
    return {row[0]: tuple(row[1:]) for row in rows}
