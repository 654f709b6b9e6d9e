"""Runs one job for one day, once: the claim, the record, the notices.

Whoever runs a job holds its name (ledger.database.locks) for as long as that takes, and has a row in job_runs. The hold ends with
the process however it ends, so a row that is still "running" when its job's name is to be had is of a worker that is dead,
and the next one takes over at once; no clock is asked. At most one row per job is "running" and at most one per job and
day is "done": the database itself refuses a second. A worker that lost its hold with its connection, and was taken over,
finds its row gone before it says anything. Every step is a short transaction of its own, so the job itself may take as
long as it needs.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from jobs.job import Context, Job, Outcome
from jobs.notices import Channel, FileNotices, LogNotices, SmtpNotices
from ledger import models
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed, Refused
from ledger.logs import Log
from ledger.settings import Settings
from ledger.workdays import now, today

PATIENCE_SECONDS = 2  # with a hold that is about to end: that of a process just killed, or of a look whether it is held
_PREPARING_SECONDS = 90  # with one who holds and has no row yet: it may wait for the write lock
DONE, ALREADY, BUSY, REFUSED, FAILED = "done", "already", "busy", "refused", "failed"
_MAILED = "mailed"  # in the figures: the digests of the messages that went out
_log = Log(__name__)
_run = models.JobRun


@dataclass(frozen=True)
class Record:
    """One run on record."""

    id: int
    name: str
    day: date
    result: str
    started_at: datetime
    ended_at: datetime | None
    worker: str
    figures: Mapping[str, Any]
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "run": self.id,
            "day": self.day.isoformat(),
            "result": self.result,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "figures": {key: len(value) if isinstance(value, list) else value for key, value in self.figures.items()},
            "error": self.error,
        }


@dataclass(frozen=True)
class Ran:
    """What became of the wish to run a job: DONE, ALREADY (done before), BUSY, REFUSED or FAILED, and the record."""

    outcome: str
    record: Record


class _Lost(EnvironmentFailed):
    """The hold was lost with the connection and another worker took over."""


# --- reading ----------------------------------------------------------------------------------------------------------


def _records(connection: Connection, *conditions: Any) -> list[Record]:
    """Runs, the latest first."""
    query: Select[*tuple[Any, ...]] = select(
        _run.id, _run.name, _run.day, _run.result, _run.started_at, _run.ended_at, _run.worker, _run.figures,
        _run.error,
    ).where(*conditions).order_by(_run.id.desc())  # fmt: skip
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> Record:
    return Record(**{**row._mapping, "figures": row.figures or {}})


def last_record(connection: Connection, name: str) -> Record | None:
    """The latest run of a job, whatever became of it."""
    return next(iter(_records(connection, _run.name == name)), None)


def is_dead(engine: Engine, record: Record) -> bool:
    """Whether a run's worker stopped without saying so."""
    if record.result != "running" or locks.is_held(engine, _hold_name(record.name)):
        return False
    return _read(engine, record.id).result == "running"  # a worker that has ended since says so before it lets go


def is_done(connection: Connection, name: str, day: date) -> bool:
    """Whether a job is done for a day."""
    return bool(_records(connection, _run.name == name, _run.day == day, _run.result == "done"))


# --- running ----------------------------------------------------------------------------------------------------------


def run_job(engine: Engine, job: Job, day: date, settings: Settings, again: bool = False) -> Ran:
    """Runs a job for a day unless that day is done or the job is running; the record says what became of it.

    Refused for a day to come. What the job itself raises is recorded; what is no refusal and no failure of the
    environment is a mistake in the program and raised again after that.
    """
    if day > today():
        raise Refused(f"日期 {day} 在今天（{today()}）之后；任务只能按今天或以前的日期运行")
    with _holding(engine, job.name) as busy:
        if busy is not None:
            return Ran(BUSY, busy)
        claimed = _claim(engine, job.name, day, again)
        return claimed if isinstance(claimed, Ran) else _run_claimed(engine, claimed, job, day, settings, again)


def _run_claimed(engine: Engine, claimed: int, job: Job, day: date, settings: Settings, again: bool) -> Ran:
    _log.info("job started", job=job.name, day=day, run=claimed)
    try:
        context = Context(engine, job.name, day, _since(engine, job.name, day), settings, again)
        outcome = job.function(context)
        figures = {"summary": outcome.summary, **outcome.figures, "notices": len(outcome.notices)}
        _deliver(engine, claimed, job, context, outcome, figures)
    except _Lost as lost:
        _log.info("job ended", job=job.name, day=day, run=claimed, result="lost")
        return Ran(FAILED, _read(engine, claimed, str(lost)))
    except BaseException as error:
        sentence, result = _sentence(error)
        _log.info("job ended", job=job.name, day=day, run=claimed, result=result, error=error.__class__.__name__)
        _end(engine, claimed, "failed", error=sentence)
        if not isinstance(error, Refused | EnvironmentFailed):
            raise
        return Ran(result, _read(engine, claimed))
    return Ran(DONE, _read(engine, claimed))


def record_refusal(engine: Engine, job: Job, day: date, sentence: str) -> None:
    """Records that a job could not even be judged due on a day."""
    with db.writing(engine) as connection:
        _add(connection, job.name, day, result="failed", ended_at=now(), error=sentence)


def _sentence(error: BaseException) -> tuple[str, str]:
    if isinstance(error, Refused):
        return str(error), REFUSED
    if isinstance(error, EnvironmentFailed):
        return str(error), FAILED
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "被中断", FAILED
    return f"程序出错：{error.__class__.__name__}", FAILED


# --- the claim --------------------------------------------------------------------------------------------------------


def _hold_name(name: str) -> str:
    return f"job-{name}"


@contextmanager
def _holding(engine: Engine, name: str) -> Iterator[Record | None]:
    """Holds a job's name for the length of a run; gives the run of another one who holds it instead."""
    begun = time.monotonic()
    while True:
        with locks.held(engine, _hold_name(name)) as ours:
            if ours:
                yield None
                return
        waited = time.monotonic() - begun
        if waited >= PATIENCE_SECONDS:
            with db.reading(engine) as connection:
                running = _records(connection, _run.name == name, _run.result == "running")
            if running:
                yield running[0]
                return
        if waited >= _PREPARING_SECONDS:
            raise EnvironmentFailed(f"任务 {name} 正由另一进程占用，已等待 {_PREPARING_SECONDS} 秒；请稍后重试")
        time.sleep(0.1)


def _claim(engine: Engine, name: str, day: date, again: bool) -> int | Ran:
    """The id of the new run, or why there is none; the job's name is held."""
    with db.writing(engine) as connection:
        connection.execute(
            update(_run)
            .where(_run.name == name, _run.result == "running")
            .values(result="failed", ended_at=now(), error="被中断：进程没有留下结束记录就停止了")
        )
        done = _records(connection, _run.name == name, _run.day == day, _run.result == "done")
        if done and not again:
            return Ran(ALREADY, done[0])
        mailed = [] if again else _mailed(connection, name, day)
        return _add(connection, name, day, result="running", figures=_with_mailed({}, mailed) or None)


def _add(connection: Connection, name: str, day: date, **more: Any) -> int:
    """A new row for a run; gives its id."""
    run_id = db.next_id(connection, models.table_of(_run))
    connection.execute(
        insert(_run).values(
            id=run_id, name=name, day=day, started_at=now(), worker=f"{socket.gethostname()}:{os.getpid()}", **more,
        )
    )  # fmt: skip
    return run_id


def _mailed(connection: Connection, name: str, day: date) -> list[str]:
    """The messages that earlier runs of the job for the day sent."""
    found = (record.figures.get(_MAILED, []) for record in _records(connection, _run.name == name, _run.day == day))
    return sorted({one for part in found for one in part})


def _since(engine: Engine, name: str, day: date) -> date:
    """The first day that no run done before has looked at; the day before where there is none."""
    with db.reading(engine) as connection:
        query = select(_run.day).where(_run.name == name, _run.result == "done", _run.day < day)
        last = connection.execute(query.order_by(_run.day.desc()).limit(1)).scalar_one_or_none()
    return last or day - timedelta(days=1)


# --- the outcome ------------------------------------------------------------------------------------------------------


def _own(run_id: int) -> Any:
    return update(_run).where(_run.id == run_id, _run.result == "running")


def _keep(connection: Connection, run_id: int, **values: Any) -> None:
    """Changes the run's record while it is this worker's; _Lost when it no longer is."""
    if connection.execute(_own(run_id).values(**values)).rowcount == 0:
        raise _Lost("本次运行与数据库的连接中断过，已由另一进程接手；以那一次的记录为准")


def _deliver(
    engine: Engine, run_id: int, job: Job, context: Context, outcome: Outcome, figures: dict[str, Any]
) -> None:
    """The file, the log and the mail, then the record that all is done."""
    with db.writing(engine) as connection:  # two jobs of a day write its file one after the other
        mailed = list(_records(connection, _run.id == run_id)[0].figures.get(_MAILED, []))
        _keep(connection, run_id, figures=_with_mailed(figures, mailed))
        FileNotices(context.folder("通知"), context.day, job.title).send(outcome.notices)
    LogNotices(job.name, context.day).send(outcome.notices)
    if context.settings.smtp_host:

        def sent(message: str) -> None:
            mailed.append(message)
            with db.writing(engine) as connection:
                _keep(connection, run_id, figures=_with_mailed(figures, mailed))

        channel: Channel = SmtpNotices(context.settings, frozenset(mailed), sent)
        channel.send(outcome.notices)
    _end(engine, run_id, "done")
    _log.info("job ended", job=job.name, day=context.day, run=run_id, result=DONE, notices=len(outcome.notices))


def _with_mailed(figures: Mapping[str, Any], mailed: list[str]) -> dict[str, Any]:
    return {**figures, **({_MAILED: list(mailed)} if mailed else {})}


def _end(engine: Engine, run_id: int, result: str, error: str | None = None) -> None:
    with db.writing(engine) as connection:
        record = _records(connection, _run.id == run_id)[0]
        if result == "done":
            connection.execute(
                update(_run)
                .where(_run.name == record.name, _run.day == record.day, _run.result == "done")
                .values(result="failed", error=f"已由第 {run_id} 次运行重做")
            )
        _keep(connection, run_id, result=result, ended_at=now(), error=error)


def _read(engine: Engine, run_id: int, error: str | None = None) -> Record:
    with db.reading(engine) as connection:
        found = _records(connection, _run.id == run_id)[0]
    return found if error is None else Record(**{**vars(found), "error": error})
