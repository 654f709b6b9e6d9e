"""Lineage of a file of payments (拨付, 兑付回单): the journal entry that every row became, and what became of that.

A row is booked, reversed since, or open: with neither date nor voucher, so nothing was paid and nothing recorded. What the
file says and what the journal holds is reconciled leg by leg, to the fen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.books import payment_sheets
from ledger.books.payment_sheets import RECEIPTS
from ledger.errors import Refused
from ledger.models.base import aliased
from ledger.money import wan_words
from ledger.programmes import chart
from ledger.programmes.flow import Leg, Place
from ledger.runs.settlement import RunRecord, read_run
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import read_rows
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import read_bytes
from reports.lineage.uploaded import Uploaded
from reports.money.balance import Names
from reports.writing.csv_files import csv_text

BOOKED, REVERSED, OPEN, MISSING = "booked", "reversed", "open", "missing"
OUTCOMES: Mapping[str, str] = {BOOKED: "已记账", REVERSED: "已冲销", OPEN: "尚未拨付", MISSING: "没有分录"}


@dataclass(frozen=True)
class Entry:
    """A payment in the journal, as a row of the file became it: its number, run, leg, what for, for whom, when, how much (fen)."""

    id: int
    run_id: int
    leg: Leg
    row: int
    on: date
    voucher: str
    place: Place
    fen: int
    reversed_by: int | None
    reversed_on: date | None


@dataclass(frozen=True)
class Said:
    """A row as the file says it; open: with neither date nor voucher."""

    sheet: str
    row: int
    leg: Leg
    item: str
    fen: int
    on: date | None
    voucher: str
    who: Mapping[str, str]  # county, bank, uscc, enterprise as they are written

    @property
    def open(self) -> bool:
        return self.on is None and not self.voucher


@dataclass(frozen=True)
class Followed:
    """A row of the file: what it says (None where only the file's name is known), and its entry (None for none)."""

    said: Said | None
    entry: Entry | None
    who: Mapping[str, str]  # county, bank, uscc, enterprise

    @property
    def outcome(self) -> str:
        """BOOKED, REVERSED, OPEN, or MISSING: a payment of which the journal does not know."""
        if self.entry is None:
            return OPEN if self.said is not None and self.said.open else MISSING
        return BOOKED if self.entry.reversed_by is None else REVERSED

    @property
    def _known(self) -> Entry | Said:
        known = self.entry or self.said
        assert known is not None
        return known

    @property
    def sheet(self) -> str:
        """The sheet's name, '' where only the file's name is known."""
        return "" if self.said is None else self.said.sheet

    @property
    def row(self) -> int:
        return self._known.row

    @property
    def leg(self) -> Leg:
        return self._known.leg

    @property
    def item(self) -> str:
        return self.entry.place.item if self.entry else self.said.item if self.said else ""

    @property
    def on(self) -> date | None:
        return self._known.on

    @property
    def voucher(self) -> str:
        return self._known.voucher

    @property
    def fen(self) -> int:
        """What the journal holds; of a row without an entry what the file says."""
        return self._known.fen

    @property
    def problem(self) -> str:
        """In what file and journal disagree, '' for nothing."""
        said, entry = self.said, self.entry
        if said is None:
            return ""
        if entry is None:
            return "" if said.open else "已填日期、凭证号，账簿中却没有这一笔"
        differs = [
            f"{what}文件为 {ours}，分录为 {theirs}"
            for what, ours, theirs in (
                ("环节", said.leg.name, entry.leg.name),
                ("金额", wan_words(said.fen), wan_words(entry.fen)),
                ("日期", said.on, entry.on),
                ("凭证号", said.voucher, _as_read(entry.voucher)),
            )
            if ours != theirs
        ]
        return "；".join(differs)


@dataclass(frozen=True)
class LegSums:
    """Rows and fen of one leg: by outcome, and in the file as `file` (None where only its name is known)."""

    leg: Leg
    outcomes: Mapping[str, tuple[int, int]]
    file: tuple[int, int] | None

    @property
    def difference(self) -> tuple[int, int]:
        """What the file has more than what was booked, reversed or left open; (0, 0) when they agree."""
        if self.file is None:
            return 0, 0
        accounted = [self.outcomes[outcome] for outcome in OUTCOMES if outcome != MISSING]
        return self.file[0] - sum(rows for rows, _ in accounted), self.file[1] - sum(fen for _, fen in accounted)


@dataclass(frozen=True)
class PaymentTrace:
    """A file of payments: the runs that it paid, its rows in order, and entries that claim to come from it but do not."""

    runs: Sequence[RunRecord]
    rows: Sequence[Followed]
    strangers: Sequence[Followed] = ()
    whole: bool = True  # whether the file itself was there, and not only its name

    @property
    def legs(self) -> list[LegSums]:
        """Counts and sums by leg, in the order of the way down."""
        found = []
        for _, leg in chart.ways():
            here = [one for one in [*self.rows, *self.strangers] if one.leg is leg]
            file = [one.said for one in self.rows if one.said is not None and one.said.leg is leg]
            if here or file:
                by_outcome = {outcome: [one for one in here if one.outcome == outcome] for outcome in OUTCOMES}
                sums = {outcome: _rows_and_fen(part) for outcome, part in by_outcome.items()}
                found.append(LegSums(leg, sums, _rows_and_fen(file) if self.whole else None))
        return found

    @property
    def agrees(self) -> bool:
        """Whether file and journal say the same, row by row and in their sums."""
        return not self.problems and all(sums.difference == (0, 0) for sums in self.legs)

    @property
    def problems(self) -> list[str]:
        """Everything in which file and journal disagree, a sentence each."""
        found = [f"「{one.sheet}」第 {one.row} 行：{one.problem}" for one in self.rows if one.problem]
        for one in self.strangers:
            assert one.entry is not None
            found.append(f"第 {one.entry.id} 号分录记为出自本文件第 {one.row} 行，文件中没有这一行")
        return found


def _rows_and_fen(rows: Sequence[Followed | Said]) -> tuple[int, int]:
    return len(rows), sum(one.fen for one in rows)


def trace(connection: Connection, uploaded: Uploaded, year: int | None, run_id: int | None) -> PaymentTrace:
    """Where every row of a file of payments went; Refused when it did not pay the year or run that is asked for."""
    entries = _entries(connection, uploaded.intake_id)
    runs = [read_run(connection, number) for number in sorted({entry.run_id for entry in entries})]
    paid = "、".join(f"第 {run.id} 号运行（{run.year} 年度）" for run in runs)
    if run_id is not None and read_run(connection, run_id) not in runs:
        raise Refused(f"{uploaded.file_name} 是{paid}的拨付，没有记入第 {run_id} 号运行")
    if year is not None and all(run.year != year for run in runs):
        raise Refused(f"{uploaded.file_name} 是{paid}的拨付，没有记入 {year} 年度")
    names = Names(connection, None, printed=True)
    if uploaded.path is None:
        return PaymentTrace(runs, [Followed(None, one, _who(names, one)) for one in entries], whole=False)
    left: dict[int, list[Entry]] = defaultdict(list)
    for one in entries:
        left[one.row].append(one)
    rows = []
    for said in _rows(uploaded):
        entry = _taken(said, left[said.row])
        rows.append(Followed(said, entry, said.who if entry is None else _who(names, entry)))
    strangers = [Followed(None, one, _who(names, one)) for part in left.values() for one in part]
    return PaymentTrace(runs, rows, strangers)


def _who(names: Names, entry: Entry) -> dict[str, str]:
    place = entry.place
    return {
        "county": place.county, "bank": names.bank(place), "uscc": names.uscc(place), "enterprise": names.enterprise(place)
    }  # fmt: skip


# --- the journal --------------------------------------------------------------------------------------------------------


def _entries(connection: Connection, intake_id: int) -> list[Entry]:
    """The entries that came in a file, by (row, number)."""
    entry, posting = models.JournalEntry, models.JournalPosting
    reversal, run = aliased(entry), models.Run
    query = (
        select(
            entry.id, entry.run_id, run.programme, entry.kind, entry.sheet_row, entry.entered_on, entry.document_no,
            reversal.id.label("reversed_by"), reversal.entered_on.label("reversed_on"), posting.item, posting.county,
            posting.bank_id, posting.enterprise_id, posting.amount_fen,
        )
        .join(posting, posting.entry_id == entry.id)
        .join(run, run.id == entry.run_id)
        .outerjoin(reversal, reversal.reverses_id == entry.id)
        .where(entry.intake_id == intake_id)
        .order_by(entry.sheet_row, entry.id, posting.posting_no)
    )  # fmt: skip
    postings: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        postings[row.id].append(row)
    return [_entry(rows) for rows in postings.values()]


def _entry(postings: Sequence[Any]) -> Entry:
    """One entry by its postings: its amount is what was debited, its place what any of them knows."""
    first = postings[0]
    place = Place(
        first.item,
        first.county,
        next((one.bank_id for one in postings if one.bank_id is not None), None),
        next((one.enterprise_id for one in postings if one.enterprise_id is not None), None),
    )
    fen = sum(max(one.amount_fen, 0) for one in postings)
    return Entry(
        first.id, first.run_id, chart.way(first.programme, first.kind).leg, first.sheet_row, first.entered_on, first.document_no, place, fen,
        first.reversed_by, first.reversed_on,
    )  # fmt: skip


# --- the file -----------------------------------------------------------------------------------------------------------


def _rows(uploaded: Uploaded) -> Iterator[Said]:
    """The rows of a file that was taken before, sheet by sheet."""

    def ignore(finding: Finding) -> None:
        """What a file is refused for was judged when it came."""

    assert uploaded.path is not None
    for grid in payment_sheets.read_file(uploaded.path, read_bytes(uploaded.path)).grids:
        sheet = payment_sheets.sheet_of(uploaded.file_name, grid)
        rows = read_rows(uploaded.file_name, grid, sheet, ignore) if isinstance(sheet, Sheet) else None
        for position, number in enumerate(rows.numbers if rows is not None else ()):
            assert rows is not None
            value = payment_sheets.values_of(rows, position)
            receipt = rows.sheet is RECEIPTS
            leg = (payment_sheets.receipt_way() if receipt else payment_sheets.way_of(value)).leg
            item = leg.items[0] if receipt else payment_sheets.item_of(value)
            who = {name: value.get(name) or "" for name in ("county", "bank", "uscc", "enterprise")}
            yield Said(rows.sheet.name, number, leg, item, value["fen"], value["on"], value["voucher"] or "", who)


def _taken(said: Said, there: list[Entry]) -> Entry | None:
    """The entry of a row, taken from those of its number: the journal does not keep the sheet, so of two the likelier."""
    if said.open or not there:
        return None
    found = max(there, key=lambda entry: _likeness(said, entry))
    there.remove(found)
    return found


def _as_read(voucher: str) -> str:
    """A voucher in the journal as a file is read now: earlier versions stored it as it was written."""
    return str(payment_sheets.payments().column("voucher").read(voucher))


def _likeness(said: Said, entry: Entry) -> tuple[bool, ...]:
    return (
        said.voucher == _as_read(entry.voucher),
        said.leg is entry.leg,
        said.on == entry.on,
        said.fen == entry.fen,
        said.item == entry.place.item,
    )


# --- for machines ---------------------------------------------------------------------------------------------------------

_HEADER = (
    "file", "sheet", "row", "outcome", "entry", "run", "leg", "item", "county", "bank", "uscc", "enterprise", "date",
    "amount_fen", "voucher", "reversed_by", "reversed_on",
)  # fmt: skip


def _cells(uploaded: Uploaded, one: Followed) -> dict[str, Any]:
    """One row by the names of _HEADER; None for what there is not."""
    entry = one.entry
    return {
        "file": uploaded.file_name, "sheet": one.sheet, "row": one.row, "outcome": one.outcome,
        "entry": None if entry is None else entry.id, "run": None if entry is None else entry.run_id,
        "leg": one.leg.kind, "item": one.item, **one.who, "date": None if one.on is None else one.on.isoformat(),
        "amount_fen": one.fen, "voucher": one.voucher,
        "reversed_by": None if entry is None else entry.reversed_by,
        "reversed_on": None if entry is None or entry.reversed_on is None else entry.reversed_on.isoformat(),
    }  # fmt: skip


def payments_csv(uploaded: Uploaded, found: PaymentTrace) -> Iterator[str]:
    """Every row of the file, in its order; fen."""
    rows = (_cells(uploaded, one) for one in found.rows)
    return csv_text(_HEADER, (["" if row[name] is None else str(row[name]) for name in _HEADER] for row in rows))


def as_dict(uploaded: Uploaded, found: PaymentTrace) -> dict[str, Any]:
    """For --json: the file, the runs that it paid, counts and sums by leg (fen), every row, and what disagrees."""
    outcomes = Counter(one.outcome for one in found.rows)
    return {
        "file": uploaded.file_name,
        "sha256": uploaded.sha256,
        "received_at": uploaded.received_at.isoformat(),
        "with_open_rows": found.whole,
        "runs": [
            {"run": run.id, "programme": run.programme, "year": run.year, "state": run.state} for run in found.runs
        ],
        "rows": len(found.rows),
        **{outcome: outcomes[outcome] for outcome in OUTCOMES},
        "legs": [
            {
                "leg": sums.leg.kind,
                "file": None if sums.file is None else _pair(sums.file),
                **{outcome: _pair(sums.outcomes[outcome]) for outcome in OUTCOMES},
                "difference": _pair(sums.difference),
            }
            for sums in found.legs
        ],
        "payments": [
            {name: value for name, value in _cells(uploaded, one).items() if name != "file"} for one in found.rows
        ],
        "problems": found.problems,
    }


def _pair(sums: tuple[int, int]) -> dict[str, int]:
    return {"rows": sums[0], "amount_fen": sums[1]}
