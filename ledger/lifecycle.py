"""The life of a run: 试算, 初审 (each county signs or returns), 抽查, 审核通过, 下达, 拨付, 办结.

Each step is a row of its own (who, when, under which document, with which figures then) and is never changed; a run's
stage follows from its steps. Articles: 第十七条 (initial review by the counties, spot check by the city), 第九条 (the
treasury decides), 第十九条 (money goes down).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from ledger import models, money, spotcheck
from ledger.books import journal, standing
from ledger.counties import COUNTIES
from ledger.database import clock
from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.people import BUNDLED, acting, same_person
from ledger.programmes import PROGRAMMES
from ledger.runs import objections
from ledger.runs.settlement import RunRecord, logged, read_run
from ledger.runs.steps import add_step, steps
from ledger.workdays import now, today

SIGNED, RETURNED, MISSING = "signed", "returned", "missing"


@dataclass(frozen=True)
class Signature:
    """What a county says of its part of a run; who, when and under which document where it has said something."""

    county: str
    state: str  # SIGNED, RETURNED or MISSING
    made_by: str | None = None
    made_at: datetime | None = None
    document_no: str | None = None
    reason: str | None = None


# --- reading ----------------------------------------------------------------------------------------------------------


def signatures(connection: Connection, run: RunRecord) -> list[Signature]:
    """For every county with lines or claims in the run, in the counties' order, what it said last.

    Empty for a programme whose document knows no review by the counties.
    """
    programme = PROGRAMMES[run.programme]
    if not programme.signed_by:
        return []
    said = {
        step.county: Signature(
            step.county,
            SIGNED if step.kind == "sign" else RETURNED,
            step.made_by,
            step.made_at,
            step.document_no,
            step.reason,
        )
        for step in steps(connection, run.id)
        if step.county is not None
    }
    return [said.get(county, Signature(county, MISSING)) for county in counties(run)]


def counties(run: RunRecord) -> list[str]:
    """The counties that have lines or claims in a run, in their order."""
    found = {part["county"] for part in run.summary["counties"]}
    found |= {part["county"] for part in run.summary.get("claims", {}).get("counties", [])}
    return [county for county in COUNTIES if county in found]


# --- the counties and the spot check ----------------------------------------------------------------------------------


@logged("signed")
def sign(engine: Engine, run_id: int, county: str, made_by: str, document_no: str) -> RunRecord:
    """第十七条: a county signs its part of a trial run. Refused once approved, or when the run's facts have changed."""
    return _county_step(engine, run_id, county, made_by, kind="sign", document_no=document_no)


@logged("returned")
def return_(engine: Engine, run_id: int, county: str, made_by: str, reason: str) -> RunRecord:
    """第十七条: a county returns its part of a trial run with a reason; a later signature of the county lifts it."""
    return _county_step(engine, run_id, county, made_by, kind="return", reason=reason)


def _county_step(engine: Engine, run_id: int, county: str, made_by: str, kind: str, **words: str) -> RunRecord:
    # here and not above: it loads every sheet and document, and who asks where a run stands needs none
    from ledger.seals.chain import Link

    with clock.changing(engine) as connection:
        link = Link(connection, light=True)
        run = read_run(connection, run_id)
        programme = PROGRAMMES[run.programme]
        if not programme.signed_by:
            raise Refused(f"{programme.name}由市级集中审核，没有区市初审（{programme.document.number}）")
        if run.approved_at is not None:
            raise Refused(f"第 {run_id} 号运行已审核通过，区市初审不能再改")
        for other in approved_runs(connection, run.programme, since=run.year):
            if other.year == run.year:
                raise Refused(f"{run.year} 年度已有审核通过的第 {other.id} 号运行，第 {run_id} 号运行无需初审")
        if county not in counties(run):
            shown = "、".join(counties(run)) or "（无）"
            raise Refused(f"第 {run_id} 号运行中没有{county}的贷款或追缴，无需初审；有的区市为：{shown}")
        said = next(one for one in signatures(connection, run) if one.county == county)
        if kind == "sign":
            if said.state == SIGNED:
                raise Refused(
                    f"{county}已由 {said.made_by} 初审签署第 {run_id} 号运行（{said.document_no}），无需再签",
                    f"；要收回的，请先运行 tiexi return {run_id} --county {county}",
                )
            require_current(connection, run)
        elif (said.state, said.made_by, said.reason) == (RETURNED, made_by, words["reason"]):
            raise Refused(f"{county}已由 {said.made_by} 退回第 {run_id} 号运行（{said.reason}），无需再退")
        figures = next((part for part in run.summary["counties"] if part["county"] == county), {"county": county})
        add_step(connection, run_id, kind, made_by, county=county, figures=dict(figures), **words)
        link.seal(kind, run_id)
        return read_run(connection, run_id)


def require_current(connection: Connection, run: RunRecord) -> None:
    """Refused when the facts that a run used have changed since, or what is stored of it is not what they give.

    Judging the same year as of the same date must give the same fingerprint, and the very lines, claims and totals on file:
    those are what is signed, booked and printed.
    """
    from ledger.audit import replay  # here and not above, as with links

    programme = PROGRAMMES[run.programme]
    try:
        judged = programme.judge(connection, run.year, run.as_of, apart=True)
    except Refused as refusal:
        raise Refused(f"试算后数据有变动，第 {run.id} 号运行不能用：{refusal.sentence}", refusal.hint) from refusal
    if judged.fingerprint != run.fingerprint:
        raise Refused(
            f"试算后数据有变动，第 {run.id} 号运行不能用，请重新试算，核对新的运行再办",
            f"（tiexi {programme.command} {run.year}）",
        )
    if different := replay.difference_from(connection, run, judged):
        raise Refused(
            f"第 {run.id} 号运行在数据库中被改动过，不能用：{different}；请查明后重新试算",
            f"（tiexi {programme.command} {run.year}）",
        )


# --- approval ---------------------------------------------------------------------------------------------------------


@logged("approved")
def approve(
    engine: Engine,
    run_id: int,
    approved_by: str,
    document_no: str,
    on: date | None = None,
    solo: bool = False,
    without_check: str | None = None,
) -> RunRecord:
    """Makes a run final, accrues what it owes and claims, and seals it.

    on: the day of the approval in the books, today by default. solo: one person tries the program out; neither
    signatures nor a second person nor a spot check are asked for, and the run says so. without_check: why no spot check
    was drawn (第十七条 asks for one), which is kept with the approval. Refused when the run is not there or approved
    already, when another run of the year or one of a later year is approved, when facts that it used have changed since,
    when a county has not signed, when a spot check has open findings, or when the approver entered or signed.
    """
    from ledger.seals import named  # here and not above, as with links
    from ledger.seals.chain import Link

    with clock.changing(engine) as connection:
        link = Link(connection)
        run = read_run(connection, run_id)
        day = _day(on, run.as_of, "审核日")
        if run.approved_at is not None:
            raise Refused(f"第 {run_id} 号运行已由 {run.approved_by} 审核通过（{run.approved_document}），无需再次审核")
        for other in approved_runs(connection, run.programme, since=run.year):
            if other.year == run.year:
                raise Refused(
                    f"{run.year} 年度已有审核通过的第 {other.id} 号运行（{other.approved_document}）；每个年度只能通过一次"
                )
            raise Refused(f"{other.year} 年度已审核通过（第 {other.id} 号运行），不能再审核更早的 {run.year} 年度")
        require_current(connection, run)
        if not solo:
            _require_signatures(signatures(connection, run), run_id)
            _require_second_person(connection, run, approved_by)
        unchecked = spotcheck.require_passed(connection, run, not solo, without_check)
        for problem in named.changed(connection, run_id):
            raise Refused(f"{problem}，第 {run_id} 号运行不能审核", "；请先运行 tiexi audit 查明")
        connection.execute(
            update(models.Run)
            .where(models.Run.id == run_id)
            .values(
                state="approved", approved_by=approved_by, approved_document=document_no, approved_at=now(), solo=solo
            )
        )
        totals = {name: value for name, value in run.summary.items() if isinstance(value, int)}
        add_step(
            connection,
            run_id,
            "approve",
            approved_by,
            document_no=document_no,
            reason=f"未经抽查：{unchecked}" if unchecked else None,
            figures={"on": day.isoformat(), **totals, "solo": solo},
        )
        done = read_run(connection, run_id)
        journal.accrue(connection, done, day, approved_by)
        link.seal("approve", run_id)
        return read_run(connection, run_id)


def _day(on: date | None, earliest: date, what: str, since: str = "截止日") -> date:
    """The day of a step: today by default; Refused before the earliest day (what that is, in words) and in the future."""
    day = on or today()
    if not earliest <= day <= today():
        raise Refused(f"{what} {day} 应在{since} {earliest} 与今天（{today()}）之间")
    return day


def _require_signatures(found: Sequence[Signature], run_id: int) -> None:
    missing = [signature.county for signature in found if signature.state == MISSING]
    returned = [f"{one.county}（{one.made_by}：{one.reason}）" for one in found if one.state == RETURNED]
    problems = [f"尚未初审签署：{'、'.join(missing)}"] if missing else []
    problems += [f"已退回：{'、'.join(returned)}"] if returned else []
    if problems:
        raise Refused(
            f"第 {run_id} 号运行不能审核，{'；'.join(problems)}（第十七条）",
            f"；请各区市核对后运行 tiexi sign {run_id} --county 区市 --by 姓名 --document 文号",
        )


def _require_second_person(connection: Connection, run: RunRecord, approved_by: str) -> None:
    """Who entered facts on file or results of a spot check, made the run or signed for a county does not approve it."""
    for name, what in _hands(connection, run):
        if same_person(name, approved_by):
            raise Refused(f"{approved_by} 已{what}，不能再审核第 {run.id} 号运行；录入、初审与审核须为不同的人")


def _hands(connection: Connection, run: RunRecord) -> list[tuple[str, str]]:
    """Everybody whose hand is in a run, with what they did."""
    intake, change, made = models.Intake, models.Change, models.Run
    payments = select(models.JournalEntry.intake_id).where(models.JournalEntry.intake_id.is_not(None))
    uploaders = select(intake.uploader).where(
        intake.id <= run.last_intake_id, intake.uploader != BUNDLED, intake.id.not_in(payments)
    )
    found = [(name, "报送过数据") for name in connection.execute(uploaders.distinct()).scalars()]
    found += [
        (name, "更正或撤回过数据")
        for name in connection.execute(
            select(change.made_by).where(change.id <= run.last_change_id).distinct()
        ).scalars()
    ]
    found += [
        (name, f"经办第 {run.id} 号运行的试算")
        for name in connection.execute(select(made.made_by).where(made.id == run.id)).scalars()
    ]
    found += [(step.made_by, f"代表{step.county}初审") for step in steps(connection, run.id) if step.county]
    return found + [(result.made_by, "录入抽查结果") for result in spotcheck.entered(connection, run.id)]


# --- after approval ---------------------------------------------------------------------------------------------------


@logged("allotted")
def allot(
    engine: Engine,
    run_id: int,
    made_by: str,
    document_no: str | None,
    on: date | None = None,
    despite: str | None = None,
) -> RunRecord:
    """第九条, 第十九条: the treasury allots the money of an approved run (下达). Refused before approval and a second time, and
    while an objection of its year by one of its enterprises is open, unless a reason is given (despite), which is kept.
    document_no: what it rests on; None: the document of the approval."""
    from ledger.seals.chain import Link  # here and not above, as with the counties

    with clock.changing(engine) as connection:
        link = Link(connection)
        run = read_run(connection, run_id)
        _require_stage(run, ("approved",), "下达")
        document_no = document_no or _approval_of(run)
        if acting.get() and run.approved_by is not None and same_person(run.approved_by, made_by):
            raise Refused(
                f"第 {run_id} 号运行由 {run.approved_by} 审核通过，{made_by} 不能再下达；审核与下达须为不同的人"
            )
        day = _day(on, journal.approved_on(connection, run), "下达日", "审核日")
        figures = {"on": day.isoformat(), **_despite(connection, run, despite)}
        add_step(connection, run_id, "allot", made_by, document_no=document_no, figures=figures)
        journal.allot(connection, run, day, document_no, made_by)
        link.seal("allot", run_id)
        return read_run(connection, run_id)


def _despite(connection: Connection, run: RunRecord, reason: str | None) -> dict[str, Any]:
    """What is kept of an allotment while objections are open: the reason, and how many. Refused without a reason."""
    still_open = objections.open_objections(connection, run)
    if not still_open:
        return {}
    if not reason:
        listed = "；".join(one.line() for one in still_open)
        raise Refused(
            f"第 {run.id} 号运行有 {len(still_open)} 件异议尚未处理，不能下达：{listed}。处理后在「异议」表填写处理结果",
            "，以 --amend 导入；确须先行下达的，加 --despite 原因",
        )
    return {"despite": reason, "open_objections": len(still_open)}


@logged("closed")
def close(engine: Engine, run_id: int, made_by: str, document_no: str | None) -> RunRecord:
    """办结: every fen of the run has reached whom it was for. Refused while any is owed; open claims stay open.

    document_no: as in `allot`."""
    from ledger.seals.chain import Link  # here and not above, as with the counties

    with clock.changing(engine) as connection:
        link = Link(connection)
        run = read_run(connection, run_id)
        _require_stage(run, ("allotted", "disbursing"), "办结")
        document_no = document_no or _approval_of(run)
        owed = -standing.total(connection, run_id, ("payable",))
        if owed:
            raise Refused(
                f"第 {run_id} 号运行还有 {money.wan_text(owed)} 万元没有到达银行或企业，不能办结",
                f"；运行 tiexi balance {run.year}{PROGRAMMES[run.programme].option} 查看滞留在何处",
            )
        figures = {"claims_open_fen": standing.total(connection, run_id, ("claim_receivable",))}
        add_step(connection, run_id, "close", made_by, document_no=document_no, figures=figures)
        link.seal("close", run_id)
        return read_run(connection, run_id)


def _approval_of(run: RunRecord) -> str:
    """The number of the document by which a run was approved."""
    assert run.approved_document is not None
    return run.approved_document


_WANTED = {
    "trial": "尚未审核通过", "review": "尚未审核通过", "sampled": "尚未审核通过", "approved": "尚未下达",
    "allotted": "已经下达", "disbursing": "正在拨付", "closed": "已经办结",
}  # fmt: skip


def _require_stage(run: RunRecord, stages: Sequence[str], what: str) -> None:
    if run.state not in stages:
        raise Refused(f"第 {run.id} 号运行{_WANTED[run.state]}，不能{what}")
