"""`settle` end to end on SQLite, and the bare driver that reads the same facts and stores the same lines."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from benchmarks import bare
from benchmarks.measure import Cost, cost_so_far
from benchmarks.world import AS_OF, YEAR
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement


def settle(database: Path) -> Cost:
    """The product's settlement: read, judge, store, commit."""
    engine = db.open_engine(f"sqlite:///{database}")
    with cost_so_far() as cost:
        settlement.settle(engine, PROGRAMMES["tech_branch"], YEAR, AS_OF, "性能测试")
    engine.dispose()
    return cost[0]


def settle_copy(database: Path) -> Cost:
    """The same on a copy, which is removed again."""
    copy = copy_database(database, database.with_suffix(".ours.db"))
    try:
        return settle(copy)
    finally:
        remove_database(copy)


def bare_driver(database: Path, settled: Path) -> Cost:
    """The facts read into lists, and the lines of a settled copy stored: nothing but sqlite3."""
    copy = copy_database(database, database.with_suffix(".bare.db"))
    lines = _stored_lines(settled)
    connection = bare.connect(str(copy))
    connection.execute("ATTACH ? AS settled", [str(settled)])
    try:
        with cost_so_far() as cost:
            connection.execute("BEGIN IMMEDIATE")
            facts = bare.read_facts(connection)
            connection.execute("INSERT INTO runs SELECT * FROM settled.runs")
            marks = ", ".join("?" * len(lines[0]))
            connection.executemany(f"INSERT INTO {bare.LINES} VALUES ({marks})", lines)
            connection.execute("COMMIT")
        assert len(facts["loan_facts"]) >= len(lines)
        return cost[0]
    finally:
        connection.close()
        remove_database(copy)


def _stored_lines(settled: Path) -> list[Any]:
    connection = sqlite3.connect(settled)
    lines = connection.execute(f"SELECT * FROM {bare.LINES} ORDER BY run_id, line_no").fetchall()
    connection.close()
    return lines


def copy_database(database: Path, copy: Path) -> Path:
    """Copies a database that nobody has open."""
    return Path(shutil.copy(database, copy))


def remove_database(database: Path) -> None:
    """Removes a database with its journal."""
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
