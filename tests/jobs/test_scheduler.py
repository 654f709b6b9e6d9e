"""The scheduler: one look, the job store, and how it stops."""

import faulthandler
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_PAUSED, STATE_RUNNING
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import OperationalError

from job_runs import rows
from jobs import runner, scheduler
from jobs.job import Context, Job, Outcome
from jobs.rules import Daily, FirstWorkday
from jobs.runner import run_job
from jobs.schedule import BY_NAME, SCHEDULE
from jobs.scheduler import enter_jobs, look, make_scheduler
from ledger import models, workdays
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed, Refused
from ledger.settings import Settings

# --- one look ---------------------------------------------------------------------------------------------------------


class Scripted:
    """A job that does as it is told, call by call."""

    def __init__(self, *answers: Exception | None) -> None:
        self.days: list[date] = []
        self._answers = list(answers)

    def __call__(self, context: Context) -> Outcome:
        self.days.append(context.day)
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        return Outcome("好")


@pytest.fixture
def in_charge(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., scheduler._InCharge]]:
    """A scheduler (paused) in charge of one job that is due at 08:00."""
    started = []

    def start(script: Scripted, rule: Any = None) -> scheduler._InCharge:
        job = Job("test", "测试", rule or Daily(8, 0), "第一条", script)
        monkeypatch.setattr(scheduler, "SCHEDULE", (job,))
        monkeypatch.setattr(scheduler, "BY_NAME", {job.name: job})
        made = make_scheduler(engine)
        made.start(paused=True)
        started.append(made)
        enter_jobs(made)
        held = scheduler._InCharge(engine, Settings(output=tmp_path), made, threading.Event())
        monkeypatch.setattr(scheduler, "_in_charge", held)
        return held

    yield start
    for made in started:
        made.shutdown()


def test_a_look_runs_what_is_due_once(in_charge: Any, engine: Engine, set_now: Callable[..., None]) -> None:
    script = Scripted()
    set_now(2026, 1, 8, 8, 0)
    in_charge(script)
    look("test", "2026-01-05")
    look("test", "2026-01-05")
    look("unknown", "2026-01-05")
    assert script.days == [date(2026, 1, 8)]
    set_now(2026, 1, 12, 7, 0)  # four days later: only the latest that was missed
    look("test", "2026-01-05")
    assert script.days == [date(2026, 1, 8), date(2026, 1, 11)]


def _next(held: scheduler._InCharge) -> datetime:
    return held.scheduler.get_job("test").next_run_time.replace(tzinfo=None)


def test_a_failed_environment_is_tried_again_in_an_hour_and_a_refusal_tomorrow(
    in_charge: Any, engine: Engine, set_now: Callable[..., None]
) -> None:
    script = Scripted(EnvironmentFailed("磁盘已满"), Refused("不行"), None)
    set_now(2026, 1, 8, 8, 0)
    held = in_charge(script)
    tomorrow = datetime(2026, 1, 9, 8).replace(tzinfo=workdays.CITY_ZONE)
    held.scheduler.modify_job("test", next_run_time=tomorrow)
    look("test", "2026-01-05")
    assert _next(held) == datetime(2026, 1, 8, 9)
    held.scheduler.modify_job("test", next_run_time=tomorrow)
    set_now(2026, 1, 8, 9, 0)
    look("test", "2026-01-05")
    assert _next(held) == datetime(2026, 1, 9, 8)
    look("test", "2026-01-05")
    assert [row.result for row in rows(engine)] == ["failed", "failed", "done"]
    assert script.days == [date(2026, 1, 8)] * 3


def test_a_job_that_runs_elsewhere_is_looked_at_in_a_while(
    in_charge: Any, engine: Engine, set_now: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0)
    script = Scripted()
    set_now(2026, 1, 8, 8, 0)
    held = in_charge(script)
    held.scheduler.modify_job("test", next_run_time=datetime(2026, 1, 9, 8, tzinfo=workdays.CITY_ZONE))
    one = Job("test", "测试", Daily(8, 0), "第一条", Scripted())
    run_job(engine, one, date(2026, 1, 8), Settings(output=held.settings.output))
    with db.writing(engine) as connection:
        connection.execute(update(models.JobRun).values(result="running", ended_at=None))
    with locks.held(engine, "job-test"):
        look("test", "2026-01-05")
    assert script.days == [] and _next(held) == datetime(2026, 1, 8, 8, 5)
    set_now(2026, 1, 8, 8, 5)
    look("test", "2026-01-05")
    assert script.days == [date(2026, 1, 8)]


def test_an_unknown_calendar_is_a_failure_on_record(
    in_charge: Any, engine: Engine, set_now: Callable[..., None]
) -> None:
    script = Scripted()
    set_now(2027, 1, 4, 9, 0)
    in_charge(script, FirstWorkday(8, 30, month=1))
    look("test", "2026-01-05")
    (row,) = rows(engine)
    assert (row.day, row.result, script.days) == (date(2027, 1, 4), "failed", [])
    assert "2027 年" in row.error and "工作日历" in row.error


def test_a_look_survives_a_database_that_is_gone(in_charge: Any, tmp_path: Path, set_now: Callable[..., None]) -> None:
    set_now(2026, 1, 8, 8, 0)
    held = in_charge(Scripted())
    held.engine = db.open_engine(f"sqlite:///{tmp_path / '没有.db'}")
    held.scheduler.modify_job("test", next_run_time=datetime(2026, 1, 9, 8, tzinfo=workdays.CITY_ZONE))
    look("test", "2026-01-05")
    assert _next(held) == datetime(2026, 1, 8, 9)


def test_told_to_stop_while_a_look_is_to_be_entered_it_stops(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look fails just as the scheduler is told to stop: it can still be entered for a retry, and nobody hangs."""
    fail, looked = threading.Event(), threading.Event()

    def failing(context: Context) -> Outcome:
        looked.set()
        fail.wait(20)
        raise EnvironmentFailed("磁盘已满")

    def stop() -> None:
        looked.wait(20)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.5)
        fail.set()

    job = Job("test", "测试", Daily(0, 0), "第一条", failing)
    monkeypatch.setattr(scheduler, "SCHEDULE", (job,))
    monkeypatch.setattr(scheduler, "BY_NAME", {job.name: job})
    thread = threading.Thread(target=stop)
    thread.start()
    faulthandler.dump_traceback_later(60, exit=True)  # a deadlock would not end by itself
    scheduler.run(engine, Settings(output=tmp_path), print)
    faulthandler.cancel_dump_traceback_later()
    thread.join()
    assert [row.result for row in rows(engine)] == ["failed"]


def test_once_stopping_nothing_is_begun(in_charge: Any, set_now: Callable[..., None]) -> None:
    script = Scripted()
    set_now(2026, 1, 8, 8, 0)
    in_charge(script).stopping.set()
    look("test", "2026-01-05")
    assert script.days == []


# --- the job store ----------------------------------------------------------------------------------------------------


def test_the_job_store_keeps_since_when_and_knows_the_schedule(engine: Engine, set_now: Callable[..., None]) -> None:
    set_now(2026, 1, 8, 8, 0)
    first = make_scheduler(engine)
    first.start(paused=True)
    enter_jobs(first)
    first.add_job(look, "cron", hour=1, id="old", args=("old", "2020-01-01"))
    first.shutdown()
    set_now(2026, 3, 1, 8, 0)
    second = make_scheduler(engine)
    second.start(paused=True)
    enter_jobs(second)
    stored = {job.id: job for job in second.get_jobs()}
    assert set(stored) == set(BY_NAME)
    for job in SCHEDULE:
        found = stored[job.name]
        assert found.args == (job.name, "2026-01-08")
        assert found.func_ref == "jobs.scheduler:look"
        assert (found.coalesce, found.max_instances, found.misfire_grace_time) == (True, 1, None)
        assert str(found.trigger) == f"cron[hour='{job.when.hour}', minute='{job.when.minute}']"
        assert str(found.trigger.timezone) == "Asia/Shanghai"
    second.shutdown()


def test_the_job_store_stands_in_the_same_database(engine: Engine) -> None:
    made = make_scheduler(engine)
    made.start(paused=True)
    enter_jobs(made)
    with db.reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM apscheduler_jobs")).scalar_one() == len(SCHEDULE)
    made.shutdown()


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=365)])
def test_what_a_clock_that_was_ahead_put_off_is_looked_at_once_it_is_put_back(in_charge: Any, ahead: timedelta) -> None:
    script = Scripted()
    held = in_charge(script, Daily(0, 0))
    tomorrow = held.scheduler.get_job("test").trigger.get_next_fire_time(None, datetime.now(workdays.CITY_ZONE))
    held.scheduler.modify_job("test", next_run_time=tomorrow + ahead)
    held.scheduler.resume()
    deadline = time.monotonic() + 20
    while not script.days and time.monotonic() < deadline:
        time.sleep(0.02)
    assert script.days == [workdays.today()] and held.scheduler.get_job("test").next_run_time == tomorrow


def test_what_is_entered_for_its_usual_hour_or_before_is_left_alone(
    in_charge: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script = Scripted()
    held = in_charge(script, Daily(0, 0))
    present = datetime.now(workdays.CITY_ZONE)
    usual = held.scheduler.get_job("test").trigger.get_next_fire_time(None, present)
    for moment in (usual, present + (usual - present) / 2):
        held.scheduler.modify_job("test", next_run_time=moment)
        held.scheduler.resume()
        time.sleep(0.3)
        held.scheduler.pause()
    assert script.days == [] and "clock put back" not in caplog.text


def test_the_scheduler_looks_at_the_clock_itself(in_charge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    held = in_charge(Scripted(), Daily(0, 0))
    tomorrow = held.scheduler.get_job("test").trigger.get_next_fire_time(None, datetime.now(workdays.CITY_ZONE))
    held.scheduler.modify_job("test", next_run_time=tomorrow)
    monkeypatch.setattr(held.scheduler, "state", STATE_RUNNING)
    assert 0 < held.scheduler._process_jobs() <= 60


def test_the_scheduler_outlives_a_job_store_that_fails(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_scheduler(engine)
    tried = threading.Event()

    def broken(*_: Any) -> Any:
        tried.set()
        raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))

    made.start(paused=True)
    store = made._lookup_jobstore("default")
    monkeypatch.setattr(store, "get_next_run_time", broken)
    made.resume()
    assert tried.wait(10)
    monkeypatch.undo()
    assert made._thread.is_alive()
    made.shutdown()


def test_stopped_before_its_first_look_it_reports_no_error(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """Every job is due at that moment, and there is nobody left to run them."""
    made = make_scheduler(engine)
    made.start(paused=True)
    enter_jobs(made)
    made.shutdown()
    assert not made._thread and caplog.text == ""


@pytest.mark.sqlite_only
def test_the_job_store_makes_no_file_in_place_of_one_that_is_gone(engine: Engine, tmp_path: Path) -> None:
    made = make_scheduler(engine)
    made.start(paused=True)
    enter_jobs(made)
    engine.dispose()
    (tmp_path / "tiexi.db").rename(tmp_path / "移走.db")
    made.resume()
    time.sleep(0.5)
    assert made._thread.is_alive() and not (tmp_path / "tiexi.db").exists()
    made.shutdown()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("call", ["start", "add_job"])
def test_a_job_store_that_cannot_be_written_is_told_in_a_sentence(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(SQLAlchemyJobStore, call, full)
    before = threading.active_count()
    with pytest.raises(EnvironmentFailed, match="磁盘空间不足"):
        scheduler.run(engine, Settings(output=tmp_path), print)
    assert threading.active_count() == before and scheduler._in_charge is None


def test_the_job_store_and_the_books_wait_for_each_other(engine: Engine) -> None:
    """A long write of the books holds the lock of SQLite; the job store's own writes wait instead of failing."""
    made = make_scheduler(engine)
    made.start(paused=True)
    entered = threading.Event()

    def enter() -> None:
        enter_jobs(made)
        entered.set()

    with db.writing(engine):
        thread = threading.Thread(target=enter)
        thread.start()
        blocked = not entered.wait(0.5)
    assert entered.wait(30)
    thread.join()
    assert blocked == (engine.dialect.name == "sqlite")
    assert len(made.get_jobs()) == len(SCHEDULE)
    made.shutdown()


def test_a_scheduler_starts_while_another_makes_the_table_of_the_job_store(engine: Engine) -> None:
    """The second one waits until the first has made it, and finds it."""
    made: list[BackgroundScheduler] = []

    def start() -> None:
        made.append(make_scheduler(engine))
        made[0].start(paused=True)

    second = threading.Thread(target=start)
    with db.writing(engine) as connection:
        SQLAlchemyJobStore(engine=engine).jobs_t.create(connection)
        second.start()
        second.join(0.5)
        assert second.is_alive()
    second.join(30)
    assert made and made[0].state == STATE_PAUSED
    made[0].shutdown()


def test_of_two_that_remove_a_job_of_an_earlier_table_the_slower_one_goes_on(engine: Engine) -> None:
    made = make_scheduler(engine)
    made.start(paused=True)
    made.add_job(look, id="earlier", args=("earlier", "2026-01-01"))
    of_the_slower_one = made.get_jobs()
    made.remove_job("earlier")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "get_jobs", lambda: of_the_slower_one)
        enter_jobs(made)
    assert {job.id for job in made.get_jobs()} == set(BY_NAME)
    made.shutdown()
