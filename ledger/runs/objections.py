"""Objections that are still open: all on file, or those that concern a run."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.facts.of_lines import with_enterprises
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord


@dataclass(frozen=True)
class Objection:
    """An objection without an outcome, and whose it is."""

    year: int
    uscc: str
    enterprise: str
    received_on: date
    matter: str

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**vars(self), "received_on": self.received_on.isoformat()}

    def line(self) -> str:
        """For people."""
        return f"{self.enterprise}（{self.uscc}）{self.received_on} 收到：{self.matter}"


def open_objections(connection: Connection, run: RunRecord | None = None) -> list[Objection]:
    """The open objections on file, by (year, day received, code); of a run: those of its year by enterprises with a line."""
    fact, anchor, company = models.ObjectionFact, models.Enterprise, models.EnterpriseFact
    query = (
        select(fact.year, anchor.uscc, company.name, fact.received_on, fact.matter)
        .join(anchor, anchor.id == fact.enterprise_id)
        .join(company, (company.enterprise_id == anchor.id) & company.retired_by.is_(None))
        .where(fact.retired_by.is_(None), fact.outcome.is_(None))
        .order_by(fact.year, fact.received_on, anchor.uscc)
    )
    if run is not None:
        enterprises = _with_a_line(connection, run)
        if not enterprises:
            return []
        query = query.where(fact.year == run.year, fact.enterprise_id.in_(enterprises))
    return [Objection(*row) for row in connection.execute(query)]


def _with_a_line(connection: Connection, run: RunRecord) -> list[int]:
    """The enterprises that have an objection of the run's year and a line in it."""
    fact, company = models.ObjectionFact, models.EnterpriseFact
    asked = select(fact.enterprise_id).where(fact.year == run.year, fact.retired_by.is_(None), fact.outcome.is_(None))
    found: set[int] = set()
    if connection.execute(asked.limit(1)).first() is None:
        return []  # as nearly always: then the lines need not be asked, nor their tables loaded
    for model in PROGRAMMES[run.programme].tables:
        columns = models.table_of(model).c
        if (
            model.NUMBER and "enterprise_fact_id" in columns and "reasons" in columns
        ):  # a line that was judged, no sum of them
            query = with_enterprises(select(company.enterprise_id), model)
            query = query.where(model.run_id == run.id, company.enterprise_id.in_(asked)).distinct()
            found |= set(connection.execute(query).scalars())
    return sorted(found)
