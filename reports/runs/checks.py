"""The lines drawn for a run's spot check, each with what was found on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ledger import models, spotcheck
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import receipts
from ledger.facts.bank_names import bank_names
from ledger.papers import records
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord
from reports.lists import Asked
from reports.lists import page as page_of_items
from reports.runs import run_lines, seen

KEYS = (
    "county", "bank", "note_no", "uscc", "enterprise", "amount_fen", "drawn_for", "outcome", "remark", "made_by",
    "made_at", "papers",
)  # fmt: skip
_OF_LINE = KEYS[: KEYS.index("drawn_for")]
ASKED_BY = KEYS[:-1]
_NAMES = ("bank", "note_no", "uscc", "enterprise")
_WORDS: dict[str, str] = {
    **{word: key for key, word in spotcheck.OUTCOME_NAMES.items()},
    **{key: key for key in spotcheck.OUTCOME_NAMES},
}


def page(connection: Connection, run: RunRecord, asked: Asked, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """A page of the lines drawn that a scope sees, in the order drawn: outcome a key of OUTCOME_NAMES, null while there is none."""
    return page_of_items(drawn(connection, run, scope), asked, ASKED_BY, _NAMES)


def drawn(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """All of them; nothing of a run whose document knows no spot check."""
    of = PROGRAMMES[run.programme].spot_check
    lines = next((one for one in run_lines.of_programme(run.programme) if of and one.line is of.line), None)
    if lines is None:
        return []
    why: dict[int, str] = {}
    for drawing in spotcheck.drawings(connection, run.id):
        for one in drawing.lines:
            why.setdefault(one.line_no, one.drawn_for)
    conditions = seen.lines_seen(connection, lines, run.programme, scope)
    rows: dict[int, run_lines.Row] = {}
    for part in db.in_chunks(sorted(why)):
        found = run_lines.read_whole(connection, lines, run.id, lines.number.in_(part), *conditions)
        rows |= {row[lines.line.NUMBER]: row for row in found}
    results = spotcheck.results(connection, run.id)
    names = spotcheck.loan_names(connection, run.id, rows)
    sent = _papers(connection, [names[number] for number in rows], scope)
    return [
        _item(lines, {**rows[number], "bank": names[number][0]}, reason, results.get(number), sent[names[number]])
        for number, reason in why.items()
        if number in rows
    ]


def _papers(
    connection: Connection, loans: Sequence[tuple[str, str]], scope: Scope
) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """The papers of loans, by bank and note, that were not withdrawn, by event and receipt."""
    paper, names = models.Paper, bank_names(connection)
    of: dict[tuple[int | None, str], list[dict[str, Any]]] = defaultdict(list)
    for notes in db.in_chunks(sorted({note for _, note in loans})):
        conditions = paper.note_no.in_(notes), models.PaperState.state != receipts.WITHDRAWN
        for one in sorted(records.seen(connection, scope, *conditions), key=_by_event):
            of[one.bank_id, one.note_no or ""].append(one.as_dict())
    return {(bank, note): of[names.id_of(bank), note] for bank, note in loans}


def _by_event(paper: records.Filed) -> tuple[Any, ...]:
    return paper.event_on, paper.event, paper.received_at, paper.id


def _item(
    lines: run_lines.Lines, row: run_lines.Row, why: str, result: spotcheck.Result | None, papers: list[dict[str, Any]]
) -> dict[str, Any]:
    said = (result.outcome, result.remark, result.made_by, result.made_at.isoformat()) if result else (None,) * 4
    own = {name: lines.by_name[name].plain(row[name]) for name in _OF_LINE}
    return {**own, "drawn_for": why, **dict(zip(KEYS[7:11], said, strict=True)), "papers": papers}


def entry(bank: str, note_no: str, result: str, remark: str | None) -> spotcheck.Entry:
    """A result as it is entered, from its word or key; Refused for any other."""
    if result not in _WORDS:
        raise Refused(f"核查结果「{result}」应为以下之一：{'、'.join(spotcheck.OUTCOME_NAMES.values())}")
    return spotcheck.Entry(bank, note_no, _WORDS[result], remark)
