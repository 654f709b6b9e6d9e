"""Double entry: what a run owes and claims, and where its money is on its way down (第十九条).

An entry is one event; its postings sum to zero (debits positive, credits negative, fen), which the database itself
enforces, and nothing is ever changed: a correction is a reversal. Every posting names the item, the county and, where
it matters, the bank and the enterprise, so that the sum over an account is what is there, and for whom.

    accrual               expense (city, county)        -> payable to enterprise (interest) or bank (bonus)
    allotment             budget (city, county)         -> city treasury, county treasury
    city_to_county        city treasury                 -> county treasury
    county_to_regulator   county treasury               -> county's financial regulator
    regulator_to_bank     county's financial regulator  -> bank (interest, on its way), or the bank's bonus, paid
    bank_to_enterprise    bank                          -> the enterprise's interest, paid
    city_to_payee         city treasury                 -> payee (where a document knows no way through the counties)
    claim                 income (city, county)         <- receivable from enterprise or bank
    claim_repaid          receivable                    -> returned to the treasuries

The county's own share counts as being in its treasury from the allotment on: it stands in its own budget (第十六条).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from ledger import models, people
from ledger.books import standing
from ledger.database import clock, db
from ledger.errors import NotFound, Refused
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Account, Due, Place
from ledger.runs.settlement import RunRecord, read_run
from ledger.runs.steps import steps
from ledger.workdays import now, today


class Posting(NamedTuple):
    """One side of an entry. Fen, debit positive."""

    account: str
    place: Place
    fen: int


@dataclass(frozen=True)
class Draft:
    """An entry about to be written."""

    kind: str
    on: date
    document_no: str
    memo: str
    postings: Sequence[Posting]
    sheet_row: int | None = None
    reverses_id: int | None = None


# --- writing ----------------------------------------------------------------------------------------------------------


def write(
    connection: Connection, run_id: int, drafts: Sequence[Draft], made_by: str, intake_id: int | None = None
) -> list[int]:
    """Writes entries within the caller's transaction and gives their numbers. Postings first: the entry closes them."""
    entries, postings = models.table_of(models.JournalEntry), models.table_of(models.JournalPosting)
    first = db.next_id(connection, entries)
    numbers = list(range(first, first + len(drafts)))
    rows = [
        (number, place, posting.account, *posting.place, posting.fen)
        for number, draft in zip(numbers, drafts, strict=True)
        for place, posting in enumerate(draft.postings, start=1)
    ]
    if rows:
        names = ("entry_id", "posting_no", "account", "item", "county", "bank_id", "enterprise_id", "amount_fen")
        db.insert_columns(connection, postings, dict(zip(names, zip(*rows, strict=True), strict=True)))
        count = len(drafts)
        db.insert_columns(
            connection,
            entries,
            {
                "id": numbers,
                "kind": [draft.kind for draft in drafts],
                "run_id": [run_id] * count,
                "entered_on": [draft.on.isoformat() for draft in drafts],
                "document_no": [draft.document_no for draft in drafts],
                "memo": [draft.memo for draft in drafts],
                "made_by": [made_by] * count,
                "made_at": [now().isoformat(sep=" ") + ".000000"] * count,
                "intake_id": [intake_id] * count,
                "sheet_row": [draft.sheet_row for draft in drafts],
                "reverses_id": [draft.reverses_id for draft in drafts],
                "account": [people.account()] * count,
            },
        )
    return numbers


def _share_postings(dues: Iterable[Due], county: str, accounts: Mapping[str, Account], sign: int) -> list[Posting]:
    """What each payer bears of what is due in a county, by item, on its account (by the payer's key)."""
    parts: dict[tuple[str, str], int] = defaultdict(int)
    for due in dues:
        for payer, fen in due.shares.items():
            parts[accounts[payer].key, due.item] += fen
    return [Posting(account, Place(item, county), sign * fen) for (account, item), fen in parts.items() if fen]


def _by_county(dues: Sequence[Due]) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for due in dues:
        found.setdefault(due.county, []).append(due)
    return found


def accruals(connection: Connection, run: RunRecord, on: date) -> list[Draft]:
    """What an approved run owes and what it claims back, an entry per county."""
    programme = PROGRAMMES[run.programme]
    expenses = {payer.key: payer.expense for payer in programme.payers}
    claims = {payer.key: payer.claim for payer in programme.payers}
    drafts = []
    for kind, account, dues, shares, sign in (
        ("accrual", PAYABLE, programme.owed(connection, run.id), expenses, -1),
        ("claim", RECEIVABLE, programme.claimed(connection, run.id), claims, 1),
    ):
        for county, parts in _by_county(dues).items():
            owed = [
                Posting(account.key, Place(due.item, county, due.bank_id, due.enterprise_id), sign * due.fen)
                for due in parts
            ]
            memo = f"{programme.name}{run.year}年度{county}{chart.entry_names()[kind]}"
            postings = [*_share_postings(parts, county, shares, -sign), *owed]
            drafts.append(Draft(kind, on, run.approved_document or "", memo, postings))
    return drafts


def accrue(connection: Connection, run: RunRecord, on: date, made_by: str) -> list[int]:
    """Books what an approved run owes and what it claims back; gives the entries' numbers."""
    return write(connection, run.id, accruals(connection, run, on), made_by)


def allotments(connection: Connection, run: RunRecord, on: date, document_no: str) -> list[Draft]:
    """The money of a run as allotted, an entry per county: each payer's part in its treasury, out of its budget."""
    programme = PROGRAMMES[run.programme]
    treasuries = {payer.key: payer.treasury for payer in programme.payers}
    budgets = {payer.key: payer.budget for payer in programme.payers}
    return [
        Draft(
            "allotment",
            on,
            document_no,
            f"{programme.name}{run.year}年度{county}下达",
            [*_share_postings(parts, county, treasuries, 1), *_share_postings(parts, county, budgets, -1)],
        )
        for county, parts in _by_county(programme.owed(connection, run.id)).items()
    ]


def allot(connection: Connection, run: RunRecord, on: date, document_no: str, made_by: str) -> list[int]:
    """Books the money of a run as allotted; gives the entries' numbers."""
    return write(connection, run.id, allotments(connection, run, on, document_no), made_by)


def reverse(engine: Engine, entry_id: int, made_by: str, reason: str, on: date | None = None) -> int:
    """Takes an entry of a payment back by its opposite, and gives the number of that.

    on: the day of the original by default, as for one that was entered wrongly; a later day when money really came back.
    Refused for an entry that is none, is no payment, was reversed before, or whose money has moved on since.
    """
    from ledger.seals import chain  # here and not above: it loads every sheet, which asking for balances needs not

    entry = models.JournalEntry
    with clock.changing(engine) as connection:
        link = chain.Link(connection)
        found = connection.execute(
            select(entry.id, entry.kind, entry.run_id, entry.entered_on, entry.document_no, entry.made_by).where(
                entry.id == entry_id
            )
        ).one_or_none()
        if found is None:
            raise NotFound(f"没有第 {entry_id} 号分录")
        if found.kind not in chart.leg_names():
            what = chart.entry_names()[found.kind]
            raise Refused(
                f"第 {entry_id} 号分录是「{what}」，不能冲销；只有拨付和追缴缴回可以冲销，计提、追缴、下达随运行而定"
            )
        if connection.execute(select(entry.id).where(entry.reverses_id == entry_id)).first():
            raise Refused(f"第 {entry_id} 号分录已经冲销过")
        if people.acting.get() and people.same_person(found.made_by, made_by):
            raise Refused(f"第 {entry_id} 号分录由 {found.made_by} 记入，{made_by} 不能再冲销；记入与冲销须为不同的人")
        run = read_run(connection, found.run_id)
        if run.state == "closed" and found.kind not in chart.returning():
            raise Refused(f"第 {run.id} 号运行已经办结，拨付不能再冲销；只有追缴缴回还可以")
        day = on or found.entered_on
        if not found.entered_on <= day <= today():
            raise Refused(f"冲销日 {day} 应在原分录的 {found.entered_on} 与今天（{today()}）之间")
        opposite = [Posting(one.account, one.place, -one.fen) for one in _postings_of(connection, entry_id)]
        back_on = _back_on(connection, run.id, opposite)
        draft = Draft("reversal", day, found.document_no, reason, opposite, reverses_id=entry_id)
        number = write(connection, run.id, [draft], made_by)[0]
        if standing.shortfalls(connection, run.id, {posting.place for posting in opposite}):
            if back_on is not None and day < back_on <= today():
                raise Refused(
                    f"第 {entry_id} 号分录不能以 {day} 冲销：这笔钱当时已经拨往下一环节，{back_on} 才退回",
                    f"；请加 --date，不早于 {back_on}",
                )
            raise Refused(f"第 {entry_id} 号分录不能冲销：这笔钱已经拨往下一环节；请先冲销其后的拨付")
        link.seal("reverse", run.id)
        return number


def _back_on(connection: Connection, run_id: int, opposite: Sequence[Posting]) -> date | None:
    """The day from which on all that a reversal takes stays where it is taken from; None when it has moved on for good."""
    in_hand = chart.in_hand()
    wanted = {(one.account, one.place): -one.fen for one in opposite if one.account in in_hand and one.fen < 0}
    left: dict[tuple[str, Place], int] = defaultdict(int)
    since: dict[tuple[str, Place], date | None] = dict.fromkeys(wanted)
    by_day: dict[date, dict[tuple[str, Place], int]] = defaultdict(lambda: defaultdict(int))
    for account, place, day, fen in standing.movements(connection, run_id, in_hand):
        if (account, place) in wanted:
            by_day[day][account, place] += fen  # what comes and goes on one day may do so in either order
    for day, moved in by_day.items():
        for where, fen in moved.items():
            left[where] += fen
            if left[where] < wanted[where]:
                since[where] = None
            elif since[where] is None:
                since[where] = day
    days = [day for day in since.values() if day is not None]
    return max(days) if days and len(days) == len(since) else None


# --- reading ----------------------------------------------------------------------------------------------------------


def _postings_of(connection: Connection, entry_id: int) -> list[Posting]:
    return _postings(connection, models.JournalEntry.id == entry_id)


def postings_of_kind(connection: Connection, run_id: int, kind: str) -> list[Posting]:
    """The postings of a run's entries of one kind."""
    entry = models.JournalEntry
    return _postings(connection, and_(entry.run_id == run_id, entry.kind == kind))


def _postings(connection: Connection, condition: ColumnElement[bool]) -> list[Posting]:
    posting, entry = models.JournalPosting, models.JournalEntry
    query = select(
        posting.account, posting.item, posting.county, posting.bank_id, posting.enterprise_id, posting.amount_fen
    ).join(entry, entry.id == posting.entry_id)
    rows = connection.execute(query.where(condition).order_by(posting.entry_id, posting.posting_no))
    return [Posting(row[0], Place(*row[1:5]), row[5]) for row in rows]


def run_of(connection: Connection, entry_id: int) -> int:
    """The run that an entry is of; NotFound where there is no such entry."""
    entry = models.JournalEntry
    run_id = connection.execute(select(entry.run_id).where(entry.id == entry_id)).scalar_one_or_none()
    if run_id is None:
        raise NotFound(f"没有第 {entry_id} 号分录")
    return int(run_id)


def day_of(connection: Connection, run_id: int, kinds: Sequence[str]) -> date | None:
    """The day of a run's last entry of some kinds, None when it has none."""
    entry = models.JournalEntry
    query = select(func.max(entry.entered_on)).where(entry.run_id == run_id, entry.kind.in_(kinds))
    return connection.execute(query).scalar_one()


def approved_on(connection: Connection, run: RunRecord) -> date:
    """The day of a run's approval in the books: before it nothing is owed or claimed."""
    booked = day_of(connection, run.id, ("accrual", "claim"))
    if booked is not None:
        return booked
    for step in steps(connection, run.id):  # a run that owes and claims nothing has no entries
        if step.kind == "approve" and step.figures and "on" in step.figures:
            return date.fromisoformat(step.figures["on"])
    return run.approved_at.date() if run.approved_at else run.as_of
