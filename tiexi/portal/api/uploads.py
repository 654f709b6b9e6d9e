"""Files that are sent: received, listed, looked at, confirmed, given back, taken down; the blank workbook; withdrawing a row."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Form, UploadFile
from pydantic import BeforeValidator, WithJsonSchema
from starlette.responses import Response

from ledger.intake import void as withdrawal
from ledger.intake.sheets import BY_NAME
from ledger.programmes import PROGRAMMES
from ledger.store import TooLarge
from ledger.uploads import deciding, receiving, records, states
from ledger.uploads.receiving import Wanted
from ledger.uploads.records import Uploaded
from reports.lineage.of_upload import of_upload
from reports.received import uploads as given_back
from reports.writing.template import write_template_of
from tiexi.portal import bodies, lists
from tiexi.portal.answers import uploads as shapes
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Cell, Id, Number, Reason, Text, Year, Yes, whole_number
from tiexi.portal.problems import Problem, bad
from tiexi.portal.routes import Answer, api

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES = "application/octet-stream"
LONGEST_WAIT = 60  # seconds


def _seconds(raw: Any) -> int:
    found = whole_number(raw) if isinstance(raw, str) else raw
    if not isinstance(found, int) or not 0 <= found <= LONGEST_WAIT:
        raise ValueError(f"应为 0 至 {LONGEST_WAIT} 的整数")
    return found


Seconds = Annotated[
    int, BeforeValidator(_seconds), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT})
]


class NewUpload(Body):
    """A file and what it is sent for. year: of payments; run: of a check list."""

    file: UploadFile
    kind: Literal["facts", "payments", "checklist"] = "facts"
    amend_reason: Text | None = None
    year: Year | None = None
    programme: Text | None = None
    run: Number | None = None
    check_only: Yes = False

    def wanted(self) -> Wanted:
        """As it is put on record; 400 where a kind lacks what it needs, or has what is not its own."""
        for name, kind in (("year", "payments"), ("run", "checklist")):
            given = getattr(self, name) is not None
            if given != (self.kind == kind):
                raise bad(name, f"只用于 kind={kind}" if given else f"kind={kind} 须写明", "body")
        if self.programme is not None and self.programme not in PROGRAMMES:
            raise bad("programme", f"应为以下之一：{'、'.join(PROGRAMMES)}", "body")
        if self.amend_reason is not None and self.kind != "facts":
            raise bad("amend_reason", "只用于 kind=facts", "body")
        return Wanted(self.kind, self.amend_reason, self.year, self.programme, self.run, self.check_only)


@api(
    "uploads.add", shapes.Upload, status=201, others=(200, 202), limit=lambda settings: settings.portal_upload_mb << 20
)
def add_upload(call: Caller, form: Annotated[NewUpload, Form(media_type=bodies.FORMS[0])], wait: Seconds = 20) -> Any:
    """A file is received, and judged if that does not take too long."""
    upload, new = received(call, form, wait)
    with call.reading() as connection:
        upload = records.get(connection, upload.id)
        if upload.state == states.REFUSED:
            return _refused(call, records.why_refused(connection, upload))
        shown = records.shown(connection, upload, call.who)
    if upload.state in states.UNJUDGED:
        return Answer(shown, 202, f"/api/v1/uploads/{upload.id}")
    made = new and upload.state != states.KNOWN and not upload.check_only
    return Answer(shown, 201 if made else 200, f"/api/v1/uploads/{upload.id}")


def received(call: Call, form: NewUpload, wait: int) -> tuple[Uploaded, bool]:
    """A file put on record, and whether that is new; waits so many seconds for it to be judged."""
    wanted = form.wanted()
    try:
        with call.house.receiving():
            upload, new = receiving.receive(
                call.engine, call.house.store, call.who, form.file.filename or "", form.file.file, wanted,
                call.house.upload_limits,
            )  # fmt: skip
    except TooLarge as error:
        raise Problem(413) from error
    if upload.state in states.UNJUDGED:
        call.house.worker.wait_for(upload.id, wait)
    return upload, new


def _refused(call: Call, why: records.RefusedFile) -> Response:
    """The file came and was judged, and nothing of it was taken: that is no fault of the request's, for the log."""
    return Problem(422, why.sentence, findings=why.findings, more=why.more).response(call.request_id)


@api("uploads.list", shapes.Uploads, any_query=True)
def list_uploads(call: Caller) -> Any:
    """The files that one sees, newest first."""
    asked = lists.asked(call)
    with call.reading() as connection:
        found = given_back.listed(connection, call.who, asked)
    return lists.answer(call, found, given_back.KEYS, "报送")


@api("uploads.show", shapes.Upload)
def show_upload(call: Caller, id: Id) -> dict[str, Any]:  # noqa: A002 (as the address calls it)
    """A file: where it stands, what would be or was taken, and what the account may do with it now."""
    with call.reading() as connection:
        return records.shown(connection, records.get(connection, id, call.scope), call.who)


@api("uploads.findings", shapes.Findings, any_query=True)
def list_findings(call: Caller, id: Id) -> Any:  # noqa: A002
    """Every finding of a file."""
    asked = lists.asked(call)
    with call.reading() as connection:
        found = given_back.findings(connection, records.get(connection, id, call.scope), asked)
    return lists.answer(call, found, given_back.FINDING_KEYS, f"问题-{id}")


@api("uploads.file", None, files=(BYTES,))
def show_file(call: Caller, id: Id) -> Response:  # noqa: A002
    """The bytes that came."""
    return _attached(BYTES, *given_back.file_of(call.engine, call.house.store, id, call.who))


@api("uploads.marked", None, files=(XLSX,))
def show_marked(call: Caller, id: Id) -> Response:  # noqa: A002
    """The workbook with what is wrong marked in it."""
    return _attached(XLSX, *given_back.marked(call.engine, call.house.store, id, call.who))


def _attached(media: str, name: str, data: bytes) -> Response:
    return Response(data, 200, {"Content-Disposition": lists.attachment(name)}, media)


@api("uploads.confirm", shapes.Upload)
def confirm_upload(call: Caller, id: Id) -> dict[str, Any]:  # noqa: A002
    """Judges a file again and takes it, whole or not at all; what an institution amends goes on to the city."""
    return _shown(call, deciding.confirm(call.engine, call.house.store, id, call.who))


@api("uploads.return", shapes.Upload)
def return_upload(call: Caller, id: Id, body: Reason) -> dict[str, Any]:  # noqa: A002
    """Gives a file back to its sender."""
    return _shown(call, deciding.give_back(call.engine, id, call.who, body.reason))


@api("uploads.withdraw", shapes.Upload)
def withdraw_upload(call: Caller, id: Id) -> dict[str, Any]:  # noqa: A002
    """Takes a file down that one sent oneself."""
    return _shown(call, deciding.withdraw(call.engine, id, call.who))


def _shown(call: Call, upload: Uploaded) -> dict[str, Any]:
    with call.reading() as connection:
        return records.shown(connection, upload, call.who)


@api("uploads.void", shapes.VoidedFile)
def void_upload(call: Caller, id: Id, body: Reason) -> dict[str, Any]:  # noqa: A002
    """Withdraws all that a file brought, whole or not at all."""
    return deciding.void(call.engine, id, call.who, body.reason).as_dict()


@api("uploads.trace", shapes.Traced | shapes.TracedPayments)
def trace_upload(call: Caller, id: Id, year: Year | None = None, run: Number | None = None) -> dict[str, Any]:  # noqa: A002
    """Where every row of a file ended, in each run that the account sees."""
    return of_upload(call.engine, call.house.store, id, call.who, year, run)


@api("template.show", None, files=(XLSX,))
def show_template(call: Caller, kind: Literal["facts", "payments"] = "facts") -> Response:
    """The blank workbook with the sheets that this role sends; kind payments: those of payments, which are sent by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("拨付模板.xlsx" if kind == "payments" else "报送模板.xlsx")
        write_template_of(path, call.scope, kind == "payments")
        return _attached(XLSX, path.name, path.read_bytes())


class Voided(Body):
    """A row, by its sheet and key: the key columns in the sheet's order, an empty one as ''."""

    sheet: Text
    key: list[Cell]
    reason: Text


@api("void.add", shapes.VoidedRow)
def add_void(call: Caller, body: Voided) -> dict[str, Any]:
    """Withdraws a row that was entered by mistake."""
    sheet = BY_NAME.get(body.sheet)
    if sheet is None:
        raise bad("sheet", f"应为以下之一：{'、'.join(BY_NAME)}", "body")
    try:
        key = withdrawal.read_key(sheet, body.key)
    except withdrawal.UnreadableKey as error:
        raise bad("key", str(error), "body") from error
    withdrawal.void(call.engine, sheet, key, body.reason, call.who.name, call.scope)
    return {"sheet": body.sheet, "key": body.key, "reason": body.reason, "voided": True}
