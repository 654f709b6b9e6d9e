"""Business whose papers are missing: about to be due, and late as far as it can still matter. Of all documents together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.workdays import today
from reports.programmes import REPORTS

WITHIN = 5  # working days ahead, where nobody says


@dataclass(frozen=True)
class Due:
    """An event of a loan with papers missing, or with papers but no such event on file: so a wrong day is found. due_on and
    workdays_left (below 0: gone by): None while the calendar of its year is not on file. bank: as papers call it; enterprise,
    county: "" while the loan is not on file."""

    bank: str
    note_no: str
    enterprise: str
    county: str
    event: str
    event_on: date
    due_on: date | None
    workdays_left: int | None
    required: Sequence[str]
    missing: Sequence[str]
    complete_on: date | None = None
    on_file: bool = True

    @property
    def late(self) -> bool:
        """Whether its last day has passed and something is missing."""
        return bool(self.missing) and self.workdays_left is not None and self.workdays_left < 0

    @property
    def in_time(self) -> bool | None:
        """Whether all came in time; None while it can still come, or the last day is not known."""
        if self.due_on is None or (self.complete_on is None and not self.late):
            return None
        return self.complete_on is not None and self.complete_on <= self.due_on

    def as_dict(self) -> dict[str, Any]:
        """As lists of events give it."""
        return {
            "bank": self.bank, "note_no": self.note_no, "event": self.event, "event_on": self.event_on.isoformat(),
            "due_on": self.due_on.isoformat() if self.due_on else None, "required": list(self.required),
            "missing": list(self.missing), "complete_on": self.complete_on.isoformat() if self.complete_on else None,
            "in_time": self.in_time, "on_file": self.on_file, "workdays_left": self.workdays_left,
        }  # fmt: skip


def due(
    connection: Connection, scope: Scope = EVERYTHING, within: int | None = None, day: date | None = None
) -> list[Due]:
    """The events that a scope sees with papers missing on a day (today): due from then on through so many working days, and
    late ones of years without an approved run; and papers of events that are not on file. By due day, then bank, note number and event."""
    found: list[Due] = []
    for contents in REPORTS.values():
        found += contents.due(connection, scope, day or today(), WITHIN if within is None else within)
    return sorted(found, key=lambda one: (one.due_on or date.max, one.bank, one.note_no, one.event_on, one.event))
