"""The record of a run: once per day, never twice at the same time, taken over when a worker dies, retried when it failed."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

import postgresql_server
import workers
from databases import address
from jobs import runner
from jobs.job import Context, Job, Outcome
from jobs.notices import Notice
from jobs.rules import Daily
from jobs.runner import ALREADY, BUSY, DONE, FAILED, REFUSED, is_dead, last_record, run_job
from ledger import models, workdays
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed, Refused
from ledger.settings import Settings
from ledger.workdays import now

DAY = date(2026, 1, 5)
TESTS = Path(__file__).resolve().parents[1]
NOTICE = Notice("x", "环翠区", "事由", "正文")
Call = Callable[[Context], Outcome]


def job(function: Call) -> Job:
    return Job("test", "测试任务", Daily(8, 0), "第一条", function)


def rows(engine: Engine) -> list[Any]:
    table = models.table_of(models.JobRun)
    with db.reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


class Counting:
    """A job that counts its calls and does as it is told: an outcome, or an exception to raise."""

    def __init__(self, *answers: Outcome | BaseException) -> None:
        self.contexts: list[Context] = []
        self._answers = list(answers) or [Outcome("好")]

    def __call__(self, context: Context) -> Outcome:
        self.contexts.append(context)
        answer = self._answers[min(len(self.contexts), len(self._answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(output=tmp_path / "输出")


def test_a_run_is_on_record_with_its_figures(engine: Engine, settings: Settings) -> None:
    ran = run_job(engine, job(Counting(Outcome("好", {"loans": 3}, [NOTICE]))), DAY, settings)
    assert ran.outcome == DONE
    (row,) = rows(engine)
    assert (row.name, row.day, row.result, row.error) == ("test", DAY, "done", None)
    assert row.figures == {"summary": "好", "loans": 3, "notices": 1}
    assert row.started_at <= row.ended_at <= now() and row.worker.rpartition(":")[2].isdigit()
    assert ran.record.as_dict()["figures"]["loans"] == 3
    text = (settings.output / "通知" / "2026-01-05.txt").read_text(encoding="utf-8")
    assert "测试任务" in text and "致：环翠区" in text and "正文" in text


def test_a_day_that_is_done_is_not_done_again_unless_asked(engine: Engine, settings: Settings) -> None:
    counting = Counting()
    assert run_job(engine, job(counting), DAY, settings).outcome == DONE
    again = run_job(engine, job(counting), DAY, settings)
    assert again.outcome == ALREADY and again.record.id == 1 and len(counting.contexts) == 1
    assert run_job(engine, job(counting), DAY + timedelta(days=1), settings).outcome == DONE
    assert run_job(engine, job(counting), DAY, settings, again=True).outcome == DONE
    assert [context.again for context in counting.contexts] == [False, False, True]
    assert [(row.day, row.result) for row in rows(engine)] == [
        (DAY, "failed"), (DAY + timedelta(days=1), "done"), (DAY, "done"),
    ]  # fmt: skip
    assert rows(engine)[0].error == "已由第 3 次运行重做"


def test_again_that_fails_leaves_the_day_done(engine: Engine, settings: Settings) -> None:
    counting = Counting(Outcome("好"), Refused("不行"))
    run_job(engine, job(counting), DAY, settings)
    assert run_job(engine, job(counting), DAY, settings, again=True).outcome == REFUSED
    assert [row.result for row in rows(engine)] == ["done", "failed"]
    assert run_job(engine, job(counting), DAY, settings).outcome == ALREADY


@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [(Refused("缺工作日历"), REFUSED, "缺工作日历"), (EnvironmentFailed("磁盘已满"), FAILED, "磁盘已满")],
)
def test_a_failure_is_recorded_and_may_be_retried(
    engine: Engine, settings: Settings, error: Exception, outcome: str, said: str
) -> None:
    counting = Counting(error, Outcome("好"))
    ran = run_job(engine, job(counting), DAY, settings)
    assert (ran.outcome, ran.record.error) == (outcome, said)
    assert run_job(engine, job(counting), DAY, settings).outcome == DONE
    assert [(row.result, row.error) for row in rows(engine)] == [("failed", said), ("done", None)]


@pytest.mark.parametrize("error", [ValueError("企业甲"), KeyboardInterrupt()])
def test_a_mistake_in_the_program_is_recorded_without_its_words(
    engine: Engine, settings: Settings, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        run_job(engine, job(Counting(error)), DAY, settings)
    (row,) = rows(engine)
    assert row.result == "failed" and row.ended_at and "企业甲" not in row.error


def test_a_day_to_come_is_refused(engine: Engine, settings: Settings, set_today: Callable[[date], None]) -> None:
    set_today(DAY)
    with pytest.raises(Refused, match="2026-01-06 在今天"):
        run_job(engine, job(Counting()), DAY + timedelta(days=1), settings)
    assert rows(engine) == []


def test_since_is_the_last_day_done(engine: Engine, settings: Settings) -> None:
    counting = Counting(Outcome("好"), Refused("不行"), Outcome("好"))
    for day in (DAY, DAY + timedelta(days=2), DAY + timedelta(days=5), DAY - timedelta(days=9)):
        run_job(engine, job(counting), day, settings)
    assert [context.since for context in counting.contexts] == [
        DAY - timedelta(days=1), DAY, DAY, DAY - timedelta(days=10),
    ]  # fmt: skip


# --- two at once ------------------------------------------------------------------------------------------------------


def claim(engine: Engine, **more: Any) -> None:
    """A run of another worker that has not ended."""
    values = {"id": 1, "name": "test", "day": DAY, "result": "running", "started_at": now(), "worker": "别处:1", **more}
    with db.writing(engine) as connection:
        connection.execute(insert(models.JobRun).values(**values))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a hold that may be about to end."""
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0)


@pytest.mark.usefixtures("impatient")
def test_a_running_job_is_left_alone(engine: Engine, settings: Settings) -> None:
    claim(engine)
    counting = Counting()
    with locks.held(engine, "job-test") as ours:
        assert ours
        ran = run_job(engine, job(counting), DAY, settings)
        assert (ran.outcome, ran.record.worker, is_dead(engine, ran.record)) == (BUSY, "别处:1", False)
        assert run_job(engine, job(counting), DAY + timedelta(days=1), settings).outcome == BUSY  # whatever the day
        assert counting.contexts == [] and len(rows(engine)) == 1
        assert run_job(engine, replace(job(counting), name="other"), DAY, settings).outcome == DONE
    assert is_dead(engine, ran.record)


def test_a_run_that_ended_while_it_was_looked_at_is_not_dead(engine: Engine) -> None:
    claim(engine)
    with db.reading(engine) as connection:
        found = last_record(connection, "test")
    assert found is not None and is_dead(engine, found)
    with db.writing(engine) as connection:
        connection.execute(update(models.JobRun).values(result="done", ended_at=now()))
    assert not is_dead(engine, found)


def test_a_dead_worker_is_taken_over_at_once_whatever_its_clock_said(engine: Engine, settings: Settings) -> None:
    claim(engine)
    assert run_job(engine, job(Counting()), DAY, settings).outcome == DONE
    dead, taken = rows(engine)
    assert (dead.result, taken.result) == ("failed", "done") and "被中断" in dead.error and dead.ended_at


def test_one_who_holds_without_a_row_is_waited_for(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_PREPARING_SECONDS", 0.3)
    with locks.held(engine, "job-test"), pytest.raises(EnvironmentFailed, match="正由另一进程占用"):
        run_job(engine, job(Counting()), DAY, settings)
    assert rows(engine) == []
    assert run_job(engine, job(Counting()), DAY, settings).outcome == DONE


def test_a_run_whose_end_could_not_be_recorded_bars_nobody(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_database(*_: Any, **__: Any) -> None:
        raise EnvironmentFailed("连接已中断")

    def cut_off(context: Context) -> Outcome:
        if engine.dialect.name == "postgresql":
            postgresql_server.cut_connections(address(engine))
        monkeypatch.setattr(runner, "_end", no_database)
        raise EnvironmentFailed("连接已中断")

    with pytest.raises(EnvironmentFailed, match="连接已中断"):
        run_job(engine, job(cut_off), DAY, settings)
    monkeypatch.undo()
    assert [row.result for row in rows(engine)] == ["running"]
    assert run_job(engine, job(Counting()), DAY, settings).outcome == DONE
    assert [row.result for row in rows(engine)] == ["failed", "done"]


def test_a_worker_that_was_taken_over_says_nothing(engine: Engine, settings: Settings) -> None:
    def slept(context: Context) -> Outcome:
        with db.writing(engine) as connection:  # meanwhile the connection was lost and another worker took over
            connection.execute(update(models.JobRun).values(result="failed", ended_at=now(), error="被中断"))
        return Outcome("好", {}, [NOTICE])

    ran = run_job(engine, job(slept), DAY, settings)
    assert ran.outcome == FAILED and "已由另一进程接手" in (ran.record.error or "")
    assert [row.error for row in rows(engine)] == ["被中断"]
    assert not (settings.output / "通知").exists()


@pytest.mark.parametrize("result", ["running", "done"])
def test_the_database_itself_refuses_a_second(engine: Engine, result: str) -> None:
    ended = None if result == "running" else now()
    claim(engine, result=result, ended_at=ended)
    with pytest.raises(IntegrityError):
        claim(engine, id=2, result=result, ended_at=ended)


@pytest.fixture
def race(engine: Engine, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Three processes that run the same job for the same day at the same moment."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, str(TESTS / "support" / "workers.py"), "race", url, str(tmp_path), DAY.isoformat()]
    started = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": f"{TESTS.parent}:{TESTS}:{TESTS}/support"}
        )
        for _ in range(3)
    ]
    yield started
    for process in started:
        process.kill()
        process.wait()


def _begin(
    race: list[subprocess.Popen[str]], folder: Path
) -> tuple[subprocess.Popen[str], list[subprocess.Popen[str]]]:
    """Lets them all go at once; the one that got to work, and the others."""
    while len(list(folder.glob("ready-*"))) < len(race):
        assert all(process.poll() is None for process in race)
        time.sleep(0.02)
    (folder / "go").touch()
    ran = folder / "ran"
    while not (ran.exists() and ran.read_text().endswith("\n")):  # it is there before its line is
        assert any(process.poll() is None for process in race)
        time.sleep(0.02)
    number = int(ran.read_text().split()[0])
    (worker,) = (process for process in race if process.pid == number)
    return worker, [process for process in race if process is not worker]


def test_of_several_processes_exactly_one_runs(
    race: list[subprocess.Popen[str]], engine: Engine, tmp_path: Path
) -> None:
    worker, others = _begin(race, tmp_path)
    assert [process.communicate(timeout=60)[0].strip() for process in others] == [BUSY, BUSY]
    (tmp_path / "finish").touch()
    assert worker.communicate(timeout=60)[0].strip() == DONE
    assert len((tmp_path / "ran").read_text().splitlines()) == 1
    assert [row.result for row in rows(engine)] == ["done"]
    assert run_job(engine, workers.JOB, DAY, Settings(output=tmp_path)).outcome == ALREADY


@pytest.mark.usefixtures("impatient")
def test_a_living_worker_is_not_taken_over_whatever_the_clocks_say(
    race: list[subprocess.Popen[str]], engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, others = _begin(race, tmp_path)
    for process in others:
        process.wait(timeout=60)
    for days in (1, -1, 365):
        moment = datetime.now(workdays.CITY_ZONE) + timedelta(days=days)
        monkeypatch.setattr(workdays, "clock", lambda moment=moment: moment)
        assert run_job(engine, workers.JOB, DAY, Settings(output=tmp_path)).outcome == BUSY
    (tmp_path / "finish").touch()
    assert worker.communicate(timeout=60)[0].strip() == DONE


def test_a_killed_process_is_taken_over_at_once(
    race: list[subprocess.Popen[str]], engine: Engine, tmp_path: Path
) -> None:
    worker, others = _begin(race, tmp_path)
    for process in others:
        process.wait(timeout=60)
    worker.kill()
    worker.wait()
    (tmp_path / "finish").touch()
    assert run_job(engine, workers.JOB, DAY, Settings(output=tmp_path)).outcome == DONE
    assert [row.result for row in rows(engine)] == ["failed", "done"]
    assert len((tmp_path / "ended").read_text().splitlines()) == 1
    assert list(tmp_path.glob("*.lock")) == []
