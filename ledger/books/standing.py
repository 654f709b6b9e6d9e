"""What stands where: the sums over a run's accounts and places, how long money has been there, and what would be below zero."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from ledger import models
from ledger.models.base import aliased
from ledger.programmes import chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Place


def total(connection: Connection, run_id: int, accounts: Sequence[str]) -> int:
    """The sum over accounts of a run. Fen."""
    posting, entry = models.JournalPosting, models.JournalEntry
    query = (
        select(func.coalesce(func.sum(posting.amount_fen), 0))
        .join(entry, entry.id == posting.entry_id)
        .where(entry.run_id == run_id, posting.account.in_(accounts))
    )
    return int(connection.execute(query).scalar_one())


def balances(
    connection: Connection,
    run_id: int,
    accounts: Sequence[str],
    until: date | None = None,
    without: Sequence[str] = (),
) -> dict[tuple[str, Place], int]:
    """What stands on accounts of a run, by account and place; zeroes left out. Fen, debit positive.

    until: the last day that counts. without: kinds of entries that do not count.
    """
    found: dict[tuple[str, Place], int] = defaultdict(int)
    for account, place, day, fen in movements(connection, run_id, accounts, without):
        if until is None or day <= until:
            found[account, place] += fen
    return {key: fen for key, fen in found.items() if fen}


def movements(
    connection: Connection,
    run_id: int,
    accounts: Sequence[str],
    without: Sequence[str] = (),
    slips: bool = True,
    banks: Collection[int] | None = None,
) -> Iterable[tuple[str, Place, date, int]]:
    """The postings of a run on accounts, by date and number.

    slips: whether entries count that were reversed as of their own day, and their reversals. banks: of which, None: of all.
    """
    posting, entry = models.JournalPosting, models.JournalEntry
    query = (
        select(
            posting.account, posting.item, posting.county, posting.bank_id, posting.enterprise_id, entry.entered_on,
            posting.amount_fen,
        )
        .join(entry, entry.id == posting.entry_id)
        .where(entry.run_id == run_id, posting.account.in_(accounts), *([entry.kind.not_in(without)] if without else []))
        .order_by(entry.entered_on, entry.id, posting.posting_no)
    )  # fmt: skip
    if banks is not None:
        query = query.where(posting.bank_id.in_(banks))
    if not slips:
        other = aliased(entry)
        pair = or_(other.reverses_id == entry.id, other.id == entry.reverses_id)
        query = query.where(~select(other.id).where(pair, other.entered_on == entry.entered_on).exists())
    for row in connection.execute(query):
        yield row[0], Place(*row[1:5]), row[5], row[6]


@dataclass(frozen=True)
class Holding:
    """Money that waits somewhere: where, what for, how much (fen), and since when its oldest fen has been there."""

    account: str
    place: Place
    fen: int
    since: date


def holdings(connection: Connection, run_id: int, until: date) -> list[Holding]:
    """Where a run's money waits at the end of a day; what came first is taken to leave first."""
    in_hand = chart.in_hand()
    came: dict[tuple[str, Place], list[tuple[date, int]]] = defaultdict(list)
    gone: dict[tuple[str, Place], int] = defaultdict(int)
    for account, place, day, fen in movements(connection, run_id, in_hand, slips=False):
        if day <= until and fen > 0:
            came[account, place].append((day, fen))
        elif day <= until:
            gone[account, place] -= fen
    found = []
    for (account, place), arrivals in came.items():
        left = sum(fen for _, fen in arrivals) - gone[account, place]
        if left:
            found.append(Holding(account, place, left, _since(arrivals, left)))
    return sorted(found, key=lambda one: in_hand.index(one.account))


def _since(arrivals: Sequence[tuple[date, int]], left: int) -> date:
    """Since when the oldest fen of what is left has been there: it came with the last arrivals."""
    for day, fen in reversed(arrivals):
        left -= fen
        if left <= 0:
            return day
    return arrivals[0][0]


def place_words(account: str, place: Place, bank: str = "") -> str:
    """An account and what it is kept by, for sentences; bank: the name of the bank that keeps it, where one does."""
    kept_by = "，".join(part for part in (place.county, bank, chart.item_names()[place.item]) if part)
    return f"「{chart.accounts()[account].name}」（{kept_by}）"


class Shortfall(NamedTuple):
    """An account that would hold less than nothing: from which day on, and by how much (fen).

    Of `payable` and `claim_receivable`: more than was accrued there would have been paid (a place without enterprise, of
    interest: given to the bank for its enterprises). passing: only until something came back on a later day.
    """

    account: str
    place: Place
    day: date
    fen: int
    passing: bool = False


def shortfalls(connection: Connection, run_id: int, places: set[Place] | None = None) -> list[Shortfall]:
    """Where money would have left before it was there, or more than is owed (or claimed) would have been paid.

    Looked at day by day: what comes and goes on one day may do so in either order. places: those that have moved (all).
    """
    concerned = {(place.item, place.county) for place in places or ()}
    running: dict[tuple[str, Place], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for account, place, day, fen in movements(connection, run_id, (*chart.in_hand(), PAYABLE.key, RECEIVABLE.key)):
        if places is None or (place.item, place.county) in concerned:
            running[account, place][day] += -fen if account == "payable" else fen
    found = []
    for (account, place), days in running.items():
        if account in ("payable", "claim_receivable"):
            found += _overpaid(account, place, days)
        elif below := _below_zero(days):
            found.append(Shortfall(account, place, *below))
    for place, days in _left_to_pass_on(running).items():
        found += _overpaid("payable", place, days)
    return found


def _below_zero(days: Mapping[date, int]) -> tuple[date, int] | None:
    """The first day at whose end less than nothing is left, and by how much; None when there is none."""
    left = 0
    for day in sorted(days):
        left += days[day]
        if left < 0:
            return day, -left
    return None


def _overpaid(account: str, place: Place, days: Mapping[date, int]) -> list[Shortfall]:
    """What is too much in all, else what was too much on a day: paid again before the first payment came back."""
    left = sum(days.values())
    if left < 0:
        return [Shortfall(account, place, max(days), -left)]
    below = _below_zero(days)
    return [Shortfall(account, place, *below, passing=True)] if below else []


def _left_to_pass_on(running: Mapping[tuple[str, Place], Mapping[date, int]]) -> dict[Place, dict[date, int]]:
    """By bank and day, how what it owes its enterprises moves, less what it holds: it must not be given more than that."""
    left: dict[Place, dict[date, int]] = {place: defaultdict(int) for account, place in running if account == "bank"}
    for (account, place), days in running.items():
        at_bank = place._replace(enterprise_id=None)
        if account in ("bank", "payable") and at_bank in left:
            for day, fen in days.items():
                left[at_bank][day] += -fen if account == "bank" else fen
    return left
