"""The scheduler in the foreground: APScheduler looks at every job once a day at its hour, and whenever it is started.

Whether a job is due is judged when it is looked at: the last day of its rule, by the calendar with the notices on file at
that moment, that is not done yet and not before the scheduler was first started. So a notice that comes later, downtime
of any length, a run that failed and a machine that died need no case of their own: the job is looked at again, and what
is done is not done twice (see jobs.runner). APScheduler's job store in the same database keeps when each job is looked at
next and since when the scheduler is in charge.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job as Stored
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING, STATE_STOPPED
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from jobs.job import Job
from jobs.runner import BUSY, FAILED, REFUSED, is_done, record_refusal, run_job
from jobs.schedule import BY_NAME, SCHEDULE
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.facts import positions
from ledger.logs import Log
from ledger.settings import Settings
from ledger.workdays import CITY_ZONE, now, today

RETRY = timedelta(hours=1)  # after a failure of the environment; a refusal waits for the next day
BUSY_AGAIN = timedelta(minutes=5)  # while it runs elsewhere: that run may fail
_NAP_SECONDS = 60.0  # at most, between two looks at the clock
_log = Log(__name__)


def due_day(engine: Engine, job: Job, since: date) -> date | None:
    """The day for which a job is due now: its last one, unless that is done or before the scheduler was in charge.

    Refused when the calendar does not know the year.
    """
    with db.reading(engine) as connection:
        day = job.when.latest(now(), positions.calendar(connection))
        return None if day is None or day < since or is_done(connection, job.name, day) else day


# --- one look at one job ----------------------------------------------------------------------------------------------


@dataclass
class _InCharge:
    """What a look at a job needs and the job store cannot keep."""

    engine: Engine
    settings: Settings
    scheduler: BackgroundScheduler
    stopping: threading.Event
    looking: threading.Lock = field(default_factory=threading.Lock)


_in_charge: _InCharge | None = None  # of this process; set by `run`


def look(name: str, since: str) -> None:
    """Runs a job if it is due. This is what the job store calls; nothing leaves it but a record and the log."""
    held = _in_charge
    if held is None or name not in BY_NAME:
        return
    with held.looking:
        if not held.stopping.is_set():
            _look_and_enter(held, BY_NAME[name], date.fromisoformat(since))


def _look_and_enter(held: _InCharge, job: Job, since: date) -> None:
    try:
        at = _look(held, job, since)
    except (EnvironmentFailed, SQLAlchemyError) as failure:  # not even a record could be made
        _log.error("database not to be had", job=job.name, error=failure.__class__.__name__)
        at = now() + RETRY
    if at is not None:
        _look_again(held, job.name, at)


def _look(held: _InCharge, job: Job, since: date) -> datetime | None:
    """Runs a job if it is due; when to look again before its usual hour, None if not."""
    try:
        day = due_day(held.engine, job, since)
    except Refused as refusal:
        record_refusal(held.engine, job, today(), str(refusal))
        _log.error("job failed", job=job.name, day=today(), error=str(refusal))
        return None
    if day is None:
        _log.debug("not due", job=job.name)
        return None
    ran = run_job(held.engine, job, day, held.settings)
    if ran.outcome in (REFUSED, FAILED):
        _log.error("job failed", job=job.name, day=day, run=ran.record.id, error=ran.record.error)
    if ran.outcome == BUSY:
        return now() + BUSY_AGAIN
    return now() + RETRY if ran.outcome == FAILED else None


def _look_again(held: _InCharge, name: str, at: datetime) -> None:
    """Looks at a job at a moment, if that comes before its usual hour."""
    stored = held.scheduler.get_job(name)
    moment = at.replace(tzinfo=CITY_ZONE)
    if stored is not None and not held.stopping.is_set() and stored.next_run_time > moment:
        held.scheduler.modify_job(name, next_run_time=moment)


# --- the scheduler ----------------------------------------------------------------------------------------------------


class _Scheduler(BackgroundScheduler):
    """One that outlives a database which cannot be had for a while, and a clock that is put right.

    Of the first it tries again instead of dying in its thread. Of the second nobody tells it: it looks at the clock itself
    now and then, whatever the job store says of the next look. Woken up by being stopped it looks at no more jobs: there is
    nobody left to run them, which would be logged as an error of each.
    """

    def _process_jobs(self) -> float | None:
        try:
            with self._jobstores_lock:  # who stops it takes this lock before the executor is gone
                if self.state == STATE_STOPPED:
                    return None
                if self.state == STATE_RUNNING:
                    self._look_now_at_what_is_entered_too_late()
                wait: float | None = super()._process_jobs()
            return wait if wait is None else min(wait, _NAP_SECONDS)
        except Exception as error:
            _log.warning("job store not to be had", error=error.__class__.__name__)
            return float(self.jobstore_retry_interval)

    def _look_now_at_what_is_entered_too_late(self) -> None:
        """No next look is later than the job's usual hour from now on, unless a clock was ahead when it was entered."""
        moment = datetime.now(CITY_ZONE)
        for stored in self.get_jobs():
            usual = stored.trigger.get_next_fire_time(
                None, moment + timedelta(seconds=1)
            )  # that of this second is done
            if stored.next_run_time > usual:
                _log.warning("clock put back", job=stored.id, entered_for=stored.next_run_time.replace(tzinfo=None))
                self.modify_job(stored.id, next_run_time=moment)


def make_scheduler(engine: Engine) -> BackgroundScheduler:
    """A scheduler that keeps its jobs in the database, not yet started."""
    store = SQLAlchemyJobStore(engine=engine)
    _make_table(engine, store)
    return _Scheduler(
        timezone=CITY_ZONE,
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(1)},  # one job after another: they share one database
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )


def _make_table(engine: Engine, store: SQLAlchemyJobStore) -> None:
    """Makes the job store's table where there is none, one scheduler after another.

    Left to itself the store looks and makes in one go, and of two that start at the same moment one fails.
    """
    with db.reading(engine) as connection:  # a database that is missing or of another version is told here
        if inspect(connection).has_table(store.jobs_t.name):
            return
    with db.writing(engine) as connection:
        store.jobs_t.create(connection, checkfirst=True)


def enter_jobs(scheduler: BackgroundScheduler) -> None:
    """Enters every job of the SCHEDULE into the job store, each to be looked at now; removes those it no longer has."""
    known: dict[str, Stored] = {stored.id: stored for stored in scheduler.get_jobs()}
    for name in known.keys() - BY_NAME.keys():
        with suppress(JobLookupError):  # another scheduler was faster
            scheduler.remove_job(name)
    for job in SCHEDULE:
        since = known[job.name].args[1] if job.name in known else today().isoformat()
        scheduler.add_job(
            look,
            CronTrigger(hour=job.when.hour, minute=job.when.minute, timezone=CITY_ZONE),
            args=(job.name, since),
            id=job.name,
            name=job.name,
            replace_existing=True,
            next_run_time=now().replace(tzinfo=CITY_ZONE),
        )


def run(engine: Engine, settings: Settings, said: Callable[[str], None]) -> None:
    """Runs the scheduler until SIGTERM or SIGINT, then waits for the job that is running. From the main thread."""
    global _in_charge
    stopping = threading.Event()
    scheduler = make_scheduler(engine)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _in_charge = _InCharge(engine, settings, scheduler, stopping)
        with db.in_sentences(engine):  # the job store's connections are its own
            scheduler.start(paused=True)
            enter_jobs(scheduler)
        scheduler.resume()
        said(f"定时任务已启动（{len(SCHEDULE)} 项），按 Ctrl+C 或发送 SIGTERM 停止")
        _log.info("scheduler started", jobs=len(SCHEDULE))
        stopping.wait()
        with (
            _in_charge.looking
        ):  # APScheduler waits for it with its locks taken, which a look needs to enter the next one
            pass
        scheduler.shutdown(wait=True)
        _log.info("scheduler stopped")
        said("定时任务已停止")
    finally:
        _in_charge = None
        if scheduler.running:
            scheduler.shutdown(wait=False)
        for number, handler in before.items():
            signal.signal(number, handler)
