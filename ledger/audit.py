"""Audit: walks the chain of seals, compares every sealed row, recomputes every approved run, and checks the journal.

Nothing is trusted but the chain itself: the seals' hashes are recomputed, every row that was sealed is digested again,
and every approved run is judged anew from the facts as they were known when it was made. Whoever edits the database by
hand would have to rewrite the whole chain, and then its head differs from the one that was printed when it was made.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, func, select, text

from ledger import db, journal, models, sealing
from ledger.intake.sheets import SHEETS
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Judged
from ledger.refusal import Refused
from ledger.settlement import RunRecord, read_run

_SHEET_OF = {models.table_of(sheet.model).name: sheet.name for sheet in reversed(SHEETS)}
_NAMES = {
    "intakes": "文件登记", "changes": "更正与撤回登记", "enterprises": "企业登记", "banks": "银行登记",
    "projects": "项目登记", "loans": "借据登记", "run_steps": "经过", "spot_checks": "抽查", "spot_check_lines": "抽查清单",
    "spot_check_results": "抽查结果", "journal_entries": "分录", "journal_postings": "分录明细", "runs": "运行",
    "run_budgets": "预算步骤", "tech_branch_lines": "结算明细", "tech_branch_claims": "追缴",
    "chokepoint_loan_lines": "贷款审核明细", "chokepoint_policy_lines": "保单审核明细",
    "chokepoint_grant_lines": "研发补助明细", "chokepoint_investment_lines": "股权投资明细",
    **{name: f"「{sheet}」表" for name, sheet in _SHEET_OF.items()},
}  # fmt: skip
_SEALED_STEPS = ("approve", "allot", "pay", "close")  # each of these comes with a seal


@dataclass(frozen=True)
class Problem:
    """Something that differs: which kind (for machines), and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Report:
    """What an audit looked at and found; the first problem is the first in the order of the chain."""

    seals: int
    head: str
    rows: int
    runs: int
    entries: int
    problems: list[Problem]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**vars(self), "problems": [vars(problem) for problem in self.problems]}


def audit(engine: Engine, head: str | None = None) -> Report:
    """Checks everything that is sealed. head: a seal's hash on paper, which must be in the chain."""
    with db.reading(engine) as connection:
        looked = _Audit(connection)
        looked.guards()
        looked.chain(head)
        looked.rows()
        looked.runs()
        looked.journal()
        return Report(
            len(looked.seals), looked.seals[-1].hash if looked.seals else "", looked.row_count, looked.run_count,
            looked.entry_count, looked.problems,
        )  # fmt: skip


class _Audit:
    """One audit: the connection it reads, and what it has found so far."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.problems: list[Problem] = []
        self.row_count = self.run_count = self.entry_count = 0
        seal = models.Seal
        query = select(seal.id, seal.kind, seal.run_id, seal.content, seal.previous_hash, seal.hash).order_by(seal.id)
        self.seals = list(connection.execute(query))
        self._contents: dict[int, dict[str, Any]] = {}

    def _find(self, kind: str, sentence: str) -> None:
        self.problems.append(Problem(kind, sentence))

    # --- the guards and the chain -----------------------------------------------------------------------------------

    def guards(self) -> None:
        """The database's own triggers must stand."""
        if self._connection.dialect.name == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        else:
            query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        standing = set(self._connection.execute(text(query)).scalars())
        for name in models.GUARDS:
            if name not in standing:
                self._find("guard", f"数据库的保护触发器 {name} 被去掉了；保护的表可能被改动过")

    def chain(self, head: str | None) -> None:
        """Each seal's number, link, hash and kept digests."""
        previous = sealing.START
        for number, seal in enumerate(self.seals, start=1):
            if seal.id != number:
                self._find("chain", f"第 {number} 号封存缺失，链从这里断开（其后是第 {seal.id} 号）")
                previous = seal.previous_hash
            if seal.previous_hash != previous:
                self._find("chain", f"第 {seal.id} 号封存与前一号的链接断开：前一号的摘要不符")
            if sealing.link(seal.previous_hash, seal.content) != seal.hash:
                self._find("chain", f"第 {seal.id} 号封存的内容与其摘要不符，内容或摘要被改动")
            previous = seal.hash
            try:
                content = json.loads(seal.content)
                if (content["seal"], content["kind"], content["run"]) != (seal.id, seal.kind, seal.run_id):
                    self._find("chain", f"第 {seal.id} 号封存的编号、种类或运行号与其内容不符")
                self._contents[seal.id] = content
            except (ValueError, KeyError, TypeError):
                self._find("chain", f"第 {seal.id} 号封存的内容无法读取")
        if head is not None and head not in {seal.hash for seal in self.seals}:
            self._find("head", f"链中没有摘要为 {head} 的封存：链被截断或整体替换过")

    # --- sealed rows ------------------------------------------------------------------------------------------------

    def rows(self) -> None:
        """Every sealed row is digested again; a row changed, missing or added within what was sealed is named."""
        for seal_id, content in self._contents.items():
            kept = dict(
                self._connection.execute(
                    select(models.SealedRows.table_name, models.SealedRows.digests).where(
                        models.SealedRows.seal_id == seal_id
                    )
                )
                .tuples()
                .all()
            )
            for name, part in content["tables"].items():
                blob = kept.get(name, b"")
                if hashlib.sha256(blob).hexdigest() != part["sha256"]:
                    self._find("chain", f"第 {seal_id} 号封存所存的{_NAMES[name]}逐行摘要被改动，无法逐行核对")
                    continue
                self._compare(seal_id, name, dict(sealing.unpack(blob)), self._rows_now(name, part, content))
            marks = sealing.retired(self._connection, content["changes_from"], content["changes_to"])
            for name, digest in content["retired"].items():
                if marks[name] != digest:
                    self._find("retired", f"{_NAMES[name]}：已作废的行与第 {seal_id} 号封存时不同（作废标记被改动）")
        self._unsealed()

    def _rows_now(self, name: str, part: dict[str, int], content: dict[str, Any]) -> Iterable[tuple[int, bytes]]:
        for table in sealing.GROWING:
            if table.name == name:
                # the first seal also answers for rows with impossible numbers
                since = part["from"] or -(2**60)
                return sealing.growing_rows(self._connection, table, since, part["to"])
        for table, owner, number, _ in sealing.PARTS:
            if table.name == name:
                return sealing.part_rows(self._connection, table, owner, number, part["from"], part["to"])
        if name == sealing.RUNS.name:
            return sealing.run_row(self._connection, content["run"])
        table, number = next(entry for entry in sealing.LINES if entry[0].name == name)
        return sealing.line_rows(self._connection, table, number, content["run"])

    def _compare(self, seal_id: int, name: str, sealed: dict[int, bytes], now: Iterable[tuple[int, bytes]]) -> None:
        seen = set()
        for key, digest in now:
            seen.add(key)
            self.row_count += 1
            if key not in sealed:
                self._find("added", f"{self._describe(name, key)} 是第 {seal_id} 号封存之后插入的，封存时没有")
            elif sealed[key] != digest:
                self._find("edited", f"{self._describe(name, key)} 在第 {seal_id} 号封存之后被改动")
        for key in sealed.keys() - seen:
            self._find("missing", f"{self._describe(name, key)} 在第 {seal_id} 号封存之后被删除")

    def _describe(self, name: str, key: int) -> str:
        """A row for people: the sheet with its file and row where it came from one, else the table and number."""
        if name in _SHEET_OF:
            table = models.Base.metadata.tables[name]
            intake = models.table_of(models.Intake)
            found = self._connection.execute(
                select(intake.c.file_name, table.c.sheet_row)
                .join_from(table, intake, intake.c.id == table.c.intake_id, isouter=True)
                .where(table.c.id == key)
            ).one_or_none()
            place = f"（{found.file_name} 第 {found.sheet_row} 行）" if found else ""
            return f"{_NAMES[name]}第 {key} 号记录{place}"
        owner, part = divmod(key, 1 << 24)
        number = f"{owner} 号之 {part}" if name in {table.name for table, *_ in sealing.PARTS} else f"{key} 号"
        return f"{_NAMES[name]}第 {number}"

    def _unsealed(self) -> None:
        """Entries and steps that come with a seal must lie within one; so must every approval."""
        newest = self._contents.get(self.seals[-1].id, {}) if self.seals else {}
        ends = {name: part.get("to", 0) for name, part in newest.get("tables", {}).items()}
        entry, step = models.JournalEntry, models.RunStep
        for number in self._connection.execute(
            select(entry.id).where(entry.id > ends.get("journal_entries", 0))
        ).scalars():
            self._find("unsealed", f"第 {number} 号分录没有封存：不是由本程序记入，或其后的封存被删除")
        late = select(step.run_id, step.kind).where(step.id > ends.get("run_steps", 0), step.kind.in_(_SEALED_STEPS))
        for run_id, kind in self._connection.execute(late):
            self._find("unsealed", f"第 {run_id} 号运行的步骤 {kind} 没有封存：不是由本程序记入，或其后的封存被删除")

    # --- runs -------------------------------------------------------------------------------------------------------

    def runs(self) -> None:
        """Every approved run has its seal, and comes out the same from the facts as they were known to it."""
        sealed = {seal.run_id for seal in self.seals if seal.kind in ("approve", "adopt")}
        query = select(models.Run.id, models.Run.state, models.Run.approved_at).order_by(models.Run.id)
        for row in self._connection.execute(query).all():
            if (row.state == "approved") != (row.approved_at is not None) or (
                row.id in sealed and row.state != "approved"
            ):
                self._find("state", f"第 {row.id} 号运行的状态被改动")
            if row.state != "approved":
                continue
            self.run_count += 1
            if row.id not in sealed:
                self._find("unsealed", f"第 {row.id} 号运行审核通过却没有封存：不是由本程序审核，或封存被删除")
            self._recompute(read_run(self._connection, row.id))

    def _recompute(self, run: RunRecord) -> None:
        programme = PROGRAMMES[run.programme]
        name = f"第 {run.id} 号运行（{programme.name} {run.year} 年度）"
        try:
            with _as_known(self._connection, run):
                judged = programme.judge(self._connection, run.year, run.as_of)
        except Refused as refusal:
            self._find("recomputed", f"{name}无法重新计算：{refusal}")
            return
        if judged.fingerprint == run.fingerprint and self._same_law(judged, run):
            difference = self._first_difference(run, judged)
            if difference:
                self._find("recomputed", f"{name}重新计算后不同：{difference}")
            return
        made = self._connection.execute(select(models.Run.code_version).where(models.Run.id == run.id)).scalar_one()
        other = f"；该运行由程序 {made} 版作出，现为 {version('tiexi')} 版" if made != version("tiexi") else ""
        difference = (
            self._law_difference(judged, run) or self._first_difference(run, judged) or "所用的数据不同（明细相同）"
        )
        self._find("recomputed", f"{name}重新计算后不同：{difference}{other}")

    def _same_law(self, judged: Judged, run: RunRecord) -> bool:
        return not self._law_difference(judged, run)

    def _law_difference(self, judged: Judged, run: RunRecord) -> str:
        now: dict[str, Any] = json.loads(json.dumps(judged.law))
        for name in sorted({*now, *run.law}):
            if now.get(name) != run.law.get(name):
                return f"所依据的数值 {name}：运行记载 {run.law.get(name)}，重新计算 {now.get(name)}"
        return ""

    def _first_difference(self, run: RunRecord, judged: Judged) -> str:
        """The first cell of the first table in which stored and recomputed lines differ; '' where none does."""
        for table, columns in judged.lines:
            number = _number_of(table)
            names = list(columns)
            query = select(*(table.c[column] for column in names)).where(table.c.run_id == run.id)
            stored = self._connection.execute(query.order_by(table.c[number])).all()
            fresh = list(zip(*(_plain(columns[column]) for column in names), strict=True)) if names else []
            if len(stored) != len(fresh):
                return f"{_NAMES[table.name]}：存有 {len(stored)} 行，重新计算 {len(fresh)} 行"
            for place, (old, new) in enumerate(zip(stored, fresh, strict=True), start=1):
                for column, before, after in zip(names, old, new, strict=True):
                    if _comparable(before) != _comparable(after):
                        return f"{_NAMES[table.name]}第 {place} 行 {column}：存为 {before}，重新计算为 {after}"
        return ""

    # --- the journal ------------------------------------------------------------------------------------------------

    def journal(self) -> None:
        """Every entry balances, and what a run accrued is what its lines pay and claim."""
        entry, posting = models.JournalEntry, models.JournalPosting
        sums = dict(
            self._connection.execute(select(posting.entry_id, func.sum(posting.amount_fen)).group_by(posting.entry_id))
            .tuples()
            .all()
        )
        entries = self._connection.execute(select(entry.id, entry.run_id).order_by(entry.id)).all()
        self.entry_count = len(entries)
        for row in entries:
            if sums.get(row.id) is None:
                self._find("journal", f"第 {row.id} 号分录没有明细")
            elif sums[row.id]:
                self._find("journal", f"第 {row.id} 号分录借贷不平，差 {journal.yuan(int(sums[row.id]))} 元")
        for number in sums.keys() - {row.id for row in entries}:
            self._find("journal", f"分录明细所属的第 {number} 号分录不存在")
        for run_id in (
            self._connection.execute(select(models.Run.id).where(models.Run.state == "approved")).scalars().all()
        ):
            self._accrued(read_run(self._connection, run_id))

    def _accrued(self, run: RunRecord) -> None:
        programme = PROGRAMMES[run.programme]
        for accounts, dues, what in (
            (("expense_city", "expense_county"), programme.owed(self._connection, run.id), "计提"),
            (("claim_city", "claim_county"), programme.claimed(self._connection, run.id), "追缴"),
        ):
            booked = abs(journal.total(self._connection, run.id, accounts))
            owed = sum(due.fen for due in dues)
            if booked != owed:
                self._find(
                    "journal",
                    f"第 {run.id} 号运行{what}入账 {journal.yuan(booked)} 元，明细合计 {journal.yuan(owed)} 元",
                )


def _number_of(table: Table) -> str:
    return next(number for lines, number in sealing.LINES if lines.name == table.name)


def _plain(values: Any) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _comparable(value: Any) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


# --- facts as they were known -----------------------------------------------------------------------------------------


@contextmanager
def _as_known(connection: Connection, run: RunRecord) -> Iterator[None]:
    """Meanwhile the tables of facts show what was on file when a run was made: temporary views stand before them.

    A fact counts when its file had come by then, and a retirement when its change had been made by then; judging reads
    the tables by their names and so needs to know nothing of it.
    """
    schema = "main" if connection.dialect.name == "sqlite" else _schema(connection)
    _forget_prepared(connection)
    for table in sealing.FACTS:
        columns = [
            f"CASE WHEN retired_by <= {run.last_change_id} THEN retired_by END AS retired_by"
            if column.name == "retired_by"
            else column.name
            for column in table.c
        ]
        connection.execute(
            text(
                f"CREATE TEMPORARY VIEW {table.name} AS SELECT {', '.join(columns)} FROM {schema}.{table.name} "
                f"WHERE intake_id <= {run.last_intake_id}"
            )
        )
    try:
        yield
    finally:
        temporary = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
        for table in sealing.FACTS:
            connection.execute(text(f"DROP VIEW {temporary}.{table.name}"))
        _forget_prepared(connection)


def _schema(connection: Connection) -> str:
    return str(connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one())


def _forget_prepared(connection: Connection) -> None:
    """A statement prepared before must not go on reading the table behind the view."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("DEALLOCATE ALL"))
