"""The entries of a year's books one by one: what each moved, from which row of which file, and on which lines it rests."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import journal
from ledger.errors import NotFound
from ledger.models.base import aliased
from ledger.programmes import chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Place
from ledger.runs.settlement import RunRecord, read_run
from reports.lists import Asked, page_of
from reports.money.balance import Names
from reports.runs import explaining, run_lines, run_list, seen
from reports.runs.run_lines import Lines

_CLAIM = "claim"
_FEW = 3  # lines of which the rows behind them are named
_SOURCES = "来源"


@dataclass(frozen=True)
class Side:
    """One side of an entry. fen: debit positive."""

    account: str
    place: Place
    fen: int


@dataclass(frozen=True)
class Entry:
    """An entry. kind: of a reversal what it took back. intake, row: of the file that it came in, None for none."""

    id: int
    run: int
    kind: str
    on: date
    document_no: str
    memo: str
    made_by: str
    file: str | None
    intake: int | None
    row: int | None
    reverses: int | None
    reversed_by: int | None
    sides: Sequence[Side] = field(default=())

    @property
    def fen(self) -> int:
        """How much it moved."""
        return sum(max(side.fen, 0) for side in self.sides)

    @property
    def is_payment(self) -> bool:
        """Whether it can be taken back at all."""
        return self.reverses is None and self.kind in chart.leg_names()

    @property
    def words(self) -> str:
        """What it is."""
        name = chart.entry_names()[self.kind]
        return f"冲销：{name}" if self.reverses is not None else name

    @property
    def place(self) -> Place:
        """Whom it speaks of: what any of its sides knows; no bank or enterprise where it speaks of several."""
        places = [side.place for side in self.sides]
        banks = {place.bank_id for place in places} - {None}
        enterprises = {place.enterprise_id for place in places} - {None}
        first = places[0]
        return Place(
            first.item, first.county, banks.pop() if len(banks) == 1 else None,
            enterprises.pop() if len(enterprises) == 1 else None,
        )  # fmt: skip


def listed(
    connection: Connection, programme: str, year: int, asked: Asked, scope: Scope = EVERYTHING
) -> dict[str, Any]:
    """A page of the entries of a year, the newest first. Filter: kind."""
    if not seen.whole_run(scope, programme):
        raise NotFound(f"没有 {year} 年度的分录")
    run, entry = models.Run, models.JournalEntry
    where = [run.programme == programme, run.year == year]
    if kind := asked.filters.get("kind"):
        where.append(entry.kind == kind)
    if asked.words:
        where.append(entry.document_no.contains(asked.words, autoescape=True))
    counted = select(func.count()).select_from(entry).join(run, run.id == entry.run_id).where(*where)
    total = connection.execute(counted).scalar_one()
    query = select(entry.id).join(run, run.id == entry.run_id).where(*where)
    numbers = connection.execute(query.order_by(entry.id.desc()).limit(asked.size).offset(asked.before)).scalars().all()
    found = {one.id: one for one in _read(connection, entry.id.in_(numbers))}
    return page_of(asked, [found[number] for number in numbers], total)


def get(connection: Connection, number: int, scope: Scope = EVERYTHING) -> tuple[RunRecord, Entry]:
    """An entry with its run; NotFound where there is none, or none that the scope sees whole."""
    run = read_run(connection, journal.run_of(connection, number))
    if not seen.whole_run(scope, run.programme):
        raise NotFound(f"没有第 {number} 号分录")
    return run, _read(connection, models.JournalEntry.id == number)[0]


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[Entry]:
    entry, posting, intake = models.JournalEntry, models.JournalPosting, models.Intake
    back, taken = aliased(models.JournalEntry), aliased(models.JournalEntry)
    query = (
        select(
            entry.id, entry.run_id.label("run"), func.coalesce(taken.kind, entry.kind).label("kind"), entry.entered_on.label("on"),
            entry.document_no, entry.memo, entry.made_by, intake.file_name.label("file"), entry.intake_id.label("intake"),
            entry.sheet_row.label("row"), entry.reverses_id.label("reverses"), back.id.label("reversed_by"),
        )
        .outerjoin(intake, intake.id == entry.intake_id)
        .outerjoin(back, back.reverses_id == entry.id)
        .outerjoin(taken, taken.id == entry.reverses_id)
        .where(condition)
    )  # fmt: skip
    heads = connection.execute(query).all()
    sides: dict[int, list[Side]] = defaultdict(list)
    rows = connection.execute(
        select(
            posting.entry_id, posting.account, posting.amount_fen, posting.item, posting.county, posting.bank_id,
            posting.enterprise_id,
        )
        .where(posting.entry_id.in_([head.id for head in heads]))
        .order_by(posting.entry_id, posting.posting_no)
    )  # fmt: skip
    for row in rows:
        sides[row.entry_id].append(Side(row.account, Place(*row[3:7]), row.amount_fen))
    return [Entry(**head._mapping, sides=sides[head.id]) for head in heads]


def upload_of(connection: Connection, entry: Entry) -> int | None:
    """The number of the upload that an entry came in, None where it came otherwise."""
    step = models.UploadStep
    if entry.intake is None:
        return None
    query = select(step.upload_id).where(step.intake_id == entry.intake, step.state == "taken").limit(1)
    return connection.execute(query).scalar_one_or_none()


# --- what an entry rests on -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Behind:
    """The lines of a run behind a side of an entry: the first of them, how many there are, what they come to (fen; None where
    there are more than are shown), and of a few the rows of the files. grounds: the entry by which the run owes or claims."""

    lines: Lines
    items: Sequence[Mapping[str, Any]]
    amount: str
    total: int
    fen: int | None
    sources: Mapping[int, Sequence[str]]
    grounds: int | None


def behind(
    connection: Connection, run: RunRecord, entry: Entry, place: Place, scope: Scope = EVERYTHING
) -> Behind | None:
    """On which lines an entry rests, where it speaks of a place; None where a run has no such lines."""
    claims = entry.kind == _CLAIM or entry.kind in chart.returning()
    lines, amount = _lines(run, place.item, claims)
    if lines is None:
        return None
    names = Names(connection, run, places=[place])
    filters = {"county": place.county, "bank": names.bank(place), "uscc": names.uscc(place)}
    filters = {name: value for name, value in filters.items() if value and name in lines.by_name}
    asked = Asked(filters | {run_list.PAID: "yes"}, "", "", 1, 100)
    found = run_list.page(connection, run, lines.listed, asked, scope)
    items = [item for item in found["items"] if item[amount]]
    whole = found["total"] <= len(found["items"])
    sources = {
        number: _sources(connection, run, lines, item, scope)
        for number, item in enumerate(items[:_FEW] if len(items) <= _FEW else ())
    }
    return Behind(
        lines, items, amount, len(items) if whole else found["total"],
        sum(item[amount] for item in items) if whole else None, sources, _grounds(connection, run, place, claims),
    )  # fmt: skip


def _lines(run: RunRecord, item: str, claims: bool) -> tuple[Lines | None, str]:
    """The kind of lines that an item is of, and the column of its amount."""
    kinds = [one for one in run_lines.of_programme(run.programme) if one.listed and one.claims == claims]
    for lines in kinds:
        if f"{item}_fen" in lines.by_name:
            return lines, f"{item}_fen"
    for lines in kinds:
        if any(item in name for name in lines.gives):
            return lines, next(name for name in lines.gives if item in name)
    return (kinds[0], kinds[0].gives[0]) if len(kinds) == 1 and len(kinds[0].gives) == 1 else (None, "")


def _sources(
    connection: Connection, run: RunRecord, lines: Lines, item: Mapping[str, Any], scope: Scope
) -> Sequence[str]:
    """The rows of files behind a line, as its explanation names them."""
    if not {"bank", "note_no"} <= set(item):
        return ()
    found = explaining.explain(connection, run, {"bank": item["bank"], "note": item["note_no"]}, scope)
    return [f"{point.title}：{point.text}" for point in found.points if point.part == _SOURCES]


def _grounds(connection: Connection, run: RunRecord, place: Place, claims: bool) -> int | None:
    """The entry by which a run owes or claims what belongs to a place."""
    entry, posting = models.JournalEntry, models.JournalPosting
    kind, account = (_CLAIM, RECEIVABLE.key) if claims else ("accrual", PAYABLE.key)
    query = (
        select(func.min(entry.id))
        .join(posting, posting.entry_id == entry.id)
        .where(
            entry.run_id == run.id, entry.kind == kind, posting.account == account, posting.county == place.county,
            posting.item == place.item,
        )
    )  # fmt: skip
    return connection.execute(query).scalar_one()
