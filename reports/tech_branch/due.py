"""第十七条: loans, repayments and extensions whose papers have not come, by receipts where these decide, else by the dates that
were reported, for whoever asks day by day."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select

from ledger import models
from ledger.accounts.scope import Scope, bank_ids, counties, programmes
from ledger.facts import loan_events, positions, receipts
from ledger.facts.approved import approved_runs
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_banks
from ledger.facts.receipts import Starts
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT, REQUIRED
from ledger.workdays import Calendar, day_date, day_number
from reports.waiting.due import Due

_KEY = "tech_branch"


def due(connection: Connection, scope: Scope, day: date, within: int) -> Iterator[Due]:
    """The events that a scope sees whose papers are missing on a day: due through so many working days after it, or late and
    of a year without an approved run; and papers of events that are not on file, whenever they are dated."""
    seen = programmes(scope)
    if seen is not None and _KEY not in seen:
        return
    calendar = positions.calendar(connection)
    allowed = DOCUMENT.number_near("upload_workdays", day)
    last = _after(calendar, day, within) if within else day
    settled = {row.year for row in approved_runs(connection, _KEY)}
    names = bank_names(connection)

    def event(row: Any, name: str, missing: Sequence[str], complete_on: date | None, on_file: bool) -> Due:
        due_on = _after(calendar, row.event_on, allowed)
        left = None if due_on is None else _left(calendar, day, due_on)
        return Due(
            names.printed(row.bank_id), row.note_no, row.name or "", row.county or "", name, row.event_on, due_on, left,
            REQUIRED[name], missing, complete_on, on_file,
        )  # fmt: skip

    for name, row, missing in missing_papers(connection, scope, day):
        one = event(row, name, missing, None, True)
        if one.late:
            wanted = row.event_on.year not in settled
        else:
            wanted = one.due_on is None or last is None or one.due_on <= last
        if wanted:
            yield one
    for row, firsts in _of_no_event(connection, scope, day):
        needed = REQUIRED[row.event]
        missing = [kind for kind in needed if kind not in firsts]
        yield event(row, row.event, missing, receipts.complete_on(needed, firsts), False)


def missing_papers(connection: Connection, scope: Scope, day: date) -> Iterator[tuple[str, Any, list[str]]]:
    """Each event on or before a day whose papers neither came by then nor are excused: what it is, its row, what is missing.

    Where receipts decide a kind is missing of which none came; else all are, or none, by the day that was reported.
    """
    begun = receipts.starts(connection)
    for event, (fact, event_on) in loan_events.SOURCES.items():
        reported = fact.uploaded_on <= day
        there = [
            reported if begun.none else _there(begun, event, event_on, kind, day, reported) for kind in REQUIRED[event]
        ]
        there = [func.coalesce(one, false()).label(f"there_{place}") for place, one in enumerate(there)]
        for row in connection.execute(_query(connection, scope, fact, event_on, day, there)):
            kinds = zip(REQUIRED[event], row[-len(there) :], strict=True)
            yield event, row, [kind for kind, is_there in kinds if not is_there]


def _there(
    begun: Starts, event: str, event_on: Any, kind: str, day: date, reported: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether a kind of the papers of a row's event is there, by receipts or by the reported day."""
    by_receipt = _decided(begun, event_on)
    return or_(and_(by_receipt, _came(event, event_on, kind, day)), and_(~by_receipt, reported))


def _decided(begun: Starts, event_on: Any) -> ColumnElement[bool]:
    """Whether receipts decide for an event of a loan."""
    bank_id = models.Loan.bank_id
    own = [and_(bank_id == bank, event_on >= start) for bank, start in begun.banks.items()]
    others = [] if begun.city is None else [and_(bank_id.not_in(list(begun.banks)), event_on >= begun.city)]
    return or_(false(), *own, *others)


def _came(event: str, event_on: Any, kind: str, day: date) -> ColumnElement[bool]:
    """Whether a paper of a kind came by a day for the event of a row."""
    paper, state, loan, between = models.Paper, models.PaperState, models.Loan, receipts.BETWEEN
    query = receipts.filed(paper.id).where(
        paper.bank_id == loan.bank_id, paper.note_no == loan.note_no, state.state == receipts.KEPT, state.event == event,
        state.event_on == event_on, paper.received_on <= day,
        (between + state.kinds + between).contains(f"{between}{kind}{between}"),
    )  # fmt: skip
    return query.correlate(loan, models.LoanFact, event_on.table).exists()


def _of_no_event(connection: Connection, scope: Scope, day: date) -> Iterator[tuple[Any, dict[str, date]]]:
    """Papers that came by a day for events that are not among the facts, by event: a row of them, and when each kind first
    came. Loans of other documents have theirs judged by nobody."""
    paper, state, loan, fact, company = (
        models.Paper, models.PaperState, models.Loan, models.LoanFact, models.EnterpriseFact
    )  # fmt: skip
    on_file = [
        select(of.id).where(
            of.loan_id == loan.id, of.retired_by.is_(None), state.event == event, event_on == state.event_on
        )
        for event, (of, event_on) in loan_events.SOURCES.items()
    ]
    query = (
        receipts.filed(
            paper.bank_id, paper.note_no, state.event, state.event_on, state.kinds, paper.received_on, company.name,
            company.county,
        )
        .outerjoin(loan, (loan.bank_id == paper.bank_id) & (loan.note_no == paper.note_no))
        .outerjoin(fact, (fact.loan_id == loan.id) & fact.retired_by.is_(None))
        .outerjoin(company, (company.enterprise_id == fact.enterprise_id) & company.retired_by.is_(None))
        .where(state.state == receipts.KEPT, state.event.is_not(None), paper.received_on <= day)
        .where(or_(fact.id.is_(None), fact.product == PRODUCT))
    )  # fmt: skip
    query = query.where(*(~exists(one.correlate(loan, state)) for one in on_file))
    banks, places = bank_ids(connection, scope), counties(scope)
    if banks is not None:
        query = query.where(paper.bank_id.in_(banks))
    if places is not None:
        query = query.where(company.county.in_(places))
    found: dict[Any, list[Any]] = {}
    for row in connection.execute(query.order_by(paper.id)):
        found.setdefault((row.bank_id, row.note_no, row.event, row.event_on), []).append(row)
    for rows in found.values():
        yield rows[0], receipts.first_receipts((row.kinds, row.received_on) for row in rows)


def _query(
    connection: Connection, scope: Scope, fact: Any, event_on: Any, day: date, there: Sequence[ColumnElement[bool]]
) -> Any:
    loan, company, waiver = models.LoanFact, models.EnterpriseFact, models.UploadWaiverFact
    query = with_banks(
        select(
            models.Loan.bank_id, models.Loan.note_no, company.name, company.county, event_on.label("event_on"), *there
        )
    ).join_from(loan, company, (company.enterprise_id == loan.enterprise_id) & company.retired_by.is_(None))
    if fact is not loan:
        query = query.join_from(loan, fact, fact.loan_id == loan.loan_id).where(fact.retired_by.is_(None))
    excused = exists().where(
        waiver.loan_id == loan.loan_id, waiver.event_on == event_on, waiver.retired_by.is_(None)
    )  # fmt: skip
    return query.where(
        loan.retired_by.is_(None), loan.product == PRODUCT, loan.disbursed_on <= day, event_on <= day,
        or_(*(~one.element for one in there)), ~excused, *_seen(connection, scope),
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
    """Working days from a day to the due day, that day not counted; below 0: gone by since, -1 at once, on days off too."""
    first, last = (due_on, day) if due_on < day else (day, due_on)
    count = int(calendar.count_workdays(_days(first), _days(last))[0])
    return None if calendar.take_missing() else (-max(count, 1) if due_on < day else count)


def _days(day: date) -> Any:
    return np.array([day_number(day)], dtype=np.int64)
