"""The commands of the clock: what they print, their exit codes, and the scheduler as a service."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from jobs.schedule import SCHEDULE
from ledger import models
from ledger.database import db, locks
from ledger.workdays import now
from samples import base, loan
from sheets import write_sheets
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder and gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TIEXI_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def ready(tiexi: Run, tmp_path: Path, set_today: Callable[[date], None]) -> Run:
    """A database with one loan whose papers are missing, on the day on which they are due."""
    set_today(date(2023, 7, 10))
    write_sheets(tmp_path / "a.xlsx", base(loan(资料上传日=None)))
    assert tiexi("init")[0] == tiexi("import", "a.xlsx")[0] == 0
    return tiexi


def test_list_shows_every_job_with_its_next_time_and_last_result(ready: Run) -> None:
    code, out, err = ready("--wide", "jobs", "list")
    assert code == 0 and err == ""
    for job in SCHEDULE:
        assert job.name in out and job.title in out
    assert out.count("未运行过") == len(SCHEDULE)
    assert "2023-07-11 08:00" in out and "2024-01-02 08:30" in out
    ready("jobs", "run", "papers-due")
    found = json.loads(ready("jobs", "list", "--json")[1])["jobs"]
    assert [job["name"] for job in found] == [job.name for job in SCHEDULE]
    one = next(job for job in found if job["name"] == "papers-due")
    assert (one["when"], one["next"], one["last"]["result"]) == ("每日 08:00", "2023-07-11T08:00", "done")
    assert one["last"]["figures"]["due_today"] == 1 and one["last"]["ended_at"] == "2023-07-10T12:00:00"
    assert "papers-due　2023-07-10 完成：资料未上传：今天到期 1 项" in ready("--wide", "jobs", "list")[1]


def test_a_calendar_that_is_missing_is_waited_for(
    ready: Run, tmp_path: Path, set_today: Callable[[date], None]
) -> None:
    set_today(date(2026, 12, 31))
    assert ready("jobs", "list")[1].count("待工作日历") >= 3
    code, out, err = ready("jobs", "run", "papers-due")
    assert code == 1 and out == ""
    assert "资料上传到期提醒 2026-12-31 没有完成：需要 2027 年的工作日安排" in err and "工作日历" in err
    assert "Traceback" not in err and len(err.splitlines()) == 1
    assert "papers-due　2026-12-31 失败：需要 2027 年的工作日安排" in ready("jobs", "list")[1]


def test_run_writes_the_notice_and_says_so(ready: Run, tmp_path: Path) -> None:
    code, out, err = ready("jobs", "run", "papers-due")
    assert code == 0 and err == ""
    assert out == "资料上传到期提醒 2023-07-10：完成\n资料未上传：今天到期 1 项，下一工作日到期 0 项。通知 1 条\n"
    assert "威海样例甲公司" in (tmp_path / "输出" / "通知" / "2023-07-10.txt").read_text(encoding="utf-8")
    code, out, _ = ready("jobs", "run", "papers-due")
    assert code == 0 and "此前已完成（2023-07-10 12:00），未再运行" in out
    found = json.loads(ready("jobs", "run", "papers-due", "--again", "--json")[1])
    assert (found["outcome"], found["name"], found["day"], found["run"]) == ("done", "papers-due", "2023-07-10", 2)
    assert json.loads(ready("jobs", "run", "papers-due", "--json")[1])["outcome"] == "already"


def test_run_as_if_on_a_day(ready: Run) -> None:
    found = json.loads(ready("jobs", "run", "papers-due", "--date", "2023/7/7", "--json")[1])
    assert found["day"] == "2023-07-07" and found["figures"]["due_next"] == 1
    code, out, err = ready("jobs", "run", "papers-due", "--date", "2023-07-11")
    assert code == 1 and out == "" and "在今天（2023-07-10）之后" in err


def test_every_job_runs(ready: Run, set_today: Callable[[date], None]) -> None:
    set_today(date(2024, 1, 2))
    for job in SCHEDULE:
        code, out, err = ready("jobs", "run", job.name)
        assert (code, err) == (0, ""), (job.name, err)
        assert out.startswith(f"{job.title} 2024-01-02：完成\n")


def test_a_job_that_is_running_is_refused(ready: Run, tmp_path: Path) -> None:
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    with db.writing(engine) as connection:
        connection.execute(
            insert(models.JobRun).values(
                id=1, name="papers-due", day=date(2023, 7, 10), result="running", started_at=now(), worker="甲机:7",
            )
        )  # fmt: skip
    assert "papers-due　2023-07-10 中断" in ready("jobs", "list")[1]
    with locks.held(engine, "job-papers-due"):
        code, out, err = ready("jobs", "run", "papers-due")
        assert "papers-due　2023-07-10 正在运行：2023-07-10 12:00:00 开始，甲机:7" in ready("jobs", "list")[1]
    engine.dispose()
    assert code == 1 and out == ""
    assert "正由 甲机:7 运行（2023-07-10 12:00 开始）" in err and "那个进程一旦不在即可重新运行" in err
    assert ready("jobs", "run", "papers-due")[0] == 0


def test_a_mail_server_that_is_down_is_3_and_the_file_is_there(
    ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": "1", "SECURITY": "none", "SENDER": "a@example.org"}.items():
        monkeypatch.setenv(f"TIEXI_SMTP_{name}", value)
    monkeypatch.setenv("TIEXI_RECIPIENTS", "b@example.org")
    code, out, err = ready("jobs", "run", "papers-due")
    assert code == 3 and out == "" and "127.0.0.1:1：拒绝连接；已送出 0 封，1 封未送" in err
    assert (tmp_path / "输出" / "通知" / "2023-07-10.txt").is_file()
    code, out, _ = ready("jobs", "run", "papers-due", "--json")
    assert code == 3 and json.loads(out)["outcome"] == "failed"


@pytest.mark.parametrize(
    "arguments",
    [("jobs",), ("jobs", "run"), ("jobs", "run", "无此任务"), ("jobs", "run", "papers-due", "--date", "昨天"), ("jobs", "x")],
)  # fmt: skip
def test_wrong_usage_is_2(tiexi: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = tiexi(*arguments)
    assert code == 2 and out == "" and "用法" in err


@pytest.mark.parametrize("arguments", [("list",), ("run", "papers-due"), ("start",)])
def test_without_a_database_it_is_3(tiexi: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = tiexi("jobs", *arguments)
    assert code == 3 and "请先运行 tiexi init" in err


def test_start_until_told_to_stop(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "TIEXI_LOG_FORMAT": "json"}
    command: list[Any] = [sys.executable, "-m", "tiexi"]
    subprocess.run([*command, "init"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "jobs", "start"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert f"定时任务已启动（{len(SCHEDULE)} 项）" in process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()  # one that was not told to stop would run on for good
    assert process.returncode == 0 and out == "定时任务已停止\n"
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events[0] == "database opened" and events[-1] == "scheduler stopped" and "scheduler started" in events
