"""Papers that have not come."""

from typing import Any

from starlette.responses import Response

from ledger.lazy import load
from ledger.workdays import today
from reports.lists import page
from reports.programmes import exports_by_name
from reports.runs import files
from reports.waiting import due
from tiexi.portal import lists, streams
from tiexi.portal.answers.papers import AllDue
from tiexi.portal.call import Call, Caller
from tiexi.portal.problems import Problem, Wrong, bad
from tiexi.portal.routes import api

_KEYS = (
    "bank", "note_no", "event", "event_on", "due_on", "required", "missing", "complete_on", "in_time", "on_file",
    "workdays_left",
)  # fmt: skip
_LISTS = ("required", "missing", "in_time", "on_file")
_MOST = 60  # working days ahead


@api("due.list", AllDue, any_query=True, files=(files.MEDIA[files.XLSX],), asks=("within",))
def list_due(call: Caller) -> Any:
    """Business whose papers are missing, by the last day for them; as a workbook, what is due and what is late apart."""
    if call.query.get("format") == files.XLSX:
        return _workbook(call)
    asked = lists.asked(call, "within", more=(files.XLSX,))
    ahead = _within(call)
    with call.reading() as connection:
        items = [one.as_dict() for one in due.due(connection, call.scope, ahead)]
    keys = [key for key in _KEYS if key not in _LISTS]
    return lists.answer(call, page(items, asked, keys, ("bank", "note_no")), _KEYS, "资料到期")


def _workbook(call: Call) -> Response:
    wrong = [Wrong("query", name, "没有这个参数") for name in call.query if name not in ("within", "format")]
    if wrong:
        raise Problem(400, errors=wrong)
    ahead = _within(call)
    export = next(iter(exports_by_name()["papers-due"].values()))
    return streams.file_answer(
        call,
        lambda connection: files.written(
            f"{export.what}.{files.XLSX}",
            lambda path: load(export.write)(connection, today(), path, within=ahead, scope=call.scope),
        ),
    )


def _within(call: Call) -> int:
    """So many working days ahead."""
    within = call.query.get("within", str(due.WITHIN))
    if not (within.isascii() and within.isdigit() and len(within) < 3 and int(within) <= _MOST):
        raise bad("within", f"应为 0 至 {_MOST} 的整数")
    return int(within)
