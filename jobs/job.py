"""What a job is: a function from a day to an outcome, with the rule that says when it is due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from jobs.notices import Notice
from jobs.rules import Rule
from ledger import models
from ledger.settings import Settings

BY_THE_CLOCK = "定时任务"  # who makes a trial that nobody asked for
LISTED = "listed"  # in the figures of a run: the keys of what it reported, where each is to be reported once


@dataclass(frozen=True)
class Context:
    """What a job goes by: the books, its day, and what has been reported before.

    name: of the job. since: the first day that no earlier run has looked at. again: the day was done, and somebody wants
    it once more.
    """

    engine: Engine
    name: str
    day: date
    since: date
    settings: Settings
    again: bool = False

    @property
    def made_by(self) -> str:
        """Who made a run of this job for this day: what it is found by when the job is repeated."""
        return f"{BY_THE_CLOCK} {self.name} {self.day}"

    def folder(self, *parts: str) -> Path:
        """A folder of the output."""
        return self.settings.output.joinpath(*parts)

    def listed_before(self, connection: Connection) -> set[str]:
        """The keys that done runs of this job for other days have listed; a day that is done again lists its own again."""
        run = models.JobRun
        query = select(run.figures).where(run.name == self.name, run.result == "done", run.day != self.day)
        return {key for figures in connection.execute(query).scalars() for key in (figures or {}).get(LISTED, [])}


@dataclass(frozen=True)
class Outcome:
    """What a job found: one sentence (without names of enterprises), counts, and the notices to send."""

    summary: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[Notice] = ()


@dataclass(frozen=True)
class Job:
    """One job: its name, what it is called, when it is due, on which article, and what it does.

    finds, tells, writes: in Chinese, for the manual: what it looks for, whom it tells, and what it writes into the folder
    of output (empty: nothing but the notices).
    """

    name: str
    title: str
    when: Rule
    article: str
    function: Callable[[Context], Outcome]
    finds: str = ""
    tells: str = ""
    writes: str = ""
