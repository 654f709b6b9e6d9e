"""查找: enterprises, banks, insurers and investors by any part of a name or code; from each to its loans and its statement."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from reports.parties import finding
from reports.parties.finding import Party
from tiexi.portal.api import parties as api
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page

_SHOWN = 50


@page("GET", "/find", "find.list")
def find(call: Call) -> Shown:
    """The field, and whom it finds."""
    words = call.query.get("q", "").strip()
    found: list[Party] = []
    if words:
        with call.reading() as connection:
            found = finding.find(connection, words, call.scope)
    shown = [
        (finding.KIND_NAMES[kind], [_words(one) for one in found[:_SHOWN] if one.kind == kind])
        for kind in finding.KIND_NAMES
    ]
    return Shown(
        "find.html",
        {
            "q": words, "found": [one for one in shown if one[1]], "total": len(found), "shown": min(len(found), _SHOWN),
            "may_see_loans": call.may("runs.lines"),
        },
    )  # fmt: skip


def _words(one: Party) -> dict[str, Any]:
    by = {"enterprise": ("uscc", one.code), "bank": ("bank", one.known)}.get(one.kind, (one.kind, one.known))
    loans = {"enterprise": {"q": one.code}, "bank": {"bank": one.name}}.get(one.kind)
    return {
        "code": one.code, "name": one.name, "names": one.names, "county": one.county, "lines": one.lines(),
        "statement": "/statement?" + urlencode({by[0]: by[1]}),
        "loans": "/loans?" + urlencode(loans) if loans and one.loans else "",
    }  # fmt: skip


@page("GET", "/statement", "statement.show")
def statement(call: Call) -> Response:
    """All that is on file of one, as a workbook."""
    given = {name: call.query.get(name) or None for name in ("uscc", "bank", "insurer", "investor")}
    return api.show_statement(call, **given)
