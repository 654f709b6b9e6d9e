"""Runs one job for one day, once: the claim, the record, the notices.

A run is claimed by a row in job_runs. At most one row per job is "running" and at most one per job and day is "done";
the database itself refuses a second, so neither two processes nor two machines run a job at the same time, and a day
that is done stays done. The claim is a lease that a heartbeat renews: when a worker dies, the lease runs out and the
next one takes over. Every step is a short transaction of its own, so the job itself may take as long as it needs.
"""

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from jobs.job import Context, Job, Outcome
from jobs.notices import Channel, FileNotices, LogNotices, SmtpNotices
from ledger import db, models
from ledger.logs import Log
from ledger.refusal import EnvironmentFailed, Refused
from ledger.settings import Settings
from ledger.workdays import now, today

LEASE = timedelta(minutes=10)  # longer than any wait for the write lock, so that a live worker is never taken for dead
HEARTBEAT_SECONDS = 60
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
    lease_until: datetime
    figures: Mapping[str, Any]
    error: str | None

    @property
    def dead(self) -> bool:
        """Whether its worker stopped without saying so."""
        return self.result == "running" and self.lease_until < now()

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "run": self.id,
            "day": self.day.isoformat(),
            "result": self.result,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "figures": {**self.figures, **({_MAILED: len(self.figures[_MAILED])} if _MAILED in self.figures else {})},
            "error": self.error,
        }


@dataclass(frozen=True)
class Ran:
    """What became of the wish to run a job: DONE, ALREADY (done before), BUSY, REFUSED or FAILED, and the record."""

    outcome: str
    record: Record


class _Lost(EnvironmentFailed):
    """The lease ran out and another worker took over."""


# --- reading ----------------------------------------------------------------------------------------------------------


def _records(connection: Connection, *conditions: Any) -> list[Record]:
    """Runs, the latest first."""
    query: Select[*tuple[Any, ...]] = select(
        _run.id, _run.name, _run.day, _run.result, _run.started_at, _run.ended_at, _run.worker, _run.lease_until,
        _run.figures, _run.error,
    ).where(*conditions).order_by(_run.id.desc())  # fmt: skip
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> Record:
    return Record(**{**row._mapping, "figures": row.figures or {}})


def last_record(connection: Connection, name: str) -> Record | None:
    """The latest run of a job, whatever became of it."""
    return next(iter(_records(connection, _run.name == name)), None)


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
    claimed = _claim(engine, job.name, day, again)
    if isinstance(claimed, Ran):
        return claimed
    _log.info("job started", job=job.name, day=day, run=claimed)
    try:
        with _heartbeat(engine, claimed):
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


def _claim(engine: Engine, name: str, day: date, again: bool) -> int | Ran:
    """The id of the new run, or why there is none."""
    with db.writing(engine) as connection:
        connection.execute(
            update(_run)
            .where(_run.name == name, _run.result == "running", _run.lease_until < now())
            .values(result="failed", ended_at=now(), error="被中断：进程没有结束记录，租约已过期")
        )
        running = _records(connection, _run.name == name, _run.result == "running")
        if running:
            return Ran(BUSY, running[0])
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
            id=run_id, name=name, day=day, started_at=now(), worker=f"{socket.gethostname()}:{os.getpid()}",
            lease_until=now() + LEASE, **more,
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


@contextmanager
def _heartbeat(engine: Engine, run_id: int) -> Iterator[None]:
    """Renews the lease while the job works."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            try:
                with db.writing(engine) as connection:
                    connection.execute(_own(run_id).values(lease_until=now() + LEASE))
            except EnvironmentFailed:  # the lock was not to be had; the lease outlasts several beats
                _log.debug("heartbeat missed", run=run_id)

    thread = threading.Thread(target=beat, name=f"heartbeat-{run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# --- the outcome ------------------------------------------------------------------------------------------------------


def _own(run_id: int) -> Any:
    return update(_run).where(_run.id == run_id, _run.result == "running")


def _keep(connection: Connection, run_id: int, **values: Any) -> None:
    """Changes the run's record while it is this worker's; _Lost when it no longer is."""
    if connection.execute(_own(run_id).values(**values)).rowcount == 0:
        raise _Lost("本次运行中断过久，已由另一进程接手；以那一次的记录为准")


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
