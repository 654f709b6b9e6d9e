"""What the record of earlier runs tells a job: what it has listed before."""

from datetime import date

from sqlalchemy import Connection, select

from ledger import models

LISTED = "listed"  # in the figures of a run: the keys of what it reported, where each is to be reported once


def listed_before(connection: Connection, name: str, day: date) -> set[str]:
    """The keys that runs of a job for other days have listed; a day that is done again lists its own again."""
    run = models.JobRun
    query = select(run.figures).where(run.name == name, run.result == "done", run.day != day)
    return {key for figures in connection.execute(query).scalars() for key in (figures or {}).get(LISTED, [])}
