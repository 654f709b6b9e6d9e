"""Filled databases of every released schema, kept as the rows of their tables, and how one is made of them."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Boolean, Date, DateTime, Engine, LargeBinary, MetaData

from ledger.database import db
from ledger.migrations import __file__ as migrations

RELEASED = sorted((Path(__file__).parents[1] / "ledger" / "released").glob("*.json"))


def restore(engine: Engine, path: Path) -> dict[str, Any]:
    """Builds the schema of a release and fills it; gives what was filled in."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations).parent))
    if (file := db.file_of(engine)) is not None:
        file.touch()  # only `migrate` makes one, and it would make one of the newest schema
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, kept["revision"])
    tables = MetaData()
    with engine.begin() as connection:
        tables.reflect(connection)
        # the entry closes over its postings, so these come first
        for table in sorted(tables.sorted_tables, key=lambda table: table.name == "journal_entries"):
            if table.name in kept and kept[table.name]["rows"]:
                names = kept[table.name]["columns"]
                rows = [
                    {name: _typed(table.c[name].type, value) for name, value in zip(names, row, strict=True)}
                    for row in kept[table.name]["rows"]
                ]
                connection.execute(table.insert(), rows)
    return kept


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if kind.__class__.__name__ == "JSON":
        return json.loads(value)
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(value)
    return bool(value) if isinstance(kind, Boolean) else value
