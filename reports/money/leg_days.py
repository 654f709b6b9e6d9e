"""How a run's money went: how long each leg of its way took, and from the allotment to whom it is for, whatever the document.

Money that came first is taken to leave first; an average is over the money, so that a fen paid late counts as a fen. What was
reversed never moved. Nothing is said of money that still waits: `balance` does that.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.models.base import aliased
from ledger.programmes import PROGRAMMES
from ledger.programmes.flow import PAYABLE, Place
from ledger.runs.settlement import RunRecord
from ledger.workdays import today
from reports.money import balance
from reports.writing.indicators import Values, share_e4

ALLOTMENT = "allotment"


@dataclass(frozen=True)
class LegDays:
    """A leg (or the whole way), how much went it (fen), and how many fen times days that took."""

    name: str
    fen: int
    fen_days: int

    @property
    def tenths(self) -> int | None:
        """The average in tenths of a day, half up; None where nothing went it."""
        return money.half_up(10 * self.fen_days, self.fen) if self.fen else None


@dataclass(frozen=True)
class _Move:
    kind: str
    on: date
    account: str
    place: Place
    fen: int


def _moves(connection: Connection, run_id: int) -> list[_Move]:
    """What came and went on every account of a run, by day, what comes before what goes; reversed entries left out."""
    entry, posting, other = models.JournalEntry, models.JournalPosting, aliased(models.JournalEntry)
    undone = select(other.id).where(other.reverses_id == entry.id).exists()
    query = (
        select(
            entry.kind, entry.entered_on, posting.account, posting.item, posting.county, posting.bank_id,
            posting.enterprise_id, posting.amount_fen,
        )
        .join(posting, posting.entry_id == entry.id)
        .where(entry.run_id == run_id, entry.reverses_id.is_(None), ~undone)
        .order_by(entry.entered_on, entry.id, posting.posting_no)
    )  # fmt: skip
    found = [_Move(row[0], row[1], row[2], Place(*row[3:7]), row[7]) for row in connection.execute(query)]
    return sorted(found, key=lambda move: (move.on, move.fen < 0))


def leg_days(connection: Connection, run: RunRecord) -> list[LegDays]:
    """Each leg down the way of a run's document: how long its money had waited where the leg begins."""
    legs = [leg for leg in PROGRAMMES[run.programme].legs if not leg.returns]
    source = {leg.kind: leg.source.key for leg in legs}
    here: dict[tuple[str, Place], deque[list[date | int]]] = defaultdict(deque)
    went: dict[str, list[int]] = {leg.kind: [0, 0] for leg in legs}
    for move in _moves(connection, run.id):
        if move.account not in source.values():
            continue
        if move.fen > 0:
            here[move.account, move.place].append([move.on, move.fen])
        elif source.get(move.kind) == move.account:
            went[move.kind][0] -= move.fen
            went[move.kind][1] += _taken(here[move.account, move.place], -move.fen, move.on)
    return [LegDays(leg.name, *went[leg.kind]) for leg in legs]


def _taken(waiting: deque[list[date | int]], fen: int, on: date) -> int:
    """Takes money out of what waits, the oldest first, and gives its fen times days."""
    days = 0
    while fen and waiting:
        since, left = waiting[0]
        assert isinstance(since, date) and isinstance(left, int)
        part = min(fen, left)
        days += part * (on - since).days
        fen -= part
        if part == left:
            waiting.popleft()
        else:
            waiting[0][1] = left - part
    return days


def from_allotment(connection: Connection, run: RunRecord, items: Sequence[str], name: str) -> LegDays:
    """From the last allotment until the money of some items is with whom it is for."""
    moves = _moves(connection, run.id)
    allotted = max((move.on for move in moves if move.kind == ALLOTMENT), default=None)
    ending = {leg.kind for leg in PROGRAMMES[run.programme].legs if not leg.returns and leg.target is PAYABLE}
    ending |= {leg.kind for leg in PROGRAMMES[run.programme].legs if leg.ends}
    arrived = [move for move in moves if _arrives(move, ending, items)]
    if allotted is None:
        return LegDays(name, 0, 0)
    return LegDays(
        name, sum(move.fen for move in arrived), sum(move.fen * (move.on - allotted).days for move in arrived)
    )


def _arrives(move: _Move, kinds: set[str], items: Sequence[str]) -> bool:
    return move.kind in kinds and move.account == PAYABLE.key and move.place.item in items


def how_far(connection: Connection, run: RunRecord) -> Values:
    """How much of what is owed is allotted and has arrived by today, and of what is claimed has come back (e4, and fen).

    Nothing of a trial, which owes nothing.
    """
    if run.approved_at is None:
        return {}
    books = balance.balance(connection, run, today())
    arrived = books.stages["bank_paid"] + books.stages["enterprise_paid"]
    return {
        "allotted": share_e4(books.owed - books.stages["not_allotted"], books.owed),
        "arrived": share_e4(arrived, books.owed),
        "returned": books.returned_fen,
        "return_rate": share_e4(books.returned_fen, books.claimed_fen),
    }
