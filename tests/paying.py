"""What the tests of payments share: rows to pay of a run, the findings of a file, and where the money stands."""

from datetime import date

from sqlalchemy import Engine, func, select

import lives
from ledger import db, models
from ledger.payments import Paid
from ledger.settlement import RunRecord, read_run
from ledger.workdays import today
from lives import Row
from reports import balance

CITY, COUNTY, BANK, ENTERPRISE = list(lives.LEG_DAYS)[:4]


def run_of(engine: Engine, number: int = 1) -> RunRecord:
    with db.reading(engine) as connection:
        return read_run(connection, number)


def rows_to_pay(engine: Engine, number: int = 1) -> list[Row]:
    return lives.to_pay(engine, run_of(engine, number))


def leg(rows: list[Row], name: str) -> list[Row]:
    return [row for row in rows if row["环节"] == name]


def lines_of(outcome: Paid) -> list[str]:
    return [finding.line() for finding in outcome.findings]


def contents(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with db.reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in models.Base.metadata.sorted_tables
        }


def standing(engine: Engine, until: date | None = None, number: int = 1) -> balance.Balance:
    with db.reading(engine) as connection:
        return balance.balance(connection, read_run(connection, number), until or today())


def first(rows: list[Row], name: str, item: str = "贴息") -> Row:
    return next(row for row in rows if row["环节"] == name and row["补助项目"] == item)


def csv_of(rows: list[Row], headers: list[str] | None = None) -> str:
    headers = headers or list(rows[0])
    lines = [headers, *[["" if row[header] is None else str(row[header]) for header in headers] for row in rows]]
    return "\n".join(",".join(line) for line in lines)
