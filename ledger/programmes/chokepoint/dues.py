"""第二条: what a review's lines pay."""

from sqlalchemy import Connection, func, null, select

from ledger import models
from ledger.programmes.dues import dues
from ledger.programmes.flow import CITY_PAYS, Due


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第二条: risk subsidies by county and bank, premium subsidies and grants by county and enterprise; all of it the city's."""
    loans, policies, grants = models.ChokepointLoanLine, models.ChokepointPolicyLine, models.ChokepointGrantLine
    company, anchor, fact = models.EnterpriseFact, models.Enterprise, models.LoanFact
    loan, bank = models.Loan, models.Bank
    risk = (
        select(company.county, loan.bank_id, null(), func.sum(loans.subsidy_fen))
        .select_from(loans)
        .join(fact, fact.id == loans.loan_fact_id)
        .join(loan, loan.id == fact.loan_id)
        .join(bank, bank.id == loan.bank_id)
        .join(company, company.id == loans.enterprise_fact_id)
        .where(loans.run_id == run_id, loans.subsidy_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name)
        .order_by(bank.name)
    )
    found = dues("risk", connection.execute(risk), (CITY_PAYS,))
    for item, line, amount in (
        ("premium", policies, policies.subsidy_fen),
        ("grant", grants, grants.granted_fen),
    ):
        query = (
            select(company.county, null(), company.enterprise_id, func.sum(amount))
            .select_from(line)
            .join(company, company.id == line.enterprise_fact_id)
            .join(anchor, anchor.id == company.enterprise_id)
            .where(line.run_id == run_id, amount > 0)
            .group_by(company.county, company.enterprise_id, anchor.uscc)
            .order_by(anchor.uscc)
        )
        found += dues(item, connection.execute(query), (CITY_PAYS,))
    return found
