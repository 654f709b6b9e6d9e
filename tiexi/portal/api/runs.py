"""Runs: what stands in them, as far as the account sees it, and trials."""

from typing import Any

from starlette.responses import Response

from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run, settle
from reports.lists import page as page_of_items
from reports.lists import require_keys
from reports.programmes import REPORTS
from reports.runs import checks, compared, explaining, files, notices, run_list, status
from tiexi.portal import lists, streams
from tiexi.portal.answers import runs as shapes
from tiexi.portal.answers.lines import listed
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Day, Id, Text, Year
from tiexi.portal.problems import Problem, Wrong, bad
from tiexi.portal.routes import Answer, api

_KEYS = (
    "run", "programme", "year", "as_of", "state", "made_by", "made_at", "approved_by", "approved_document",
    "objections", "claims_open_fen", "warnings_count",
)  # fmt: skip
_NAMES = ("run", "made_by", "approved_by", "approved_document")
_FILES = tuple(files.MEDIA.values())


class Trial(Body):
    """Which year of which programme is to be settled, as of which day."""

    programme: Text
    year: Year
    as_of: Day | None = None


@api("runs.list", shapes.Runs, any_query=True)
def list_runs(call: Caller) -> Any:
    """All runs, each with its stage and what is next."""
    asked = lists.asked(call)
    with call.reading() as connection:
        found = page_of_items(status.all_runs(connection, call.scope, hints=False), asked, _KEYS, _NAMES)
    return lists.answer(call, found, (*_KEYS[:9], "solo", *_KEYS[9:], "next"), "运行")


@api("notices.list", shapes.Notices, any_query=True)
def list_notices(call: Caller) -> Any:
    """The runs whose list is put up for public notice, the newest first."""
    asked = lists.asked(call)
    with call.reading() as connection:
        items = [notices.as_dict(one) for one in notices.runs(connection)]
    keys = ("run", "programme", "year", "as_of", "state", "file")
    return lists.answer(call, page_of_items(items, asked, keys, ("run",)), keys, "公示")


@api("runs.add", shapes.Trial, status=201)
def add_run(call: Caller, body: Trial) -> Answer:
    """A trial run."""
    if body.programme not in PROGRAMMES:
        raise bad("programme", f"应为以下之一：{'、'.join(PROGRAMMES)}", "body")
    call.require("runs.add", body.programme)
    if body.as_of is not None and not REPORTS[body.programme].trial.as_of:
        raise bad("as_of", "截止日由文件规定，不能另选", "body")
    run = settle(call.engine, PROGRAMMES[body.programme], body.year, body.as_of, call.who.name)
    with call.reading() as connection:
        found = {**run.as_dict(), **status.warned_dict(connection, run)}
    return Answer(found, 201, f"/api/v1/runs/{run.id}")


@api("runs.show", shapes.Shown)
def show_run(call: Caller, run: Id) -> dict[str, Any]:
    """Where a run stands, and what of it is the account's."""
    with call.reading() as connection:
        return status.of_run(connection, read_run(connection, run), call.scope, hints=False)


_ASKS = (run_list.PAID, run_list.CODE)


def _lines(call: Call, run_id: int, name: str) -> Any:
    """A list of a run's lines: a page as JSON, or all that is asked for as CSV."""
    asked = lists.asked(call)
    run_list.require_askable(name, asked)
    if lists.wants_csv(call):
        return streams.file_answer(
            call, lambda connection: files.some(connection, read_run(connection, run_id), name, asked, call.scope)
        )
    with call.reading() as connection:
        return run_list.page(connection, read_run(connection, run_id), name, asked, call.scope)


@api("runs.lines", listed("lines"), any_query=True, asks=_ASKS)
def lines(call: Caller, run: Id) -> Any:
    """Every judged loan of a settlement."""
    return _lines(call, run, "lines")


@api("runs.claims", listed("claims"), any_query=True, asks=_ASKS)
def claims(call: Caller, run: Id) -> Any:
    """What a settlement claims back of earlier years."""
    return _lines(call, run, "claims")


@api("runs.new-loans", listed("new-loans"), any_query=True, asks=_ASKS)
def new_loans(call: Caller, run: Id) -> Any:
    """Every judged loan of a review."""
    return _lines(call, run, "new-loans")


@api("runs.premiums", listed("premiums"), any_query=True, asks=_ASKS)
def premiums(call: Caller, run: Id) -> Any:
    """Every judged policy of a review."""
    return _lines(call, run, "premiums")


@api("runs.explain", shapes.Explanation)
def explain(
    call: Caller,
    run: Id,
    bank: Text | None = None,
    note: Text | None = None,
    insurer: Text | None = None,
    investor: Text | None = None,
    project: Text | None = None,
    product: Text | None = None,
    country: Text | None = None,
) -> dict[str, Any]:
    """Why this amount, or why nothing: step by step."""
    given = {
        "bank": bank, "note": note, "insurer": insurer, "investor": investor, "project": project, "product": product,
        "country": country,
    }  # fmt: skip
    named = {name: value for name, value in given.items() if value is not None}
    try:
        explaining.require_named(named)
    except explaining.NotNamed as error:
        raise Problem(400, errors=[Wrong("query", name, error.problem) for name in named or ("bank",)]) from error
    with call.reading() as connection:
        record = read_run(connection, run)
        found = explaining.explain(connection, record, named, call.scope)
    return {"run": record.id, "year": record.year, "solo": record.solo, **found.as_dict(hints=False)}


@api("runs.compare", shapes.Compared)
def compare(call: Caller, a: Id, b: Id) -> dict[str, Any]:
    """Two runs of one programme's year: the totals of both, and each line that differs."""
    with call.reading() as connection:
        return compared.compared(connection, a, b, call.scope)


@api("runs.checks", shapes.Checks, any_query=True)
def list_checks(call: Caller, run: Id) -> Any:
    """The lines drawn for the spot check, each with what was found."""
    asked = lists.asked(call)
    require_keys(asked, checks.ASKED_BY)
    with call.reading() as connection:
        found = checks.page(connection, read_run(connection, run), asked, call.scope)
    return lists.answer(call, found, checks.KEYS, f"抽查-{run}")


@api("runs.files", None, files=_FILES)
def run_file(call: Caller, run: Id, what: str, format: Text | None = None, county: Text | None = None) -> Response:
    """A file of a run: annex, lines, lists, check list."""
    files.require_askable(what, format or "", county or "", call.scope)
    return streams.file_answer(
        call,
        lambda connection: files.file_of(
            connection, read_run(connection, run), what, call.scope, format or "", county or ""
        ),
    )
