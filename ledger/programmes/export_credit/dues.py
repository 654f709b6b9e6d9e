"""第11条: what a review's lines pay and claim back, all of it the city's."""

from typing import Any

from sqlalchemy import Connection, Select, and_, func, null, select

from ledger import models
from ledger.facts.of_lines import with_enterprises
from ledger.programmes.dues import dues
from ledger.programmes.export_credit.programme import PROGRAMME
from ledger.programmes.export_credit.tables import CreditClaim, CreditLine
from ledger.programmes.flow import CITY_PAYS, Due

(ITEM,) = (item.key for item in PROGRAMME.items)


def owed(connection: Connection, run_id: int) -> list[Due]:
    """What the lines pay, by county and enterprise."""
    query = _lines(CreditLine.subsidy_fen).where(CreditLine.run_id == run_id, CreditLine.subsidy_fen > 0)
    return dues(ITEM, connection.execute(query), (CITY_PAYS,))


def claimed(connection: Connection, run_id: int) -> list[Due]:
    """What a run claims back, by county and enterprise, as of the line that paid."""
    line, claim = CreditLine, CreditClaim
    paid_by = and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no)
    query = _lines(claim.claim_fen).join(claim, paid_by).where(claim.run_id == run_id)
    return dues(ITEM, connection.execute(query), (CITY_PAYS,))


def _lines(fen: Any) -> Select[*tuple[Any, ...]]:
    """Sums over lines by county and enterprise."""
    company, anchor = models.EnterpriseFact, models.Enterprise
    query = with_enterprises(select(company.county, null(), company.enterprise_id, func.sum(fen)), CreditLine)
    return query.group_by(company.county, company.enterprise_id, anchor.uscc).order_by(anchor.uscc)
