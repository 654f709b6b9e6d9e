"""Whom a line of a run speaks of: its loan, bank and enterprise, in the versions that the run went by."""

from typing import Any, TypeVar

from sqlalchemy import Select

from ledger import models

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


def with_loans(query: _Query, line: Any) -> _Query:
    """A query over a model of lines of loans, joined with LoanFact, Loan and Bank."""
    fact, loan, bank = models.LoanFact, models.Loan, models.Bank
    joined = query.select_from(line).join(fact, fact.id == line.loan_fact_id)
    return joined.join(loan, loan.id == fact.loan_id).join(bank, bank.id == loan.bank_id)


def with_enterprises(query: _Query, line: Any) -> _Query:
    """A query over a model of lines, joined with EnterpriseFact and Enterprise."""
    company, anchor = models.EnterpriseFact, models.Enterprise
    joined = query.select_from(line).join(company, company.id == line.enterprise_fact_id)
    return joined.join(anchor, anchor.id == company.enterprise_id)


def with_loans_and_enterprises(query: _Query, line: Any) -> _Query:
    """A query over a model of lines of loans, joined with all that a line speaks of."""
    company, anchor = models.EnterpriseFact, models.Enterprise
    joined = with_loans(query, line).join(company, company.id == line.enterprise_fact_id)
    return joined.join(anchor, anchor.id == company.enterprise_id)
