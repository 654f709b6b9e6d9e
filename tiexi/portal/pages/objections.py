"""异议: entered by the city as a file of one row, so that it has a preview, a receipt and a history like any other; shown to
the county of the enterprise."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import UploadFile

from ledger.intake.importer import Sent, tried
from ledger.uploads import states
from ledger.workbooks.cells import read_uscc
from ledger.workbooks.findings import Finding
from reports.lists import page as page_of_items
from reports.parties import objections as on_file
from tiexi.portal import listing, lists
from tiexi.portal.api import parties
from tiexi.portal.api import uploads as api
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import read_day, whole_number
from tiexi.portal.page_routes import See, Shown, page
from tiexi.portal.problems import Problem, Wrong

_WAIT = 10  # seconds
_CODE = 18  # characters of one
_KEY = ("year", "uscc", "received_on")
_FIELDS = (
    Field("year", "年度", hint="对哪一年度的结果，如 2025", short=True),
    Field("uscc", "统一社会信用代码", hint="提出异议的企业"),
    Field("received_on", "收到日", "date", short=True),
    Field("matter", "事项", "long", hint="哪一笔、哪一项，理由"),
    Field("outcome", "处理结果", "long", hint="尚未处理的留空；处理结果、处理日、处理文号一起填", required=False),
    Field("settled_on", "处理日", "date", required=False, short=True),
    Field("document_no", "处理文号", required=False),
)


@page("GET", "/objections", "objections.list")
def objections(call: Call) -> Any:
    """What is on file, the open ones first; for the city the form for another, or for what came of one."""
    if lists.wants_csv(call):
        return parties.list_objections(call)
    asked = listing.asked(call, ("year",))
    with call.reading() as connection:
        rows = on_file.on_file(connection, call.scope)
    found: dict[str, Any] = page_of_items(rows, asked, on_file.KEYS, on_file.NAMED)
    may_enter = call.may("void.add") and call.may("uploads.add") and call.scope.role == "city"
    fields = _fields(call, rows) if may_enter else []
    return Shown(
        "objections.html",
        {
            "found": found, "asked": listing.said(asked, "year"), "fields": fields, "settling": bool(call.query.get("uscc")),
            "years": sorted({one["year"] for one in rows}, reverse=True), "may_enter": may_enter,
            "open": sum(one["open"] for one in rows), "csv": listing.csv_address("/objections", asked),
        },
    )  # fmt: skip


def _fields(call: Call, rows: list[dict[str, Any]]) -> list[Field]:
    """The form; filled with an objection that its address names, to say what came of it."""
    wanted = tuple(call.query.get(name, "") for name in _KEY)
    known = next((one for one in rows if tuple(str(one[name]) for name in _KEY) == wanted), None)
    fields = [replace(one, value=str(known[one.name] or "")) for one in _FIELDS] if known else list(_FIELDS)
    return typed(call, *fields)


@page("POST", "/objections", "uploads.add", form=objections)
def add(call: Call) -> See:
    """Sends the row as a file, and goes on to its page, to be confirmed."""
    values = {one.name: str(call.form.get(one.name, "")).strip() for one in _FIELDS}
    wrong = [Wrong("body", one.name, "不能为空") for one in _FIELDS if one.required and not values[one.name]]
    if not wrong:
        wrong = list(_unreadable(values))
    if wrong:
        raise Problem(400, errors=wrong)
    values["uscc"] = read_uscc(values["uscc"])
    with call.reading() as connection:
        known = on_file.is_on_file(connection, *(values[name] for name in _KEY))
    name, data = on_file.as_file(**values)
    reason = "登记异议的处理" if known else None
    outcome = tried(call.engine, Sent(Path(name), data, call.who.name, reason, scope=call.scope))
    if outcome.refused:  # said beside the fields: a refused file would have to be typed anew
        raise Problem(
            422, outcome.refusal.removesuffix(outcome.hint), errors=[_in_field(one) for one in outcome.findings]
        )
    upload, _ = api.received(
        call, api.NewUpload(file=UploadFile(io.BytesIO(data), filename=name), amend_reason=reason), _WAIT
    )
    said = "" if upload.state in states.UNJUDGED else "请核对后确认，确认后入库"
    return See(f"/uploads/{upload.id}", said)


def _in_field(found: Finding) -> Wrong:
    """What is wrong with a cell of the row, said of the field from which it came."""
    name = next((one.name for one in _FIELDS if one.label == found.column), "")
    return Wrong("body", name, "；".join(filter(None, (found.problem, found.expected))))


def _unreadable(values: dict[str, str]) -> Any:
    if whole_number(values["year"]) is None:
        yield Wrong("body", "year", "应为年份，如 2025")
    try:
        code = read_uscc(values["uscc"])
    except ValueError:
        code = ""
    if len(code) != _CODE:
        yield Wrong("body", "uscc", f"应为 {_CODE} 位统一社会信用代码")
    for name in ("received_on", "settled_on"):
        try:
            if values[name]:
                read_day(values[name])
        except ValueError as error:
            yield Wrong("body", name, str(error))
