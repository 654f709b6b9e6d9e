"""Schedulers in processes of their own: two at once, told to stop, killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from job_runs import rows

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def start(engine: Engine, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a scheduler with one slow job, due at once."""
    started: list[subprocess.Popen[str]] = []

    def scheduler_process() -> subprocess.Popen[str]:
        url = engine.url.render_as_string(hide_password=False)
        command = [sys.executable, str(TESTS / "support" / "workers.py"), "schedule", url, str(tmp_path), "2026-01-01"]
        path = {"PYTHONPATH": f"{TESTS.parent}:{TESTS}:{TESTS}/support"}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=path))
        return started[-1]

    yield scheduler_process
    for process in started:
        process.kill()
        process.communicate()


def wait_for(path: Path, *processes: subprocess.Popen[str]) -> None:
    """Until there is something in the file: whoever is killed between making and filling it leaves an empty one."""
    deadline = time.monotonic() + 60
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < deadline and all(process.poll() is None for process in processes)
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_waits_for_the_running_job(
    start: Callable[[], subprocess.Popen[str]], engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    process = start()
    wait_for(tmp_path / "ran", process)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    assert not (tmp_path / "ended").exists()
    (tmp_path / "finish").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-1] == "定时任务已停止"
    assert (tmp_path / "ended").exists()
    assert [row.result for row in rows(engine)] == ["done"]


def test_two_schedulers_on_one_database_run_a_job_once(
    start: Callable[[], subprocess.Popen[str]], engine: Engine, tmp_path: Path
) -> None:
    both = [start(), start()]
    for process in both:
        assert process.stdout is not None and "已启动" in process.stdout.readline()
    wait_for(tmp_path / "ran", *both)
    time.sleep(2)  # time for the other one to begin, if it would
    (tmp_path / "finish").touch()
    wait_for(tmp_path / "ended", *both)
    for process in both:
        process.terminate()
    for process in both:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert len((tmp_path / "ran").read_text().splitlines()) == 1
    assert [row.result for row in rows(engine)] == ["done"]


def test_what_was_missed_is_made_up_for_once_after_a_kill(
    start: Callable[[], subprocess.Popen[str]], engine: Engine, tmp_path: Path
) -> None:
    process = start()
    wait_for(tmp_path / "ran", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (tmp_path / "finish").touch()
    process = start()
    wait_for(tmp_path / "ended", process)
    process.terminate()
    process.communicate(timeout=60)
    assert [row.result for row in rows(engine)] == ["failed", "done"]
    assert len((tmp_path / "ran").read_text().splitlines()) == 2
