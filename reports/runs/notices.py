"""公示: the runs whose document has its list put up for public notice, and the list of one as it is published."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.errors import NotFound
from ledger.lazy import load
from ledger.runs.settlement import RunRecord, read_run
from reports.programmes import REPORTS
from reports.runs.payout_list import PayoutList


def runs(connection: Connection) -> Iterator[RunRecord]:
    """The runs that have such a list, the newest first."""
    run, keys = models.Run, [key for key, contents in REPORTS.items() if contents.notice_named]
    numbers = connection.execute(select(run.id).where(run.programme.in_(keys)).order_by(run.id.desc())).scalars().all()
    yield from (read_run(connection, number) for number in numbers)


def as_dict(run: RunRecord) -> dict[str, Any]:
    """A run with a list, for programs."""
    return {
        "run": run.id, "programme": run.programme, "year": run.year, "as_of": run.as_of.isoformat(), "state": run.state,
        "file": f"/runs/{run.id}/files/notice",
    }  # fmt: skip


def has_period(programme: str) -> bool:
    """Whether a document's list says from when to when it hangs."""
    export = next((one for one in REPORTS[programme].exports if one.name == "notice"), None)
    return export is not None and any(option.name == "first_day" for option in export.options)


def of_run(
    connection: Connection, run: RunRecord, first_day: date | None = None, days: int | None = None
) -> PayoutList:
    """The list of a run. first_day, days: its period, where the document's list says one. NotFound where there is none;
    Refused for a first day that cannot be one."""
    named = REPORTS[run.programme].notice_named
    if not named:
        raise NotFound("本次运行没有公示名单")
    period = {"first_day": first_day, "days": days} if has_period(run.programme) else {}
    found: PayoutList = load(named)(connection, run, **period)
    return found
