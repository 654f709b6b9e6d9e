"""The charts of a settled year, each with its table, for whoever looks at a page: of the documents that have any."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.facts.approved import approved_runs
from ledger.runs.settlement import RunRecord, choose_run
from reports.programmes import REPORTS
from reports.writing.drawings import Picture

BANKS = 8  # that are told apart on a page; the others are one row


class Charted(NamedTuple):
    """A run with the charts of its year."""

    run: RunRecord
    pictures: Sequence[Picture]

    def named(self, name: str) -> Picture | None:
        """A chart by its key, its title, or its file's name without ending; None where there is none."""
        return next((one for one in self.pictures if name in (one.key, one.title, one.name)), None)


def documents() -> list[str]:
    """The keys of the programmes that have charts."""
    return [key for key, contents in REPORTS.items() if contents.charts_named]


def years(connection: Connection, programme: str) -> dict[int, bool]:
    """The years of a programme that have a run, the latest first, each with whether one is approved."""
    run = models.Run
    query = select(run.year).distinct().where(run.programme == programme).order_by(run.year.desc())
    approved = {row.year for row in approved_runs(connection, programme)}
    return {year: year in approved for year in connection.execute(query).scalars()}


def of_year(connection: Connection, programme: str, year: int, most: int | None = None) -> Charted:
    """The charts of a year: of its approved run, else of its latest trial; Refused where there is none."""
    run = choose_run(connection, programme, year)
    return Charted(run, list(REPORTS[programme].charts(connection, run, most)))


def standing(connection: Connection, programme: str, year: int) -> tuple[object, ...]:
    """What the charts of a year depend on, to know whether those drawn before still hold: its run, and the last of all that
    was sealed, settled and done."""
    run = choose_run(connection, programme, year)
    tables = (models.Seal, models.Run, models.RunStep)
    last = (connection.execute(select(func.max(models.table_of(table).c.id))).scalar_one() for table in tables)
    return programme, year, run.id, run.state, *last
