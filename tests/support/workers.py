"""Processes of their own for tests of the clock: python workers.py race|schedule URL FOLDER DAY.

race: waits for the file `go`, runs one job that takes its time, prints what became of it.
schedule: runs the scheduler with that one job, due every day since midnight, until it is told to stop.
The job writes a line into `ran` when it starts and into `ended` when it ends, which it does once there is a `finish`.
"""

import os
import sys
import time
from datetime import date
from pathlib import Path

import jobs.schedule
from jobs.job import Context, Job, Outcome
from jobs.rules import Daily
from jobs.runner import run_job
from ledger import logs
from ledger.database import db
from ledger.settings import Settings

SECONDS = 120  # at most


def work(context: Context) -> Outcome:
    """Works until it may finish, and leaves a trace of its start and its end."""
    output = context.settings.output
    deadline = time.monotonic() + SECONDS
    for name in ("ran", "ended"):
        with (output / name).open("a") as trace:
            trace.write(f"{os.getpid()} {context.day}\n")
        while not (output / "finish").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    return Outcome("做完", {"pid": os.getpid()})


JOB = Job("slow", "慢任务", Daily(0, 0), "威财金〔2023〕2号 第十七条", work)


def main(mode: str, url: str, folder: str, day: str) -> None:
    """One worker."""
    logs.set_up("WARNING", "text")
    engine, settings = db.open_engine(url), Settings(output=Path(folder))
    if mode == "race":
        (settings.output / f"ready-{os.getpid()}").touch()
        while not (settings.output / "go").exists():
            time.sleep(0.01)
        print(run_job(engine, JOB, date.fromisoformat(day), settings).outcome)
    else:
        jobs.schedule.SCHEDULE, jobs.schedule.BY_NAME = (JOB,), {JOB.name: JOB}
        from jobs import scheduler  # only now: it takes the table as it finds it

        scheduler.run(engine, settings, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
