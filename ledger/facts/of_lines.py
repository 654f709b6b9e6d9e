"""Whom a line of a run speaks of: its loan, bank and enterprise, in the versions that the run went by; and loans as they
are on file. Joined here and nowhere else, so that every report speaks of the same.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select, true

from ledger import models

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


def with_borrowers(query: _Query, line: Any) -> _Query:
    """A query over a model of lines of loans, joined with LoanFact, which says to whom the loan was lent: the enterprise
    that the line speaks of too, but found by an index."""
    fact = models.LoanFact
    return query.join_from(line, fact, fact.id == line.loan_fact_id)


def with_loans(query: _Query, line: Any) -> _Query:
    """A query over a model of lines of loans, joined with LoanFact, Loan and Bank."""
    return with_banks(with_borrowers(query, line))


def with_enterprises(query: _Query, line: Any) -> _Query:
    """A query over a model of lines, joined with EnterpriseFact and Enterprise."""
    company, anchor = models.EnterpriseFact, models.Enterprise
    joined = query.join_from(line, company, company.id == line.enterprise_fact_id)
    return joined.join_from(company, anchor, anchor.id == company.enterprise_id)


def with_loans_and_enterprises(query: _Query, line: Any) -> _Query:
    """A query over a model of lines of loans, joined with all that a line speaks of."""
    return with_enterprises(with_loans(query, line), line)


def lent_to(line: Any, codes: Collection[str]) -> ColumnElement[bool]:
    """Whether a line of a loan is of enterprises with these codes: found by their loans, which have an index, where lines
    have none by enterprise. True of lines that are not of loans."""
    if not hasattr(line, "loan_fact_id"):
        return true()
    fact, anchor = models.LoanFact, models.Enterprise
    theirs = select(fact.id).join(anchor, anchor.id == fact.enterprise_id).where(anchor.uscc.in_(codes))
    found: ColumnElement[bool] = line.loan_fact_id.in_(theirs)
    return found


def with_banks(query: _Query) -> _Query:
    """A query over versions of loans (LoanFact), joined with Loan and Bank."""
    fact, loan, bank = models.LoanFact, models.Loan, models.Bank
    return query.join_from(fact, loan, loan.id == fact.loan_id).join_from(loan, bank, bank.id == loan.bank_id)


def on_file(query: _Query, bank_name: str, note_no: str) -> _Query:
    """A query over one loan (Loan, Bank) and its version in force (LoanFact), which a withdrawn one has not. bank_name: as
    the bank's anchor has it."""
    fact, loan, bank = models.LoanFact, models.Loan, models.Bank
    in_force = and_(fact.loan_id == loan.id, fact.retired_by.is_(None))
    joined = query.join_from(loan, bank, bank.id == loan.bank_id).outerjoin_from(loan, fact, in_force)
    return joined.where(bank.name == bank_name, loan.note_no == note_no)
