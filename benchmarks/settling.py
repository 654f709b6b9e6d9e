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
from tiexi.cli import seldom_collect


def settle(database: Path) -> Cost:
    """The product's settlement, in a process like that of its command: read, judge, store, commit."""
    seldom_collect()
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
    """The facts read into lists, and all stored that the one settlement of a settled copy wrote: its run, lines, budgets,
    warnings, and its seal with their digests. Nothing but sqlite3."""
    copy = copy_database(database, database.with_suffix(".bare.db"))
    written = _written(settled)
    connection = bare.connect(str(copy))
    try:
        with cost_so_far() as cost:
            connection.execute("BEGIN IMMEDIATE")
            facts = bare.read_facts(connection)
            for table, rows in written.items():
                connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            connection.execute("COMMIT")
        assert len(facts["loan_facts"]) >= len(written[bare.LINES])
        return cost[0]
    finally:
        connection.close()
        remove_database(copy)


def _written(settled: Path) -> dict[str, list[Any]]:
    """By table, in the order in which they can be stored, what its settlement wrote."""
    connection = sqlite3.connect(settled)
    seal = "(SELECT id FROM seals WHERE kind = 'settle')"
    queries = {
        "runs": "", bare.LINES: "", "run_budgets": "", "run_warnings": "", "seals": f"WHERE id = {seal}",
        "sealed_rows": f"WHERE seal_id = {seal}",
    }  # fmt: skip
    found = {table: connection.execute(f"SELECT * FROM {table} {of}").fetchall() for table, of in queries.items()}
    connection.close()
    return {table: rows for table, rows in found.items() if rows}


def copy_database(database: Path, copy: Path) -> Path:
    """Copies a database that nobody has open."""
    return Path(shutil.copy(database, copy))


def remove_database(database: Path) -> None:
    """Removes a database with its journal."""
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
