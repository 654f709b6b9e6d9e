"""Papers (第十七条): sent, listed, looked at page by page, filed otherwise, withdrawn."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import Form, UploadFile
from starlette.responses import Response, StreamingResponse

from ledger.papers import changing, records, sending
from ledger.papers.receiving import MOST_FILES, Received, Sender, Wanted
from ledger.papers.records import Filed
from ledger.settings import Settings
from ledger.store import TooLarge
from reports.received import papers
from tiexi.portal import bodies, lists
from tiexi.portal.answers import papers as shapes
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Day, Id, Reason, Text, Year
from tiexi.portal.problems import Problem, Wrong, not_there
from tiexi.portal.routes import Answer, api

PNG = "image/png"
BYTES = "application/octet-stream"
_AT_ONCE = 1 << 20
_KEYS = (
    "paper", "bank", "note_no", "event", "event_on", "year", "kinds", "file", "sha256", "sm3", "bytes", "media", "pages",
    "received_at", "by", "login", "state",
)  # fmt: skip
_NAMED = ("bank", "note_no", "file")
Event = Literal["发放", "还款", "展期"]


class NewPapers(Body):
    """Files and what they are papers of: an event of a note, or a bank's report of a year. kinds: several with 、 between."""

    file: list[UploadFile]
    kinds: Text
    note: Text | None = None
    event: Event | None = None
    event_on: Day | None = None
    year: Year | None = None
    bank: Text | None = None

    def wanted(self) -> Wanted:
        """As it is asked; 400 where something is missing, or belongs to the other of the two."""
        of_event = {"note": self.note, "event": self.event, "event_on": self.event_on}
        wrong = [
            Wrong("body", name, "须写明" if self.year is None else "写明年度的资料没有这一项")
            for name, value in of_event.items()
            if (value is None) == (self.year is None)
        ]
        if not 1 <= len(self.file) <= MOST_FILES:
            wrong.append(Wrong("body", "file", f"应为 1 至 {MOST_FILES} 个文件"))
        if wrong:
            raise Problem(400, errors=wrong)
        return Wanted(self.kinds, self.note, self.event, self.event_on, self.year, self.bank)


class NewLabel(Body):
    """As what a paper is filed."""

    event: Event
    event_on: Day
    kinds: list[Text]


def of_each(settings: Settings) -> int:
    """Bytes of one paper."""
    return settings.portal_paper_mb << 20


def of_all(settings: Settings) -> int:
    """Bytes of all that are sent at once."""
    return MOST_FILES * of_each(settings)


@api("papers.add", shapes.Received, status=201, others=(200,), limit=of_all, of_each=of_each)
def add_papers(call: Caller, form: Annotated[NewPapers, Form(media_type=bodies.FORMS[0])]) -> Any:
    """Papers are received, all of them or none; the date of the receipt is the server's."""
    (found,) = send(call, form)
    return Answer(found.as_dict(), 201 if found.new else 200, f"/api/v1/papers/{found.papers[0].id}")


def send(call: Call, *forms: NewPapers) -> list[Received]:
    """Papers put on record, each form's as what it says; 413 where a file is too large."""
    house = call.house
    sets = [(form.wanted(), [(one.filename or "", one.file) for one in form.file]) for form in forms]
    try:
        found = sending.send_sets(
            call.engine, house.store, Sender.of(call.who), sets, house.paper_limits, call.settings.portal_paper_pages
        )
    except TooLarge as error:
        raise Problem(413) from error
    house.scans.wake()
    return found


@api("papers.list", shapes.Papers, any_query=True, asks=("note",))
def list_papers(call: Caller) -> Any:
    """The papers that one sees, newest first."""
    asked = lists.asked(call)
    if (note := asked.filters.get("note")) is not None:  # as the form calls it
        asked = replace(
            asked, filters={name: value for name, value in asked.filters.items() if name != "note"} | {"note_no": note}
        )
    keys = [key for key in _KEYS if key != "kinds"]
    with call.reading() as connection:
        found = papers.listed(connection, call.scope, asked, keys, _NAMED)
    return lists.answer(call, found, _KEYS, "资料")


@api("papers.show", shapes.Paper)
def show_paper(call: Caller, id: Id) -> dict[str, Any]:  # noqa: A002 (as the address calls it)
    """A paper."""
    return _get(call, id).as_dict()


def _get(call: Call, number: int) -> Filed:
    with call.reading() as connection:
        return records.get(connection, number, call.scope)


@api("papers.content", None, files=(BYTES, "application/pdf", "image/jpeg", PNG, "image/tiff"))
def show_content(call: Caller, id: Id) -> Response:  # noqa: A002
    """The file that came, to be kept: no browser opens it here."""
    filed = _seen(call, id)
    file, size = call.house.store.open(filed.sha256)
    headers = {"Content-Disposition": lists.attachment(filed.file), "Content-Length": str(size)}
    return StreamingResponse(_parts(file), 200, headers, filed.media)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(_AT_ONCE), b"")


@api("papers.page", None, files=(PNG,))
def show_page(call: Caller, id: Id, n: Id) -> Response:  # noqa: A002
    """A page of a paper as a picture, drawn here."""
    filed = _seen(call, id)
    if n > filed.pages:
        raise not_there()
    call.telling = True
    return Response(
        call.house.pages.page(call.house.store.path(filed.sha256), filed.sha256, filed.media, n), 200, None, PNG
    )


def _seen(call: Call, number: int) -> Filed:
    """A paper that may be opened: not before the virus scanner has seen it, and not what it found something in."""
    filed = _get(call, number)
    records.require_clean(filed)
    return filed


@api("papers.withdraw", shapes.Paper)
def withdraw_paper(call: Caller, id: Id, body: Reason) -> dict[str, Any]:  # noqa: A002
    """Withdraws a paper: it stays on record and counts no longer."""
    return changing.withdraw(call.engine, Sender.of(call.who), id, body.reason).as_dict()


@api("papers.relabel", shapes.Paper)
def relabel_paper(call: Caller, id: Id, body: NewLabel) -> dict[str, Any]:  # noqa: A002
    """Files a paper as of another event or kinds of the same note; its receipt stays."""
    found = changing.relabel(call.engine, Sender.of(call.who), id, body.event, body.event_on, body.kinds)
    return found.paper.as_dict()
