"""Whether approved runs rest on rows, and which further rows do: asked before anything is withdrawn or when it is amended."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Table, func, select

from ledger import models
from ledger.database import db
from ledger.errors import Refused
from ledger.facts.approved import is_approved
from ledger.facts.partitions import Partition
from ledger.intake.sheets import LINK_OF_ANCHOR, SHEETS
from ledger.programmes import PROGRAMMES
from ledger.seals.content import LINES, RUNS
from ledger.workbooks.sheet import Sheet

_OF_ENTERPRISES = "enterprise_id"
_FEW = 1000  # enterprises that are looked at by themselves


def approved_fingerprints(connection: Connection, whom: Collection[int] | None = None) -> dict[int, str]:
    """What each approved run would be found to rest on now: a row matters to it when this changes.

    whom: the enterprises that the row speaks of, as `borrowers` gives them. Then no others are judged, and no run of a
    document whose lines hang on something else.
    """
    run, part = models.Run, None if whom is None else Partition(only=tuple(sorted(whom)))
    rows = connection.execute(select(run.id, run.programme, run.year, run.as_of).where(is_approved()))
    found = {}
    for row in rows.all():
        programme = PROGRAMMES[row.programme]
        if part is not None and programme.judging.numbered.key != _OF_ENTERPRISES:
            continue
        try:
            found[row.id] = programme.judge(connection, row.year, row.as_of, part=part).fingerprint
        except Refused as refusal:
            found[row.id] = str(refusal)
    return found


def borrowers(connection: Connection, rows: Mapping[Sheet, Collection[int]]) -> set[int] | None:
    """The enterprises, by number, of which alone these rows of sheets change what is judged; None where it may be others too,
    or very many.

    Enterprises are judged apart from one another (`ledger.facts.partitions`): of a fact of an enterprise, or of a loan that
    was ever lent to it, nothing else learns. A project, a bank or a year's rate is everybody's. A loan that
    an amendment gives to another enterprise is missing with the first, which shows as well.
    """
    found: set[int | None] = set()
    lent = models.table_of(models.LoanFact)
    for sheet, identifiers in rows.items():
        table = models.table_of(sheet.model)
        if sheet.defines not in (None, "enterprise", "loan") or not {"loan_id", _OF_ENTERPRISES} & set(table.c.keys()):
            return None
        for chunk in db.in_chunks(sorted(identifiers)):
            if "loan_id" in table.c:
                loans = select(table.c.loan_id).where(table.c.id.in_(chunk))
                query = select(lent.c.enterprise_id).where(lent.c.loan_id.in_(loans))
            else:
                query = select(table.c.enterprise_id).where(table.c.id.in_(chunk))
            found.update(connection.execute(query.distinct()).scalars())
    known = {one for one in found if one is not None}
    return known if len(known) == len(found) <= _FEW else None


def runs_with_lines_on(connection: Connection, table: Table, identifiers: Collection[int]) -> set[int]:
    """The approved runs with a line that names one of these rows of a table of facts."""
    found: set[int] = set()
    for lines, _ in LINES:
        for key in lines.foreign_keys:
            if key.column.table is table:
                for chunk in db.in_chunks(sorted(identifiers)):
                    query = select(lines.c.run_id).join(RUNS, RUNS.c.id == lines.c.run_id).distinct()
                    found |= set(connection.execute(query.where(is_approved(), key.parent.in_(chunk))).scalars())
    return found


def last_intake(connection: Connection, run_id: int) -> int:
    """The last intake on file when a run was made: what came later it cannot have used."""
    return int(connection.execute(select(models.Run.last_intake_id).where(models.Run.id == run_id)).scalar_one())


def described(connection: Connection, run_id: int) -> str:
    """A run for a sentence."""
    run = models.Run
    row = connection.execute(select(run.programme, run.year).where(run.id == run_id)).one()
    return f"审核通过的第 {run_id} 号运行（{PROGRAMMES[row.programme].name} {row.year} 年度）"


def dependents(connection: Connection, sheet: Sheet, identifiers: Collection[int]) -> Mapping[str, int]:
    """How many rows in force of other sheets speak of anchors of which no row of their defining sheet is in force any
    more; by sheet, those without any left out."""
    if sheet.defines is None:
        return {}
    link = LINK_OF_ANCHOR[sheet.defines]

    def in_force(of: Sheet) -> dict[int, int]:
        table = models.table_of(of.model)
        found: dict[int, int] = {}
        if link in table.c:
            column = table.c[link]
            for chunk in db.in_chunks(sorted(identifiers)):
                query = select(column, func.count()).where(column.in_(chunk), table.c.retired_by.is_(None))
                found |= {row[0]: row[1] for row in connection.execute(query.group_by(column))}
        return found

    gone = set(identifiers) - in_force(sheet).keys()  # others have e.g. another period of the same bank
    counts = {
        other.name: sum(count for identifier, count in in_force(other).items() if identifier in gone)
        for other in SHEETS
        if other is not sheet
    }
    if sheet.defines == "bank":
        fact, loan = models.LoanFact, models.Loan
        query = select(func.count()).select_from(fact).join(loan, loan.id == fact.loan_id)
        query = query.where(loan.bank_id.in_(gone), fact.retired_by.is_(None))
        counts["贷款"] = int(connection.execute(query).scalar_one())
    return {name: count for name, count in counts.items() if count}
