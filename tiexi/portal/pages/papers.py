"""资料: what is missing and until when, the form for more, what came; a paper's own page with its pages drawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ledger import models
from ledger.facts import receipts
from ledger.papers import asked as wanted
from ledger.papers import events, names, records
from ledger.papers.receiving import MOST_FILES, Received
from ledger.papers.records import STATE_NAMES, Filed
from ledger.uploads.receiving import plain_name
from reports.lists import page as page_of_items
from reports.received.papers import listed
from reports.waiting.due import due
from tiexi.portal import listing
from tiexi.portal.api import papers as api
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import Reason
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.problems import bad

_SHAPES = {receipts.KEPT: "done", receipts.WITHDRAWN: "ended", receipts.SCANNING: "running"}
_WITHIN = 60  # working days ahead, in the list of what is missing
_FILTERS = ("event", "state")
_NAMED = ("note_no", "file")  # in which words are looked for
_DUE, _SENT = "due", "sent"
_REASON = Field("reason", "原因", "long", hint="撤下后不再计入，文件和收件记录仍保留")
_ACCEPT = ".pdf,.jpg,.jpeg,.png,.tif,.tiff"


def _words(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "word": STATE_NAMES[one["state"]], "shape": _SHAPES[one["state"]]}


@page("GET", "/papers", "papers.list")
def papers(call: Call) -> Shown:
    """The form for more; what is missing, by its last day, or what came, the newest first."""
    asked = listing.asked(call, _FILTERS)
    shown = _SENT if call.query.get("list") == _SENT else _DUE
    with call.reading() as connection:
        if shown == _SENT:
            found = listed(connection, call.scope, asked, _FILTERS, _NAMED)
            found["items"] = [_words(one) for one in found["items"]]
        else:
            items = [_missing(one.as_dict()) for one in due(connection, call.scope, _WITHIN)]
            of_event = {name: value for name, value in asked.filters.items() if name == "event"}
            found = page_of_items(items, listing.with_filters(asked, of_event), _FILTERS, _NAMED)
    return Shown(
        "papers.html",
        {
            "shown": shown, "found": found, "asked": listing.said(asked, *_FILTERS),
            "fields": typed(call, *_fields(call)) if call.may("papers.add") else [],
            "events": list(models.PAPER_EVENTS), "states": list(STATE_NAMES.items()), "one_bank": bool(call.scope.of_institution),
            "limit_mb": call.settings.portal_paper_mb, "limit_pages": call.settings.portal_paper_pages, "most": MOST_FILES,
            "required": [(event, "、".join(wanted.required(event))) for event in models.PAPER_EVENTS],
        },
    )  # fmt: skip


def _missing(one: Mapping[str, Any]) -> dict[str, Any]:
    """An event with what is there, and its last day in words."""
    left = one["workdays_left"]
    if left is None:
        word, shape = "工作日历未录入", "open"
    elif left < 0:
        word, shape = "已逾期", "attention"
    else:
        word, shape = (f"还有 {left} 个工作日" if left else "今天到期"), "open"
    there = [kind for kind in one["required"] if kind not in one["missing"]]
    return {**one, "word": word, "shape": shape, "there": there}


def _fields(call: Call) -> Iterator[Field]:
    """The form; a link from an event fills in whose papers they are."""
    kinds = [*("、".join(wanted.required(event)) for event in models.PAPER_EVENTS), *wanted.kinds(), wanted.report()]
    query = call.query
    yield Field(
        "file",
        "文件",
        "files",
        accept=_ACCEPT,
        hint="可一次选择几个；文件名如 借据编号_2027-03-01_贷款合同.pdf 时，以下各项可不填",
    )
    yield Field("note", "借据编号", "text", query.get("note", ""), required=False, short=True)
    yield Field(
        "kinds",
        "资料种类",
        "choice",
        query.get("kinds", ""),
        required=False,
        options=[("", "按文件名")] + [(one, one) for one in dict.fromkeys(kinds)],
    )
    yield Field(
        "event_on",
        "业务日",
        "date",
        query.get("event_on", ""),
        required=False,
        short=True,
        hint="发放、还款、展期的日期",
    )
    yield Field(
        "event",
        "业务",
        "choice",
        query.get("event", ""),
        required=False,
        options=[("", "按资料种类")] + [(one, one) for one in models.PAPER_EVENTS],
    )
    yield Field("year", "年度", "text", required=False, short=True, hint=f"只用于{wanted.report()}，此时不填借据和业务")


@page("POST", "/papers", "papers.add", form=papers, several=("file",), limit=api.of_all, of_each=api.of_each)
def add(call: Call) -> See:
    """Sends papers: what the form leaves open, each file's name says."""
    files = [one for one in call.form.get("file", ()) if getattr(one, "filename", "")]
    if not files:
        raise bad("file", "请选择文件", "body")
    sets: dict[tuple[str, ...], list[Any]] = {}
    for file in files:
        sets.setdefault(_label(call.form, plain_name(file.filename)), []).append(file)
    forms = [
        filled(call, api.NewPapers, dict(zip(_LABEL, label, strict=True)) | {"file": group})
        for label, group in sets.items()
    ]
    return See("/papers?list=sent", "；".join(_said(api.send(call, *forms))))


_LABEL = ("note", "event", "event_on", "kinds")


def _label(form: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """As what a file is sent: what the form says, else its name."""
    given = {key: str(form.get(key, "")).strip() for key in _LABEL}
    named = names.read(name) if not form.get("year") else None
    if named is not None:
        said = (named.note_no, named.event or "", named.event_on.isoformat(), "、".join(named.kinds))
        given = {key: given[key] or own for key, own in zip(_LABEL, said, strict=True)}
    given["event"] = given["event"] or names.event_of(given["kinds"].split("、")) or ""
    return tuple(given.values())


def _said(received: Sequence[Received]) -> Iterator[str]:
    """What came, event by event: each as it stands after all of it came."""
    of: dict[tuple[Any, ...], list[Received]] = {}
    for one in received:
        of.setdefault((one.event.note_no, one.event.event, one.event.event_on) if one.event else (), []).append(one)
    for group in of.values():
        new = sum(len(one.papers) for one in group if one.new)
        came = f"收到 {new} 份" if new else "此前已收到同样的资料，收件时间不变"
        event = group[-1].event
        if event is None:
            yield came
        else:
            left = f"还缺{'、'.join(event.missing)}" if event.missing else "资料已齐"
            yield f"借据 {event.note_no} {event.event}（{event.event_on}）：{came}，{left}"


@page("GET", "/papers/{paper}", "papers.show")
def paper(call: Call, paper: str) -> Shown:
    """One paper: what it is, and its pages."""
    with call.reading() as connection:
        one = records.get(connection, number(paper), call.scope)
        of = _event(connection, one)
    may = call.may("papers.withdraw") and one.state != receipts.WITHDRAWN
    kinds = dict.fromkeys(
        [*("、".join(wanted.required(event)) for event in models.PAPER_EVENTS), *wanted.kinds(), "、".join(one.kinds)]
    )
    label = typed(
        call,
        Field("event", "业务", "choice", one.event or "", options=[(each, each) for each in models.PAPER_EVENTS]),
        Field("event_on", "业务日", "date", one.event_on.isoformat() if one.event_on else "", short=True),
        Field("kinds", "资料种类", "choice", "、".join(one.kinds), options=[(each, each) for each in kinds]),
    )  # fmt: skip
    return Shown(
        "paper.html",
        {
            "one": _words(one.as_dict()), "facts": list(_facts(one, of)), "reason": typed(call, _REASON)[0] if may else None,
            "label": label if may and one.event else [], "can_open": records.may_open(one),
        },
    )  # fmt: skip


def _event(connection: Any, one: Filed) -> events.Event | None:
    if one.note_no is None or one.event is None or one.event_on is None:
        return None
    return events.state(connection, one.bank_id, one.note_no, one.event, one.event_on)


def _facts(one: Filed, of: events.Event | None) -> Iterator[tuple[str, str]]:
    yield "银行", one.bank
    if one.note_no:
        yield "借据编号", one.note_no
        yield "业务", f"{one.event} {one.event_on}"
    else:
        yield "年度", str(one.year)
    yield "资料种类", "、".join(one.kinds)
    yield "收到", one.received_at.strftime("%Y-%m-%d %H:%M:%S")
    yield "报送人", one.by
    if of is not None:
        yield "这笔业务的资料", _complete(of)
        if not of.on_file:
            yield "提示", f"还没有报送这样一笔{of.event}；请核对业务日"
    if one.reason:
        yield "撤下原因", one.reason
    yield "页数", str(one.pages)
    yield "大小", f"{one.size:,} 字节"
    yield "SHA-256", one.sha256
    if one.sm3:
        yield "SM3", one.sm3


def _complete(of: events.Event) -> str:
    last = f"，截止 {of.due_on}" if of.due_on else ""
    return (f"还缺{'、'.join(of.missing)}" if of.missing else f"{of.complete_on} 齐全") + last


@page("GET", "/papers/{paper}/content", "papers.content")
def content(call: Call, paper: str) -> Response:
    """The file that came."""
    return api.show_content(call, number(paper))


@page("GET", "/papers/{paper}/pages/{n}", "papers.page")
def picture(call: Call, paper: str, n: str) -> Response:
    """A page of a paper as a picture."""
    return api.show_page(call, number(paper), number(n))


@page("POST", "/papers/{paper}/withdraw", "papers.withdraw", form=paper)
def withdraw(call: Call, paper: str) -> See:
    """Withdraws a paper."""
    return _done(api.withdraw_paper(call, number(paper), filled(call, Reason)), "已撤下")


@page("POST", "/papers/{paper}/relabel", "papers.relabel", form=paper)
def relabel(call: Call, paper: str) -> See:
    """Files a paper as of another event or kinds."""
    kinds: Sequence[str] = str(call.form.get("kinds", "")).split("、")
    body = filled(call, api.NewLabel, {"kinds": list(kinds)})
    return _done(api.relabel_paper(call, number(paper), body), "已改标，收件时间不变")


def _done(one: Mapping[str, Any], said: str) -> See:
    return See(f"/papers/{one['paper']}", f"{one['file']}：{said}")
