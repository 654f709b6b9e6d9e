"""The platform for papers from a day of the second year on: its day of receipt decides, whatever a row claims.

Clerks send on the day that the clock shows; some file a paper wrongly first, some send it twice, some send what is no paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import papers
from programmes.tech_branch.oracle_loans import REQUIRED
from stress.rehearsal import mistakes
from stress.rehearsal.people import Desk, Stuck, shown

START = date(2024, 3, 1)
SHEET = {"资料平台启用": [{"范围": "全市", "启用日": START, "批准文号": "样例函启1号"}]}
DAYS = {"贷款": ("发放", "发放日"), "还款": ("还款", "还款日"), "展期": ("展期", "展期日")}
UPLOADED = "资料上传日"
SENT: dict[int, str] = {}  # papers by number: who sent them


@dataclass(frozen=True)
class Due:
    """The papers of an event, and the day on which the last of them is sent."""

    bank: str
    note: str
    event: str
    event_on: date
    on: date


def due(sheets: Mapping[str, list[dict[str, Any]]]) -> list[Due]:
    """What is to be sent for events of the platform's time, by day: the day that a row has of its papers is when they come."""
    found = [
        Due(row["银行名称"], row["借据编号"], event, row[header], row[UPLOADED])
        for name, (event, header) in DAYS.items()
        for row in sheets.get(name, [])
        if row[header] >= START and row[UPLOADED] is not None
    ]
    return sorted(found, key=lambda one: (one.on, one.bank, one.note, one.event))


def received(papers: list[Due]) -> list[dict[str, Any]]:
    """The same as the reference has it."""
    return [
        {
            "银行名称": one.bank,
            "借据编号": one.note,
            "业务": one.event,
            "业务日": one.event_on,
            "资料": kind,
            "收到日": one.on,
        }
        for one in papers
        for kind in REQUIRED[one.event]
    ]


def as_sent(name: str, row: dict[str, Any], claim: bool) -> dict[str, Any]:
    """A row as its bank sends it: without the day of upload where papers decide, or claiming that all was in time."""
    if name not in DAYS or row[DAYS[name][1]] < START:
        return row
    return {**row, UPLOADED: row[DAYS[name][1]] if claim else None}


def send(clerk: Desk, reviewer: Desk, due: Due) -> None:
    """All papers of an event in turn."""
    mistakes.some(clerk, 20)
    if clerk.chance(20):
        _no_paper(clerk, due)
    if clerk.chance(20):
        answer = reviewer.ask("a reviewer sends papers", "POST", "/papers", json={})
        reviewer.expect("a reviewer sends papers", answer, 403)
    if clerk.chance(30):
        _not_mine(clerk)
    for kind in REQUIRED[due.event]:
        event = _sent(clerk, due, kind)
    if (event["complete_on"], event["missing"]) != (due.on.isoformat(), []):
        clerk.told.wrong(f"{clerk.login}: complete on {due.on}, the platform says {shown(event)}")


def _fields(due: Due, kinds: str) -> dict[str, str]:
    return {"note": due.note, "event": due.event, "event_on": due.event_on.isoformat(), "kinds": kinds}


def _file(due: Due, kind: str) -> bytes:
    number = REQUIRED[due.event].index(kind)
    return papers.pdf(papers.words(f"{due.note} {due.event_on} {number}".encode()))


def _sent(clerk: Desk, due: Due, kind: str) -> dict[str, Any]:
    files = {"file": (f"{kind}.pdf", _file(due, kind))}
    wrongly = clerk.chance(15)
    first = "其他" if wrongly else kind
    answer = clerk.ask("a paper", "POST", "/papers", files=files, data=_fields(due, first))
    if not clerk.expect("a paper", answer, 201, *((200,) if answer.again else ())):
        raise Stuck
    paper = answer.json()["papers"][0]
    SENT[paper["paper"]] = clerk.login
    if clerk.chance(10):
        paper = _sent_anew(clerk, due, first, files, paper)
    if wrongly:
        body = {"event": due.event, "event_on": due.event_on.isoformat(), "kinds": [kind]}
        relabelled = clerk.step("filed otherwise", f"/papers/{paper['paper']}/relabel", body)
        if relabelled.status == 200 and relabelled.json()["received_at"] != paper["received_at"]:
            clerk.told.wrong(f"{clerk.login}: another receipt: {shown(relabelled.json())}")
    again = clerk.ask("the same paper", "POST", "/papers", files=files, data=_fields(due, kind))
    if clerk.expect("the same paper", again, 200):
        kept = again.json()["papers"][0]
        if (kept["paper"], kept["received_at"]) != (paper["paper"], paper["received_at"]):
            clerk.told.wrong(f"{clerk.login}: {shown(paper)} sent again is {shown(kept)}")
    event: dict[str, Any] = again.json()["event"]
    return event


def _sent_anew(clerk: Desk, due: Due, kind: str, files: Any, paper: dict[str, Any]) -> dict[str, Any]:
    """A paper is taken down, which counts no longer, and sent again: another paper, with a receipt of its own."""
    path, why = f"/papers/{paper['paper']}/withdraw", {"reason": "样例：扫描不清"}
    clerk.step("a paper taken down", path, why)
    clerk.expect("taken down twice", clerk.ask("taken down twice", "POST", path, json=why), 422)
    answer = clerk.ask("a paper again", "POST", "/papers", files=files, data=_fields(due, kind))
    if not clerk.expect(
        "a paper again", answer, 201, 200
    ):  # 200: one whose answer was lost came after it was taken down
        raise Stuck
    found: dict[str, Any] = answer.json()["papers"][0]
    if found["paper"] == paper["paper"] or found["state"] != "kept":
        clerk.told.wrong(f"{clerk.login}: {shown(paper)} taken down and sent again is {shown(found)}")
    SENT[found["paper"]] = clerk.login
    return found


def report_of_a_year(clerk: Desk, year: int) -> None:
    """第十八条: a bank's report, of a year and no event."""
    files = {"file": ("申请报告.pdf", papers.pdf(papers.words(f"{clerk.login} {year}".encode())))}
    form = {"year": str(year), "kinds": "申请报告"}
    answer = clerk.ask("a report", "POST", "/papers", files=files, data=form)
    if clerk.expect("a report", answer, 201, *((200,) if answer.again else ())):
        SENT[answer.json()["papers"][0]["paper"]] = clerk.login


def _no_paper(clerk: Desk, due: Due) -> None:
    """An empty file, one cut short, one that says it is something else; an event to come; fields that do not go together."""
    kind = REQUIRED[due.event][0]
    whole = _file(due, kind)
    for name, data in (
        ("空.pdf", b""),
        ("半.pdf", whole[: len(whole) // 2]),
        ("图.png", whole),
        ("书.docx", b"PK\x03\x04"),
    ):
        answer = clerk.ask("no paper", "POST", "/papers", files={"file": (name, data)}, data=_fields(due, kind))
        clerk.expect(f"no paper: {name}", answer, 422)
    ahead = {**_fields(due, kind), "event_on": "2026-12-31"}
    clerk.expect("an event to come", clerk.ask("an event to come", "POST", "/papers", files={"file": ("a.pdf", whole)}, data=ahead), 422)  # fmt: skip
    both = {**_fields(due, kind), "year": "2024"}
    clerk.expect("event and year", clerk.ask("event and year", "POST", "/papers", files={"file": ("a.pdf", whole)}, data=both), 400)  # fmt: skip


def _not_mine(clerk: Desk) -> None:
    theirs = [number for number, login in list(SENT.items()) if login != clerk.login]
    if theirs:
        number = clerk.pick.choice(theirs)
        for path in (f"/papers/{number}", f"/papers/{number}/content", f"/papers/{number}/pages/1"):
            clerk.expect("another's paper", clerk.ask("another's paper", "GET", path, lose=False), 404)
        answer = clerk.ask("another's paper", "POST", f"/papers/{number}/withdraw", json={"reason": "样例"})
        clerk.expect("another's paper", answer, 404)


def looked_at(desk: Desk) -> None:
    """Somebody who may opens a few papers and their first pages, and sees all of them in the list."""
    seen = {one["paper"]: one for one in desk.everything("papers", "/papers")}
    for number in sorted(seen.keys() ^ SENT.keys()):
        desk.told.wrong(f"paper {number}, {f'which nobody sent: {shown(seen[number])}' if number in seen else 'lost'}")
    for number in desk.pick.sample(sorted(SENT), min(3, len(SENT))):
        page = desk.get("a page", f"/papers/{number}/pages/1").response
        if page.headers["content-type"] != "image/png" or not page.content.startswith(b"\x89PNG"):
            desk.told.wrong(f"{desk.login}: page 1 of paper {number} is no picture")
