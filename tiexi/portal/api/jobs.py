"""The clock's jobs."""

from typing import Any

from jobs import listing
from jobs.listing import require_done
from jobs.runner import run_job
from jobs.schedule import BY_NAME
from ledger.workdays import today
from tiexi.portal.answers.checking import JobDone, Jobs
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Body, Day, Flag
from tiexi.portal.problems import not_there
from tiexi.portal.routes import api


class Wish(Body):
    """As on which day, and whether what is done is done once more."""

    date: Day | None = None
    again: Flag = False


@api("jobs.list", Jobs)
def list_jobs(call: Caller) -> dict[str, Any]:
    """Every job: when it runs, when next, what came of it last."""
    with call.reading() as connection:
        return {"jobs": listing.listed(connection, hints=False)}


@api("jobs.run", JobDone)
def run(call: Caller, name: str, body: Wish) -> dict[str, Any]:
    """Runs a job at once."""
    if name not in BY_NAME:
        raise not_there()
    job = BY_NAME[name]
    ran = run_job(call.engine, job, body.date or today(), call.settings, body.again)
    require_done(ran, job.title)
    return {"name": name, "title": job.title, "outcome": ran.outcome, **listing.record_dict(ran.record, hints=False)}
