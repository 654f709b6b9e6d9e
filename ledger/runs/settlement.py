"""Runs: a trial settles a year and keeps everything that it used and found (what follows is in ledger.lifecycle).

A run's lines never change. Settling again gives another run; the same facts give the same lines and fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from sqlalchemy import Connection, Engine, insert, select

from ledger import __version__, models
from ledger.database import clock, db
from ledger.errors import NotFound, Refused
from ledger.facts.approved import approved_runs, is_approved
from ledger.logs import Log
from ledger.people import account
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Programme
from ledger.workdays import now, today

if TYPE_CHECKING:
    from ledger.programmes.judging import Judged

# the stages of a run, in their order (ledger.lifecycle has what leads from one to the next)
STATE_NAMES = {
    "trial": "试算", "review": "初审", "sampled": "抽查", "approved": "审核通过", "allotted": "下达",
    "disbursing": "拨付", "closed": "办结",
}  # fmt: skip
_STAGE_AFTER = {
    "sign": "review", "return": "review", "sample": "sampled", "approve": "approved", "allot": "allotted",
    "pay": "disbursing", "close": "closed",
}  # fmt: skip


@dataclass(frozen=True)
class RunRecord:
    """A run as it stands: what it settled, at which stage of its life (a key of STATE_NAMES), and its totals (fen)."""

    id: int
    programme: str
    year: int
    as_of: date
    state: str
    fingerprint: str
    law: dict[str, Any]
    summary: dict[str, Any]
    approved_by: str | None
    approved_document: str | None
    approved_at: datetime | None
    solo: bool  # approved without signatures and second person
    last_intake_id: int
    last_change_id: int
    last_paper_state_id: int

    @property
    def standing(self) -> str:
        """Trial or final, in words: what papers say, which do not change as money goes its way."""
        return STATE_NAMES["trial" if self.approved_at is None else "approved"]

    def as_dict(self) -> dict[str, Any]:
        """For --json: run, programme, year, as_of, state and the totals."""
        return {
            "run": self.id,
            "programme": self.programme,
            "year": self.year,
            "as_of": self.as_of.isoformat(),
            "state": self.state,
            "approved_by": self.approved_by,
            "approved_document": self.approved_document,
            "solo": self.solo,
            "fingerprint": self.fingerprint,
            **self.summary,
        }


_P = ParamSpec("_P")
_log = Log(__name__)


def logged(event: str) -> Callable[[Callable[_P, RunRecord]], Callable[_P, RunRecord]]:
    """Logs what a function did to a run once it is done and committed: the run, its year, stage and size, and the time."""

    def around(function: Callable[_P, RunRecord]) -> Callable[_P, RunRecord]:
        @wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> RunRecord:
            with _log.timed(event) as said:
                run = function(*args, **kwargs)
                said |= {"run": run.id, "programme": run.programme, "year": run.year, "state": run.state}
                said["as_of"] = run.as_of
                said |= {"loans": run.summary["loans"]} if "loans" in run.summary else {}
            return run

        return call

    return around


@logged("settled")
def settle(engine: Engine, programme: Programme, year: int, as_of: date | None, made_by: str) -> RunRecord:
    """A trial run of a programme's year; Refused for a year or date that the document does not know."""
    # here and not above: they load every sheet and look at columns, which reading runs needs not
    from ledger.facts import in_force
    from ledger.seals import soundness
    from ledger.seals.chain import Link
    from ledger.warnings import kept, on_file

    day = programme.settlement_day(year, as_of, today())
    with clock.changing(engine) as connection:
        soundness.require_guards(connection)
        link = Link(connection)
        with in_force.read_once(connection):  # for the lines and for the warnings
            judged = programme.judge(connection, year, day, apart=True)
            run_id = _store(connection, programme, year, day, made_by, judged)
            for table, lines in judged.lines:
                link.insert_lines(table, run_id, lines.chunks())
            warned = on_file.of_run(connection, run_id, programme.key, year, day)
            link.insert_lines(models.table_of(models.RunWarning), run_id, kept.chunks(warned))
        link.seal("settle", run_id)
        return read_run(connection, run_id)


def _store(connection: Connection, programme: Programme, year: int, as_of: date, made_by: str, judged: Judged) -> int:
    run_id = db.next_id(connection, models.table_of(models.Run))
    connection.execute(
        insert(models.Run).values(
            id=run_id, programme=programme.key, year=year, as_of=as_of, state="trial", made_at=now(), made_by=made_by, account=account(),
            code_version=__version__, fingerprint=judged.fingerprint, law=judged.law,
            last_intake_id=db.next_id(connection, models.table_of(models.Intake)) - 1,
            last_change_id=db.next_id(connection, models.table_of(models.Change)) - 1,
            last_paper_state_id=db.next_id(connection, models.table_of(models.PaperState)) - 1,
            line_count=judged.line_count, summary=judged.summary,
        )
    )  # fmt: skip
    return run_id


def read_run(connection: Connection, run_id: int) -> RunRecord:
    """A run by its number; Refused when there is none."""
    run = models.Run
    row = connection.execute(
        select(
            run.id, run.programme, run.year, run.as_of, run.state, run.fingerprint, run.law, run.summary,
            run.approved_by, run.approved_document, run.approved_at, run.solo, run.last_intake_id, run.last_change_id,
            run.last_paper_state_id,
        ).where(run.id == run_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound(f"没有第 {run_id} 号运行")
    step = models.RunStep
    kinds = connection.execute(select(step.kind).where(step.run_id == run_id).distinct()).scalars()
    stages = {row.state, *(_STAGE_AFTER[kind] for kind in kinds)}
    return RunRecord(**{**row._mapping, "state": max(stages, key=list(STATE_NAMES).index)})


def approved_run(connection: Connection, programme: str, year: int) -> RunRecord | None:
    """The approved run of a programme's year, None where there is none: there is at most one."""
    found = approved_runs(connection, programme, since=year, before=year + 1)
    return read_run(connection, found[0].id) if found else None


def choose_run(connection: Connection, programme: str, year: int, run_id: int | None = None) -> RunRecord:
    """The run to report on: the one named, else the year's approved one, else its latest trial; Refused where there is none."""
    if run_id is not None:
        found = read_run(connection, run_id)
        if (found.programme, found.year) != (programme, year):
            raise Refused(
                f"第 {run_id} 号运行是{PROGRAMMES[found.programme].name} {found.year} 年度的，不是 {year} 年度的"
                if found.programme == programme
                else f"第 {run_id} 号运行属于{PROGRAMMES[found.programme].name}，与所要的报表不符"
            )
        return found
    run = models.Run
    query = (
        select(run.id).where(run.programme == programme, run.year == year).order_by(is_approved().desc(), run.id.desc())
    )
    latest = connection.execute(query.limit(1)).scalar_one_or_none()
    if latest is None:
        PROGRAMMES[programme].settlement_day(
            year, None, today()
        )  # a year that it refuses is told so, not how to try it
        raise Refused(f"{year} 年度还没有试算", f"；请先运行 tiexi {PROGRAMMES[programme].command} {year}")
    return read_run(connection, latest)
