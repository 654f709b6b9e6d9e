"""The steps of a run's life. Each is a function of the ledger, done in the name of the account."""

from typing import Any

from ledger import lifecycle, money, spotcheck
from ledger.runs.settlement import RunRecord, read_run
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from reports.runs import checks, status
from tiexi.portal.answers import runs as shapes
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Day, Id, Reason, Seed, Text
from tiexi.portal.problems import bad
from tiexi.portal.routes import Answer, api


class Document(Body):
    """The number of the document that a step rests on."""

    document: Text


class Share(Body):
    """Of a spot check: how much of the money is to be drawn, and by which seed."""

    share: Text
    seed: Seed | None = None


class Result(Body):
    """What was found on a drawn line."""

    bank: Text
    note: Text
    result: Text
    remark: Text | None = None


class Approval(Document):
    """Of an approval: its day in the books, and why there was no spot check."""

    date: Day | None = None
    without_check: Text | None = None


class End(Body):
    """Of the end of a run: the document that it rests on, where that is not the one of the approval."""

    document: Text | None = None


class Allotment(End):
    """Of an allotment: the same, its day, and why it goes on while an objection is open."""

    date: Day | None = None
    despite: Text | None = None


def _run(call: Call, run_id: int, action: str = "") -> RunRecord:
    """The run; 404 where there is none, 403 where another office does this for its document."""
    with call.reading() as connection:
        found = read_run(connection, run_id)
    if action:
        call.require(action, found.programme)
    return found


@api("runs.sign", shapes.Signed)
def sign(call: Caller, run: Id, body: Document) -> dict[str, Any]:
    """第十七条: the county signs its part."""
    _run(call, run)
    done = lifecycle.sign(call.engine, run, call.scope.name, call.who.name, body.document)
    return _signed(call, done, warned=True)


@api("runs.return", shapes.Signed)
def return_run(call: Caller, run: Id, body: Reason) -> dict[str, Any]:
    """第十七条: the county returns its part."""
    _run(call, run)
    return _signed(call, lifecycle.return_(call.engine, run, call.scope.name, call.who.name, body.reason))


def _signed(call: Call, run: RunRecord, warned: bool = False) -> dict[str, Any]:
    """The run as the county sees it now."""
    with call.reading() as connection:
        found = status.of_run(connection, run, call.scope, hints=False)
        return {**found, **(status.warned_dict(connection, run, call.scope) if warned else {})}


@api("runs.sample", shapes.Drawn, status=201, others=(200,))
def sample(call: Caller, run: Id, body: Share) -> Answer:
    """第十七条: lines are drawn for the spot check."""
    try:
        share_e4 = cells.read_percent(body.share)
    except BadCell as error:
        raise bad("share", f"{error.problem}；{error.expected}", "body") from error
    if not 0 < share_e4 <= money.E4_PER_ONE:
        raise bad("share", "应大于 0%、不超过 100%", "body")
    _run(call, run, "runs.sample")
    drawing, new = spotcheck.sample(call.engine, run, share_e4, body.seed, call.who.name)
    found = {
        "run": run, "seed": drawing.seed, "share_e4": drawing.share_e4, "loans": len(drawing.lines), "new": new,
        "total_fen": drawing.total_fen, "drawn_fen": drawing.drawn_fen,
    }  # fmt: skip
    return Answer(found, 201 if new else 200, f"/api/v1/runs/{run}/checks")


@api("runs.check", shapes.Entered)
def check(call: Caller, run: Id, body: Result) -> dict[str, Any]:
    """What was found on one drawn line."""
    _run(call, run, "runs.check")
    entry = checks.entry(body.bank, body.note, body.result, body.remark)
    taken = spotcheck.enter(call.engine, run, [entry], call.who.name)
    with call.reading() as connection:
        return {"run": run, "entered": taken, **status.check_standing(connection, run)}


@api("runs.approve", shapes.Approved)
def approve(call: Caller, run: Id, body: Approval) -> dict[str, Any]:
    """A trial becomes the year's settlement: booked and sealed."""
    _run(call, run, "runs.approve")
    done = lifecycle.approve(
        call.engine, run, call.who.name, body.document, body.date, without_check=body.without_check
    )
    return _sealed(call, done, warned=True)


@api("runs.allot", shapes.Stepped)
def allot(call: Caller, run: Id, body: Allotment) -> dict[str, Any]:
    """第九条、第十九条: the money is allotted."""
    _run(call, run, "runs.allot")
    return _sealed(call, lifecycle.allot(call.engine, run, call.who.name, body.document, body.date, body.despite))


@api("runs.close", shapes.Stepped)
def close(call: Caller, run: Id, body: End) -> dict[str, Any]:
    """A run ends: every fen has reached whom it was for."""
    _run(call, run, "runs.close")
    return _sealed(call, lifecycle.close(call.engine, run, call.who.name, body.document))


def _sealed(call: Call, run: RunRecord, warned: bool = False) -> dict[str, Any]:
    """The run, and the seal over the step, which is worth keeping on paper."""
    with call.reading() as connection:
        seal = status.last_seal(connection, run.id)
        told = status.warned_dict(connection, run) if warned else {}
    return {**run.as_dict(), "seal": seal, **told}
