"""Papers as they stand: each follows from its row and its last state; who sees which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids, counties
from ledger.errors import NotFound, Refused
from ledger.facts import receipts
from ledger.facts.bank_names import bank_names
from ledger.facts.receipts import BETWEEN

SCANNER = "查毒程序"  # who speaks for the virus scanner
STATE_NAMES = {receipts.KEPT: "已收", receipts.WITHDRAWN: "已撤下", receipts.SCANNING: "待查毒"}
_PAPER = (
    "id", "bank_id", "note_no", "year", "file_name", "sha256", "sm3", "size", "media", "pages", "received_at",
    "received_on", "sent_by", "login",
)  # fmt: skip
_STATE = ("state", "event", "event_on", "kinds", "reason", "made_by")


@dataclass(frozen=True)
class Filed:
    """A paper with what it is filed as now. bank: its name in force. event, event_on: None for a report of a year."""

    id: int
    bank_id: int
    bank: str
    note_no: str | None
    year: int | None
    event: str | None
    event_on: date | None
    kinds: Sequence[str]
    file: str
    sha256: str
    sm3: str | None
    size: int
    media: str
    pages: int
    received_at: datetime
    received_on: date
    by: str
    login: str | None
    state: str
    reason: str | None
    made_by: str  # who filed it so

    @property
    def by_scanner(self) -> bool:
        """Whether the virus scanner spoke last."""
        return self.made_by == SCANNER

    def as_dict(self) -> dict[str, Any]:
        """As lists of papers give it; year: only of a report."""
        return {
            "paper": self.id, "bank": self.bank, "note_no": self.note_no, "event": self.event,
            "event_on": self.event_on.isoformat() if self.event_on else None, "kinds": list(self.kinds), "file": self.file,
            "sha256": self.sha256, "sm3": self.sm3, "bytes": self.size, "media": self.media, "pages": self.pages,
            "received_at": self.received_at.isoformat(), "by": self.by, "login": self.login, "state": self.state,
            **({} if self.year is None else {"year": self.year}),
        }  # fmt: skip


def may_open(filed: Filed) -> bool:
    """Whether a paper may be opened: not before the virus scanner has seen it, nor where it found something."""
    return filed.state == receipts.KEPT or (filed.state == receipts.WITHDRAWN and not filed.by_scanner)


def require_clean(filed: Filed) -> None:
    """Refused for one that may not."""
    if filed.state == receipts.SCANNING:
        raise Refused("这份资料正在查毒，查完才能打开")
    if not may_open(filed):
        raise Refused(f"这份资料{filed.reason}，不能打开；请重新扫描后上传")


def get(connection: Connection, paper_id: int, scope: Scope = EVERYTHING) -> Filed:
    """A paper; NotFound where there is none, or none that the scope sees."""
    found = next(_read(connection, models.Paper.id == paper_id, *_seen(connection, scope)), None)
    if found is None:
        raise NotFound("没有这份资料")
    return found


def seen(
    connection: Connection,
    scope: Scope = EVERYTHING,
    *conditions: Any,
    order: Sequence[Any] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Filed]:
    """The papers that a scope sees, newest first but for another order. conditions: on models.Paper and models.PaperState."""
    order = (*order, models.Paper.id.desc())
    within = (*conditions, *_seen(connection, scope))
    return list(_read(connection, *within, order=order, limit=limit, offset=offset))


def count(connection: Connection, scope: Scope, *conditions: Any) -> int:
    """How many of them there are."""
    query = receipts.filed(func.count()).where(*conditions, *_seen(connection, scope))
    return int(connection.execute(query).scalar_one())


def of_note(
    connection: Connection, bank_id: int, note_no: str, through: int | None = None, to: date | None = None
) -> list[Filed]:
    """The papers of a note, in the order in which they came. through: as they were filed up to that number of states;
    to: those that came on or before a day."""
    paper = models.Paper
    conditions = [paper.bank_id == bank_id, paper.note_no == note_no]
    if to is not None:
        conditions.append(paper.received_on <= to)
    return list(_read(connection, *conditions, through=through))


def _seen(connection: Connection, scope: Scope) -> Iterator[Any]:
    """A bank sees its own and what it has taken over, a county those of loans on file of its enterprises."""
    paper, banks, places = models.Paper, bank_ids(connection, scope), counties(scope)
    if banks is not None:
        yield paper.bank_id.in_(banks)
    if places is not None:
        loan, fact, company = models.Loan, models.LoanFact, models.EnterpriseFact
        query = (
            select(fact.id)
            .join(loan, loan.id == fact.loan_id)
            .join(company, company.enterprise_id == fact.enterprise_id)
            .where(loan.bank_id == paper.bank_id, loan.note_no == paper.note_no, company.county.in_(places))
        )
        yield query.where(fact.retired_by.is_(None), company.retired_by.is_(None)).exists()


def _read(
    connection: Connection,
    *conditions: Any,
    through: int | None = None,
    order: Sequence[Any] = (models.Paper.id,),
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[Filed]:
    paper, state = models.table_of(models.Paper), models.table_of(models.PaperState)
    columns = (*(paper.c[name] for name in _PAPER), *(state.c[name] for name in _STATE))
    query = receipts.filed(*columns, through=through).where(*conditions).order_by(*order)
    rows = connection.execute(query if limit is None else query.limit(limit).offset(offset)).all()
    names = bank_names(connection) if rows else None
    for row in rows:
        assert names is not None
        yield Filed(
            row.id, row.bank_id, names.in_force(row.bank_id), row.note_no, row.year, row.event, row.event_on,
            tuple(row.kinds.split(BETWEEN)), row.file_name, row.sha256, row.sm3, row.size, row.media, row.pages,
            row.received_at, row.received_on, row.sent_by, row.login, row.state, row.reason, row.made_by,
        )  # fmt: skip
