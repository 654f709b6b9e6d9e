"""第六条: interest and bonus as they are due, each borne by the city and the county."""

from typing import Any

from sqlalchemy import Connection, Select, and_, func, null, select

from ledger import models
from ledger.facts.of_lines import with_loans_and_enterprises
from ledger.programmes.dues import dues
from ledger.programmes.flow import Due
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.programme import PROGRAMME

PAYERS = PROGRAMME.payers


def interest_and_bonus(connection: Connection, query: Select[*tuple[Any, ...]], amounts: Any) -> list[Due]:
    """Interest by county, bank and enterprise, then bonus by county and bank.

    query: of nothing yet, over lines joined with the loan, bank, enterprise and enterprise's facts that they speak of;
    amounts: the model that holds interest_city_fen, bonus_county_fen, …
    """
    loan, bank, company, anchor = models.Loan, models.Bank, models.EnterpriseFact, models.Enterprise
    interest = (
        query.add_columns(
            company.county, loan.bank_id, company.enterprise_id, func.sum(amounts.interest_city_fen),
            func.sum(amounts.interest_county_fen),
        )
        .where(amounts.interest_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name, company.enterprise_id, anchor.uscc)
        .order_by(bank.name, anchor.uscc)
    )  # fmt: skip
    bonus = (
        query.add_columns(
            company.county, loan.bank_id, null(), func.sum(amounts.bonus_city_fen), func.sum(amounts.bonus_county_fen)
        )
        .where(amounts.bonus_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name)
        .order_by(bank.name)
    )
    return [*dues("interest", connection.execute(interest), PAYERS), *dues("bonus", connection.execute(bonus), PAYERS)]


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第六条: the interest that the lines pay, by county, bank and enterprise, then the bonus, by county and bank."""
    line = tables.TechBranchLine
    query = with_loans_and_enterprises(select(), line).where(line.run_id == run_id)
    return interest_and_bonus(connection, query, line)


def claimed(connection: Connection, run_id: int) -> list[Due]:
    """What a run claims back: interest by county, bank and enterprise, bonus by county and bank, as of the line that paid."""
    claim, line = tables.TechBranchClaim, tables.TechBranchLine
    paid_by = and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no)
    query = with_loans_and_enterprises(select(), line).join(claim, paid_by).where(claim.run_id == run_id)
    return interest_and_bonus(connection, query, claim)
