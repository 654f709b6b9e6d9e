"""What if: a year of 科技支行贷款 settled with other numbers, beside its stored lines, as frames of the same columns."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from ledger import models
from ledger.database import db
from ledger.errors import Refused
from ledger.facts.of_lines import with_loans_and_enterprises
from ledger.lazy import pd
from ledger.programmes.assuming import Assuming
from ledger.programmes.assumptions import Assumptions
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.positions import budgets_of, rate_of, read_positions, values_of
from ledger.programmes.tech_branch.year import require_in_force, settlement_day, year_end
from ledger.workdays import today

AMOUNTS = (
    "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus", "bonus_city",
    "bonus_county",
)  # fmt: skip
COLUMNS = ("county", "bank", "uscc", "enterprise_name", "note_no", "balance", *AMOUNTS, "reasons")


def _day(year: int, as_of: date | None) -> tuple[date, bool]:
    """The as-of date, and whether the year is not over: then today's balances stand for those of December 31."""
    require_in_force(year)
    now = today()
    if year_end(year) <= now:
        return settlement_day(year, as_of, now), False
    if as_of not in (None, now):
        raise Refused(f"{year} 年度尚未结束，只能以今天（{now}）的余额测算，不能另定截止日 {as_of}")
    return now, True


def _settled(connection: Connection, year: int, as_of: date, assumed: Assumptions) -> pd.DataFrame:
    """The facts on file settled under assumptions, as COLUMNS."""
    facts, identity = read_positions(connection, year, as_of, assumed=assumed)
    lines, _ = policy.settle(facts, values_of(year, assumed))
    # texts of the kind that stored lines have: the two are compared
    return lines.join(identity)[list(COLUMNS)].reset_index(drop=True).infer_objects()


def _stored(connection: Connection, run_id: int) -> pd.DataFrame:
    """The lines of a run as they were stored, as COLUMNS."""
    line, loan, bank = tables.TechBranchLine, models.Loan, models.Bank
    company, anchor = models.EnterpriseFact, models.Enterprise
    columns = select(
        company.county, bank.name.label("bank"), anchor.uscc, company.name.label("enterprise_name"), loan.note_no,
        *(getattr(line, f"{name}_fen").label(name) for name in ("balance", *AMOUNTS)), line.reasons,
    )  # fmt: skip
    query = with_loans_and_enterprises(columns, line).where(line.run_id == run_id)
    return db.fetch_frame(connection, query.order_by(line.line_no))


def _own_rates(connection: Connection, year: int) -> int:
    """How many banks have a bonus rate of their own for the year (差别化), which the year's rate does not touch."""
    fact = tables.BonusRateFact
    return len(connection.execute(select(fact.id).where(fact.retired_by.is_(None), fact.year == year)).all())


def _number(connection: Connection, year: int, parameter: str, item: str) -> int:
    """What a settlement goes by: the year's own rate of the item, else the law's value."""
    law = values_of(year)[parameter]
    return rate_of(connection, year, item, law) if item else law


def _law(year: int, parameter: str) -> int:
    return values_of(year)[parameter]


def _budget(connection: Connection, year: int, scope: str) -> int | None:
    return budgets_of(connection, year).get(scope)


ASSUMING = Assuming(AMOUNTS, _day, _settled, _stored, _own_rates, _number, _law, _budget)
