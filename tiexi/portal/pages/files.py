"""Files at the addresses that they have over the API: what a page links to, kept by the browser under its name."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from tiexi.portal import lists
from tiexi.portal.api import runs, years
from tiexi.portal.api import uploads as sent
from tiexi.portal.call import Call
from tiexi.portal.page_routes import number, page
from tiexi.portal.problems import bad


@page("GET", "/runs/{run}/files/{what}", "runs.files")
def run_file(call: Call, run: str, what: str) -> Response:
    """A file of a run: annex, lists, check list."""
    return runs.run_file(call, number(run), what, call.query.get("format"), call.query.get("county"))


@page("GET", "/template", "template.show")
def template(call: Call) -> Response:
    """The blank workbook with the sheets that this role sends, of facts or of payments."""
    kind = call.query.get("kind", "facts")
    if kind not in ("facts", "payments"):
        raise bad("kind", "应为 facts 或 payments")
    return sent.show_template(call, "payments" if kind == "payments" else "facts")


@page("GET", "/uploads/{upload}/file", "uploads.file")
def upload_file(call: Call, upload: str) -> Response:
    """The bytes that came."""
    return sent.show_file(call, number(upload))


@page("GET", "/uploads/{upload}/marked", "uploads.marked")
def upload_marked(call: Call, upload: str) -> Response:
    """The workbook with what is wrong marked in it."""
    return sent.show_marked(call, number(upload))


@page("GET", "/uploads/{upload}/findings", "uploads.findings")
def upload_findings(call: Call, upload: str) -> Response:
    """Every finding of a file as CSV; without that, the file's page with them."""
    if lists.wants_csv(call):
        found: Response = sent.list_findings(call, number(upload))
        return found
    return RedirectResponse(f"/uploads/{number(upload)}#findings", 303)


@page("GET", "/years/{year}/to-pay", "years.to-pay")
def to_pay(call: Call, year: str) -> Response:
    """The sheet of payments with everything that is still to be paid."""
    return years.what_to_pay(call, number(year), call.query.get("programme"))


@page("GET", "/years/{year}/journal", "years.journal")
def journal(call: Call, year: str) -> Response:
    """The year's books."""
    return years.journal(call, number(year))


def _lines(call: Call, run: str, name: str, serve: Any) -> Response:
    """All lines of one kind that are asked for, as CSV; without that, the run's page with them."""
    if lists.wants_csv(call):
        found: Response = serve(call, number(run))
        return found
    return RedirectResponse(f"/runs/{number(run)}?list={name}#lines", 303)


@page("GET", "/runs/{run}/lines", "runs.lines")
def lines(call: Call, run: str) -> Response:
    """Every judged loan of a settlement."""
    return _lines(call, run, "lines", runs.lines)


@page("GET", "/runs/{run}/claims", "runs.claims")
def claims(call: Call, run: str) -> Response:
    """What a settlement claims back."""
    return _lines(call, run, "claims", runs.claims)


@page("GET", "/runs/{run}/new-loans", "runs.new-loans")
def new_loans(call: Call, run: str) -> Response:
    """Every judged loan of a review."""
    return _lines(call, run, "new-loans", runs.new_loans)


@page("GET", "/runs/{run}/premiums", "runs.premiums")
def premiums(call: Call, run: str) -> Response:
    """Every judged policy of a review."""
    return _lines(call, run, "premiums", runs.premiums)
