"""The jobs as programs read them: when each runs, when next, what came of it last."""

import re
from typing import Any

from sqlalchemy import Connection

from jobs.rules import next_run
from jobs.runner import ALREADY, BUSY, DONE, REFUSED, Ran, Record, last_record
from jobs.schedule import SCHEDULE
from ledger import workdays
from ledger.database.locks import DEAD_MACHINE_SECONDS
from ledger.errors import EnvironmentFailed, Refused
from ledger.facts import positions

_HINT = re.compile("[；，：。（][^；，：。（]*tiexi [a-z].*")  # the end of a sentence that names a command


def listed(connection: Connection, hints: bool = True) -> list[dict[str, Any]]:
    """Every job of the table. hints: whether what went wrong names commands."""
    calendar, now, found = positions.calendar(connection), workdays.now(), []
    for job in SCHEDULE:
        following, record = next_run(job.when, now, calendar), last_record(connection, job.name)
        found.append(
            {
                "name": job.name,
                "title": job.title,
                "when": job.when.words,
                "article": job.article,
                "next": following.moment.isoformat(timespec="minutes") if following.moment else None,
                "next_nominal": following.nominal.isoformat() if following.nominal else None,
                "last": record_dict(record, hints) if record else None,
            }
        )
    return found


def record_dict(record: Record, hints: bool = True) -> dict[str, Any]:
    """One run of a job. hints: whether what went wrong names commands."""
    found = record.as_dict()
    return found if hints else {**found, "error": _apart(record)[0] or None}


def _apart(record: Record) -> tuple[str, str]:
    """What went wrong, and apart from it the command that it ends on."""
    said = record.error or ""
    hint = _HINT.search(said)
    return (said[: hint.start()], hint.group()) if hint else (said, "")


def when(record: Record) -> str:
    """When a run ended, or began where it has not."""
    return (record.ended_at or record.started_at).isoformat(sep=" ", timespec="minutes")


def require_done(ran: Ran, title: str) -> None:
    """Refused or EnvironmentFailed where a run did not come to its end, or another is under way."""
    record = ran.record
    if ran.outcome == BUSY:
        raise Refused(
            f"{title}正由 {record.worker} 运行（{when(record)} 开始）；请待其结束；那个进程一旦不在即可重新运行，"
            f"它所在的机器断电、断网的约 {DEAD_MACHINE_SECONDS // 60} 分钟后"
        )
    if ran.outcome not in (DONE, ALREADY):
        sentence, hint = _apart(record)
        kind = Refused if ran.outcome == REFUSED else EnvironmentFailed
        raise kind(f"{title} {record.day} 没有完成：{sentence}", hint)
