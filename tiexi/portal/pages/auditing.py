"""审计: the books checked, seals held against paper, workbooks held against the books; where the rest of it is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ledger.programmes import PROGRAMMES
from reports.runs import charted, seal_list
from tiexi.portal import listing
from tiexi.portal.api import checking, years
from tiexi.portal.api.checking import Alone, Received, Wish
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.money_years import years_with_books
from tiexi.portal.page_routes import Shown, filled, number, page
from tiexi.portal.problems import bad

_SEALS = 20  # on a page
_SHOWN = 200  # differences on a page; all are in the marked workbook


def _limit(settings: Any) -> int:
    return int(settings.portal_upload_mb) << 20


# --- the books ----------------------------------------------------------------------------------------------------------


@page("GET", "/audit", "audit.run")
def auditing(call: Call, found: dict[str, Any] | None = None) -> Shown:
    """What can be checked, the seals, the books of each year, what to take away."""
    asked = replace(listing.asked(call, ()), size=_SEALS)
    with call.reading() as connection:
        seals = seal_list.listed(connection, asked)
        books = years_with_books(connection, call)
        settled = {year for key in PROGRAMMES for year in charted.years(connection, key)}
    fields = typed(
        call,
        Field(
            "head", "纸面上的封存摘要", hint="审核、拨付时打印在纸上的，至少前 16 位；不填只核对库里的", required=False
        ),
        Field("papers", "连同资料文件", "check", hint="逐份重算摘要，文件多时较久", required=False),
    )
    return Shown(
        "audit.html",
        {
            "fields": fields, "found": found, "seals": seals, "asked": listing.said(asked),
            "books": [(key, PROGRAMMES[key].name, year) for key, year in books],
            "packs": sorted(settled, reverse=True),
            "received": _received_fields(call), "limit_mb": call.settings.portal_upload_mb,
        },
    )  # fmt: skip


@page("POST", "/audit", "audit.run", form=auditing)
def audit(call: Call) -> Shown:
    """Checks everything that is sealed, and shows on the same page what was found."""
    body = filled(call, _Asked)
    found = checking.audit(call, Wish(head=body.head, papers=body.papers))
    return auditing(call, found)


class _Asked(Wish):
    """As a form says it: a box that is ticked."""

    papers: Any = False

    def model_post_init(self, _context: Any) -> None:
        self.papers = self.papers == "1"


@page("GET", "/years/{year}/audit-pack", "years.audit-pack")
def pack(call: Call, year: str) -> Response:
    """What an auditor takes away of a year."""
    return years.pack(call, number(year))


# --- workbooks that came back -------------------------------------------------------------------------------------------


def _received_fields(call: Call) -> Sequence[Field]:
    return typed(
        call,
        Field("file", "工作簿", "file", accept=".xlsx"),
        Field("run", "运行号", hint="不填按工作簿自己写明的", required=False, short=True),
    )


@page("GET", "/reconcile", "reconcile.run")
def received(call: Call, found: dict[str, Any] | None = None) -> Shown:
    """The form for a workbook to be checked, and what was found in the last one."""
    return Shown(
        "reconcile.html",
        {"received": _received_fields(call), "found": found, "limit_mb": call.settings.portal_upload_mb},
    )


@page("GET", "/verify", "verify.run")
def alone(call: Call) -> Shown:
    """The same page: both checks take the same workbook."""
    return received(call)


@page("POST", "/reconcile", "reconcile.run", form=received, limit=_limit)
def reconcile(call: Call) -> Shown | Response:
    """A workbook against the books."""
    marked = _form(call)
    found = checking.reconcile(call, filled(call, Received), marked)
    if isinstance(found, Response):
        return found
    parts = [_part("", found["differences"])] if found["differences"] else []
    return received(call, _told("与台账核对", found, found["same"], found["count"], parts, found["state"]))


@page("POST", "/verify", "verify.run", form=alone, limit=_limit)
def verify(call: Call) -> Shown | Response:
    """A workbook by itself."""
    marked = _form(call)
    call.form = {name: value for name, value in call.form.items() if name != "run"}
    found = checking.verify(call, filled(call, Alone), marked)
    if isinstance(found, Response):
        return found
    parts = [_part(one["check"], one["findings"]) for one in found["checks"]]
    return received(call, _told("单独验算", found, found["consistent"], found["count"], parts))


def _form(call: Call) -> bool:
    """Whether the marked workbook is asked for; what is left is the form that the API takes."""
    if not getattr(call.form.get("file"), "filename", ""):
        raise bad("file", "请选择文件", "body")
    marked = call.form.get("marked") == "1"
    call.form = {name: value for name, value in call.form.items() if name != "marked"}
    return marked


def _told(
    what: str, found: dict[str, Any], good: bool, count: int, parts: Sequence[dict[str, Any]], state: Any = None
) -> dict[str, Any]:
    return {
        "what": what, "file": found["file"], "report": found["report"], "run": found.get("run"), "state": state, "good": good,
        "count": count, "parts": parts, "remarks": found["remarks"],
        "only_looks": found.get("only_looks", False), "earlier": found.get("earlier_form", False),
    }  # fmt: skip


def _part(title: str, differences: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "rows": list(_rows(differences[:_SHOWN])), "more": max(0, len(differences) - _SHOWN)}


def _rows(differences: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in differences:
        yield one["sheet"], one["cell"], one["text"], one["theirs"] or "", one["ours"] or ""
