"""Enterprises, banks, insurers and investors: found by any part of a name or code; all that is on file of one; warnings."""

from typing import Any

from starlette.responses import Response

from ledger.errors import NotFound
from ledger.workbooks import cells
from reports.lists import page
from reports.parties import finding, objections, statement, statement_workbook
from reports.parties.statement import Statement
from reports.runs import files
from reports.runs import warnings as reported
from reports.writing.files import safe
from tiexi.portal import lists, streams
from tiexi.portal.answers import parties as shapes
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Text, Year
from tiexi.portal.problems import Problem, Wrong
from tiexi.portal.routes import api


@api("find.list", shapes.Found)
def find(call: Caller, q: Text) -> dict[str, Any]:
    """Whose code or name holds some words, and what each year brought them."""
    with call.reading() as connection:
        found = finding.find(connection, q, call.scope)
    return {f"{kind}s": [one.as_dict() for one in found if one.kind == kind] for kind in finding.KIND_NAMES}


@api("statement.show", None, files=(files.MEDIA[files.XLSX],))
def show_statement(
    call: Caller,
    uscc: Text | None = None,
    bank: Text | None = None,
    insurer: Text | None = None,
    investor: Text | None = None,
) -> Response:
    """All that is on file of one enterprise or institution, over all years and programmes."""
    given = {"uscc": uscc, "bank": bank, "insurer": insurer, "investor": investor}
    named = {name: text for name, text in given.items() if text is not None}
    if len(named) != 1:
        wrong = "uscc、bank、insurer、investor 应当写而且只写一个"
        raise Problem(400, errors=[Wrong("query", name, wrong) for name in named or ("uscc",)])
    ((kind, text),) = named.items()

    def make(connection: Any) -> files.Given:
        found = _statement(connection, kind, text, call)
        name = safe(f"对账单-{found.party.code or found.party.name}.xlsx")
        return files.written(name, lambda path: statement_workbook.write(connection, found, path))

    return streams.file_answer(call, make)


def _statement(connection: Any, kind: str, text: str, call: Caller) -> Statement:
    try:
        known = cells.read_uscc(text) if kind == "uscc" else cells.read_name(text)
    except ValueError as error:
        raise NotFound("没有这样的名称或代码") from error
    if kind == "uscc":
        return statement.of_enterprise(connection, known, call.scope)
    if kind == "bank":
        return statement.of_bank(connection, known, call.scope)
    of: finding.Kind = "insurer" if kind == "insurer" else "investor"
    return statement.of_institution(connection, of, known, call.scope)


@api("objections.list", shapes.Objections, any_query=True)
def list_objections(call: Caller) -> Any:
    """What enterprises object to, the open ones first."""
    asked = lists.asked(call)
    with call.reading() as connection:
        found = page(objections.on_file(connection, call.scope), asked, objections.KEYS, objections.NAMED)
    return lists.answer(call, found, objections.KEYS, objections.SHEET)


@api("warnings.list", shapes.Warnings)
def list_warnings(call: Caller, year: Year | None = None) -> dict[str, Any]:
    """What is improbable of what is on file, of a year or of everything."""
    with call.reading() as connection:
        return {"warnings": [one.as_dict() for one in reported.on_record(connection, year, call.scope)]}
