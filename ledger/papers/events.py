"""What of an event's papers is there, what is missing, until when, and whether it came in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger import models
from ledger.facts import loan_events, positions, receipts
from ledger.facts.bank_names import bank_names
from ledger.lazy import np
from ledger.papers import asked
from ledger.workdays import Calendar, day_date, day_number, today


@dataclass(frozen=True)
class Event:
    """An event of a loan with its papers. due_on: None while the calendar of its year is not on file. in_time: None while it
    can still be. on_file: whether such an event is among the facts. bank: its name in force."""

    bank: str
    note_no: str
    event: str
    event_on: date
    due_on: date | None
    required: Sequence[str]
    missing: Sequence[str]
    complete_on: date | None
    in_time: bool | None
    on_file: bool

    def as_dict(self) -> dict[str, Any]:
        """As lists of events give it."""
        return {
            "bank": self.bank, "note_no": self.note_no, "event": self.event, "event_on": self.event_on.isoformat(),
            "due_on": self.due_on.isoformat() if self.due_on else None, "required": list(self.required),
            "missing": list(self.missing), "complete_on": self.complete_on.isoformat() if self.complete_on else None,
            "in_time": self.in_time, "on_file": self.on_file,
        }  # fmt: skip


def due_on(calendar: Calendar, event_on: date) -> date | None:
    """第十七条: the last day for the papers of an event; None where the calendar does not know it."""
    allowed = asked.document().number_near(asked.papers().workdays, event_on)
    found = calendar.add_workdays(np.array([day_number(event_on)], dtype=np.int64), allowed)
    return None if calendar.take_missing() else day_date(int(found[0]))


def in_time(complete_on: date | None, last: date | None, day: date) -> bool | None:
    """Whether papers came in time; None where that is not known, or not yet."""
    if last is None:
        return None
    if complete_on is None:
        return False if last < day else None
    return complete_on <= last


def state(connection: Connection, bank_id: int, note_no: str, event: str, event_on: date) -> Event:
    """An event as it stands today.

    Where receipts do not decide, a reported upload day makes it complete; where there is none, papers that came are shown.
    """
    loan = loan_events.loan_id(connection, bank_id, note_no)
    on_file, reported = (False, None) if loan is None else loan_events.reported(connection, loan, event, event_on)
    wanted = asked.required(event)
    row, last_state = models.Paper, models.PaperState
    query = receipts.filed(last_state.kinds, row.received_on).where(
        row.bank_id == bank_id, row.note_no == note_no, last_state.state == receipts.KEPT, last_state.event == event,
        last_state.event_on == event_on,
    )  # fmt: skip
    firsts = receipts.first_receipts((one.kinds, one.received_on) for one in connection.execute(query))
    complete, missing = receipts.complete_on(wanted, firsts), [kind for kind in wanted if kind not in firsts]
    if reported is not None and not receipts.starts(connection).decide(bank_id, event_on):
        complete, missing = reported, []
    last = due_on(positions.calendar(connection), event_on)
    return Event(
        bank_names(connection).in_force(bank_id), note_no, event, event_on, last, wanted, missing, complete,
        in_time(complete, last, today()), on_file,
    )  # fmt: skip
