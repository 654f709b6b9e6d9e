"""Audit: walks the chain of seals, compares every sealed row, recomputes every approved run, and checks the journal.

Nothing is trusted but the chain itself: the seals' hashes are recomputed, every row that was sealed is digested again,
and every approved run is judged anew from the facts as they were known when it was approved. Whoever edits the database
by hand would have to rewrite the whole chain, and then its head differs from the one that was printed when it was made.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from ledger import models, money
from ledger.accounts import log
from ledger.audit import consistency, replay, times
from ledger.audit.ahead import Ahead
from ledger.books import journal, standing
from ledger.books.journal import Posting
from ledger.database import db, guards
from ledger.errors import Refused
from ledger.facts.approved import is_approved
from ledger.logs import Log
from ledger.programmes import PROGRAMMES, chart
from ledger.runs.settlement import RunRecord, read_run
from ledger.runs.steps import STEP_NAMES
from ledger.seals import content as sealed
from ledger.seals import links, pieces, soundness
from ledger.seals.content import Content, Digests, Part
from ledger.seals.row_words import row_words
from ledger.seals.strays import Stray, strays

_SHOWN = 50  # rows named one by one, of those that differ in one table under one seal
_log = Log(__name__)


@dataclass(frozen=True)
class Problem:
    """Something that differs: which kind (for machines), and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Report:
    """What an audit looked at and found; the first problem is the first in the order of the chain.

    head: the newest seal's hash. head_seal: the number of the seal whose hash was asked for, if it is in the chain.
    sealed_since: when a database of an earlier version was sealed as it stood; None where every row was sealed as it came.
    """

    seals: int
    head: str
    head_seal: int | None
    rows: int
    runs: int
    entries: int
    problems: list[Problem]
    remarks: list[str]
    sealed_since: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        since = self.sealed_since.isoformat() if self.sealed_since else None
        return {**vars(self), "problems": [vars(problem) for problem in self.problems], "sealed_since": since}


def audit(engine: Engine, head: str | None = None) -> Report:
    """Checks everything that is sealed. head: a seal's hash on paper (or how it begins), which must be in the chain."""
    with _log.timed("audit") as said, db.reading_with_views(engine) as connection:
        looked = _Audit(connection)
        looked.guards()
        looked.chain(head)
        looked.rows()
        looked.belonging()
        looked.coherence()
        looked.runs()
        looked.journal()
        with looked.readable("time", "各条记录的时间无法核对"):
            looked.times()
        with looked.readable("log", "访问日志无法核对"):
            looked.log()
        report = Report(
            len(looked.seals), looked.seals[-1].hash if looked.seals else "", looked.head_seal, looked.row_count,
            looked.run_count, looked.entry_count, looked.problems, looked.remarks,
            looked.sealed_since,
        )  # fmt: skip
        said |= {"seals": report.seals, "rows": report.rows, "runs": report.runs, "problems": len(report.problems)}
    return report


class _Audit:
    """One audit: the connection it reads, and what it has found so far."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.problems: list[Problem] = []
        self.remarks: list[str] = []
        self.row_count = self.run_count = self.entry_count = 0
        self.head_seal: int | None = None
        seal = models.Seal
        query = select(seal.id, seal.kind, seal.run_id, seal.content, seal.previous_hash, seal.hash).order_by(seal.id)
        self.seals = list(connection.execute(query))
        self._contents: dict[int, Content] = {}

    def _find(self, kind: str, sentence: str) -> None:
        self.problems.append(Problem(kind, sentence))

    @contextmanager
    def readable(self, kind: str, what: str) -> Iterator[None]:
        """Whatever cannot be read or computed, for whatever reason, is a finding; only a failing database is not."""
        try:
            yield
        except Refused as refusal:
            self._find(kind, f"{what}：{refusal.sentence}")
        except SQLAlchemyError:
            raise
        except Exception as error:
            self._find(kind, f"{what}：存储的内容已损坏（{type(error).__name__}）")

    # --- the guards and the chain -----------------------------------------------------------------------------------

    def guards(self) -> None:
        """The database's own triggers, keys and columns must stand as they were made."""
        for sentence in guards.standing_problems(self._connection):
            self._find("guard", sentence)
        for sentence in consistency.schema_problems(self._connection):
            self._find("guard", sentence)

    def chain(self, head: str | None) -> None:
        """Each seal's number, link, hash and own columns."""
        made_at = sealed.driver_rows(self._connection, select(models.Seal.id, models.Seal.made_at))
        times = {number: str(value).removesuffix(".000000").replace(" ", "T") for number, value in made_at}
        for problem in links.problems(self._connection):
            self._find("chain", problem)
        for seal in self.seals:
            try:
                content = sealed.read(seal.content)
            except ValueError:
                self._find("chain", f"第 {seal.id} 号封存的内容无法读取")
                continue
            said = (content.seal, content.kind, content.run, content.made_at)
            if said != (seal.id, seal.kind, seal.run_id, times[seal.id]):
                self._find("chain", f"第 {seal.id} 号封存的编号、种类、运行号或时间与其内容不符")
            self._contents[seal.id] = content
            if head is not None and seal.hash.startswith(head):
                self.head_seal = seal.id
        if head is not None and self.head_seal is None:
            self._find("head", f"链中没有摘要为 {head} 的封存：链被截断或整体替换过")

    # --- sealed rows ------------------------------------------------------------------------------------------------

    def rows(self) -> None:
        """Every sealed row is digested again; a row changed, missing or added within what was sealed is named."""
        for seal_id, name in pieces.others(self._connection, self._contents):
            self._find("chain", f"第 {seal_id} 号封存多出「{name}」的逐行摘要，其内容中没有")
        ahead = Ahead(self._connection, self._contents)
        for seal_id, content in ahead.seals():
            for part in content.parts.values():
                if seal_id > 1 and part.is_empty:  # older seals name every table
                    continue
                what = sealed.NAMES[part.name.removesuffix(sealed.RETIRED)]
                with self.readable("edited", f"{what}无法核对"):
                    digest = hashlib.sha256()
                    for piece in ahead.digests(seal_id, part):
                        digest.update(piece)
                    if digest.hexdigest() != part.sha256:
                        self._find("chain", f"第 {seal_id} 号封存所存的{what}逐行摘要被改动，无法逐行核对")
                        continue
                    kept = chain.from_iterable(map(sealed.unpack, ahead.digests(seal_id, part)))
                    self._compare(seal_id, part, kept, ahead.rows(seal_id, part), content.run)

    def _compare(
        self, seal_id: int, part: Part, kept: Iterator[tuple[int, bytes]], rows: Digests, run_id: int | None
    ) -> None:
        """Walks along the sealed keys and those of now, both in order."""
        differing = 0

        def find(kind: str, key: int, what: str) -> None:
            nonlocal differing
            differing += 1
            if differing <= _SHOWN:
                self._find(kind, f"{row_words(self._connection, part.name, key, run_id)}{what}")

        marks = part.name.endswith(sealed.RETIRED)
        added = ("retired", f"在第 {seal_id} 号封存之后被加上") if marks else (
            "added", f"是第 {seal_id} 号封存之后插入的，封存时没有"
        )  # fmt: skip
        missing = ("retired" if marks else "missing", f"在第 {seal_id} 号封存之后被{'去掉' if marks else '删除'}")
        edited = ("retired" if marks else "edited", f"在第 {seal_id} 号封存之后被改动")
        key, digest = next(kept, (None, b""))
        for now, its_digest in rows:
            self.row_count += not marks
            while key is not None and key < now:
                find(missing[0], key, missing[1])
                key, digest = next(kept, (None, b""))
            if key is None or now < key:
                find(added[0], now, added[1])
                continue
            if digest != its_digest:
                find(edited[0], key, edited[1])
            key, digest = next(kept, (None, b""))
        while key is not None:
            find(missing[0], key, missing[1])
            key, digest = next(kept, (None, b""))
        if differing > _SHOWN:
            name = sealed.NAMES[part.name.removesuffix(sealed.RETIRED)]
            self._find(edited[0], f"{name}：另有 {differing - _SHOWN} 处与第 {seal_id} 号封存不同")

    def belonging(self) -> None:
        """Under each seal only what came with it; what lies after the newest must not be of the kind that is sealed."""
        approvals, start = links.approvals(self._connection), links.start(self._connection)
        for seal_id, content in self._contents.items():
            for stray in strays(self._connection, content, approvals, start):
                self._find_stray(stray, f"却封存在第 {seal_id} 号封存中，不是由本程序记入")
        newest = self._contents.get(self.seals[-1].id) if self.seals else None
        pinned = newest.log if newest else (0, "")
        later = Content((newest.seal if newest else 0) + 1, "", None, "", "", log=pinned)
        for sentence in soundness.out_of_number(self._connection):
            self._find("added", sentence)
        for table in sealed.GROWING:
            since = newest.to(table) if newest else 0
            later.parts[table.name] = Part(table.name, (), since, sealed.LARGEST)
        for stray in strays(self._connection, later, approvals, start):
            self._find_stray(stray, "不是由本程序记入" + ("，或其后的封存被删除" if stray.why == "没有封存" else ""))

    def _find_stray(self, stray: Stray, said: str) -> None:
        what = row_words(self._connection, stray.table.name, stray.number)
        if stray.table is models.table_of(models.RunStep):
            step = models.RunStep
            row = self._connection.execute(select(step.run_id, step.kind).where(step.id == stray.number)).one()
            what = f"第 {row.run_id} 号运行的步骤「{STEP_NAMES.get(row.kind, row.kind)}」"
        missing = stray.why == "没有封存"
        self._find("unsealed" if missing else "added", f"{what}{stray.why}{'：' if missing else '，'}{said}")

    def coherence(self) -> None:
        """No link leads nowhere, and no fact was retired in a way that the program has not."""
        for table, number, column in consistency.broken_links(self._connection):
            what = (
                f"有一行{sealed.NAMES[table.name]}"
                if number is None
                else row_words(self._connection, table.name, number)
            )
            self._find("link", f"{what}的 {column} 所指的记录不存在")
        for table, number, why in dict.fromkeys(consistency.impossible_retirements(self._connection)):
            self._find("retired", f"{row_words(self._connection, table.name, number)}{why}，不是由本程序记入")

    # --- runs -------------------------------------------------------------------------------------------------------

    def runs(self) -> None:
        """Every run has its seal, and every approved one comes out the same from the facts as they were known to it."""
        seal_of = {seal.run_id: seal.id for seal in reversed(self.seals) if seal.kind in ("approve", "adopt")}
        as_made = {seal.run_id for seal in self.seals if seal.kind in (*links.OF_A_RUN, "approve")}
        approved = select(models.RunStep.run_id).where(models.RunStep.kind == "approve")
        with_step = set(self._connection.execute(approved).scalars())
        table = models.Run
        query = select(table.id, table.state).order_by(table.id)
        states: dict[int, str] = {row.id: row.state for row in self._connection.execute(query)}
        said = (table.approved_by, table.approved_document, table.approved_at)
        signed = select(table.id).where(table.state != "approved", or_(table.solo, *(one.is_not(None) for one in said)))
        for run_id in self._connection.execute(signed.order_by(table.id)).scalars():
            self._find("edited", f"运行第 {run_id} 号尚未审核通过，却记有审核的内容，不是由本程序记入")
        for run_id in sorted({*states, *seal_of, *with_step}):
            if (run_id in seal_of or run_id in with_step) and states.get(run_id) != "approved":
                self._find("state", f"第 {run_id} 号运行已审核通过，现在的状态却不是：运行被改动或删除")
            if run_id in states and run_id not in as_made:
                self._find("unsealed", f"第 {run_id} 号运行没有封存：不是由本程序试算，或封存被删除")
            if states.get(run_id) != "approved":
                continue
            self.run_count += 1
            if run_id not in seal_of:
                self._find("unsealed", f"第 {run_id} 号运行审核通过却没有封存：不是由本程序审核，或封存被删除")
            with self.readable("recomputed", f"第 {run_id} 号运行无法重新计算"):
                run = read_run(self._connection, run_id)
                content = self._contents.get(seal_of.get(run_id, 0))
                known = replay.known_at_approval(self._connection, run, content)
                difference = replay.difference(self._connection, run, known)
                if difference:
                    name = f"第 {run_id} 号运行（{PROGRAMMES[run.programme].name} {run.year} 年度）"
                    self._find("recomputed", f"{name}重新计算后不同：{difference}")

    # --- times ------------------------------------------------------------------------------------------------------

    def times(self) -> None:
        """No record is before what it follows, and none ahead of the clock; what was waived is a remark."""
        for found in times.impossible(self._connection):
            if found.waived:
                self.remarks.append(found.text)
            else:
                self._find("time", found.text)

    def log(self) -> None:
        """The log of who did what is as it was written, and nothing is missing but what a record of pruning covers."""
        pinned = {content.log[0]: content.log[1] for content in self._contents.values() if content.log is not None}
        for problem in log.problems(self._connection, pinned):
            self._find("log", problem)

    @property
    def sealed_since(self) -> datetime | None:
        """When a database of an earlier version was taken over: what was on file then is sealed as it stood."""
        seal = models.Seal
        query = select(seal.made_at).where(seal.kind == "upgrade").order_by(seal.id)
        return self._connection.execute(query).scalars().first()

    # --- the journal ------------------------------------------------------------------------------------------------

    def journal(self) -> None:
        """Every entry balances; what a run accrued and allotted is what its lines pay and claim; nothing is overdrawn."""
        entry, posting, run = models.JournalEntry, models.JournalPosting, models.Run
        query = select(posting.entry_id, func.sum(posting.amount_fen)).group_by(posting.entry_id)
        sums = {row[0]: int(row[1]) for row in self._connection.execute(query)}
        entries = self._connection.execute(select(entry.id).order_by(entry.id)).scalars().all()
        self.entry_count = len(entries)
        for number in entries:
            if number not in sums:
                self._find("journal", f"第 {number} 号分录没有明细")
            elif sums[number]:
                self._find("journal", f"第 {number} 号分录借贷不平，差 {money.wan_text(sums[number])} 万元")
        for number in sorted(sums.keys() - set(entries)):
            self._find("journal", f"分录明细所属的第 {number} 号分录不存在")
        approved = select(run.id).where(is_approved()).order_by(run.id)
        for run_id in self._connection.execute(approved).scalars().all():
            with self.readable("journal", f"第 {run_id} 号运行的分录无法核对"):
                self._books_of(read_run(self._connection, run_id))

    def _books_of(self, run: RunRecord) -> None:
        """Accruals, claims and allotment against what the run's lines say, and no account below zero."""
        allotted = self._connection.execute(
            select(models.RunStep.id).where(models.RunStep.run_id == run.id, models.RunStep.kind == "allot")
        ).first()
        drafts = journal.accruals(self._connection, run, run.as_of)
        drafts += journal.allotments(self._connection, run, run.as_of, "") if allotted else []
        for kind, what in (("accrual", "计提"), ("claim", "追缴"), ("allotment", "下达")):
            expected = Counter(posting for draft in drafts if draft.kind == kind for posting in draft.postings)
            booked = Counter(journal.postings_of_kind(self._connection, run.id, kind))
            if booked != expected:
                first = next(iter([*(booked - expected), *(expected - booked)]))
                entered, due = (
                    sum(one.fen * count for one, count in found.items() if one[:2] == first[:2])
                    for found in (booked, expected)
                )
                self._find(
                    "journal",
                    f"第 {run.id} 号运行的{what}与明细不符，首处：{self._posting_words(first)}，入账 "
                    f"{money.wan_text(abs(entered))} 万元，明细应为 {money.wan_text(abs(due))} 万元",
                )
        for short in standing.shortfalls(self._connection, run.id):
            self._find(
                "journal",
                f"第 {run.id} 号运行{standing.place_words(short.account, short.place)}自 {short.day} 起透支 {money.wan_text(short.fen)} 万元",
            )

    def _posting_words(self, posting: Posting) -> str:
        """An account and whose it is."""
        place = posting.place
        names = [
            str(self._connection.execute(select(column).where(model.id == number)).scalar_one_or_none() or number)
            for model, column, number in (
                (models.Bank, models.Bank.name, place.bank_id),
                (models.Enterprise, models.Enterprise.uscc, place.enterprise_id),
            )
            if number is not None
        ]
        account, item = chart.accounts()[posting.account].name, chart.item_names().get(place.item, place.item)
        return "，".join((account, place.county, item, *names))
