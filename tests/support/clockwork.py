"""For tests of the clock: a job called for a day as the runner would, without the runner."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine

from jobs.job import Context, Outcome
from jobs.notices import Notice
from jobs.schedule import BY_NAME
from ledger.settings import Settings


def call(engine: Engine, name: str, day: date, since: date | None = None, again: bool = False, **more: Any) -> Outcome:
    """A job's outcome for a day, with settings as given."""
    return BY_NAME[name].function(Context(engine, name, day, since or day - timedelta(days=1), Settings(**more), again))


def to(outcome: Outcome, who: str) -> Notice:
    """The one notice for somebody."""
    (found,) = [notice for notice in outcome.notices if notice.to == who]
    return found
