"""第十七条: loans, repayments and extensions whose papers have not come, by the dates on file, for whoever asks day by day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, exists, select

from ledger import models
from ledger.accounts.scope import Scope, bank_ids, counties, programmes
from ledger.facts import positions
from ledger.facts.approved import approved_runs
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_banks
from ledger.programmes.tech_branch.papers import REQUIRED
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT
from ledger.workdays import Calendar, day_date, day_number
from reports.waiting.due import Due

_KEY = "tech_branch"


def due(connection: Connection, scope: Scope, day: date, within: int) -> Iterator[Due]:
    """The events that a scope sees whose papers are missing on a day: due through so many working days after it, or late and
    of a year without an approved run."""
    seen = programmes(scope)
    if seen is not None and _KEY not in seen:
        return
    calendar = positions.calendar(connection)
    allowed = DOCUMENT.number_near("upload_workdays", day)
    last = _after(calendar, day, within) if within else day
    settled = {row.year for row in approved_runs(connection, _KEY)}
    names = bank_names(connection)
    for event, row in _missing(connection, scope, day):
        due_on = _after(calendar, row.event_on, allowed)
        if due_on is not None and due_on < day:
            wanted = row.event_on.year not in settled
        else:
            wanted = due_on is None or last is None or due_on <= last
        if not wanted:
            continue
        yield Due(
            names.printed(row.bank_id), row.note_no, row.name, row.county, event, row.event_on, due_on,
            None if due_on is None else _left(calendar, day, due_on), REQUIRED[event], REQUIRED[event],
        )  # fmt: skip


def _missing(connection: Connection, scope: Scope, day: date) -> Iterator[tuple[str, Any]]:
    """Each event on or before a day whose papers neither came by then nor are excused: what it is, and its row."""
    loan, repaid, extended = models.LoanFact, models.RepaymentFact, models.ExtensionFact
    for event, fact, event_on in (
        ("发放", loan, loan.disbursed_on), ("还款", repaid, repaid.paid_on), ("展期", extended, extended.extended_on)
    ):  # fmt: skip
        yield from ((event, row) for row in connection.execute(_query(connection, scope, fact, event_on, day)))


def _query(connection: Connection, scope: Scope, fact: Any, event_on: Any, day: date) -> Any:
    loan, company, waiver = models.LoanFact, models.EnterpriseFact, models.UploadWaiverFact
    query = with_banks(
        select(models.Loan.bank_id, models.Loan.note_no, company.name, company.county, event_on.label("event_on"))
    ).join_from(loan, company, (company.enterprise_id == loan.enterprise_id) & company.retired_by.is_(None))
    if fact is not loan:
        query = query.join_from(loan, fact, fact.loan_id == loan.loan_id).where(fact.retired_by.is_(None))
    excused = exists().where(
        waiver.loan_id == loan.loan_id, waiver.event_on == event_on, waiver.retired_by.is_(None)
    )  # fmt: skip
    return query.where(
        loan.retired_by.is_(None), loan.product == PRODUCT, loan.disbursed_on <= day, event_on <= day,
        fact.uploaded_on.is_(None) | (fact.uploaded_on > day), ~excused, *_seen(connection, scope),
    )  # fmt: skip


def _seen(connection: Connection, scope: Scope) -> Iterator[ColumnElement[bool]]:
    banks, places = bank_ids(connection, scope), counties(scope)
    if banks is not None:
        yield models.Loan.bank_id.in_(banks)
    if places is not None:
        yield models.EnterpriseFact.county.in_(places)


def _after(calendar: Calendar, day: date, workdays: int) -> date | None:
    """The day that is so many working days after another; None where the calendar does not know it."""
    found = calendar.add_workdays(_days(day), workdays)
    return None if calendar.take_missing() else day_date(int(found[0]))


def _left(calendar: Calendar, day: date, due_on: date) -> int | None:
    """Working days from a day to the due day, that day not counted; below 0: gone by since."""
    first, last = (due_on, day) if due_on < day else (day, due_on)
    count = int(calendar.count_workdays(_days(first), _days(last))[0])
    return None if calendar.take_missing() else (-count if due_on < day else count)


def _days(day: date) -> Any:
    return np.array([day_number(day)], dtype=np.int64)
