"""Which day of a job is due."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from jobs.job import Job, Outcome
from jobs.rules import FirstWorkday
from jobs.runner import DONE, run_job
from jobs.schedule import BY_NAME
from jobs.scheduler import due_day
from ledger.errors import Refused
from ledger.settings import Settings

LONG_AGO = date(2020, 1, 1)
Take = Callable[..., Any]


def test_due_from_its_minute_until_it_is_done(engine: Engine, set_now: Callable[..., None], tmp_path: Path) -> None:
    job = Job("test", "测试", FirstWorkday(8, 30, month=1), "第一条", lambda context: Outcome("好"))
    set_now(2026, 1, 4, 8, 29)
    assert due_day(engine, job, LONG_AGO) == date(2025, 1, 2)  # last year's was never done
    assert due_day(engine, job, date(2025, 12, 1)) is None  # but nobody was in charge then
    set_now(2026, 1, 4, 8, 30)
    assert due_day(engine, job, date(2026, 1, 4)) == date(2026, 1, 4)
    set_now(2026, 7, 1, 0, 0)
    assert due_day(engine, job, date(2026, 1, 4)) == date(2026, 1, 4)  # after half a year of downtime
    assert due_day(engine, job, date(2026, 1, 5)) is None
    assert run_job(engine, job, date(2026, 1, 4), Settings(output=tmp_path)).outcome == DONE
    assert due_day(engine, job, LONG_AGO) is None


def test_the_calendar_is_read_when_it_is_asked(engine: Engine, take: Take, set_now: Callable[..., None]) -> None:
    job = BY_NAME["year-end-trial"]
    set_now(2027, 1, 4, 9, 0)
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        due_day(engine, job, LONG_AGO)
    take({"工作日历": [{"日期": date(2027, 1, 1), "类型": "放假"}, {"日期": date(2027, 1, 4), "类型": "放假"}]})
    assert due_day(engine, job, date(2027, 1, 1)) is None
    set_now(2027, 1, 5, 9, 0)
    assert due_day(engine, job, date(2027, 1, 1)) == date(2027, 1, 5)
