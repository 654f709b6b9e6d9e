"""The bonus rates that a run went by: the year's, and the banks' own, as they were on file when it was made.

A run stores each line's rate but not whose it was; facts are never overwritten, so what it saw can still be read.
"""

from collections.abc import Collection

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.programmes.tech_branch import tables
from ledger.runs.settlement import RunRecord
from reports.lineage.rules import seen


def bonus_rate_notes(connection: Connection, run: RunRecord, banks: Collection[str]) -> list[tuple[str, str]]:
    """第六条, for sheet 说明: the year's bonus rate, and the own rates (差别化) of those of the banks that had one."""
    year_fact, bank_fact, bank = models.YearRateFact, tables.BonusRateFact, models.Bank
    of_year = connection.execute(
        select(year_fact.rate_e4).where(year_fact.year == run.year, year_fact.item == "奖补", *seen(year_fact, run))
    ).scalar_one_or_none()
    own = connection.execute(
        select(bank.name, bank_fact.rate_e4)
        .join(bank, bank.id == bank_fact.bank_id)
        .where(bank_fact.year == run.year, *seen(bank_fact, run))
    ).all()
    listed = [f"{row.name} {money.percent_text(row.rate_e4)}%" for row in sorted(own) if row.name in banks]
    rate = run.law["bonus_rate"] if of_year is None else of_year
    return [
        ("本年度奖补比例", f"{money.percent_text(rate)}%"),
        ("所列银行差别化奖补比例", "；".join(listed) or "无"),
    ]
