"""An explanation out of a run, for whoever may see what it explains; what is another's looks like what is not there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts import scope as scopes
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import NotFound, Refused
from ledger.facts.bank_names import bank_names
from ledger.lazy import load
from ledger.runs.settlement import RunRecord
from ledger.workbooks import cells
from reports.lineage.explanation import Explanation
from reports.programmes import REPORTS
from reports.report import Subject
from reports.runs import seen


class NotNamed(Exception):
    """The names that were given are not those of anything that can be explained. problem: what would be right, in Chinese."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def explain(connection: Connection, run: RunRecord, named: Mapping[str, str], scope: Scope = EVERYTHING) -> Explanation:
    """What is asked about, explained by a run. named: by what it is known, as `{"bank": …, "note": …}`; the number of
    anything is its note. NotNamed for names that belong to nothing; NotFound for what is not there or not to be seen."""
    require_named(named)
    subject = _subject(run, named)
    asked = _asked(subject, named)
    if not _seen(connection, run, subject, asked, scope):
        raise NotFound(f"没有 {' '.join(asked)}")
    eyes = {"scope": scope} if scope.of_institution else {}
    found: Explanation = load(subject.explain)(connection, run, *asked, **eyes)
    return found


def require_named(named: Mapping[str, str]) -> None:
    """NotNamed for names that belong to nothing, whatever the run."""
    ways = dict.fromkeys(_names(subject) for contents in REPORTS.values() for subject in contents.subjects)
    if set(named) not in map(set, ways):
        raise NotNamed(f"应为以下之一：{'；'.join(' 和 '.join(one) for one in ways)}")


def _names(subject: Subject) -> tuple[str, ...]:
    """By what it is asked about."""
    return (*subject.options, *(["note"] if subject.numbered else []))


def _subject(run: RunRecord, named: Mapping[str, str]) -> Subject:
    """The kind of thing that has just these names, of the run's document."""
    own = (one for one in REPORTS[run.programme].subjects if set(_names(one)) == set(named))
    found = next(own, None)
    if found is None:
        raise NotFound("本次运行没有这一类")
    return found


def _asked(subject: Subject, named: Mapping[str, str]) -> tuple[str, ...]:
    """What is asked for, as it is on file; what cannot be on file is not there."""
    first, *beside = subject.options
    try:
        if not subject.numbered:
            return (cells.read_code(named[first]),)
        return (
            cells.read_name(named[first]),
            cells.read_code(named["note"]),
            *(cells.read_name(named[one]) for one in beside),
        )
    except (Refused, ValueError) as error:
        raise NotFound("没有这样的名称或编号") from error


def _seen(connection: Connection, run: RunRecord, subject: Subject, asked: tuple[str, ...], scope: Scope) -> bool:
    """Whether what is asked about is one's own."""
    if not seen.has_part(scope, run.programme):
        return False
    if not scope.kind:
        return True
    if scope.kind == COUNTY:
        county = _county(connection, run, *asked) if subject.option == BANK else _county_of_line(connection, run, asked)
        return county == scope.name
    if scope.kind != subject.option:
        return False
    if scope.kind == BANK:
        return bank_names(connection).id_of(asked[0]) in (scopes.bank_ids(connection, scope) or ())
    return asked[0] == scope.name


def _county_of_line(connection: Connection, run: RunRecord, asked: tuple[str, ...]) -> str | None:
    """The county of the line of a run that is known by what is asked about."""
    for lines in REPORTS[run.programme].lines:
        if len(lines.identity) == len(asked) and not lines.claims and "county" in lines.by_name:
            known = [lines.source(name) == value for name, value in zip(lines.identity, asked, strict=True)]
            query = lines.joined(select(lines.source("county"))).where(lines.line.run_id == run.id, *known)
            if (county := connection.execute(query).scalars().first()) is not None:
                return str(county)
    return None


def _county(connection: Connection, run: RunRecord, bank_name: str, note_no: str) -> str | None:
    """The county of a loan's enterprise: as a run's line has it, else by the version in force."""
    bank_id = bank_names(connection).id_of(bank_name)
    bank, loan, fact, company = models.Bank, models.Loan, models.LoanFact, models.EnterpriseFact
    for lines in REPORTS[run.programme].lines:
        if tuple(lines.identity) == ("bank", "note_no"):
            query = lines.joined(select(lines.source("county"))).where(
                lines.line.run_id == run.id, bank.id == bank_id, loan.note_no == note_no
            )
            if (county := connection.execute(query).scalars().first()) is not None:
                return str(county)
    query = (
        select(company.county)
        .join(fact, fact.enterprise_id == company.enterprise_id)
        .join(loan, loan.id == fact.loan_id)
        .where(
            loan.bank_id == bank_id, loan.note_no == note_no, fact.retired_by.is_(None), company.retired_by.is_(None)
        )
    )
    found: Any = connection.execute(query).scalars().first()
    return found
