"""The bare driver: sqlite3 and nothing else does no more than what a command must read and write.

Each function is the whole work of a process that was started for it, so this module loads next to nothing. All arguments are texts.
"""

import csv
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# what `settle` reads: the columns of each table, facts in force only, each once; by file and sheet row a warning names a row
READ: dict[str, str] = {
    "loans": "id, bank_id, note_no",
    "loan_facts": "id, loan_id, contract_no, guarantee, project_id, enterprise_id, amount_fen, disbursed_on, due_on,"
    " rate_e4, uploaded_on, product, intake_id, sheet_row",
    "banks": "id, name",
    "enterprises": "id, uscc",
    "enterprise_facts": "enterprise_id, id, name, county, intake_id, sheet_row",
    "repayment_facts": "loan_id, paid_on, principal_fen, interest_fen, uploaded_on, intake_id, sheet_row",
    "extension_facts": "loan_id, extended_on, new_due_on, uploaded_on, intake_id, sheet_row",
    "reported_balance_facts": "loan_id, balance_fen, year, intake_id, sheet_row",
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
    "intakes": "id, file_name",
}
LINES = "tech_branch_lines"
_PAID_BEFORE = "run_id, line_no, loan_fact_id, enterprise_fact_id, months, interest_fen, interest_city_fen, bonus_fen, bonus_city_fen"
JOINED = f"""{LINES} t JOIN runs r ON r.id = t.run_id JOIN loan_facts lf ON lf.id = t.loan_fact_id
JOIN loans l ON l.id = lf.loan_id JOIN banks b ON b.id = l.bank_id
JOIN enterprise_facts ef ON ef.id = t.enterprise_fact_id JOIN enterprises e ON e.id = ef.enterprise_id"""
LINE_COLUMNS = """t.run_id, r.year, ef.county, b.name, e.uscc, ef.name, l.note_no, lf.amount_fen, lf.disbursed_on, t.due_on,
lf.rate_e4, lf.guarantee, t.lpr_e4, t.years_enjoyed, t.balance_fen, t.months, t.interest_base_fen, t.interest_demand_fen,
t.interest_fen, t.interest_city_fen, t.interest_county_fen, t.bonus_base_fen, t.bonus_rate_e4, t.bonus_demand_fen,
t.bonus_fen, t.bonus_city_fen, t.bonus_county_fen, t.reasons"""


def connect(database: str) -> sqlite3.Connection:
    """A connection with the product's own settings."""
    connection = sqlite3.connect(database, isolation_level=None)
    for setting in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def read_facts(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """What a settlement reads of the facts, as lists of rows."""
    return {
        table: connection.execute(
            f"SELECT {columns} FROM {table}" + (" WHERE retired_by IS NULL" if table.endswith("_facts") else "")
        ).fetchall()
        for table, columns in READ.items()
    }


def settle(database: str, run: str) -> None:
    """Reads the facts and what earlier runs paid, and stores a run once more, with all that it wrote, under the next number:
    lines, budgets, claims, warnings, and the seal with the digests of all of them.

    What it writes it has read before, since it judges nothing.
    """
    connection = connect(database)
    written = {
        table: connection.execute(f"SELECT * FROM {table} WHERE run_id = ? ORDER BY 1, 2", [run]).fetchall()
        for table in (LINES, "run_budgets", "tech_branch_claims", "run_warnings")
    }
    head = connection.execute("SELECT * FROM runs WHERE id = ?", [run]).fetchone()
    sealed = connection.execute("SELECT * FROM seals WHERE kind = 'settle' AND run_id = ?", [run]).fetchone()
    digests = connection.execute("SELECT * FROM sealed_rows WHERE seal_id = ?", sealed[:1]).fetchall()
    connection.execute("BEGIN IMMEDIATE")
    facts = read_facts(connection)
    paid = connection.execute(
        f"SELECT {_PAID_BEFORE} FROM {LINES} WHERE run_id < ? AND (interest_fen > 0 OR bonus_fen > 0)", [run]
    ).fetchall()
    assert facts["loan_facts"] and paid
    for table, rows in (("runs", [head]), *written.items()):
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [(int(run) + 1, *row[1:]) for row in rows])
    (last,) = connection.execute("SELECT max(id) FROM seals").fetchone()
    seal = (last + 1, "settle", int(run) + 1, *sealed[3:-1], sealed[-1][::-1])  # each seal has a hash of its own
    connection.execute(f"INSERT INTO seals VALUES ({', '.join('?' * len(seal))})", seal)
    connection.executemany("INSERT INTO sealed_rows VALUES (?, ?, ?)", [(last + 1, *row[1:]) for row in digests])
    connection.execute("COMMIT")
    connection.close()


def export_lines(database: str, run: str, out: str) -> None:
    """The lines of a run as CSV."""
    query = f"SELECT {LINE_COLUMNS} FROM {JOINED} WHERE t.run_id = ? ORDER BY t.line_no"
    with Path(out).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(sqlite3.connect(database).execute(query, [run]))


def status(database: str, run: str) -> None:
    """A run, its steps, and what is still open in its books."""
    for query in (
        "SELECT * FROM runs WHERE id = ?",
        "SELECT * FROM run_steps WHERE run_id = ?",
        "SELECT sum(p.amount_fen) FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id WHERE e.run_id = ?"
        " AND p.account IN ('claim_receivable')",
    ):
        sqlite3.connect(database).execute(query, [run]).fetchall()


def balance(database: str, run: str) -> None:
    """What stands on each account of a run, those apart that are kept for each enterprise; and the claims."""
    sums = (
        "SELECT p.account, p.item, p.county, sum(p.amount_fen) FROM journal_entries e JOIN journal_postings p"
        " ON p.entry_id = e.id WHERE e.run_id = ? AND p.account IN ('expense_city', 'expense_county') GROUP BY 1, 2, 3"
    )
    claims = (
        "SELECT p.bank_id, p.enterprise_id, sum(p.amount_fen) FROM journal_entries e JOIN journal_postings p"
        " ON p.entry_id = e.id WHERE e.run_id = ? AND p.account = 'claim_receivable' GROUP BY 1, 2"
    )
    for query in (sums, claims):
        sqlite3.connect(database).execute(query, [run]).fetchall()


def explain(database: str, run: str, bank: str, note: str) -> None:
    """One line with all that is stored of it."""
    _lines_of(database, run, [(bank, note)])


def statement(database: str, code: str) -> None:
    """The loans of an enterprise with its lines in every run."""
    query = f"SELECT t.*, {LINE_COLUMNS} FROM {JOINED} WHERE t.loan_fact_id IN (SELECT x.id FROM loan_facts x JOIN enterprises y"
    sqlite3.connect(database).execute(f"{query} ON y.id = x.enterprise_id WHERE y.uscc = ?)", [code]).fetchall()


def find(database: str, words: str) -> None:
    """The enterprises with a part of a name, and what each run brought them."""
    connection = sqlite3.connect(database)
    query = "SELECT e.uscc FROM enterprise_facts f JOIN enterprises e ON e.id = f.enterprise_id WHERE f.name LIKE ?1"
    for (code,) in connection.execute(f"{query} OR e.uscc LIKE ?1", [f"%{words}%"]).fetchall():
        statement(database, code)


def trace(database: str, workbook: str) -> None:
    """The cells of a workbook of loans, and the lines that they have in each run."""
    connection = sqlite3.connect(database)
    rows = _cells(workbook)
    for (run,) in connection.execute("SELECT id FROM runs").fetchall():
        _lines_of(database, run, [(row[0], row[1]) for row in rows])


def import_loans(database: str, workbook: str) -> None:
    """The cells of a workbook of loans, and as many rows stored, with their anchors."""
    rows, connection = _cells(workbook), connect(database)
    connection.execute("BEGIN IMMEDIATE")
    loan, fact = (connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] for table in ("loans", "loan_facts"))
    anchors = [(loan + number, 1, row[1]) for number, row in enumerate(rows, start=1)]
    connection.executemany("INSERT INTO loans (id, bank_id, note_no) VALUES (?, ?, ?)", anchors)
    template = connection.execute("SELECT * FROM loan_facts WHERE id = ?", [fact]).fetchone()
    names = [column[1] for column in connection.execute("PRAGMA table_info(loan_facts)")]
    marks = ", ".join("?" * len(names))
    stored = []
    for number in range(1, len(rows) + 1):
        values = dict(zip(names, template, strict=True)) | {"id": fact + number, "loan_id": loan + number}
        stored.append(list((values | {"sheet_row": number + 1}).values()))
    connection.executemany(f"INSERT INTO loan_facts VALUES ({marks})", stored)
    connection.execute("COMMIT")


def amend(database: str, workbook: str) -> None:
    """The loan of a workbook of one row: its lines in each run read, its version retired, and stored anew."""
    (row,), connection = _cells(workbook), connect(database)
    connection.execute("BEGIN IMMEDIATE")
    for (run,) in connection.execute("SELECT id FROM runs").fetchall():
        _lines_of(database, run, [(row[0], row[1])])
    query = """SELECT f.* FROM loan_facts f JOIN loans l ON l.id = f.loan_id JOIN banks b ON b.id = l.bank_id
    WHERE b.name = ? AND l.note_no = ? AND f.retired_by IS NULL"""
    (old,) = connection.execute(query, row[:2]).fetchall()
    names = [column[1] for column in connection.execute("PRAGMA table_info(loan_facts)")]
    (last,), (change,) = (
        connection.execute(f"SELECT max(id) FROM {table}").fetchone() for table in ("loan_facts", "changes")
    )
    change = (change or 0) + 1
    made = "INSERT INTO changes (id, kind, reason, made_by, made_at) VALUES (?, 'amend', '更正', '性能测试', '2026-02-01 00:00:00.000000')"
    connection.execute(made, [change])
    connection.execute("UPDATE loan_facts SET retired_by = ? WHERE id = ?", [change, old[0]])
    stored = dict(zip(names, old, strict=True)) | {"id": last + 1}
    connection.execute(f"INSERT INTO loan_facts VALUES ({', '.join('?' * len(names))})", list(stored.values()))
    connection.execute("COMMIT")


def _cells(workbook: str) -> list[Any]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(workbook).get_sheet_by_index(0).to_python()[1:]


def _lines_of(database: str, run: str, loans: Iterable[tuple[str, str]]) -> None:
    connection = sqlite3.connect(database)
    query = f"""SELECT t.*, {LINE_COLUMNS} FROM {JOINED} WHERE t.run_id = ? AND t.loan_fact_id IN
    (SELECT x.id FROM loan_facts x JOIN loans y ON y.id = x.loan_id JOIN banks z ON z.id = y.bank_id WHERE z.name = ? AND y.note_no = ?)"""
    for bank, note in loans:
        connection.execute(query, [run, bank, note]).fetchall()
