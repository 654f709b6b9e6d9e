"""Papers that the platform received, as they are filed now: which event each counts for, since when, and from when on that
decides. One paper may be several kinds at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from ledger import models
from ledger.database import db
from ledger.facts.partitions import WHOLE, Partition
from ledger.facts.positions import rows_of
from ledger.lazy import np, pd
from ledger.models.base import aliased
from ledger.workdays import NO_DATE, Days, day_number

BETWEEN = "、"  # between the kinds of a paper
KEPT, WITHDRAWN, SCANNING = models.PAPER_STATES[0], models.PAPER_STATES[1], models.PAPER_STATES[2]


@dataclass(frozen=True)
class Starts:
    """资料平台启用: the day from which on receipts decide, for the city and for banks that have one of their own."""

    city: date | None = None
    banks: Mapping[int, date] = field(default_factory=dict)

    @property
    def none(self) -> bool:
        """Whether receipts decide nowhere: everything goes by the dates that banks report."""
        return self.city is None and not self.banks

    def of(self, bank_id: int) -> date | None:
        """A bank's own day, else the city's; None: never."""
        return self.banks.get(bank_id, self.city)

    def decide(self, bank_id: int, event_on: date) -> bool:
        """Whether an event of a loan of this bank is judged by receipts."""
        start = self.of(bank_id)
        return start is not None and event_on >= start


def starts(connection: Connection, *seen: Any) -> Starts:
    """The days on file. seen: conditions on rows, where those that a run saw are wanted; else those in force."""
    fact = models.PlatformStartFact
    rows = connection.execute(select(fact.bank_id, fact.starts_on).where(*(seen or (fact.retired_by.is_(None),)))).all()
    city = next((row.starts_on for row in rows if row.bank_id is None), None)
    return Starts(city, {row.bank_id: row.starts_on for row in rows if row.bank_id is not None})


def filed(*columns: Any, through: int | None = None) -> Select[Any]:
    """A query over papers with the last state of each, up to a number of states where one is given."""
    paper, state, other = models.Paper, models.PaperState, aliased(models.PaperState)
    last = select(func.max(other.id)).where(other.paper_id == paper.id)
    if through is not None:
        last = last.where(other.id <= through)
    query = select(*columns).join_from(paper, state, state.paper_id == paper.id)
    return query.where(state.id == last.scalar_subquery())


def first_receipts(papers: Iterable[tuple[str, date]]) -> dict[str, date]:
    """By kind, the first day on which a paper of it came. papers: the kinds of each, and its day."""
    found: dict[str, date] = {}
    for kinds, day in papers:
        for kind in kinds.split(BETWEEN):
            found[kind] = min(day, found.get(kind, day))
    return found


def complete_on(required: Sequence[str], firsts: Mapping[str, date]) -> date | None:
    """The day on which the last of the required kinds first came; None while one is missing."""
    days = [firsts.get(kind) for kind in required]
    known = [day for day in days if day is not None]
    return max(known, default=None) if len(known) == len(days) else None


def counted_days(
    connection: Connection,
    loans: pd.DataFrame,
    events: pd.DataFrame,
    names: Sequence[str],
    required: Mapping[str, Sequence[str]],
    as_of: date,
    partition: Partition = WHOLE,
) -> Days:
    """The upload day of each event that its papers are judged by: of those from the platform's start on, the day on which
    receipts on or before as_of completed it; of the others the one reported (uploaded_on).

    loans: rows with loan_id and bank_id, of a part of the enterprises; events: loan (row), kind (a place in names), event_on, uploaded_on.
    """
    reported = events["uploaded_on"].to_numpy()
    begun = starts(connection)
    if begun.none or not len(events):
        return reported
    decide = decided(begun, loans["bank_id"].to_numpy()[events["loan"].to_numpy()], events["event_on"].to_numpy())
    return np.where(decide, _completed(connection, loans, events, names, required, as_of, partition), reported)


def decided(begun: Starts, bank_ids: Days, event_on: Days) -> np.ndarray:
    """Whether events of loans of these banks are judged by receipts."""
    of_bank = {bank: begun.of(bank) for bank in np.unique(bank_ids).tolist()}
    never = np.iinfo(np.int64).max
    since = {bank: never if day is None else day_number(day) for bank, day in of_bank.items()}
    return np.asarray(event_on >= pd.Series(bank_ids).map(since).to_numpy(dtype=np.int64))


def _completed(
    connection: Connection,
    loans: pd.DataFrame,
    events: pd.DataFrame,
    names: Sequence[str],
    required: Mapping[str, Sequence[str]],
    as_of: date,
    partition: Partition,
) -> Days:
    """`complete_on` of each event, NO_DATE where a kind is missing."""
    paper, state, loan = models.Paper, models.PaperState, models.Loan
    query = filed(loan.id.label("loan_id"), state.event, state.event_on, state.kinds, paper.received_on)
    query = query.join(loan, (loan.bank_id == paper.bank_id) & (loan.note_no == paper.note_no))
    query = partition.of_loans(query.where(state.state == KEPT, paper.received_on <= as_of), loan.id)
    papers = db.fetch_frame(connection, query)
    papers["loan"] = rows_of(loans, papers["loan_id"].to_numpy())
    papers = papers[papers["loan"] >= 0]
    kinds = {text: set(text.split(BETWEEN)) for text in papers["kinds"].unique()}
    found = np.full(len(events), NO_DATE, dtype=np.int64)
    for place, name in enumerate(names):
        rows = np.flatnonzero(events["kind"].to_numpy() == place)
        of_event = papers[papers["event"] == name]
        wanted = pd.MultiIndex.from_frame(events[["loan", "event_on"]].iloc[rows])
        days = np.full((len(required[name]), rows.size), NO_DATE, dtype=np.int64)
        for number, kind in enumerate(required[name]):
            of_kind = of_event[of_event["kinds"].map(lambda text, kind=kind: kind in kinds[text]).to_numpy(dtype=bool)]
            firsts = of_kind.groupby(["loan", "event_on"])["received_on"].min()
            if len(firsts):
                days[number] = np.append(firsts.to_numpy(), NO_DATE)[firsts.index.get_indexer(wanted)]
        found[rows] = np.where((days == NO_DATE).any(axis=0), NO_DATE, days.max(axis=0, initial=NO_DATE))
    return found
