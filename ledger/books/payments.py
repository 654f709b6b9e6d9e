"""Payments: rows of a sheet become entries of the journal, each leg of 第十九条's way with its date, amount and voucher.

Two sheets: 拨付 (any leg), and 兑付回单 (what banks send back after they passed interest on to enterprises). A file is
taken whole or not at all, and recognised when it comes again. No leg may carry more than is there, or more than is owed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from ledger import models, money, people
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import journal, standing, vouchers
from ledger.books.journal import Draft, Posting
from ledger.books.overpaid import Judge
from ledger.books.payment_sheets import (
    RECEIPTS,
    SHEETS,
    Creditor,
    PaymentRow,
    Registers,
    in_order,
    is_open,
    read_file,
    read_payment,
    read_receipt,
    receipt_way,
    refuse_repeated,
    sheet_of,
    sides,
    values_of,
    way_of,
)
from ledger.books.reporting import Reporting
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names
from ledger.facts.known_files import KnownFile, known_file
from ledger.intake.sending import of_own_unit
from ledger.logs import Log
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.chart import Way
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Leg, Place
from ledger.runs.settlement import RunRecord, choose_run
from ledger.runs.steps import add_step
from ledger.seals import chain
from ledger.warnings.kinds import Warned
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows, read_rows
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import Grid, Workbook, fingerprint, read_bytes
from ledger.workdays import now, today

_log = Log(__name__)


@dataclass
class Paid:
    """What became of a file of payments: taken (perhaps known before) or refused, with every finding."""

    file: str
    sha256: str = ""
    entries: dict[int, list[int]] = field(default_factory=dict)  # journal entries by run
    legs: dict[str, tuple[int, int]] = field(default_factory=dict)  # rows and fen by leg
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    known: KnownFile | None = None  # what the same bytes were taken as before
    intake: int | None = None  # the number under which the file was booked

    @property
    def refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return bool(self.findings)


class _RollBack(Exception):
    """Leaves the transaction without keeping anything."""


def pay(engine: Engine, year: int, path: Path, made_by: str, dry_run: bool = False, scope: Scope = EVERYTHING) -> Paid:
    """Takes a file of payments of a settlement year whole or not at all. scope: what its sender may report.

    Raises Refused for a file that cannot be read or was imported as facts, or a year without an allotted run, EnvironmentFailed when file or
    database cannot be used; what is wrong with rows is in the outcome.
    """
    with _log.timed("paid") as said:
        outcome = _pay(engine, year, path, made_by, dry_run, scope)
        said |= {"year": year, "sha256": outcome.sha256, "findings": len(outcome.findings)}
        said |= {"known": outcome.known is not None, "rows": sum(rows for rows, _ in outcome.legs.values())}
    return outcome


def _pay(engine: Engine, year: int, path: Path, made_by: str, dry_run: bool, scope: Scope) -> Paid:
    data = read_bytes(path)
    outcome = Paid(path.name, fingerprint(data))
    with db.reading(engine) as connection:
        if _recognise(connection, outcome, scope):
            return outcome
    book = read_file(path, data)
    try:
        with clock.changing(engine) as connection:
            if _recognise(connection, outcome, scope):
                return outcome
            _Taking(connection, year, book, outcome, made_by, scope).run()
            if outcome.refused or dry_run:
                raise _RollBack
    except _RollBack:
        _sort(outcome)
    return outcome


def judge_within(connection: Connection, year: int, book: Workbook, made_by: str, scope: Scope, keep: bool) -> Paid:
    """Judges a file of payments that was read within the caller's write transaction, and books it where nothing is wrong
    with it and it is to be kept. Refused as `pay` is; nothing of it is there then."""
    outcome = Paid(book.file_name, book.sha256)
    if _recognise(connection, outcome, scope):
        return outcome
    try:
        with connection.begin_nested():
            _Taking(connection, year, book, outcome, made_by, scope).run()
            if outcome.refused or not keep:
                raise _RollBack
    except _RollBack:
        _sort(outcome)
    return outcome


def _sort(outcome: Paid) -> None:
    outcome.findings.sort(key=lambda one: (SHEETS.index(one.sheet) if one.sheet in SHEETS else -1, one.row or 0))


def _recognise(connection: Connection, outcome: Paid, scope: Scope) -> bool:
    """Whether the same bytes were booked before; Refused when they were imported as facts, which are no payments."""
    outcome.known = known_file(connection, outcome.sha256, of_own_unit(connection, scope))
    if outcome.known is not None and not outcome.known.paid:
        raise Refused(
            f"{outcome.file} 此前已于 {outcome.known.when} 作为报送工作簿导入（内容完全相同），不是拨付文件，没有记账"
        )
    return outcome.known is not None


class _Taking:
    """One file of payments being taken."""

    def __init__(
        self, connection: Connection, year: int, book: Workbook, outcome: Paid, made_by: str, scope: Scope
    ) -> None:
        self._reporting = Reporting(connection, scope)
        self._connection, self._year, self._book, self._outcome = connection, year, book, outcome
        self._made_by = made_by
        self._runs: dict[str, RunRecord] = {}  # by programme
        self._open: dict[Way, RunRecord] = {}  # by leg, where the run's stage lets it be paid
        self._allotments: dict[int, date] = {}  # by run
        self._unpaid_rows = 0
        self._known = _registers(connection)

    def run(self) -> None:
        """Reads, judges and writes every row; findings are in the outcome."""
        link = chain.Link(self._connection)
        rows = [row for grid in self._book.grids for row in self._rows(grid)]
        if self._outcome.findings:
            return
        if not rows:
            raise Refused(self._nothing_to_take())
        self._outcome.warnings = vouchers.reused(self._connection, rows, self._known, self._reporting.sees)
        refuse_repeated(rows, {programme: self._vouchers(run.id) for programme, run in self._runs.items()})
        if self._outcome.findings:
            return
        intake_id = self._outcome.intake = self._store_intake()
        for programme, run in self._runs.items():
            self._write(run, [row for row in rows if row.programme == programme], intake_id)
            if not self._outcome.findings:
                link.seal("pay", run.id)

    def _nothing_to_take(self) -> str:
        if self._unpaid_rows:
            return f"{self._book.file_name} 的 {self._unpaid_rows} 行都没有填日期和凭证号，没有可记的拨付"
        names = "」或「".join(SHEETS)
        return f"{self._book.file_name} 没有可记的拨付；应有工作表「{names}」，第一行为表头，其后每行一笔"

    def _rows(self, grid: Grid) -> list[PaymentRow]:
        sheet = sheet_of(self._book.file_name, grid)
        if isinstance(sheet, Sheet):
            sheet = self._reporting.outside(self._book.file_name, sheet) or sheet
        if isinstance(sheet, Finding):
            self._outcome.findings.append(sheet)
        rows = (
            read_rows(self._book.file_name, grid, sheet, self._outcome.findings.append)
            if isinstance(sheet, Sheet)
            else None
        )
        if rows is None:
            return []
        read = self._receipt if sheet is RECEIPTS else self._payment
        found = [read(rows, position) for position in list(rows.good())]
        return [row for row in found if row is not None and row.position not in rows.bad]

    # --- one row --------------------------------------------------------------------------------------------------

    def _payment(self, rows: Rows, position: int) -> PaymentRow | None:
        value = values_of(rows, position)
        if is_open(value):
            self._unpaid_rows += 1
            return None
        if self._reporting.refuse_row(rows, position, way_of(value).leg):
            return None
        run = self._run_of(way_of(value))
        row = read_payment(rows, position, value, self._known)
        return row if row is None or self._sound_date(row, run) else None

    def _receipt(self, rows: Rows, position: int) -> PaymentRow | None:
        if self._reporting.refuse_receipt(rows, position, self._known.banks.get(rows.values("bank")[position])):
            return None
        run = self._run_of(receipt_way())
        if not self._known.has_creditors:
            self._known.add(_creditors(self._connection, run.id))
        row = read_receipt(rows, position, values_of(rows, position), self._known)
        return row if row is None or self._sound_date(row, run) else None

    def _run_of(self, way: Way) -> RunRecord:
        """The year's approved run that a leg belongs to; Refused when its stage does not let the leg be paid."""
        if way in self._open:
            return self._open[way]
        run = self._runs.get(way.programme) or choose_run(self._connection, way.programme, self._year)
        if run.approved_at is None:
            raise Refused(f"{self._year} 年度还没有审核通过的运行，不能拨付")
        if not way.leg.returns:  # a claim may come back at any time after it was made
            if run.state == "closed":
                raise Refused(f"第 {run.id} 号运行已经办结，不能再拨付；只有追缴缴回还可以记")
            if run.state == "approved":
                raise Refused(f"第 {run.id} 号运行的资金尚未下达，不能拨付", f"；请先运行 tiexi allot {run.id}")
        self._runs[way.programme] = self._open[way] = run
        return run

    def _sound_date(self, row: PaymentRow, run: RunRecord) -> bool:
        first, what = self._allotted_on(run), "下达日"
        if row.leg.returns:  # before its approval there is no claim to repay
            first, what = journal.approved_on(self._connection, run), "审核日"
        if not first <= row.on <= today():
            row.find("on", "不在可拨付的期间", f"应在{what} {first} 与今天（{today()}）之间")
            return False
        return True

    def _allotted_on(self, run: RunRecord) -> date:
        if run.id not in self._allotments:
            self._allotments[run.id] = journal.day_of(self._connection, run.id, ("allotment",)) or run.as_of
        return self._allotments[run.id]

    # --- all rows -------------------------------------------------------------------------------------------------

    def _vouchers(self, run_id: int) -> set[tuple[str, Place, str]]:
        """The vouchers on file with their kind and place, those of reversed entries left out.

        Earlier versions stored them as written, hence half-width again.
        """
        entry, posting = models.JournalEntry, models.JournalPosting
        reversed_ids = select(entry.reverses_id).where(entry.reverses_id.is_not(None))
        query = (
            select(entry.kind, posting.item, posting.county, posting.bank_id, posting.enterprise_id, entry.document_no)
            .join(posting, posting.entry_id == entry.id)
            .where(entry.run_id == run_id, entry.kind.in_(chart.leg_names()), entry.id.not_in(reversed_ids))
        )
        return {(row[0], Place(*row[1:5]), cells.half_width(row[5])) for row in self._connection.execute(query)}

    def _write(self, run: RunRecord, rows: Sequence[PaymentRow], intake_id: int) -> None:
        claims, names = _ClaimShares(self._connection, run), chart.item_names()
        drafts = []
        for row in in_order(rows):
            postings = (
                claims.postings(row.place, row.fen) if row.leg.returns else _postings(row.leg, row.place, row.fen)
            )
            memo = f"{row.leg.name}：{names[row.place.item]}"
            drafts.append(Draft(row.leg.kind, row.on, row.voucher, memo, postings, sheet_row=row.number))
            count, fen = self._outcome.legs.get(row.leg.kind, (0, 0))
            self._outcome.legs[row.leg.kind] = (count + 1, fen + row.fen)
        self._outcome.entries[run.id] = journal.write(self._connection, run.id, drafts, self._made_by, intake_id)
        places = {posting.place for draft in drafts for posting in draft.postings}
        if short := standing.shortfalls(self._connection, run.id, places):
            Judge(self._connection, run, rows).report(short)
        if run.state == "allotted" and not all(row.leg.returns for row in rows):
            add_step(self._connection, run.id, "pay", self._made_by, figures={"file": self._book.sha256})

    def _store_intake(self) -> int:
        intake_id = db.next_id(self._connection, models.table_of(models.Intake))
        self._connection.execute(
            insert(models.Intake).values(
                id=intake_id, file_name=self._book.file_name, sha256=self._outcome.sha256, uploader=self._made_by,
                received_at=now(), account=people.account(),
            )
        )  # fmt: skip
        return intake_id


def _registers(connection: Connection) -> Registers:
    anchor, fact = models.Enterprise, models.EnterpriseFact
    names: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(fact.enterprise_id, fact.name).order_by(fact.id)):
        names[row.enterprise_id].append(row.name)
    return Registers(
        bank_names(connection).ids(),
        {row.uscc: row.id for row in connection.execute(select(anchor.uscc, anchor.id))},
        names,
    )


def _creditors(connection: Connection, run_id: int) -> list[Creditor]:
    """Whom the banks of a run have to pass on to what their receipts are about: what the run accrued for it."""
    leg = receipt_way().leg
    places = [
        one.place for one in journal.postings_of_kind(connection, run_id, "accrual") if one.account == PAYABLE.key
    ]
    anchor = models.Enterprise
    codes = {row.id: row.uscc for row in connection.execute(select(anchor.id, anchor.uscc))}
    return [
        Creditor(place, codes[place.enterprise_id])
        for place in places
        if place.item in leg.items and place.enterprise_id is not None
    ]


# --- entries ----------------------------------------------------------------------------------------------------------


def _postings(leg: Leg, place: Place, fen: int) -> list[Posting]:
    """A payment from one account to the next."""
    targets, source = sides(leg, place)
    return [*(Posting(*target, fen) for target in targets), Posting(*source, -fen)]


class _ClaimShares:
    """第六条: what comes back goes to the payers as it was claimed, by what has come back in all, to the fen."""

    def __init__(self, connection: Connection, run: RunRecord) -> None:
        self._payers = PROGRAMMES[run.programme].payers
        accounts = [account.key for payer in self._payers for account in (payer.claim, payer.returned)]
        self._sums: dict[tuple[str, str, str], int] = defaultdict(int)
        for (account, place), fen in standing.balances(connection, run.id, accounts).items():
            self._sums[account, place.item, place.county] += abs(fen)

    def postings(self, place: Place, fen: int) -> list[Posting]:
        """A repayment of a claim, shared; the last payer takes the rest."""
        key = (place.item, place.county)
        claimed = sum(self._sums[payer.claim.key, *key] for payer in self._payers)
        back = fen + sum(self._sums[payer.returned.key, *key] for payer in self._payers)
        shares, left = [], fen
        for payer in self._payers:
            account = payer.returned.key
            due = money.half_up(back * self._sums[payer.claim.key, *key], max(1, claimed)) - self._sums[account, *key]
            part = left if payer is self._payers[-1] else min(max(due, 0), left)  # a reversal may leave a fen off
            self._sums[account, *key] += part
            shares.append((account, part))
            left -= part
        treasury = Place(*key)
        return [
            *(Posting(account, treasury, part) for account, part in shares if part),
            Posting(RECEIVABLE.key, place, -fen),
        ]
