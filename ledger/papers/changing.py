"""What becomes of a paper after it came: filed as of another event or kind, withdrawn, found clean. The receipt stays.

What an approved run counted stays counted: withdrawn or filed otherwise, it would no longer be what the run was judged by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from ledger.database import clock
from ledger.errors import Refused
from ledger.facts import loan_events, receipts
from ledger.papers import asked, events, records
from ledger.papers.events import Event
from ledger.papers.receiving import Sender, add_state, refuse_before_disbursement, require_event
from ledger.papers.records import STATE_NAMES, Filed
from ledger.seals.chain import Link
from ledger.seals.strays import PAPER
from ledger.workbooks.visible import visible

_LONGEST_REASON = 1_000


@dataclass(frozen=True)
class Relabelled:
    """A paper as it is filed now, whether that is new, and the event that it is of."""

    paper: Filed
    new: bool
    event: Event


def withdraw(engine: Engine, sender: Sender, paper_id: int, reason: str) -> Filed:
    """Withdraws a paper: it stays in the store and on record, and counts no longer. Refused once an approved run counted it."""
    said = _reason(reason)
    with clock.changing(engine) as connection:
        filed = records.get(connection, paper_id, sender.scope)
        if filed.state == receipts.WITHDRAWN:
            raise Refused(f"{_words(filed)} 此前已撤下")
        _refuse_counted(connection, filed, "撤下", ())
        link = Link(connection, light=True)
        _file(connection, filed, receipts.WITHDRAWN, filed.event, filed.event_on, filed.kinds, sender, said)
        link.seal(PAPER)
        return records.get(connection, paper_id)


def relabel(
    engine: Engine, sender: Sender, paper_id: int, event: str | None, event_on: date | None, kinds: str | Sequence[str]
) -> Relabelled:
    """Files a paper as of another event or kinds of the same note; its receipt stays. As it is filed already: nothing changes.

    Refused for a report, one that was withdrawn, an event that is to come or before the disbursement, and where an approved
    run counted the paper and would no longer.
    """
    with clock.changing(engine) as connection:
        filed = records.get(connection, paper_id, sender.scope)
        if filed.note_no is None:
            raise Refused(f"{_words(filed)} 是{asked.report()}，没有业务可改；请撤下后重新上传")
        if filed.state == receipts.WITHDRAWN:
            raise Refused(f"{_words(filed)} 已撤下，不能改标；请重新上传")
        event, event_on = require_event(event, event_on)
        read = asked.read_kinds(kinds)
        if asked.report() in read:
            raise Refused(f"借据的资料不能改为{asked.report()}；应为{receipts.BETWEEN.join(asked.kinds())}")
        loan = loan_events.loan_id(connection, filed.bank_id, filed.note_no)
        refuse_before_disbursement(connection, loan, filed.note_no, event_on)
        new = (event, event_on, read) != (filed.event, filed.event_on, filed.kinds)
        if new:
            _refuse_counted(
                connection, filed, "改标", read if (event, event_on) == (filed.event, filed.event_on) else ()
            )
            link = Link(connection, light=True)
            _file(connection, filed, filed.state, event, event_on, read, sender, None)
            link.seal(PAPER)
        of = events.state(connection, filed.bank_id, filed.note_no, event, event_on)
        return Relabelled(records.get(connection, paper_id), new, of)


def scanned(engine: Engine, paper_id: int, found: str | None) -> Filed:
    """What the virus scanner said of a paper that waited for it: None for clean, so that it counts from its receipt; else
    what it found, so that it is withdrawn."""
    by = Sender(records.SCANNER)
    with clock.changing(engine) as connection:
        filed = records.get(connection, paper_id)
        if filed.state == receipts.SCANNING:
            link = Link(connection, light=True)
            state, reason = (receipts.WITHDRAWN, f"查出病毒：{found}") if found else (receipts.KEPT, None)
            _file(connection, filed, state, filed.event, filed.event_on, filed.kinds, by, reason)
            link.seal(PAPER)
        return records.get(connection, paper_id)


def _file(
    connection: Connection,
    filed: Filed,
    state: str,
    event: str | None,
    event_on: date | None,
    kinds: Sequence[str],
    sender: Sender,
    reason: str | None,
) -> None:
    add_state(connection, filed.id, state, event, event_on, receipts.BETWEEN.join(kinds), sender.name, reason)


def _reason(given: str) -> str:
    reason = visible(given).strip()
    if not reason:
        raise Refused("请写明撤下的原因")
    if len(reason) > _LONGEST_REASON:
        raise Refused(f"撤下的原因超过 {_LONGEST_REASON} 个字符；请写得简短些")
    return reason


def _words(filed: Filed) -> str:
    return f"第 {filed.id} 号资料 {filed.file}"


def _refuse_counted(connection: Connection, filed: Filed, doing: str, keeping: Sequence[str]) -> None:
    """Refused where an approved run counted a paper as a kind that it would no longer be. keeping: the kinds that it stays."""
    if filed.event is None or filed.event_on is None or filed.note_no is None or filed.state != receipts.KEPT:
        return
    loan = loan_events.loan_id(connection, filed.bank_id, filed.note_no)
    if loan is None or not loan_events.reported(connection, loan, filed.event, filed.event_on)[0]:
        return
    for judged in asked.papers().judged(connection, loan, filed.event, filed.event_on):
        seen = records.of_note(connection, filed.bank_id, filed.note_no, judged.last_paper_state_id, judged.as_of)
        for kind in asked.required(filed.event):
            first = next((one for one in seen if _counts(one, filed, kind)), None)
            if first is not None and first.id == filed.id and kind not in keeping:
                raise Refused(
                    f"{_words(filed)} 不能{doing}：审核通过的第 {judged.run} 号运行（{judged.year} 年度）计入了这份资料"
                    f"（{STATE_NAMES[filed.state]} {filed.received_on}，{kind}）"
                )


def _counts(one: Filed, like: Filed, kind: str) -> bool:
    """Whether a paper counted as a kind for the event of another."""
    same = (one.event, one.event_on) == (like.event, like.event_on)
    return same and one.state == receipts.KEPT and kind in one.kinds
