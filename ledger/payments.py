"""Payments: rows of a sheet become entries of the journal, each leg of 第十九条's way with its date, amount and voucher.

Two sheets: 拨付 (any leg), and 兑付回单 (what banks send back after they passed interest on to enterprises). A file is
taken whole or not at all, and recognised when it comes again. No leg may carry more than is there, or more than is owed.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ledger import db, journal, models, money, sealing
from ledger.counties import ALL_COUNTIES
from ledger.intake import cells
from ledger.intake.findings import Finding
from ledger.intake.rows import Rows, read_rows
from ledger.intake.sheets import NOTES_MARK, Column, Sheet
from ledger.intake.workbook import Grid, Workbook, fingerprint, read_bytes, read_workbook
from ledger.journal import Draft, Place, Posting, yuan
from ledger.refusal import Refused
from ledger.settlement import RunRecord, choose_run
from ledger.steps import add_step
from ledger.workdays import now, today

ITEM_NAMES = {
    "interest": "贴息", "bonus": "奖补", "risk": "风险补助", "premium": "保费补贴", "grant": "研发补助",
}  # fmt: skip


@dataclass(frozen=True)
class Leg:
    """One leg: its name, from which account to which, and of whom a row must speak (bank, enterprise)."""

    name: str
    programme: str
    source: str
    target: str
    bank: bool = False
    enterprise: bool = False


LEGS = {
    "city_to_county": Leg("市财政到区市财政", "tech_branch", "city_treasury", "county_treasury"),
    "county_to_regulator": Leg("区市财政到金融监管部门", "tech_branch", "county_treasury", "county_regulator"),
    "regulator_to_bank": Leg("金融监管部门到银行", "tech_branch", "county_regulator", "bank", bank=True),
    "bank_to_enterprise": Leg("银行到企业", "tech_branch", "bank", "payable", bank=True, enterprise=True),
    "city_to_payee": Leg("市级到收款单位", "chokepoint", "city_treasury", "payable"),
    "claim_repaid": Leg("追缴缴回", "tech_branch", "claim_receivable", "returned_city", bank=True),
}
_LEG_NAMES = {leg.name: kind for kind, leg in LEGS.items()}
_ITEMS = {name: item for item, name in ITEM_NAMES.items()}


def _column(
    header: str, name: str, shape: Any, read: Any, hint: str, optional: bool = False, choices: Any = ()
) -> Column:
    return Column(header, name, shape, read, "", hint, optional=optional, choices=tuple(choices))


_DAY = _column("日期", "on", "date", cells.read_date, "到账日期；与凭证号都空的行视为尚未拨付，不记", optional=True)
_AMOUNT = _column("金额(万元)", "fen", "wan", cells.wan_amount(1), "金额（万元，最多 6 位小数）")
_USCC = _column("统一社会信用代码", "uscc", "code", cells.read_uscc, "收款或缴款企业", optional=True)
PAYMENTS = Sheet(
    "拨付",
    "拨付各环节",
    models.Fact,
    (
        _column(
            "环节", "leg", "choice", cells.one_of(tuple(_LEG_NAMES), "环节"), "第十九条的哪一环节", choices=_LEG_NAMES
        ),
        _column("区市", "county", "choice", cells.read_county, "资金属于哪个区市", choices=ALL_COUNTIES),
        _column("银行名称", "bank", "name", cells.read_name, "收款、经办或缴款银行", optional=True),
        _USCC,
        _column("补助项目", "item", "choice", cells.one_of(tuple(_ITEMS), "补助项目"), "贴息、奖补等", choices=_ITEMS),
        _DAY,
        _AMOUNT,
        _column("凭证号", "voucher", "text", cells.read_text, "拨款凭证号", optional=True),
    ),
)
RECEIPTS = Sheet(
    "兑付回单",
    "银行把贴息兑付给企业的回单",
    models.Fact,
    (
        _column("银行名称", "bank", "name", cells.read_name, "兑付银行"),
        _USCC,
        _column("企业名称", "enterprise", "name", cells.read_name, "收款企业；与代码至少填一项", optional=True),
        _column("兑付日", "on", "date", cells.read_date, "兑付日期"),
        _AMOUNT,
        _column("回单号", "voucher", "text", cells.read_text, "银行回单号"),
    ),
)
SHEETS = {sheet.name: sheet for sheet in (PAYMENTS, RECEIPTS)}


@dataclass
class Paid:
    """What became of a file of payments: taken (perhaps known before) or refused, with every finding."""

    file: str
    sha256: str = ""
    entries: dict[int, list[int]] = field(default_factory=dict)  # journal entries by run
    legs: dict[str, tuple[int, int]] = field(default_factory=dict)  # rows and fen by leg
    findings: list[Finding] = field(default_factory=list)
    known_since: str = ""

    @property
    def refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return bool(self.findings)


class _RollBack(Exception):
    """Leaves the transaction without keeping anything."""


def pay(engine: Engine, year: int, path: Path, made_by: str, dry_run: bool = False) -> Paid:
    """Takes a file of payments of a settlement year whole or not at all.

    Raises Refused for a file that cannot be read or a year without an allotted run, EnvironmentFailed when file or
    database cannot be used; what is wrong with rows is in the outcome.
    """
    data = read_bytes(path)
    outcome = Paid(path.name, fingerprint(data))
    book = _read_csv(path, data) if path.suffix.lower() == ".csv" else read_workbook(path, data)
    try:
        with db.writing(engine) as connection:
            intake = models.Intake
            since = connection.execute(
                select(intake.received_at).where(intake.sha256 == outcome.sha256)
            ).scalar_one_or_none()
            if since is not None:
                outcome.known_since = since.isoformat(sep=" ", timespec="minutes")
                return outcome
            _Taking(connection, year, book, outcome, made_by).run()
            if outcome.refused or dry_run:
                raise _RollBack
    except _RollBack:
        pass
    return outcome


def _read_csv(path: Path, data: bytes) -> Workbook:
    """A CSV as a workbook of one sheet: which one, its header tells."""
    try:
        rows = [list(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{path.name} 不是 UTF-8 编码的 CSV 文件") from error
    if not rows:
        raise Refused(f"{path.name} 是空文件；第一行应为表头")
    name = PAYMENTS.name if any(cell.strip() == "环节" for cell in rows[0]) else RECEIPTS.name
    return Workbook(path.name, fingerprint(data), [Grid(name, [[cell or None for cell in row] for row in rows])])


@dataclass(frozen=True)
class _Row:
    """A good row: where it stands, and what it says."""

    sheet: Rows
    position: int
    leg: str
    place: Place
    on: date
    fen: int
    voucher: str


class _Taking:
    """One file of payments being taken."""

    def __init__(self, connection: Connection, year: int, book: Workbook, outcome: Paid, made_by: str) -> None:
        self._connection, self._year, self._book, self._outcome = connection, year, book, outcome
        self._made_by = made_by
        self._runs: dict[str, RunRecord] = {}
        self._banks = dict(connection.execute(select(models.Bank.name, models.Bank.id)).tuples().all())
        anchor = models.Enterprise
        self._enterprises = dict(connection.execute(select(anchor.uscc, anchor.id)).tuples().all())

    def run(self) -> None:
        """Reads, judges and writes every row; findings are in the outcome."""
        rows = [row for grid in self._book.grids for row in self._rows(grid)]
        if not rows and not self._outcome.findings:
            raise Refused(f"{self._book.file_name} 没有可记的拨付；应有工作表「{PAYMENTS.name}」或「{RECEIPTS.name}」")
        self._refuse_repeated(rows)
        if self._outcome.findings:
            return
        intake_id = self._store_intake()
        by_run: dict[str, list[_Row]] = defaultdict(list)
        for row in rows:
            by_run[LEGS[row.leg].programme].append(row)
        for programme, of_run in by_run.items():
            self._write(self._runs[programme], of_run, intake_id)
        if not self._outcome.findings:
            for programme in by_run:
                sealing.seal(self._connection, "pay", self._runs[programme].id)

    def _rows(self, grid: Grid) -> list[_Row]:
        if grid.name.startswith(NOTES_MARK):
            return []
        sheet = SHEETS.get(grid.name)
        if sheet is None:
            self._outcome.findings.append(
                Finding(
                    self._book.file_name, grid.name, None, "", "", "", "不是拨付文件的工作表",
                    f"应为：{'、'.join(SHEETS)}；备注请放在名称以「{NOTES_MARK}」开头的工作表中",
                )
            )  # fmt: skip
            return []
        rows = read_rows(self._book.file_name, grid, sheet, self._outcome.findings.append)
        if rows is None:
            return []
        read = self._receipt if sheet is RECEIPTS else self._payment
        found = [(position, read(rows, position)) for position in list(rows.good())]
        return [row for position, row in found if row is not None and position not in rows.bad]

    # --- one row --------------------------------------------------------------------------------------------------

    def _payment(self, rows: Rows, position: int) -> _Row | None:
        """A row of 拨付: whom its leg needs must be there, and whom it does not need must not."""
        value = {column.field: rows.values(column.field)[position] for column in PAYMENTS.columns}
        if value["on"] is None and value["voucher"] is None:
            return None
        for name in ("on", "voucher"):
            if value[name] is None:
                rows.find(position, name, "不能为空", "日期和凭证号都填；尚未拨付的行两者都留空")
                return None
        kind, item = _LEG_NAMES[value["leg"]], _ITEMS[value["item"]]
        leg, run = LEGS[kind], self._run_of(_LEG_NAMES[value["leg"]])
        wants_bank, wants_enterprise = leg.bank, leg.enterprise
        if kind == "claim_repaid":
            wants_enterprise = item == "interest"
        elif kind == "city_to_payee":
            wants_bank, wants_enterprise = item == "risk", item != "risk"
        allowed = {"tech_branch": ("interest", "bonus"), "chokepoint": ("risk", "premium", "grant")}[leg.programme]
        if kind == "bank_to_enterprise":
            allowed = ("interest",)  # 奖补归银行，到银行为止
        if item not in allowed:
            names = "、".join(ITEM_NAMES[name] for name in allowed)
            rows.find(position, "item", f"不是「{leg.name}」拨付的项目", f"应为：{names}")
            return None
        bank_id = self._who(rows, position, "bank", self._banks, wants_bank, leg)
        enterprise_id = self._who(rows, position, "uscc", self._enterprises, wants_enterprise, leg)
        if position in rows.bad or not self._sound_date(rows, position, run):
            return None
        place = Place(item, value["county"], bank_id, enterprise_id)
        return _Row(rows, position, kind, place, value["on"], value["fen"], value["voucher"])

    def _who(self, rows: Rows, position: int, name: str, known: dict[str, int], wanted: bool, leg: Leg) -> int | None:
        value = rows.values(name)[position]
        if value is None:
            if wanted:
                rows.find(position, name, "不能为空", f"「{leg.name}」应填明{'银行' if name == 'bank' else '企业'}")
            return None
        if not wanted:
            rows.find(position, name, f"「{leg.name}」不到{'银行' if name == 'bank' else '企业'}", "应留空")
            return None
        if value not in known:
            rows.find(position, name, "没有入库", "应与已报送的一致")
        return known.get(value)

    def _receipt(self, rows: Rows, position: int) -> _Row | None:
        """A row of 兑付回单, matched to the enterprise that the bank owes interest to."""
        value = {column.field: rows.values(column.field)[position] for column in RECEIPTS.columns}
        run = self._run_of("bank_to_enterprise")
        bank_id = self._who(rows, position, "bank", self._banks, True, LEGS["bank_to_enterprise"])
        if bank_id is None or not self._sound_date(rows, position, run):
            return None
        if value["uscc"] is None and value["enterprise"] is None:
            rows.find(position, "uscc", "代码和名称都没有", "统一社会信用代码与企业名称至少填一项")
            return None
        owed = [(place, name, uscc) for place, name, uscc in self._interest_owed(run) if place.bank_id == bank_id]
        found = [
            place for place, name, uscc in owed if value["uscc"] in (None, uscc) and value["enterprise"] in (None, name)
        ]
        if len(found) != 1:
            what = "对不上企业" if not found else "对上了不止一家企业"
            right = "代码和名称应与本年度该行应兑付的企业一致" if not found else "请填统一社会信用代码"
            rows.find(position, "uscc" if value["uscc"] else "enterprise", what, right)
            return None
        return _Row(rows, position, "bank_to_enterprise", found[0], value["on"], value["fen"], value["voucher"])

    def _interest_owed(self, run: RunRecord) -> list[tuple[Place, str, str]]:
        """Whom the run pays interest to: place, name and code of each enterprise."""
        if not hasattr(self, "_owed"):
            line, fact, anchor = models.TechBranchLine, models.EnterpriseFact, models.Enterprise
            loan_fact, loan = models.LoanFact, models.Loan
            query = (
                select(fact.county, loan.bank_id, anchor.id, fact.name, anchor.uscc)
                .select_from(line)
                .join(fact, fact.id == line.enterprise_fact_id)
                .join(anchor, anchor.id == fact.enterprise_id)
                .join(loan_fact, loan_fact.id == line.loan_fact_id)
                .join(loan, loan.id == loan_fact.loan_id)
                .where(line.run_id == run.id, line.interest_fen > 0)
                .distinct()
            )
            self._owed = [
                (Place("interest", row[0], row[1], row[2]), row[3], row[4]) for row in self._connection.execute(query)
            ]
        return self._owed

    def _sound_date(self, rows: Rows, position: int, run: RunRecord) -> bool:
        on = rows.values("on")[position]
        if not run.as_of <= on <= today():
            rows.find(position, "on", "日期不在可拨付的期间", f"应在截止日 {run.as_of} 与今天（{today()}）之间")
        return position not in rows.bad

    def _run_of(self, kind: str) -> RunRecord:
        """The year's approved and allotted run that a leg belongs to; Refused when there is none."""
        programme = LEGS[kind].programme
        if programme not in self._runs:
            run = choose_run(self._connection, programme, self._year)
            if run.approved_at is None:
                raise Refused(f"{self._year} 年度还没有审核通过的运行，不能拨付")
            if run.state == "closed":
                raise Refused(f"第 {run.id} 号运行已经办结，不能再拨付")
            if run.state == "approved" and kind != "claim_repaid":
                raise Refused(f"第 {run.id} 号运行的资金尚未下达，不能拨付；请先运行 tiexi allot {run.id}")
            self._runs[programme] = run
        return self._runs[programme]

    # --- all rows -------------------------------------------------------------------------------------------------

    def _refuse_repeated(self, rows: Sequence[_Row]) -> None:
        """A voucher stands for one payment: not twice in the file, not again when it is on file (and not reversed)."""
        seen: dict[tuple[str, Place, str], int] = {}
        on_file = {run.id: self._vouchers(run.id) for run in self._runs.values()}
        for row in rows:
            key = (row.leg, row.place, row.voucher)
            name = "voucher"
            if key in seen:
                row.sheet.find(row.position, name, f"与第 {seen[key]} 行重复", "同一笔拨付的凭证号只能出现一次")
            elif key in on_file[self._runs[LEGS[row.leg].programme].id]:
                row.sheet.find(row.position, name, "此前已记过", "同一笔拨付只记一次；确系另一笔的，请用另一凭证号")
            seen.setdefault(key, row.sheet.numbers[row.position])

    def _vouchers(self, run_id: int) -> set[tuple[str, Place, str]]:
        entry, posting = models.JournalEntry, models.JournalPosting
        reversed_ids = select(entry.reverses_id).where(entry.reverses_id.is_not(None))
        query = (
            select(entry.kind, posting.item, posting.county, posting.bank_id, posting.enterprise_id, entry.document_no)
            .join(posting, posting.entry_id == entry.id)
            .where(entry.run_id == run_id, entry.kind.in_(LEGS), entry.id.not_in(reversed_ids))
        )
        return {(row[0], Place(*row[1:5]), row[5]) for row in self._connection.execute(query)}

    def _write(self, run: RunRecord, rows: Sequence[_Row], intake_id: int) -> None:
        drafts = []
        claims = _ClaimShares(self._connection, run.id)
        for row in sorted(rows, key=lambda one: (one.on, list(LEGS).index(one.leg))):
            leg = LEGS[row.leg]
            if row.leg == "claim_repaid":
                postings = claims.postings(row.place, row.fen)
            else:
                postings = _postings(row.leg, leg, row.place, row.fen)
            drafts.append(
                Draft(row.leg, row.on, row.voucher, f"{leg.name}：{ITEM_NAMES[row.place.item]}", postings,
                      sheet_row=row.sheet.numbers[row.position])
            )  # fmt: skip
            count, fen = self._outcome.legs.get(row.leg, (0, 0))
            self._outcome.legs[row.leg] = (count + 1, fen + row.fen)
        numbers = journal.write(self._connection, run.id, drafts, self._made_by, intake_id)
        self._outcome.entries[run.id] = numbers
        places = {posting.place for draft in drafts for posting in draft.postings}
        for shortfall in journal.shortfalls(self._connection, run.id, places):
            self._report(shortfall, rows)
        if run.state != "disbursing" and any(row.leg != "claim_repaid" for row in rows):
            add_step(self._connection, run.id, "pay", self._made_by, figures={"file": self._book.sha256})

    def _report(self, shortfall: journal.Shortfall, rows: Sequence[_Row]) -> None:
        """Names the last row that took from where there is not enough."""

        def takes(row: _Row) -> bool:
            leg, place = LEGS[row.leg], shortfall.place
            source = row.place
            if shortfall.account in ("city_treasury", "county_treasury", "county_regulator"):
                source = Place(row.place.item, row.place.county)
            elif shortfall.account == "bank" or shortfall.place.enterprise_id is None:
                source = row.place._replace(enterprise_id=None)
            touches = shortfall.account in (leg.source, leg.target) or (
                shortfall.account == "payable" and row.leg == "regulator_to_bank"
            )
            return touches and source == place

        guilty = next((row for row in reversed(rows) if takes(row)), rows[-1])
        if shortfall.account == "payable":
            problem, right = f"超过应付 {yuan(shortfall.fen)} 元", "不应超过该单位尚未到账的应付补助"
        elif shortfall.account == "claim_receivable":
            problem, right = f"超过应缴回 {yuan(shortfall.fen)} 元", "不应超过尚未缴回的追缴"
        else:
            problem = f"{shortfall.day} 时上一环节的资金不足，还差 {yuan(shortfall.fen)} 元"
            right = "不应超过当日已到上一环节的资金；请先记上一环节的拨付"
        guilty.sheet.find(guilty.position, "fen", problem, right)

    def _store_intake(self) -> int:
        intake_id = db.next_id(self._connection, models.table_of(models.Intake))
        self._connection.execute(
            insert(models.Intake).values(
                id=intake_id, file_name=self._book.file_name, sha256=self._outcome.sha256, uploader=self._made_by,
                received_at=now(),
            )
        )  # fmt: skip
        return intake_id


def _postings(kind: str, leg: Leg, place: Place, fen: int) -> list[Posting]:
    """A payment from one account to the next; each side speaks of what its account is kept by."""
    treasury = Place(place.item, place.county)
    at_bank = place._replace(enterprise_id=None)
    if kind == "regulator_to_bank" and place.item == "bonus":
        return [Posting("payable", at_bank, fen), Posting(leg.source, treasury, -fen)]
    if kind in ("city_to_county", "county_to_regulator"):
        return [Posting(leg.target, treasury, fen), Posting(leg.source, treasury, -fen)]
    if kind == "regulator_to_bank":
        return [Posting(leg.target, at_bank, fen), Posting(leg.source, treasury, -fen)]
    if kind == "bank_to_enterprise":
        return [Posting(leg.target, place, fen), Posting(leg.source, at_bank, -fen)]
    return [Posting(leg.target, place, fen), Posting(leg.source, treasury, -fen)]


class _ClaimShares:
    """第六条: what comes back goes to city and county as it was claimed, by what has come back in all, to the fen."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        accounts = ("claim_city", "claim_county", "returned_city", "returned_county")
        self._sums: dict[tuple[str, str, str], int] = defaultdict(int)
        for (account, place), fen in journal.balances(connection, run_id, accounts).items():
            self._sums[account, place.item, place.county] += abs(fen)

    def postings(self, place: Place, fen: int) -> list[Posting]:
        """A repayment of a claim, shared."""
        key = (place.item, place.county)
        city, county = self._sums["claim_city", *key], self._sums["claim_county", *key]
        before = self._sums["returned_city", *key] + self._sums["returned_county", *key]
        city_now = money.half_up((before + fen) * city, max(1, city + county)) - self._sums["returned_city", *key]
        self._sums["returned_city", *key] += city_now
        self._sums["returned_county", *key] += fen - city_now
        shares = (("returned_city", city_now), ("returned_county", fen - city_now))
        treasury = Place(*key)
        return [
            *(Posting(account, treasury, part) for account, part in shares if part),
            Posting("claim_receivable", place, -fen),
        ]
