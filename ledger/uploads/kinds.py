"""What each kind of upload is judged as: read first, so that no writer waits, then judged within a write transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import check_lists, spotcheck
from ledger.accounts.rights import roles
from ledger.accounts.roles import name_of
from ledger.accounts.scope import Scope
from ledger.books import payment_sheets, payments
from ledger.books.reporting import legs_of
from ledger.errors import Refused
from ledger.intake import importer
from ledger.intake.files import name_parts
from ledger.intake.importer import Opened, Sent
from ledger.intake.sending import sheets_of
from ledger.intake.sheets import BY_NAME
from ledger.seals import links
from ledger.uploads.records import Uploaded, Verdict
from ledger.warnings.kinds import Warned
from ledger.workbooks.csv_files import is_csv
from ledger.workbooks.workbook import Workbook, read_workbook


@dataclass(frozen=True)
class Kind:
    """A kind: its name in words, the sheets by which a workbook of it is known, how a file is read, how it is judged (and
    taken, where it is to be kept), and whether a scope may send any at all."""

    name: str
    sheets: Collection[str]
    read: Callable[[Uploaded, bytes], Any]
    judge: Callable[[Connection, Uploaded, Any, bool], Verdict]
    sent_by: Callable[[Scope], bool]


# --- facts ------------------------------------------------------------------------------------------------------------


def _read_facts(upload: Uploaded, data: bytes) -> Opened:
    sent = Sent(Path(upload.file), data, upload.by, upload.amend_reason, scope=upload.scope)
    file = importer.opened(sent)
    if file.book is None and is_csv(sent.path, data):
        file.outcome.refusal = _of_another_kind(upload, name_parts(sent.path)) or file.outcome.refusal
    elif file.book is not None:
        file.outcome.refusal = _of_another_kind(upload, _names(file.book))
    return file


def _judge_facts(connection: Connection, upload: Uploaded, file: Opened, keep: bool) -> Verdict:
    outcome = importer.judge_within(connection, file, keep)
    told = outcome.as_dict()
    result = {
        **{name: told[name] for name in ("taken", "skipped", "titled", "amended_runs")},
        "warnings": _told(outcome.warnings),
    }
    return Verdict(
        outcome.findings,
        outcome.refusal.removesuffix(outcome.hint),
        bool(outcome.known_since),
        outcome.known_intake or outcome.intake,
        result,
        [one.as_dict() for one in outcome.changes],
        outcome.receipt,
    )


# --- payments ---------------------------------------------------------------------------------------------------------


def _read_payments(upload: Uploaded, data: bytes) -> Workbook | Refused:
    return _or_refusal(lambda: _of_this_kind(upload, payment_sheets.read_file(Path(upload.file), data)))


def _judge_payments(connection: Connection, upload: Uploaded, book: Workbook | Refused, keep: bool) -> Verdict:
    if isinstance(book, Refused):
        return Verdict(refusal=book.sentence)
    assert upload.year is not None
    try:
        paid = payments.judge_within(connection, upload.year, book, upload.by, upload.scope, keep)
    except Refused as refusal:
        return Verdict(refusal=refusal.sentence)
    result = {
        "legs": {leg: {"rows": rows, "fen": fen} for leg, (rows, fen) in paid.legs.items()},
        "entries": {str(run): entries for run, entries in paid.entries.items()} if keep and not paid.refused else {},
        "warnings": _told(paid.warnings),
    }
    known = paid.known is not None
    receipt = links.last(connection)[1] if keep and not paid.refused and not known else None
    intake_id = paid.known.intake_id if paid.known else paid.intake if keep else None
    return Verdict(paid.findings, "", known, intake_id, result, (), receipt)


# --- check lists ------------------------------------------------------------------------------------------------------


def _read_check_list(upload: Uploaded, data: bytes) -> check_lists.Filled | Refused:
    run = upload.run
    assert run is not None
    return _or_refusal(lambda: check_lists.read(_of_this_kind(upload, read_workbook(Path(upload.file), data)), run))


def _judge_check_list(
    connection: Connection, upload: Uploaded, filled: check_lists.Filled | Refused, keep: bool
) -> Verdict:
    if isinstance(filled, Refused):
        return Verdict(refusal=filled.sentence)
    if filled.findings:
        return Verdict(filled.findings)
    assert upload.run is not None
    try:
        with connection.begin_nested() as part:
            new = spotcheck.enter_within(connection, upload.run, filled.entries, upload.by)
            if not keep:
                part.rollback()
    except Refused as refusal:
        return Verdict(refusal=refusal.sentence)
    taken = {"new": new, "amended": 0, "same": len(filled.entries) - new}
    return Verdict(result={"taken": {check_lists.RESULTS.name: taken}})


def _told(warnings: Sequence[Warned]) -> list[dict[str, Any]]:
    """Warnings as `--json` lists them, each with the column in which it stands, for the marked copy."""
    return [{**one.as_dict(), "letter": one.letter} for one in warnings]


def _or_refusal(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Refused as refusal:
        return refusal


# --- a file sent as what it is not ------------------------------------------------------------------------------------


def _of_this_kind(upload: Uploaded, book: Workbook) -> Workbook:
    """The workbook; Refused where it is one of another kind."""
    if wrong := _of_another_kind(upload, _names(book)):
        raise Refused(wrong)
    return book


def _names(book: Workbook) -> list[str]:
    return ["".join(grid.name.split()) for grid in book.grids]


def _of_another_kind(upload: Uploaded, names: Sequence[str]) -> str:
    """What to do with a file that has sheets of another kind and none of the one as which it was sent; '' for no such file."""
    own = KINDS[upload.kind]
    if any(name in own.sheets for name in names):
        return ""
    for key, kind in KINDS.items():
        found = [name for name in names if name in kind.sheets]
        if found and kind.sent_by(upload.scope):
            return f"{upload.file} 有「{found[0]}」，是{kind.name}，不是{own.name}；请把种类（kind）改为{kind.name}（{key}）再传"
        if found:
            return f"{upload.file} 有「{found[0]}」，是{kind.name}，不是{own.name}；{name_of(upload.scope.role)}不报送{kind.name}"
    return ""


KINDS: Mapping[str, Kind] = {
    "facts": Kind("报送工作簿", BY_NAME, _read_facts, _judge_facts, lambda scope: bool(sheets_of(scope))),
    "payments": Kind(
        "拨付文件", payment_sheets.SHEETS, _read_payments, _judge_payments, lambda scope: bool(legs_of(scope))
    ),
    "checklist": Kind(
        "抽查清单",
        (check_lists.RESULTS.name,),
        _read_check_list,
        _judge_check_list,
        lambda scope: scope.role in roles("runs.check"),
    ),
}
