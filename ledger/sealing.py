"""Seals: a chain of hashes over every approval, allotment, payment and closing, and over all facts on file by then.

Each seal holds the digest of every row that is new since the one before (facts, files, steps, journal) and, for an
approval, of the run and its lines. Its hash covers that and the hash before it, so nothing sealed can be changed, taken
out or put in between without breaking the chain; and since the digests are kept row by row, the row can be named.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Select, Table, func, insert, select

from ledger import db, models
from ledger.intake.sheets import SHEETS
from ledger.workdays import now

START = "0" * 64  # what the first seal follows
KEY_BYTES, DIGEST_BYTES = 8, 16
_KEY_2 = 1 << 24  # a key of two columns: the second stays below this (postings of an entry, lines of a drawing)

FACTS = tuple(dict.fromkeys(models.table_of(sheet.model) for sheet in SHEETS))
# Rows are only ever added to these; they are sealed as they come, by their number. Facts carry a mark that they were
# retired, which comes later: it is sealed apart, by the change that set it.
GROWING = (
    *(models.table_of(model) for model in (models.Intake, models.Change)),
    *(models.table_of(model) for model in (models.Enterprise, models.Bank, models.Project, models.Loan)),
    *FACTS,
    *(models.table_of(model) for model in (models.RunStep, models.SpotCheck, models.SpotCheckResult)),
    models.table_of(models.JournalEntry),
)
# Rows that belong to one of those: (table, column that names it, column that numbers them).
PARTS = (
    (models.table_of(models.JournalPosting), "entry_id", "posting_no", models.table_of(models.JournalEntry)),
    (models.table_of(models.SpotCheckLine), "check_id", "order_no", models.table_of(models.SpotCheck)),
)
RUNS = models.table_of(models.Run)
LINES = (
    (models.table_of(models.RunBudget), "step"),
    (models.table_of(models.TechBranchLine), "line_no"),
    (models.table_of(models.TechBranchClaim), "claim_no"),
    (models.table_of(models.ChokepointLoanLine), "line_no"),
    (models.table_of(models.ChokepointPolicyLine), "line_no"),
    (models.table_of(models.ChokepointGrantLine), "line_no"),
    (models.table_of(models.ChokepointInvestmentLine), "line_no"),
)
_NOT_SEALED = {"retired_by"}  # of a fact: sealed apart


def seal(connection: Connection, kind: str, run_id: int | None) -> str:
    """Adds the next seal within the caller's transaction and gives its hash."""
    table = models.table_of(models.Seal)
    number = db.next_id(connection, table)
    before = last(connection)
    ends = {name: part["to"] for name, part in before["tables"].items() if "to" in part} if before else {}
    changes_to = before["changes_to"] if before else 0
    content: dict[str, Any] = {"seal": number, "kind": kind, "run": run_id, "code_version": version("tiexi")}
    content["tables"], blobs = {}, {}
    for name, keyed, extent in _sealed_now(connection, ends, run_id if kind in ("approve", "adopt") else None):
        blob = b"".join(key.to_bytes(KEY_BYTES) + digest for key, digest in keyed)
        content["tables"][name] = {
            **extent, "rows": len(blob) // (KEY_BYTES + DIGEST_BYTES), "sha256": hashlib.sha256(blob).hexdigest(),
        }  # fmt: skip
        if blob:
            blobs[name] = blob
    content["changes_from"], content["changes_to"] = changes_to, _last_id(connection, models.table_of(models.Change))
    content["retired"] = retired(connection, content["changes_from"], content["changes_to"])
    content["made_at"] = now().isoformat()
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    previous = before["hash"] if before else START
    digest = link(previous, text)
    connection.execute(
        insert(models.Seal).values(
            id=number, kind=kind, run_id=run_id, made_at=now(), content=text, previous_hash=previous, hash=digest
        )
    )
    for name, blob in blobs.items():
        connection.execute(insert(models.SealedRows).values(seal_id=number, table_name=name, digests=blob))
    return digest


def link(previous: str, content: str) -> str:
    """A seal's hash: over the hash before it and its own content."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def last(connection: Connection) -> dict[str, Any] | None:
    """The newest seal's content with its hash; what each table was last sealed to, over all seals."""
    row = connection.execute(
        select(models.Seal.content, models.Seal.hash).order_by(models.Seal.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else {**json.loads(row.content), "hash": row.hash}


def _sealed_now(
    connection: Connection, ends: dict[str, int], run_id: int | None
) -> Iterator[tuple[str, Iterable[tuple[int, bytes]], dict[str, int]]]:
    """What a seal takes in: per table its name, its rows' keys and digests, and its extent."""
    reached = {}
    for table in GROWING:
        since, to = ends.get(table.name, 0), _last_id(connection, table)
        reached[table.name] = (since, to)
        yield table.name, growing_rows(connection, table, since, to), {"from": since, "to": to}
    for table, owner, part, of in PARTS:
        since, to = reached[of.name]
        yield table.name, part_rows(connection, table, owner, part, since, to), {"from": since, "to": to}
    if run_id is not None:
        yield RUNS.name, run_row(connection, run_id), {}
        for table, number in LINES:
            yield table.name, line_rows(connection, table, number, run_id), {}


def _last_id(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


# --- rows and their digests -------------------------------------------------------------------------------------------


def growing_rows(connection: Connection, table: Table, since: int, to: int) -> Iterator[tuple[int, bytes]]:
    """Keys and digests of the rows numbered (since, to]."""
    names = [column for column in table.c if column.name not in _NOT_SEALED]
    query = select(table.c.id.label("sealed_key"), *names).where(table.c.id > since, table.c.id <= to)
    return _digests(connection, query.order_by(table.c.id))


def part_rows(
    connection: Connection, table: Table, owner: str, part: str, since: int, to: int
) -> Iterator[tuple[int, bytes]]:
    """Keys and digests of the rows that belong to owners numbered (since, to]."""
    key = (table.c[owner] * _KEY_2 + table.c[part]).label("sealed_key")
    query = select(key, *table.c).where(table.c[owner] > since, table.c[owner] <= to)
    return _digests(connection, query.order_by(table.c[owner], table.c[part]))


def run_row(connection: Connection, run_id: int) -> Iterator[tuple[int, bytes]]:
    """Key and digest of a run itself."""
    return _digests(connection, select(RUNS.c.id.label("sealed_key"), *RUNS.c).where(RUNS.c.id == run_id))


def line_rows(connection: Connection, table: Table, number: str, run_id: int) -> Iterator[tuple[int, bytes]]:
    """Keys and digests of a run's lines."""
    query = select(table.c[number].label("sealed_key"), *table.c).where(table.c.run_id == run_id)
    return _digests(connection, query.order_by(table.c[number]))


def _digests(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[tuple[int, bytes]]:
    """Each row's key (its first column) and the digest of the others, by name and text."""
    names = [column.name for column in query.selected_columns][1:]
    head = ("\x1f".join(names) + "\x1e").encode()
    for row in connection.execute(query, execution_options={"yield_per": 10_000}):
        text = "\x1f".join([_text(value) for value in row[1:]])
        yield row[0], hashlib.sha256(head + text.encode()).digest()[:DIGEST_BYTES]


def _text(value: Any) -> str:
    """A value's text, the same from both databases; None is not the empty text."""
    if value is None:
        return "\x00"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.hex() if isinstance(value, bytes) else str(value)


def unpack(blob: bytes) -> Iterator[tuple[int, bytes]]:
    """The keys and digests of a seal's rows, in their order."""
    step = KEY_BYTES + DIGEST_BYTES
    for start in range(0, len(blob), step):
        yield int.from_bytes(blob[start : start + KEY_BYTES]), blob[start + KEY_BYTES : start + step]


def retired(connection: Connection, since: int, to: int) -> dict[str, str]:
    """Per table of facts, a hash over which rows were retired by the changes numbered (since, to]."""
    found = {}
    for table in FACTS:
        query = (
            select(table.c.id, table.c.retired_by)
            .where(table.c.retired_by > since, table.c.retired_by <= to)
            .order_by(table.c.id)
        )
        digest = hashlib.sha256()
        for row in connection.execute(query):
            digest.update(f"{row.id}:{row.retired_by}\n".encode())
        found[table.name] = digest.hexdigest()
    return found
