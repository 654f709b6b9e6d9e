"""Runs: a trial settles a year and keeps everything that it used and found; an approval makes one of them final.

A run's lines never change. Settling again gives another run; the same facts give the same lines and fingerprint.
"""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from ledger import db, models
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Judged, Programme
from ledger.refusal import Refused
from ledger.workdays import now, today

STATE_NAMES = {"trial": "试算", "approved": "审核通过"}


@dataclass(frozen=True)
class RunRecord:
    """A run as it stands: what it settled, in which state, and its totals (fen)."""

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

    def as_dict(self) -> dict[str, Any]:
        """For --json: run, programme, year, as_of, state and the totals."""
        return {
            "run": self.id,
            "programme": self.programme,
            "year": self.year,
            "as_of": self.as_of.isoformat(),
            "state": self.state,
            "fingerprint": self.fingerprint,
            **self.summary,
        }


def settle(engine: Engine, programme: Programme, year: int, as_of: date | None, made_by: str) -> RunRecord:
    """A trial run of a programme's year; Refused for a year or date that the document does not know."""
    day = programme.settlement_day(year, as_of, today())
    with db.writing(engine) as connection:
        judged = programme.judge(connection, year, day)
        run_id = _store(connection, programme, year, day, made_by, judged)
        return read_run(connection, run_id)


def _store(connection: Connection, programme: Programme, year: int, as_of: date, made_by: str, judged: Judged) -> int:
    run_id = db.next_id(connection, models.table_of(models.Run))
    connection.execute(
        insert(models.Run).values(
            id=run_id, programme=programme.key, year=year, as_of=as_of, state="trial", made_at=now(), made_by=made_by,
            code_version=version("tiexi"), fingerprint=judged.fingerprint, law=judged.law,
            last_intake_id=db.next_id(connection, models.table_of(models.Intake)) - 1,
            last_change_id=db.next_id(connection, models.table_of(models.Change)) - 1,
            line_count=judged.line_count, summary=judged.summary,
        )
    )  # fmt: skip
    for table, columns in judged.lines:
        if count := len(next(iter(columns.values()))):
            db.insert_columns(connection, table, {"run_id": [run_id] * count, **columns})
    return run_id


def approve(engine: Engine, run_id: int, approved_by: str, document_no: str) -> RunRecord:
    """Makes a run final.

    Refused when it is not there or approved already, when another run of the year or one of a later year is
    approved, or when facts that it used have changed since.
    """
    with db.writing(engine) as connection:
        run = read_run(connection, run_id)
        programme = PROGRAMMES[run.programme]
        if run.state == "approved":
            raise Refused(f"第 {run_id} 号运行已由 {run.approved_by} 审核通过（{run.approved_document}），无需再次审核")
        for other in _approved(connection, run.programme, run.year):
            if other.year == run.year:
                raise Refused(
                    f"{run.year} 年度已有审核通过的第 {other.id} 号运行（{other.approved_document}）；每个年度只能通过一次"
                )
            raise Refused(f"{other.year} 年度已审核通过（第 {other.id} 号运行），不能再审核更早的 {run.year} 年度")
        try:
            fingerprint = programme.judge(connection, run.year, run.as_of).fingerprint
        except Refused as refusal:
            raise Refused(f"试算后数据有变动，第 {run_id} 号运行不能审核：{refusal}") from refusal
        if fingerprint != run.fingerprint:
            raise Refused(
                f"试算后数据有变动，第 {run_id} 号运行不能审核；请重新运行 tiexi {programme.command} {run.year} 试算，核对后审核新的运行"
            )
        connection.execute(
            update(models.Run)
            .where(models.Run.id == run_id)
            .values(state="approved", approved_by=approved_by, approved_document=document_no, approved_at=now())
        )
        return read_run(connection, run_id)


def _approved(connection: Connection, programme: str, since: int) -> list[Row[Any]]:
    """The approved runs of a programme for a year or later, the year itself first."""
    run = models.Run
    query = select(run.id, run.year, run.approved_document).where(
        run.programme == programme, run.state == "approved", run.year >= since
    )
    return list(connection.execute(query.order_by(run.year)))


def read_run(connection: Connection, run_id: int) -> RunRecord:
    """A run by its number; Refused when there is none."""
    run = models.Run
    row = connection.execute(
        select(
            run.id, run.programme, run.year, run.as_of, run.state, run.fingerprint, run.law, run.summary,
            run.approved_by, run.approved_document,
        ).where(run.id == run_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise Refused(f"没有第 {run_id} 号运行")
    return RunRecord(*row)


def choose_run(connection: Connection, programme: str, year: int, run_id: int | None = None) -> RunRecord:
    """The run to report on: the one named, else the year's approved one, else its latest trial."""
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
        select(run.id)
        .where(run.programme == programme, run.year == year)
        .order_by((run.state == "approved").desc(), run.id.desc())
    )
    latest = connection.execute(query.limit(1)).scalar_one_or_none()
    if latest is None:
        raise Refused(f"{year} 年度还没有试算；请先运行 tiexi {PROGRAMMES[programme].command} {year}")
    return read_run(connection, latest)
