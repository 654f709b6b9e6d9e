"""第二条: what a review's lines pay."""

from sqlalchemy import Connection, func, null, select

from ledger import models
from ledger.facts.of_lines import with_enterprises, with_loans_and_enterprises
from ledger.programmes.chokepoint import tables
from ledger.programmes.dues import dues
from ledger.programmes.flow import CITY_PAYS, Due


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第二条: risk subsidies by county and bank, premium subsidies and grants by county and enterprise; all of it the city's."""
    loans, policies, grants = tables.ChokepointLoanLine, tables.ChokepointPolicyLine, tables.ChokepointGrantLine
    company, anchor, loan, bank = models.EnterpriseFact, models.Enterprise, models.Loan, models.Bank
    by_bank = select(company.county, loan.bank_id, null(), func.sum(loans.subsidy_fen))
    risk = (
        with_loans_and_enterprises(by_bank, loans)
        .where(loans.run_id == run_id, loans.subsidy_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name)
        .order_by(bank.name)
    )
    found = dues("risk", connection.execute(risk), (CITY_PAYS,))
    for item, line, amount in (
        ("premium", policies, policies.subsidy_fen),
        ("grant", grants, grants.granted_fen),
    ):
        by_enterprise = select(company.county, null(), company.enterprise_id, func.sum(amount))
        query = (
            with_enterprises(by_enterprise, line)
            .where(line.run_id == run_id, amount > 0)
            .group_by(company.county, company.enterprise_id, anchor.uscc)
            .order_by(anchor.uscc)
        )
        found += dues(item, connection.execute(query), (CITY_PAYS,))
    return found
