"""Banks in the rows of a report as they are called in its run: machines read the name in force, papers the successor beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.facts.bank_names import bank_names, bank_names_of
from ledger.runs.settlement import RunRecord, read_run
from ledger.workbooks import near_names
from reports.report import LineColumn


def named(
    connection: Connection,
    run_id: int,
    columns: Sequence[LineColumn],
    rows: Iterable[Sequence[Any]],
    printed: bool = False,
) -> Iterator[Sequence[Any]]:
    """The rows of a run with its banks' names in the place of those of the anchors."""
    names = bank_names_of(connection, read_run(connection, run_id))
    place = next((place for place, column in enumerate(columns) if column.name == "bank"), None)
    if names.unchanged or place is None:
        yield from rows
        return
    called = names.printed_of if printed else names.in_force_of
    for row in rows:
        yield (*row[:place], called(row[place]), *row[place + 1 :])


def with_printed_banks(connection: Connection, run: RunRecord, rows: Iterable[Mapping[Any, Any]]) -> Iterator[Any]:
    """The rows of a run, in each of which its bank is called as papers call it."""
    names = bank_names_of(connection, run)
    for row in rows:
        yield row if names.unchanged else {**row, "bank": names.printed_of(row["bank"])}


def totals_with_printed_banks(connection: Connection, run: RunRecord) -> RunRecord:
    """A run in whose totals by bank each is called as papers call it."""
    names = bank_names_of(connection, run)
    if names.unchanged or "banks" not in run.summary:
        return run
    banks = [{**part, "bank": names.printed_of(part["bank"])} for part in run.summary["banks"]]
    return replace(run, summary={**run.summary, "banks": banks})


def unknown_loan_hint(connection: Connection, name: str, note_no: str) -> str:
    """What to look at when a bank and note are not on file: whose the note is, or which bank is meant, as the end of a sentence."""
    names = bank_names(connection)
    bank_id = names.id_of(name)
    if bank_id is None:
        near = near_names.nearest(name, names.ids())
        return f"（银行是否为「{near}」？）" if near else "；请核对银行名称与借据编号"
    loan = models.Loan
    owners = names.predecessors(bank_id)
    query = select(loan.bank_id).where(loan.bank_id.in_(owners), loan.note_no == note_no).order_by(loan.bank_id)
    owner = connection.execute(query).scalars().first() if owners else None
    if owner is not None:
        return f"；该借据在「{names.printed(owner)}」名下，请以原名称查询"
    return "；请核对银行名称与借据编号"
