"""Scheduled jobs: the record of each run of each job."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint

from ledger.models.base import Base, Id, Mapped, mapped_column, once_where, one_of

JOB_RESULTS = ("running", "done", "failed")


class JobRun(Base):
    """One run of a job for a day: at most one that runs and one that is done per job and day."""

    __tablename__ = "job_runs"
    WORDS = "定时任务记录"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    day: Mapped[date]  # the day that the run is for
    result: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    worker: Mapped[str]  # host and process
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None]
    __table_args__ = (
        one_of("result", JOB_RESULTS),
        CheckConstraint("(result = 'running') = (ended_at IS NULL)", name="ended_when_over"),
        once_where("uq_job_runs_running", "result = 'running'", "name"),
        once_where("uq_job_runs_done", "result = 'done'", "name", "day"),
    )
