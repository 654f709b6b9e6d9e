"""异议: what enterprises object to, open or settled, for whoever sees their county."""

from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts.roles import COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.intake.sheets import BY_NAME
from reports.writing.csv_files import csv_text

SHEET = "异议"
KEYS = (
    "year", "uscc", "enterprise", "county", "received_on", "matter", "outcome", "settled_on", "document_no", "open",
)  # fmt: skip
NAMED = ("uscc", "enterprise", "matter", "document_no")


def on_file(connection: Connection, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """The objections that a scope sees, the open ones first, then the latest."""
    fact, anchor, company = models.ObjectionFact, models.Enterprise, models.EnterpriseFact
    query = (
        select(
            fact.year, anchor.uscc, company.name, company.county, fact.received_on, fact.matter, fact.outcome,
            fact.settled_on, fact.document_no,
        )
        .join(anchor, anchor.id == fact.enterprise_id)
        .join(company, (company.enterprise_id == anchor.id) & company.retired_by.is_(None))
        .where(fact.retired_by.is_(None))
        .order_by(fact.outcome.is_not(None), fact.received_on.desc(), anchor.uscc)
    )  # fmt: skip
    if scope.kind == COUNTY:
        query = query.where(company.county == scope.name)
    return [
        {
            "year": row.year, "uscc": row.uscc, "enterprise": row.name, "county": row.county,
            "received_on": row.received_on.isoformat(), "matter": row.matter, "outcome": row.outcome,
            "settled_on": row.settled_on.isoformat() if row.settled_on else None, "document_no": row.document_no,
            "open": row.outcome is None,
        }
        for row in connection.execute(query)
    ]  # fmt: skip


def is_on_file(connection: Connection, year: str, uscc: str, received_on: str) -> bool:
    """Whether an objection of this key is on file: what is entered for it then amends it."""
    return any(
        (str(one["year"]), one["uscc"], one["received_on"]) == (year, uscc, received_on) for one in on_file(connection)
    )


def as_file(
    year: str, uscc: str, received_on: str, matter: str, outcome: str, settled_on: str, document_no: str
) -> tuple[str, bytes]:
    """One objection as the file by which it is taken: its name and bytes."""
    values = [year, uscc, received_on, matter, outcome, settled_on, document_no]
    text = "".join(csv_text([column.header for column in BY_NAME[SHEET].columns], [values]))
    return f"{SHEET}-{year}-{uscc}.csv", text.encode()
