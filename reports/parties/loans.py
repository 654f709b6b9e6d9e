"""Loans on file with what each year's run says of them, page by page: what a bank or an office looks at first.

Of a year the approved run counts, else its latest trial. Nothing is computed: what a run gave a loan is read from its lines.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope, programmes
from ledger.facts.approved import is_approved
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_banks
from ledger.runs.settlement import RunRecord, read_run
from reports.parties import seen_parties
from reports.runs import run_lines
from reports.runs.run_lines import Lines

SORTS = ("note_no", "disbursed_on", "amount_fen", "enterprise")
DEFAULT_SORT = "-disbursed_on"


class Verdict(NamedTuple):
    """What a run says of a loan: what it gives (header, fen), and the codes of what stopped it."""

    run: RunRecord
    gives: Sequence[tuple[str, int]]
    reasons: Sequence[str]

    @property
    def fen(self) -> int:
        """All that it gives."""
        return sum(fen for _, fen in self.gives)


@dataclass(frozen=True)
class Loan:
    """A loan on file, in its version in force; bank: as papers call it. verdicts: the newest year first."""

    loan_id: int
    bank: str
    note_no: str
    uscc: str
    enterprise: str
    county: str
    product: str
    amount_fen: int
    disbursed_on: date
    due_on: date
    rate_e4: int
    verdicts: list[Verdict] = field(default_factory=list)


class Found(NamedTuple):
    """One page of what was asked for, and how many there are in all."""

    items: list[Loan]
    total: int


def loans(
    connection: Connection,
    scope: Scope = EVERYTHING,
    q: str = "",
    bank: str = "",
    county: str = "",
    note: str = "",
    sort: str = DEFAULT_SORT,
    page: int = 1,
    size: int = 50,
) -> Found:
    """A page of the loans that a scope sees. q: a part of a note number, of an enterprise's name or code. bank: any name
    that the bank had. note: a whole note number. sort: note_no, disbursed_on, amount_fen or enterprise, the last first where a - stands before it."""
    fact, loan, company, anchor = models.LoanFact, models.Loan, models.EnterpriseFact, models.Enterprise
    query = (
        with_banks(
            select(
                loan.id, loan.bank_id, loan.note_no, anchor.uscc, company.name, company.county, fact.product,
                fact.amount_fen, fact.disbursed_on, fact.due_on, fact.rate_e4,
            )
        )
        .join_from(fact, anchor, anchor.id == fact.enterprise_id)
        .join(company, (company.enterprise_id == anchor.id) & company.retired_by.is_(None))
        .where(fact.retired_by.is_(None), *seen_parties.loans(connection, scope), *_asked(connection, q, bank, county, note))
    )  # fmt: skip
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    keys = {
        "note_no": loan.note_no,
        "disbursed_on": fact.disbursed_on,
        "amount_fen": fact.amount_fen,
        "enterprise": company.name,
    }
    key: Any = keys[sort.lstrip("-")]
    ordered = query.order_by(key.desc() if sort.startswith("-") else key, loan.note_no, loan.id)
    names = bank_names(connection)
    found = [
        Loan(row[0], names.printed(row[1]), *row[2:])
        for row in connection.execute(ordered.limit(size).offset((page - 1) * size))
    ]
    _add_verdicts(connection, scope, found)
    return Found(found, total)


def one(connection: Connection, scope: Scope, bank: str, note_no: str) -> Loan | None:
    """A loan by any name of its bank and its note number; None where it is not on file or outside the scope."""
    if not bank or not note_no:  # which neither names alone
        return None
    return next(iter(loans(connection, scope, bank=bank, note=note_no).items), None)


def _asked(connection: Connection, q: str, bank: str, county: str, note: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if bank:
        number = bank_names(connection).id_of(bank)
        found.append(models.Loan.bank_id == (-1 if number is None else number))
    if note:
        found.append(models.Loan.note_no == note)
    if county:
        found.append(models.EnterpriseFact.county == county)
    if q:
        parts = (models.Loan.note_no, models.EnterpriseFact.name, models.Enterprise.uscc)
        some = parts[0].contains(q, autoescape=True)
        for part in parts[1:]:
            some = some | part.contains(q, autoescape=True)
        found.append(some)
    return found


# --- verdicts -----------------------------------------------------------------------------------------------------------


def runs_that_count(connection: Connection, keys: Collection[str] | None = None) -> list[RunRecord]:
    """Of each year and document the approved run, else the latest trial: the newest year first."""
    run = models.Run
    query = select(run.id, run.programme, run.year).order_by(
        run.year.desc(), run.programme, is_approved().desc(), run.id.desc()
    )
    first: dict[tuple[str, int], int] = {}
    for row in connection.execute(query):
        if keys is None or row.programme in keys:
            first.setdefault((row.programme, row.year), row.id)
    return [read_run(connection, number) for number in first.values()]


def _add_verdicts(connection: Connection, scope: Scope, found: Sequence[Loan]) -> None:
    by_id: Mapping[int, Loan] = {loan.loan_id: loan for loan in found}
    runs: dict[str, list[RunRecord]] = defaultdict(list)
    for run in runs_that_count(connection, programmes(scope)) if by_id else ():
        runs[run.programme].append(run)
    for key, known in runs.items():
        for lines in run_lines.of_programme(key):
            if not lines.claims and "note_no" in lines.by_name:
                _add_of_lines(connection, lines, {run.id: run for run in known}, by_id)
    for loan in found:
        loan.verdicts.sort(key=lambda verdict: -verdict.run.year)


def _add_of_lines(
    connection: Connection, lines: Lines, runs: Mapping[int, RunRecord], by_id: Mapping[int, Loan]
) -> None:
    gives = [lines.by_name[name] for name in lines.gives]
    query = lines.joined(
        select(
            lines.line.run_id.label("verdict_run"), models.LoanFact.loan_id.label("verdict_loan"),
            lines.source("reasons").label("verdict_reasons"),
            *(lines.source(column.name).label(f"given_{place}") for place, column in enumerate(gives)),
        )
    )  # fmt: skip
    for run_id, loan_id, reasons, *given in connection.execute(
        query.where(lines.line.run_id.in_(runs), models.LoanFact.loan_id.in_(by_id))
    ):
        amounts = [(column.header, fen) for column, fen in zip(gives, given, strict=True)]
        by_id[loan_id].verdicts.append(Verdict(runs[run_id], amounts, (reasons or "").split(";") if reasons else []))
