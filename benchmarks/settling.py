"""`settle` end to end on SQLite, and the bare driver that reads the same facts and stores the same lines."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.measure import peak_bytes
from benchmarks.world import AS_OF, YEAR
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import tables
from ledger.runs import settlement

# what `settle` reads: the columns of each table, facts in force only
READ: dict[str, str] = {
    "loans": "id, bank_id, note_no",
    "loan_facts": "id, loan_id, contract_no, guarantee, project_id, enterprise_id, amount_fen, disbursed_on, due_on,"
    " rate_e4, uploaded_on, product",
    "banks": "id, name",
    "enterprises": "id, uscc",
    "enterprise_facts": "enterprise_id, id, name, county",
    "repayment_facts": "loan_id, paid_on, principal_fen, uploaded_on",
    "extension_facts": "loan_id, extended_on, new_due_on, uploaded_on",
    "reported_balance_facts": "loan_id, balance_fen, year",
    "revocation_facts": "loan_id, found_on",
    "upload_waiver_facts": "loan_id, event_on",
    "qualification_facts": "id, enterprise_id, category, valid_from, valid_to",
    "partnership_facts": "id, bank_id, starts_on, ends_on",
    "disqualification_facts": "enterprise_id, bank_id, barred_on",
    "prior_years_facts": "enterprise_id, through_year, years",
    "years_waiver_facts": "enterprise_id, year",
    "bonus_rate_facts": "bank_id, rate_e4, year",
    "budget_facts": "scope, amount_fen, year",
    "lpr_facts": "announced_on, rate_e4",
}
LINES = tables.TechBranchLine.__tablename__


@dataclass(frozen=True)
class Cost:
    """Seconds, and the most memory held (bytes)."""

    seconds: float
    peak: int


def settle(database: Path) -> Cost:
    """The product's settlement: read, judge, store, commit."""
    engine = db.open_engine(f"sqlite:///{database}")
    start = perf_counter()
    settlement.settle(engine, PROGRAMMES["tech_branch"], YEAR, AS_OF, "性能测试")
    seconds = perf_counter() - start
    engine.dispose()
    return Cost(seconds, peak_bytes())


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
    connection = _connect(copy)
    connection.execute("ATTACH ? AS settled", [str(settled)])
    try:
        start = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        facts = {table: _read(connection, table, columns) for table, columns in READ.items()}
        connection.execute("INSERT INTO runs SELECT * FROM settled.runs")
        marks = ", ".join("?" * len(lines[0]))
        connection.executemany(f"INSERT INTO {LINES} VALUES ({marks})", lines)
        connection.execute("COMMIT")
        seconds = perf_counter() - start
        assert len(facts["loan_facts"]) >= len(lines)
        return Cost(seconds, peak_bytes())
    finally:
        connection.close()
        remove_database(copy)


def _connect(database: Path) -> sqlite3.Connection:
    """A connection with the product's own settings."""
    connection = sqlite3.connect(database, isolation_level=None)
    for setting in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _read(connection: sqlite3.Connection, table: str, columns: str) -> list[Any]:
    in_force = " WHERE retired_by IS NULL" if table.endswith("_facts") else ""
    return connection.execute(f"SELECT {columns} FROM {table}{in_force}").fetchall()


def _stored_lines(settled: Path) -> list[Any]:
    connection = sqlite3.connect(settled)
    lines = connection.execute(f"SELECT * FROM {LINES} ORDER BY run_id, line_no").fetchall()
    connection.close()
    return lines


def copy_database(database: Path, copy: Path) -> Path:
    """Copies a database that nobody has open."""
    return Path(shutil.copy(database, copy))


def remove_database(database: Path) -> None:
    """Removes a database with its journal."""
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
