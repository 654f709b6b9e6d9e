"""What is answered of papers, and of the events that they are of."""

from typing import NotRequired

from typing_extensions import TypedDict

from ledger.facts import receipts
from tiexi.portal.answers.plain import DayText, HashText, Listed, TimeText, one_of

State = one_of((receipts.KEPT, receipts.WITHDRAWN, receipts.SCANNING))


class Paper(TypedDict):
    """A paper as it is filed now. note_no, event, event_on: null of a report of a year, which alone has `year`."""

    paper: int
    bank: str
    note_no: str | None
    event: str | None
    event_on: DayText | None
    year: NotRequired[int]
    kinds: list[str]
    file: str
    sha256: HashText
    sm3: HashText | None
    bytes: int
    media: str
    pages: int
    received_at: TimeText
    by: str
    login: str | None
    state: State


class Event(TypedDict):
    """An event with its papers. due_on: null while the calendar of its year is not on file; in_time: null while it can be."""

    bank: str
    note_no: str
    event: str
    event_on: DayText
    due_on: DayText | None
    required: list[str]
    missing: list[str]
    complete_on: DayText | None
    in_time: bool | None
    on_file: bool


class Received(TypedDict):
    """Papers as they were put on record, and the event that they are of; null of a report of a year."""

    papers: list[Paper]
    event: Event | None


class Due(Event):
    """An event with something missing. workdays_left: below 0 once its last day has passed."""

    workdays_left: int | None


Papers = Listed[Paper]
AllDue = Listed[Due]
