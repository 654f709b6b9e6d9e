"""抽查 (第十七条): lines of a run drawn so that anyone can draw them again, what was found on them, and whether that is all.

The draw: every line has a rank, the SHA-256 of (seed, bank, note number). First each county, then each bank that is not
yet there gets its best-ranked line (one that is paid something, where it has one); then paid lines follow by rank until
the drawn interest and bonus reach the share of the total. The default seed is the run's fingerprint, which nobody chooses.
"""

import hashlib
import shlex
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ledger import models, money
from ledger.counties import COUNTIES
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names, bank_names_of
from ledger.facts.of_lines import with_enterprises, with_loans, with_loans_and_enterprises
from ledger.models.base import aliased
from ledger.people import account
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import SpotCheck as SpotCheckOf
from ledger.runs.settlement import RunRecord, read_run
from ledger.runs.steps import add_step
from ledger.workdays import now

OUTCOME_NAMES = {"ok": "相符", "finding": "不符", "resolved": "已解决"}
# the draw in full, for whoever wants to draw again: the check list and the auditors' manual say the same
METHOD = (
    "每笔贷款按（种子、银行名称、借据编号）以字符 U+001F 连接后的 SHA-256（UTF-8，比较十六进制）从小到大排；有金额的在前。"
    "先按区市次序取每个区市排在最前的一笔（市外不算区市），再按银行名称取还没有抽到的银行排在最前的一笔，"
    f"其后按次序取有金额的，到抽中金额不低于补助总额乘以比例为止。区市次序：{'、'.join(COUNTIES)}；银行名称同审核明细（被承继的为原名称），按字符编码排序"
)
_SHOWN = 5  # loans named in a sentence


@dataclass(frozen=True)
class Candidate:
    """A line that may be drawn: its number, where, which loan, and what it is paid (interest and bonus, fen)."""

    line_no: int
    county: str
    bank: str
    note_no: str
    fen: int


@dataclass(frozen=True)
class Drawn:
    """A line drawn, and for what: its county, its bank, or the share."""

    line_no: int
    drawn_for: str


@dataclass(frozen=True)
class Drawing:
    """One drawing on record."""

    id: int
    run_id: int
    share_e4: int
    seed: str
    total_fen: int
    drawn_fen: int
    drawn_by: str
    drawn_at: datetime
    lines: Sequence[Drawn]


@dataclass(frozen=True)
class Result:
    """What was found on a line, as last entered."""

    line_no: int
    outcome: str
    remark: str | None
    made_by: str
    account: str
    made_at: datetime


def draw(candidates: Sequence[Candidate], share_e4: int, seed: str) -> list[Drawn]:
    """The lines drawn, in the order drawn; the order of the candidates does not matter."""

    def rank(one: Candidate) -> bytes:
        return hashlib.sha256("\x1f".join((seed, one.bank, one.note_no)).encode()).digest()

    ranked = sorted(candidates, key=lambda one: (one.fen == 0, rank(one), one.bank, one.note_no))
    drawn: dict[int, Drawn] = {}
    chosen: list[Candidate] = []

    def take(one: Candidate, why: str) -> None:
        drawn[one.line_no] = Drawn(one.line_no, why)
        chosen.append(one)

    for county in COUNTIES:
        for one in [each for each in ranked if each.county == county][:1]:
            take(one, "county")
    for bank in sorted({one.bank for one in ranked}):
        if not any(one.bank == bank for one in chosen):
            take(next(one for one in ranked if one.bank == bank), "bank")
    total, so_far = sum(one.fen for one in ranked), sum(one.fen for one in chosen)
    for one in ranked:
        if so_far * money.E4_PER_ONE >= total * share_e4:
            break
        if one.line_no not in drawn and one.fen:
            take(one, "share")
            so_far += one.fen
    return list(drawn.values())


def sample(engine: Engine, run_id: int, share_e4: int, seed: str | None, drawn_by: str) -> tuple[Drawing, bool]:
    """Draws lines of a trial run and puts the drawing on record; the same share and seed again give the same drawing.

    Gives the drawing and whether it is new. Refused for an approved run, a run of another document, a run without lines.
    """
    from ledger.seals.chain import Link  # here and not above: it loads every sheet, and who asks for results needs none

    with clock.changing(engine) as connection:
        link = Link(connection, light=True)
        run = read_run(connection, run_id)
        if PROGRAMMES[run.programme].spot_check is None:
            checked = "、".join(
                f"{programme.name}（{programme.document.number} {programme.spot_check.article}）"
                for programme in PROGRAMMES.values()
                if programme.spot_check is not None
            )
            raise Refused(f"第 {run_id} 号运行由市级集中逐笔审核，不抽查；抽查用于{checked}")
        seed = seed or run.fingerprint
        for drawing in drawings(connection, run_id):
            if (drawing.share_e4, drawing.seed) == (share_e4, seed):
                return drawing, False
        if run.approved_at is not None:
            raise Refused(f"第 {run_id} 号运行已审核通过，不能再抽查")
        candidates = _candidates(connection, run_id)
        if not candidates:
            raise Refused(f"第 {run_id} 号运行没有贷款，无可抽查")
        lines = draw(candidates, share_e4, seed)
        _store(connection, run_id, share_e4, seed, drawn_by, candidates, lines)
        link.seal("sample", run_id)
        return drawings(connection, run_id)[-1], True


def _checked(connection: Connection, run_id: int) -> SpotCheckOf:
    """How the lines of a run are spot-checked, as its programme says."""
    run = models.Run
    programme = connection.execute(select(run.programme).where(run.id == run_id)).scalar_one()
    found = PROGRAMMES[programme].spot_check
    assert found is not None, programme
    return found


def _candidates(connection: Connection, run_id: int) -> list[Candidate]:
    """The lines of a run, each with its bank as the run's CSV calls it, so that who draws again finds the same names."""
    checked = _checked(connection, run_id)
    line: Any = checked.line
    company, loan = models.EnterpriseFact, models.Loan
    called = bank_names_of(connection, read_run(connection, run_id)).all_in_force()
    query = select(line.line_no, company.county, loan.bank_id, loan.note_no, checked.paid(line))
    rows = connection.execute(with_loans_and_enterprises(query, line).where(line.run_id == run_id))
    return [Candidate(line_no, county, called[bank], note, fen) for line_no, county, bank, note, fen in rows]


def _store(
    connection: Connection, run_id: int, share_e4: int, seed: str, drawn_by: str, candidates: Sequence[Candidate],
    lines: Sequence[Drawn],
) -> None:  # fmt: skip
    amounts = {one.line_no: one.fen for one in candidates}
    check_id = db.next_id(connection, models.table_of(models.SpotCheck))
    connection.execute(
        insert(models.SpotCheck).values(
            id=check_id, run_id=run_id, share_e4=share_e4, seed=seed, total_fen=sum(amounts.values()),
            drawn_fen=sum(amounts[one.line_no] for one in lines), drawn_by=drawn_by, drawn_at=now(),
        )
    )  # fmt: skip
    count = len(lines)
    columns: dict[str, Sequence[Any]] = {
        "check_id": [check_id] * count, "order_no": list(range(1, count + 1)), "run_id": [run_id] * count,
        "line_no": [one.line_no for one in lines], "drawn_for": [one.drawn_for for one in lines],
    }  # fmt: skip
    db.insert_columns(connection, models.table_of(models.SpotCheckLine), columns)
    figures = {"share_e4": share_e4, "seed": seed, "lines": count}
    add_step(connection, run_id, "sample", drawn_by, figures=figures)


def drawings(connection: Connection, run_id: int) -> list[Drawing]:
    """The drawings of a run, oldest first."""
    check, line = models.SpotCheck, models.SpotCheckLine
    found = []
    query = select(
        check.id, check.run_id, check.share_e4, check.seed, check.total_fen, check.drawn_fen, check.drawn_by,
        check.drawn_at,
    ).where(check.run_id == run_id)  # fmt: skip
    for row in connection.execute(query.order_by(check.id)).all():
        of_one = select(line.line_no, line.drawn_for).where(line.check_id == row.id)
        lines = connection.execute(of_one.order_by(line.order_no))
        found.append(Drawing(*row, [Drawn(*one) for one in lines]))
    return found


def entered(connection: Connection, run_id: int) -> list[Result]:
    """Everything that was entered on the checked lines of a run, oldest first."""
    result = models.SpotCheckResult
    query = select(result.line_no, result.outcome, result.remark, result.made_by, result.account, result.made_at)
    return [Result(*row) for row in connection.execute(query.where(result.run_id == run_id).order_by(result.id))]


def results(connection: Connection, run_id: int) -> dict[int, Result]:
    """What was last entered for each checked line of a run, by line number."""
    return {one.line_no: one for one in entered(connection, run_id)}


@dataclass(frozen=True)
class Entry:
    """A result to be entered: of which loan, what was found, a remark, and where it stands in a file (in words)."""

    bank: str
    note_no: str
    outcome: str  # one of OUTCOME_NAMES
    remark: str | None
    place: str = ""
    enterprise: str | None = None  # its name as the list has it, where there is one: it has to be the loan's


def enter(engine: Engine, run_id: int, entries: Sequence[Entry], made_by: str) -> int:
    """Enters results, all or none, and gives how many were new; what is on record already changes nothing.

    Refused for a loan that was not drawn or is another enterprise's, a finding without a remark, and one that is passed
    over: a finding is lifted by 已解决 with the reason, not by 相符, and what was found and resolved stays so.
    """
    with clock.changing(engine) as connection:
        return enter_within(connection, run_id, entries, made_by)


def enter_within(connection: Connection, run_id: int, entries: Sequence[Entry], made_by: str) -> int:
    """`enter` within the caller's write transaction."""
    from ledger.seals.chain import Link  # here and not above, as with drawing

    link = Link(connection, light=True)
    run = read_run(connection, run_id)
    if run.approved_at is not None:
        raise Refused(f"第 {run_id} 号运行已审核通过，抽查结果不能再改")
    drawn = {one.line_no for drawing in drawings(connection, run_id) for one in drawing.lines}
    if not drawn:
        raise Refused(f"第 {run_id} 号运行还没有抽查", f"；请先运行 tiexi sample {run_id}")
    lines = {(one.bank, one.note_no): one.line_no for one in _candidates(connection, run_id)}
    called = bank_names_of(connection, run).all_in_force()
    meant = bank_names(connection).ids()
    known, enterprises = results(connection, run_id), _enterprises(connection, run_id, drawn)
    new: list[Result] = []
    for entry in entries:
        line_no = lines.get((called.get(meant.get(entry.bank, 0), entry.bank), entry.note_no))
        if line_no is None or line_no not in drawn:
            raise Refused(
                f"{entry.place}{entry.bank} 借据 {entry.note_no} 不在第 {run_id} 号运行的抽查清单中；应为清单所列的贷款"
            )
        if entry.enterprise is not None and entry.enterprise not in enterprises[line_no]:
            raise Refused(
                f"{entry.place}{entry.bank} 借据 {entry.note_no} 的企业为「{enterprises[line_no][-1]}」，"
                f"清单上是「{entry.enterprise}」；请核对借据编号"
            )
        before = known.get(line_no)
        if before and (before.outcome, before.remark) == (entry.outcome, entry.remark):
            continue
        _judge(entry, before)
        known[line_no] = Result(line_no, entry.outcome, entry.remark, made_by, account(), now())
        new.append(known[line_no])
    if new:
        _store_results(connection, run_id, new)
        link.seal("check", run_id)
    return len(new)


def _store_results(connection: Connection, run_id: int, new: Sequence[Result]) -> None:
    table = models.table_of(models.SpotCheckResult)
    first, made_at = db.next_id(connection, table), now()
    rows = [
        {
            "id": number, "run_id": run_id, "line_no": one.line_no, "outcome": one.outcome, "remark": one.remark,
            "made_by": one.made_by, "account": one.account, "made_at": made_at,
        }
        for number, one in enumerate(new, start=first)
    ]  # fmt: skip
    connection.execute(insert(table), rows)


def _judge(entry: Entry, before: Result | None) -> None:
    """Refused where a result does not follow from the one before."""
    open_finding = before is not None and before.outcome == "finding"
    what = f"{entry.place}{entry.bank} 借据 {entry.note_no}"
    if entry.outcome != "ok" and not entry.remark:
        raise Refused(f"{what} 的结果为「{OUTCOME_NAMES[entry.outcome]}」，须填写说明")
    if entry.outcome == "ok" and open_finding:
        raise Refused(f"{what} 已记为「不符」，须以「已解决」并说明如何解决，不能改记「相符」")
    if entry.outcome == "ok" and before is not None and before.outcome == "resolved":
        raise Refused(f"{what} 已由「不符」记为「已解决」（{before.remark}），不能改记「相符」；该行的核查结果请留空")
    if entry.outcome == "resolved" and not open_finding:
        raise Refused(f"{what} 没有待解决的「不符」，不能记为「已解决」")


def require_passed(connection: Connection, run: RunRecord, required: bool, without: str | None) -> str | None:
    """Refused while a spot check of the run's year stands in the way of its approval, or none was drawn though required.

    without: why none was drawn; given back where it is the reason that counts, None where one was drawn or none is needed.

    Every drawn line of the run needs a result; a finding on any run of the year stays open until it is resolved; and
    when an earlier run of the year was checked, a new one does not get by without.
    """
    drawn = {one.line_no for drawing in drawings(connection, run.id) for one in drawing.lines}
    found = results(connection, run.id)
    missing = sorted(drawn - found.keys())
    if missing:
        names = loan_names(connection, run.id, missing[:_SHOWN])
        shown = "、".join(" ".join(names[line_no]) for line_no in missing[:_SHOWN])
        shown += " 等" if len(missing) > _SHOWN else ""
        raise Refused(
            f"第 {run.id} 号运行的抽查还有 {len(missing)} 笔没有结果：{shown}；填好抽查清单后录入",
            f"：tiexi check {run.id} 抽查清单.xlsx --by 姓名",
        )
    others = _runs_of_year(connection, run)
    for run_id in others:
        open_lines = [one for one in results(connection, run_id).values() if one.outcome == "finding"]
        if open_lines:
            names = loan_names(connection, run_id, [one.line_no for one in open_lines[:_SHOWN]])
            shown = "；".join(f"{' '.join(names[one.line_no])}（{one.remark}）" for one in open_lines[:_SHOWN])
            shown += " 等" if len(open_lines) > _SHOWN else ""
            bank, note_no = map(_as_typed, names[open_lines[0].line_no])
            raise Refused(
                f"{run.year} 年度的抽查还有 {len(open_lines)} 笔不符没有解决（第 {run_id} 号运行）：{shown}；解决后逐笔录入",
                f"，如 tiexi check {run_id} --bank {bank} --note {note_no} --result 已解决 --remark 如何解决 --by 姓名",
            )
    checked = [run_id for run_id in others if run_id != run.id and drawings(connection, run_id)]
    asked = PROGRAMMES[run.programme].spot_check
    count = select(models.Run.line_count).where(models.Run.id == run.id)
    if drawn or asked is None or not connection.execute(count).scalar_one():
        return None
    if checked:
        raise Refused(
            f"{run.year} 年度的第 {checked[-1]} 号运行已抽查过，重新试算的第 {run.id} 号运行也须抽查",
            f"：tiexi sample {run.id}",
        )
    if without:
        return without
    if required:
        how = f"：请运行 tiexi sample {run.id} --share 10%，录入结果后再审核；不抽查的，以 --without-check 说明原因，将如实记录"
        raise Refused(f"第 {run.id} 号运行还没有抽查（{asked.article}）", how)
    return None


def loan_names(connection: Connection, run_id: int, line_nos: Collection[int]) -> dict[int, tuple[str, str]]:
    """Bank, as papers call it, and note number of some lines of a run."""
    if not line_nos:
        return {}
    found: dict[int, tuple[str, str]] = {}
    line: Any = _checked(connection, run_id).line
    printed = bank_names_of(connection, read_run(connection, run_id)).all_printed()
    for part in db.in_chunks(sorted(line_nos)):
        query = with_loans(select(line.line_no, models.Loan.bank_id, models.Loan.note_no), line)
        rows = connection.execute(query.where(line.run_id == run_id, line.line_no.in_(part)))
        found.update((line_no, (printed[bank], note_no)) for line_no, bank, note_no in rows)
    return found


def _enterprises(connection: Connection, run_id: int, line_nos: Collection[int]) -> dict[int, list[str]]:
    """Every name that the enterprise of some lines has had, the newest last."""
    line: Any = _checked(connection, run_id).line
    used, fact = models.EnterpriseFact, aliased(models.EnterpriseFact)
    found: dict[int, list[str]] = defaultdict(list)
    for part in db.in_chunks(sorted(line_nos)):
        query = (
            with_enterprises(select(line.line_no, fact.name), line)
            .join_from(used, fact, fact.enterprise_id == used.enterprise_id)
            .where(line.run_id == run_id, line.line_no.in_(part))
        )
        for row in connection.execute(query.order_by(fact.id)):
            found[row[0]].append(row[1])
    return found


def _as_typed(word: str) -> str:
    """A name as it has to be typed on a command line: quoted where it holds what a shell would read otherwise."""
    return word if all(one.isalnum() or one in "-_./（）〔〕·" for one in word) else shlex.quote(word)


def _runs_of_year(connection: Connection, run: RunRecord) -> list[int]:
    table = models.Run
    query = select(table.id).where(table.programme == run.programme, table.year == run.year)
    return list(connection.execute(query.order_by(table.id)).scalars())
