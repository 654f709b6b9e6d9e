"""What a job is: a function from a day to an outcome, with the rule that says when it is due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from jobs.notices import Notice
from jobs.rules import Rule
from ledger.settings import Settings

BY_THE_CLOCK = "定时任务"  # who makes a trial that nobody asked for


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


@dataclass(frozen=True)
class Outcome:
    """What a job found: one sentence (without names of enterprises), counts, and the notices to send."""

    summary: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[Notice] = ()


@dataclass(frozen=True)
class Job:
    """One job: its name, what it is called, when it is due, on which article, and what it does."""

    name: str
    title: str
    when: Rule
    article: str
    function: Callable[[Context], Outcome]
