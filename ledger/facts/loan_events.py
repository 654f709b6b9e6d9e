"""The dated business of a loan that papers belong to: disbursement, repayments and extensions, as facts in force say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models

# what an event is, and where it stands: the model of the facts, its day
SOURCES: Mapping[str, tuple[Any, Any]] = dict(
    zip(
        models.PAPER_EVENTS,
        (
            (models.LoanFact, models.LoanFact.disbursed_on),
            (models.RepaymentFact, models.RepaymentFact.paid_on),
            (models.ExtensionFact, models.ExtensionFact.extended_on),
        ),
        strict=True,
    )
)


def loan_id(connection: Connection, bank_id: int, note_no: str) -> int | None:
    """The loan on file of a bank's note; None where there is none."""
    loan, fact = models.Loan, models.LoanFact
    query = select(loan.id).join(fact, fact.loan_id == loan.id).where(fact.retired_by.is_(None))
    return connection.execute(query.where(loan.bank_id == bank_id, loan.note_no == note_no)).scalar_one_or_none()


def disbursed_on(connection: Connection, loan: int) -> date:
    """When a loan on file was disbursed."""
    fact = models.LoanFact
    found: date = connection.execute(
        select(fact.disbursed_on).where(fact.loan_id == loan, fact.retired_by.is_(None))
    ).scalar_one()
    return found


def reported(connection: Connection, loan: int, event: str, event_on: date) -> tuple[bool, date | None]:
    """Whether such an event of a loan is among the facts, and the upload day that was reported for it."""
    fact, day = SOURCES[event]
    query = select(fact.uploaded_on).where(fact.loan_id == loan, day == event_on, fact.retired_by.is_(None))
    row = connection.execute(query).one_or_none()
    return (False, None) if row is None else (True, row.uploaded_on)
