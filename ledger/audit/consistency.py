"""What must hold between rows, whatever was sealed: no link into nothing, no retirement that the program would not make,
and a schema with all its keys.

The database enforces most of this itself; whoever switches that off to edit it by hand is found here.
"""

import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, ForeignKeyConstraint, Index, Select, Table, and_, exists, inspect, select
from sqlalchemy.schema import CreateIndex

from ledger import models
from ledger.database import db
from ledger.facts.approved import is_approved
from ledger.seals.content import FACTS, LINES, RUNS

_CHANGES = models.table_of(models.Change)


def broken_links(connection: Connection) -> Iterator[tuple[Table, int | None, str]]:
    """Rows that name a row which is not there: their table, their number (None where they have none), and the column."""
    for table, column, query in _links():
        for row in connection.execute(query):
            yield table, row[0] if "id" in table.c else None, column


@cache
def _links() -> tuple[tuple[Table, str, Select[Any]], ...]:
    """For each key of each table the column that it begins with, and the query of the rows that name nothing."""
    return tuple(
        (table, key.column_keys[0], _broken(table, key))
        for table in models.Base.metadata.sorted_tables
        for key in sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys))
    )


def _broken(table: Table, key: ForeignKeyConstraint) -> Select[Any]:
    parent = key.referred_table.alias("named")
    pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
    number = table.c.id if "id" in table.c else None
    return select(*([number] if number is not None else [pairs[0][0]])).where(
        *(child.is_not(None) for child, _ in pairs),
        ~exists().where(and_(*(child == named for child, named in pairs))),
    )


def impossible_retirements(connection: Connection) -> Iterator[tuple[Table, int, str]]:
    """Facts that were retired as the program never does: their table, their number, and why, as the end of a sentence."""
    for table in FACTS:
        yield from _amended_without_successor(connection, table)
    for lines, _ in LINES:
        for key in lines.foreign_keys:
            if key.column.table in FACTS:
                yield from _withdrawn_though_used(connection, lines, key.parent, key.column.table)


def _amended_without_successor(connection: Connection, table: Table) -> Iterator[tuple[Table, int, str]]:
    key = [table.c[name] for name in models.Base.MODELS[table].KEY]
    amended = (
        select(table.c.id, table.c.version + 1, _CHANGES.c.intake_id, *key)
        .join(_CHANGES, _CHANGES.c.id == table.c.retired_by)
        .where(_CHANGES.c.kind == "amend")
        .order_by(table.c.id)
    )
    following = select(table.c.version, table.c.intake_id, *key).where(table.c.version > 1)
    known = {tuple(row) for row in connection.execute(following)}
    for number, *successor in connection.execute(amended):
        if tuple(successor) not in known:
            yield table, number, "被更正，却没有更正后的内容"


def _withdrawn_though_used(
    connection: Connection, lines: Table, link: Column[int], table: Table
) -> Iterator[tuple[Table, int, str]]:
    key = [table.c[name] for name in models.Base.MODELS[table].KEY]
    voided = select(table.c.id, table.c.version, *key).join(_CHANGES, _CHANGES.c.id == table.c.retired_by)
    withdrawn = connection.execute(voided.where(_CHANGES.c.kind == "void").order_by(table.c.id)).all()
    used: dict[tuple[object, ...], int] = {}  # by key, the first version that an approved run rests on
    of_approved = select(link).join(RUNS, RUNS.c.id == lines.c.run_id).where(is_approved())
    for part in db.in_chunks(sorted({row[2] for row in withdrawn if row[2] is not None})):
        query = select(table.c.version, *key).where(key[0].in_(part), table.c.id.in_(of_approved))
        for version, *of in connection.execute(query):
            used[tuple(of)] = min(version, used.get(tuple(of), version))
    for number, version, *of in withdrawn:
        if used.get(tuple(of), version + 1) <= version:
            yield table, number, "被撤回，但审核通过的运行用过它"


def schema_problems(connection: Connection) -> Iterator[str]:
    """A sentence for each table, column, key or index that is not as the program made it, and for each view."""

    apart = _computed_indexes() if connection.dialect.name == "sqlite" else {}

    def own(item: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        table = item if isinstance(item, Table) else getattr(item, "table", None)
        return (table is None or table.name in models.Base.metadata.tables) and named(name, kind)

    def named(name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "index" and name in apart)

    context = MigrationContext.configure(connection, opts={"include_object": own, "include_name": named})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*expression-based index")  # those of `apart`
        differences = compare_metadata(context, models.Base.metadata)
    for difference in differences:
        one = difference[0] if isinstance(difference, list) else difference
        if (
            one[0] == "remove_index"
        ):  # one more than there should be: an administrator may want it, and it changes nothing
            continue
        yield f"数据库的结构被改动：{_words(one)}"
    yield from _as_made(connection, apart)
    for name in inspect(connection).get_view_names():
        yield f"数据库中多出视图 {name}，不是本程序所建"


def _computed_indexes() -> dict[str, Index]:
    """The indexes over computed values, by name."""
    indexes = (index for table in models.Base.metadata.sorted_tables for index in table.indexes)
    return {str(one.name): one for one in indexes if not all(isinstance(part, Column) for part in one.expressions)}


def _as_made(connection: Connection, indexes: Mapping[str, Index]) -> Iterator[str]:
    """A sentence for each index that SQLite was not told to make just so: of what it computes it shows the statement alone."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
    made: dict[str, str] = {row.name: row.sql for row in connection.exec_driver_sql(query)} if indexes else {}
    for name, index in indexes.items():
        if name not in made:
            yield f"数据库的结构被改动：缺少索引 {name}"
        elif made[name] != str(CreateIndex(index).compile(dialect=connection.dialect)):
            yield f"数据库的结构被改动：索引 {name} 不是本程序所建的样子"


def _words(difference: tuple[object, ...]) -> str:
    """What is missing or added, with its name."""
    what = str(difference[0])
    missing = what.startswith("add_")  # what would have to be added is missing
    item = difference[-1]
    name = getattr(item, "name", None) or item
    kinds = {"table": "表", "column": "列", "index": "索引", "constraint": "约束", "fk": "外键"}
    kind = next((word for key, word in kinds.items() if key in what), "")
    if not what.startswith(("add_", "remove_")):
        return f"{what} {difference[1:4]}"
    return f"{'缺少' if missing else '多出'}{kind} {name}"
