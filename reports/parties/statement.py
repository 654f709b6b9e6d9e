"""对账单: all that is on file of one enterprise, bank, insurer or investor over all years and programmes.

A successor lists the banks that it took over each under its own heading. Years show their approved run, else the latest
trial, which is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import NotFound
from ledger.facts.bank_names import BankNames, bank_names
from ledger.facts.of_lines import with_banks
from ledger.intake.sending import of_own_unit
from ledger.runs.settlement import RunRecord
from reports.fact_words import row_words
from reports.lineage import rules
from reports.money import party_money
from reports.parties import finding as parties
from reports.parties import seen_parties
from reports.parties.finding import Kind, Party
from reports.runs import run_lines, seen
from reports.runs.run_lines import Lines, Row


@dataclass(frozen=True)
class Verdict:
    """A line of a run that is the party's: whose heading it stands under, its kind and its row as papers call banks."""

    run: RunRecord
    lines: Lines
    row: Row


@dataclass(frozen=True)
class Part:
    """What is on file of an enterprise or of one bank: under which heading, its loans, the verdicts on them, how the money
    moved, and every row on file. An insurer or investor has neither loans nor money of its own in the books."""

    heading: str
    loans: Sequence[Sequence[Any]]
    verdicts: Sequence[Verdict]
    moved: Sequence[party_money.Moved]
    facts: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Statement:
    """A statement: of whom, and its parts, more than one only of a bank that took others over."""

    party: Party
    parts: Sequence[Part]


def of_enterprise(connection: Connection, code: str, scope: Scope = EVERYTHING) -> Statement:
    """The statement of an enterprise as a scope sees it; NotFound for a code that is not on file."""
    anchor = models.Enterprise
    party = next(iter(parties.enterprises(connection, scope, anchor.uscc == code)), None)
    if party is None:
        raise NotFound(f"没有统一社会信用代码「{code}」的企业；请核对", "，或用 tiexi find 按名称查找")
    number = connection.execute(select(anchor.id).where(anchor.uscc == code)).scalar_one()
    names, posting = bank_names(connection), models.JournalPosting
    part = Part(
        f"{party.name}（{party.code}）",
        _loans(connection, names, models.LoanFact.enterprise_id == number, of_bank=False, scope=scope),
        _verdicts(connection, "enterprise", code, scope),
        _moved(connection, posting.enterprise_id == number, scope),
        _facts(connection, "enterprise_id", number, scope),
    )
    return Statement(party, [part])


def of_bank(connection: Connection, name: str, scope: Scope = EVERYTHING) -> Statement:
    """The statement of a bank as a scope sees it, by any name it has had; NotFound for one that is not on file."""
    names = bank_names(connection)
    bank_id, own = names.id_of(name), seen_parties.banks(connection, scope)
    if bank_id is None or (own is not None and bank_id not in own):
        raise NotFound(f"没有银行「{name}」；请核对名称", "，或用 tiexi find 查找")
    party = next(one for one in parties.banks(connection, scope) if one.known == names.anchor_of(bank_id))
    taken_over = [one for one in sorted(names.predecessors(bank_id), key=names.printed) if own is None or one in own]
    return Statement(party, [_part_of_bank(connection, names, number, scope) for number in (bank_id, *taken_over)])


def of_institution(connection: Connection, kind: Kind, name: str, scope: Scope = EVERYTHING) -> Statement:
    """The statement of an insurer or an investor as a scope sees it; NotFound for one that no sheet names."""
    party = next((one for one in parties.institutions(connection, kind, scope) if one.known == name), None)
    if party is None:
        raise NotFound(f"没有{parties.KIND_NAMES[kind]}「{name}」；请核对名称", "，或用 tiexi find 查找")
    part = Part(name, [], _verdicts(connection, kind, name, scope), [], _facts(connection, kind, name, scope))
    return Statement(party, [part])


def _part_of_bank(connection: Connection, names: BankNames, bank_id: int, scope: Scope) -> Part:
    return Part(
        names.printed(bank_id),
        _loans(connection, names, models.Loan.bank_id == bank_id, of_bank=True, scope=scope),
        _verdicts(connection, "bank", names.anchor_of(bank_id), scope),
        _moved(connection, models.JournalPosting.bank_id == bank_id, scope),
        _facts(connection, "bank_id", bank_id, scope),
    )


def _moved(connection: Connection, whose: ColumnElement[bool], scope: Scope) -> list[party_money.Moved]:
    own = seen_parties.movements(connection, scope)
    return [one for one in party_money.moved(connection, whose) if own(one)]


def _loans(connection: Connection, names: BankNames, condition: Any, of_bank: bool, scope: Scope) -> list[list[Any]]:
    """The loans in force: with whom, note number, product, amount, dates (due as extended), rate, guarantee, repaid, balance."""
    fact, loan, paid, extension = models.LoanFact, models.Loan, models.RepaymentFact, models.ExtensionFact
    company = models.EnterpriseFact
    asked = select(fact.loan_id).join(loan, loan.id == fact.loan_id).where(fact.retired_by.is_(None), condition)
    repaid = (
        select(paid.loan_id, func.sum(paid.principal_fen).label("repaid"))
        .where(paid.retired_by.is_(None), paid.loan_id.in_(asked))
        .group_by(paid.loan_id)
        .subquery()
    )
    moved = (
        select(extension.loan_id, func.max(extension.new_due_on).label("due_on"))
        .where(extension.retired_by.is_(None), extension.loan_id.in_(asked))
        .group_by(extension.loan_id)
        .subquery()
    )
    query = (
        select(
            loan.bank_id, company.name, loan.note_no, fact.product, fact.amount_fen, fact.disbursed_on,
            func.coalesce(moved.c.due_on, fact.due_on), fact.rate_e4, fact.guarantee, func.coalesce(repaid.c.repaid, 0),
        )
        .join(loan, loan.id == fact.loan_id)
        .join(company, (company.enterprise_id == fact.enterprise_id) & company.retired_by.is_(None))
        .outerjoin(repaid, repaid.c.loan_id == fact.loan_id)
        .outerjoin(moved, moved.c.loan_id == fact.loan_id)
        .where(fact.retired_by.is_(None), condition, *seen_parties.loans(connection, scope))
        .order_by(fact.disbursed_on, loan.bank_id, loan.note_no)
    )  # fmt: skip
    return [
        [
            enterprise if of_bank else names.printed(bank_id), note_no, product, amount, lent_on.isoformat(),
            due_on.isoformat(), rate, guarantee, int(repaid), amount - int(repaid),
        ]
        for bank_id, enterprise, note_no, product, amount, lent_on, due_on, rate, guarantee, repaid in connection.execute(query)
    ]  # fmt: skip


def _facts(connection: Connection, column: str, known: int | str, scope: Scope) -> list[list[Any]]:
    """Every row in force that speaks of the party, or of one of its loans, and that a scope sees: sheet, content, file, row,
    version, by whom, when. An institution reads of rows about its own business alone, and the names of its own files."""
    loan, loan_fact = models.table_of(models.Loan), models.table_of(models.LoanFact)
    own = {
        "bank_id": select(loan.c.id).where(loan.c.bank_id == known),
        "enterprise_id": select(loan_fact.c.loan_id).where(
            loan_fact.c.enterprise_id == known, loan_fact.c.retired_by.is_(None)
        ),
    }.get(column)
    lent = with_banks(select(models.LoanFact.loan_id)).where(
        models.LoanFact.retired_by.is_(None), *seen_parties.loans(connection, scope)
    )
    brought = of_own_unit(connection, scope) if scope.of_institution else None
    found = []
    for sheet in seen_parties.sheets(scope):
        columns = models.table_of(sheet.model).c
        if column in columns:
            whose = [columns[column] == known]
        elif "loan_id" in columns and own is not None:
            whose = [columns["loan_id"].in_(own)]
        else:
            continue
        if scope != EVERYTHING and "loan_id" in columns:
            whose.append(columns["loan_id"].in_(lent))
        elif scope.of_institution and column == "enterprise_id":
            if scope.kind not in columns:
                continue
            whose.append(columns[scope.kind] == scope.name)
        for fact in rules.facts(connection, sheet.model, *whose, columns["retired_by"].is_(None)):
            when = fact["received_at"].isoformat(sep=" ", timespec="minutes")
            told = brought is None or brought(fact["intake_id"], fact["brought_by"])
            file, by = (fact["file_name"], fact["uploader"]) if told else ("", "")
            found.append([sheet.name, row_words(sheet, fact), file, fact["sheet_row"], fact["version"], by, when])
    return found


def _verdicts(connection: Connection, kind: Kind, known: str, scope: Scope) -> list[Verdict]:
    """The lines of every year's run, by year; known: what the lines call the party."""
    found = []
    for run in parties.years_runs(connection, scope):
        for lines in run_lines.of_programme(run.programme):
            if column := parties.column_of(lines, kind):
                own = seen.lines_seen(connection, lines, run.programme, scope)
                named = parties.names(lines, column, known)
                for row in run_lines.read(connection, lines, run.id, named, *own, printed=True):
                    found.append(Verdict(run, lines, row))
    return found
