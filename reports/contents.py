"""All that a document has to report, loaded piece by piece as it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ledger.lazy import load
from reports.report import Export, Kind, Simulated, Subject, Table, Trial

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.accounts.scope import Scope
    from ledger.law.conditions import Ground
    from ledger.runs.settlement import RunRecord
    from reports.lineage.rules import Lineage
    from reports.parties.distrust import Barred
    from reports.runs.problems import Problem
    from reports.runs.run_lines import Lines
    from reports.waiting.due import Due
    from reports.writing.drawings import Picture


@dataclass(frozen=True)
class Contents:
    """All that a document has to report. What is "module:NAME" or "module:function" is loaded when it is first asked for.

    gives: the names of what it gives, by their keys in its conditions.
    given: what a line gives, by the keys of its amounts, as traces name it; claimed: what claims take back.
    line_sheets: the sheets whose rows are each one line.
    lines_named: "module:ALL", its kinds of lines.
    lineage_named: "module:LINEAGE", which lines rest on which rows.
    totals_named: what gives a run's sentences and Tables of totals.
    signed_named: what gives the figures that a county signs or the city approves, in a sentence; without one the first
    sentence of the totals.
    kinds_named: "module:KINDS", its workbooks that are read back.
    check_list_named: what writes its spot check's list.
    uploaded_rows_named: what gives the rows behind lines, as the check list has them.
    grounds_named: "module:GROUNDS", why it claims back what earlier years paid.
    simulated_named: "module:SIMULATED", how its simulations are shown, where it has any.
    simulation_shown_named: "module:Simulated", what their figures hold, as programs read them.
    problems_named: what gives the lines that got nothing or less, and why.
    barred_named: what gives its own records of who lost the support.
    due_named: what gives its events with papers missing.
    cut_named: what gives a run's totals over a part of its lines, from the run and a frame of each kind.
    return_named: what writes the quarterly return of one institution.
    notice_named: what gives its list for public notice, asked with what the export of that name may be asked.
    charts_named: what draws the pictures of a run's year.
    shown_named: "module:Totals", what a run's totals hold, as programs read them.
    """

    trial: Trial
    gives: Mapping[str, str]
    given: Mapping[str, str]
    line_sheets: Sequence[str]
    exports: Sequence[Export]
    subjects: Sequence[Subject]
    lines_named: str
    lineage_named: str
    totals_named: str
    signed_named: str = ""
    kinds_named: str = ""
    check_list_named: str = ""
    uploaded_rows_named: str = ""
    grounds_named: str = ""
    simulated_named: str = ""
    simulation_shown_named: str = ""
    problems_named: str = "reports.runs.problems:of_reasons"
    barred_named: str = ""
    due_named: str = ""
    cut_named: str = ""
    return_named: str = ""
    notice_named: str = ""
    charts_named: str = ""
    shown_named: str = ""
    claimed: Mapping[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> "Sequence[Lines]":
        """The kinds of its lines, in its order."""
        found: Sequence[Lines] = load(self.lines_named)
        return found

    @property
    def lineage(self) -> "Lineage":
        """Which lines rest on which rows."""
        found: Lineage = load(self.lineage_named)
        return found

    @property
    def kinds(self) -> Sequence[Kind]:
        """The kinds of its workbooks that are read back."""
        return load(self.kinds_named) if self.kinds_named else ()

    @property
    def grounds(self) -> "Sequence[Ground]":
        """Why it claims back what earlier years paid; the first that applies counts."""
        return load(self.grounds_named) if self.grounds_named else ()

    def problems(self, connection: "Connection", run: "RunRecord", *scope: "Scope") -> "Iterator[Problem]":
        """The lines of a run that got nothing or less than by themselves, in line order, each with why. scope: whose eyes
        they are for, where that is not everybody's."""
        found: Iterator[Problem] = load(self.problems_named)(connection, run, *scope)
        return found

    def barred(self, connection: "Connection") -> "Iterator[Barred]":
        """Its own records of who lost the support, beside revoked loans and disqualified enterprises and banks."""
        found: Iterator[Barred] = load(self.barred_named)(connection) if self.barred_named else iter(())
        return found

    def due(self, connection: "Connection", scope: "Scope", day: date, within: int) -> "Iterator[Due]":
        """Events that a scope sees with papers missing on a day, due through so many working days after it, or late."""
        found: Iterator[Due] = load(self.due_named)(connection, scope, day, within) if self.due_named else iter(())
        return found

    @property
    def simulated(self) -> Simulated:
        """How its simulations are shown."""
        found: Simulated = load(self.simulated_named)
        return found

    def charts(self, connection: "Connection", run: "RunRecord", most: int | None = None) -> "Iterator[Picture]":
        """The charts of a run's year, each with its table. most: how many banks are told apart, None: all."""
        found: Iterator[Picture] = load(self.charts_named)(connection, run, most) if self.charts_named else iter(())
        return found

    def signed(self, run: "RunRecord", county: str | None = None) -> str:
        """The figures that a county signs or, without one, that the city approves, in a sentence."""
        if not self.signed_named:
            return next(part for part in self.totals(run) if isinstance(part, str))
        found: str = load(self.signed_named)(run, county)
        return found

    def totals(self, run: "RunRecord") -> "Iterator[str | Table]":
        """A run's totals for people: sentences and tables, in their order."""
        found: Iterator[str | Table] = load(self.totals_named)(run)
        return found
