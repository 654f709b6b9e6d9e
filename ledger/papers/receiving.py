"""Receiving papers: on disk and on record before anybody is told that they came; all of a set or none of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, func, insert, select

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.roles import BANK
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids
from ledger.database import clock, db
from ledger.errors import NotFound, Refused
from ledger.facts import loan_events, receipts
from ledger.facts.bank_names import BankNames, bank_names
from ledger.models.base import aliased
from ledger.papers import asked, events, records
from ledger.papers.events import Event
from ledger.papers.records import Filed
from ledger.people import account as acting_account
from ledger.seals.chain import Link
from ledger.seals.strays import PAPER
from ledger.store import Kept, Store, TooLarge
from ledger.uploads.receiving import plain_name
from ledger.uploads.records import bytes_of
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workdays import now, today

MOST_FILES = 20
_MB, _GB = 1 << 20, 1 << 30
_FIRST_YEAR = 1990


@dataclass(frozen=True)
class Sender:
    """Who sends: a person, with the account and the scope; whoever keeps the server may send for any bank."""

    name: str
    login: str | None = None
    scope: Scope = EVERYTHING

    @classmethod
    def of(cls, account: Account) -> "Sender":
        """An account as a sender."""
        return cls(account.name, account.login, account.scope)


@dataclass(frozen=True)
class Wanted:
    """As what papers are sent: of an event of a note of a bank, or a bank's report of a year.

    bank: any of its names; None: the sender's own. kinds: a list, or a text with 、 between.
    """

    kinds: str | Sequence[str]
    note_no: str | None = None
    event: str | None = None
    event_on: date | None = None
    year: int | None = None
    bank: str | None = None


@dataclass(frozen=True)
class Arriving:
    """A file that comes, looked at already: its name, bytes, media type and number of pages."""

    name: str
    file: BinaryIO
    media: str
    pages: int


@dataclass(frozen=True)
class Limits:
    """How large a paper may be, and all files of a unit together: megabytes, gigabytes. scanned: whether a file counts only
    once a virus scanner has seen it."""

    paper_mb: int = 20
    unit_gb: int = 50
    scanned: bool = False


@dataclass(frozen=True)
class Received:
    """Papers in the order in which they were sent, whether any is new, and the event that they are of."""

    papers: Sequence[Filed]
    new: bool
    event: Event | None

    def as_dict(self) -> dict[str, Any]:
        """As POST /papers answers."""
        return {
            "papers": [one.as_dict() for one in self.papers],
            "event": None if self.event is None else self.event.as_dict(),
        }


@dataclass(frozen=True)
class _Place:
    """Wanted, as it is stored: kinds as text."""

    bank_id: int
    note_no: str | None
    year: int | None
    event: str | None
    event_on: date | None
    kinds: str


def require_acceptable(connection: Connection, sender: Sender, wanted: Wanted) -> None:
    """Refused or NotFound where papers like these are not taken, whatever the files: asked before these are looked at."""
    _place(connection, sender, wanted)


def receive(
    engine: Engine, store: Store, sender: Sender, wanted: Wanted, files: Sequence[Arriving], limits: Limits
) -> Received:
    """Keeps files and puts them on record as papers, as `receive_sets` does one set."""
    return receive_sets(engine, store, sender, [(wanted, files)], limits)[0]


def receive_sets(
    engine: Engine,
    store: Store,
    sender: Sender,
    sets: Sequence[tuple[Wanted, Sequence[Arriving]]],
    limits: Limits,
    told: bool = True,
) -> list[Received]:
    """Keeps the files of several sets and puts them on record, all or none, under one link. The same bytes for the same event
    and kinds are the paper that is there already: the first receipt stands. told: whether the events are looked at too.

    TooLarge beyond the size of one; Refused for what is not taken, with nothing of any set on record; NotFound for a bank
    that is not the sender's.
    """
    names = [_names(files, limits) for _, files in sets]
    with db.reading(engine) as connection:
        for wanted, _ in sets:
            _place(connection, sender, wanted)
        _refuse_more_than(connection, sender, sum(one.file.seek(0, 2) for _, files in sets for one in files), limits)
    kept = [[store.keep_file(one.file, limits.paper_mb * _MB, sm3=True) for one in files] for _, files in sets]
    with clock.changing(engine) as connection:
        link: Link | None = None
        found: list[tuple[_Place, list[int], bool]] = []
        for (wanted, files), of_set, named in zip(sets, kept, names, strict=True):
            place = _place(connection, sender, wanted)
            known = _known(connection, place)
            new = [one for one in of_set if one.sha256 not in known]
            if new:
                link = link or Link(connection, light=True)
                _refuse_more_than(connection, sender, sum({one.sha256: one.size for one in new}.values()), limits)
            for name, one, arriving in zip(named, of_set, files, strict=True):
                if one.sha256 not in known:
                    known[one.sha256] = _store(connection, sender, place, name, one, arriving, limits)
            found.append((place, list(dict.fromkeys(known[one.sha256] for one in of_set)), bool(new)))
        if link is not None:
            link.seal(PAPER)
        return [
            Received(
                [records.get(connection, number) for number in numbers],
                new,
                _event(connection, place) if told else None,
            )
            for place, numbers, new in found
        ]


def _names(files: Sequence[Arriving], limits: Limits) -> list[str]:
    """The plain names of the files of a set; TooLarge or Refused for too many, too large or empty ones."""
    if not 1 <= len(files) <= MOST_FILES:
        raise Refused(f"一次可以交 1 至 {MOST_FILES} 份资料，这次是 {len(files)} 份")
    names = [plain_name(one.name) for one in files]
    for name, one in zip(names, files, strict=True):
        size = one.file.seek(0, 2)
        if size > limits.paper_mb * _MB:
            raise TooLarge
        if size == 0:
            raise Refused(f"{name} 是空文件")
    return names


def _store(
    connection: Connection, sender: Sender, place: _Place, name: str, kept: Kept, file: Arriving, limits: Limits
) -> int:
    paper = models.table_of(models.Paper)
    number = db.next_id(connection, paper)
    connection.execute(
        insert(paper).values(
            id=number, bank_id=place.bank_id, note_no=place.note_no, year=place.year, file_name=name, sha256=kept.sha256,
            sm3=kept.sm3, size=kept.size, media=file.media, pages=file.pages, received_at=kept.at,
            received_on=kept.at.date(), sent_by=sender.name, login=sender.login, account=acting_account(),
        )
    )  # fmt: skip
    add_state(
        connection, number, receipts.SCANNING if limits.scanned else receipts.KEPT, place.event, place.event_on,
        place.kinds, sender.name,
    )  # fmt: skip
    return number


def add_state(
    connection: Connection,
    paper_id: int,
    state: str,
    event: str | None,
    event_on: date | None,
    kinds: str,
    made_by: str,
    reason: str | None = None,
) -> None:
    """Adds a state of a paper, within the caller's transaction and link."""
    table = models.table_of(models.PaperState)
    connection.execute(
        insert(table).values(
            id=db.next_id(connection, table), paper_id=paper_id, state=state, event=event, event_on=event_on, kinds=kinds,
            reason=reason, made_by=made_by, account=acting_account(), made_at=now(),
        )
    )  # fmt: skip


def _known(connection: Connection, place: _Place) -> dict[str, int]:
    """By SHA-256, the first papers of this event and these kinds that were not withdrawn: filed so now, else sent so. A
    request that comes again, or late, after its paper was filed otherwise, is no other paper."""
    paper, now_filed = models.Paper, models.PaperState
    sent, other = aliased(models.PaperState), aliased(models.PaperState)
    first = select(func.min(other.id)).where(other.paper_id == paper.id)
    of_note = receipts.filed(paper.sha256, paper.id).join_from(paper, sent, sent.paper_id == paper.id)
    of_note = of_note.where(
        sent.id == first.scalar_subquery(), paper.bank_id == place.bank_id, paper.year.is_not_distinct_from(place.year),
        paper.note_no.is_not_distinct_from(place.note_no), now_filed.state != receipts.WITHDRAWN,
    )  # fmt: skip
    found: dict[str, int] = {}
    for state in (now_filed, sent):
        query = of_note.where(
            state.event.is_not_distinct_from(place.event), state.event_on.is_not_distinct_from(place.event_on),
            state.kinds == place.kinds,
        )  # fmt: skip
        for row in connection.execute(query.order_by(paper.id)):
            found.setdefault(row.sha256, row.id)
    return found


def _event(connection: Connection, place: _Place) -> Event | None:
    if place.event is None or place.event_on is None or place.note_no is None:
        return None
    return events.state(connection, place.bank_id, place.note_no, place.event, place.event_on)


def _refuse_more_than(connection: Connection, sender: Sender, size: int, limits: Limits) -> None:
    if sender.scope.kind == BANK and bytes_of(connection, sender.scope) + size > limits.unit_gb * _GB:
        raise Refused(f"本单位的文件已达到 {limits.unit_gb} GB 的上限；请与系统管理员联系")


# --- what is taken ----------------------------------------------------------------------------------------------------


def _place(connection: Connection, sender: Sender, wanted: Wanted) -> _Place:
    kinds = asked.read_kinds(wanted.kinds)
    names = bank_names(connection)
    bank_id = _bank(connection, names, sender, wanted)
    if wanted.year is not None or asked.report() in kinds:
        return _report(bank_id, wanted, kinds)
    note = _note(wanted.note_no)
    event, event_on = require_event(wanted.event, wanted.event_on)
    loan = loan_events.loan_id(connection, bank_id, note)
    if loan is None and (owner := _owner(connection, names, bank_id, note)):
        raise Refused(f"借据 {note} 在「{owner}」名下，不是 {names.in_force(bank_id)} 自己的借据；请写明 {owner}")
    refuse_before_disbursement(connection, loan, note, event_on)
    return _Place(bank_id, note, None, event, event_on, receipts.BETWEEN.join(kinds))


def _report(bank_id: int, wanted: Wanted, kinds: Sequence[str]) -> _Place:
    """第十八条: a bank's report of a year is of no event, and is nothing else at once."""
    report = asked.report()
    if wanted.year is None or (wanted.note_no, wanted.event, wanted.event_on) != (None, None, None):
        raise Refused(f"{report}只写年度，不写借据和业务")
    if kinds != (report,):
        raise Refused(f"写明年度而没有业务的资料只能是{report}")
    if not _FIRST_YEAR <= wanted.year <= today().year:
        raise Refused(f"{report}的年度 {wanted.year} 有误；应在 {_FIRST_YEAR} 与 {today().year} 之间")
    asked.require_year(wanted.year)
    return _Place(bank_id, None, wanted.year, None, None, report)


def _bank(connection: Connection, names: BankNames, sender: Sender, wanted: Wanted) -> int:
    own = bank_ids(connection, sender.scope)
    named = wanted.bank if wanted.bank is not None else sender.scope.name if sender.scope.kind == BANK else None
    if named is None:
        raise Refused("没有写明是哪家银行的资料")
    found = names.id_of(cells.read_name(named)) if named.strip() else None
    if found is None or (own is not None and found not in own):
        raise NotFound("没有这家银行")
    return found


def _note(given: str | None) -> str:
    try:
        note = "" if given is None else str(cells.read_code(given))
    except BadCell as bad:
        raise Refused(f"借据编号「{given}」{bad.problem}；{bad.expected}") from bad
    if not note:
        raise Refused("没有写明借据编号")
    return note


def _owner(connection: Connection, names: BankNames, bank_id: int, note: str) -> str:
    """Which of the banks that were taken over has a note that the successor has not; '' for none."""
    owners = (one for one in names.predecessors(bank_id) if loan_events.loan_id(connection, one, note) is not None)
    return next((names.printed(one) for one in owners), "")


def require_event(event: str | None, event_on: date | None) -> tuple[str, date]:
    """An event and its day, Refused where one is not given, there is no such event, or the day is to come."""
    known = tuple(asked.papers().required)
    if event not in known:
        raise Refused(
            f"没有「{event}」这种业务；应为{'、'.join(known)}" if event else f"没有写明业务；应为{'、'.join(known)}"
        )
    if event_on is None:
        raise Refused(f"没有写明业务日（{event}日）")
    if event_on > today():
        raise Refused(f"业务日 {event_on} 在今天（{today()}）之后；应为已经发生的{event}的日期")
    return event, event_on


def refuse_before_disbursement(connection: Connection, loan: int | None, note: str, event_on: date) -> None:
    """Refused where an event of a loan on file is dated before the loan was disbursed."""
    if loan is None:
        return
    disbursed = loan_events.disbursed_on(connection, loan)
    if event_on < disbursed:
        raise Refused(f"业务日 {event_on} 早于借据 {note} 的发放日 {disbursed}；请核对业务日")
