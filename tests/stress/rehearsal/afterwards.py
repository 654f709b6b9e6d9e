"""What must hold once everybody has gone: the books, the seals, the store and the reference agree."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, func, select

from ledger import models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.papers import verifying
from ledger.runs.settlement import read_run
from ledger.store import Store
from ledger.uploads import records, states
from product import claims_of, farm_of, lines_of
from stress.rehearsal.farms import KEY, Farms
from stress.rehearsal.plan import Year
from stress.rehearsal.settling import PROGRAMME


def problems_of(url: str, store: Path, years: Sequence[Year], farms: Farms) -> list[str]:
    """Whatever is not as it must be, in words."""
    engine = db.open_engine(url)
    try:
        found = [str(one) for one in audit(engine).problems]
        with db.reading(engine) as connection:
            entry, posting = models.JournalEntry, models.JournalPosting
            unbalanced = connection.execute(
                select(posting.entry_id).group_by(posting.entry_id).having(func.sum(posting.amount_fen) != 0)
            ).all()
            entries = connection.execute(select(func.count()).select_from(entry)).scalar_one()
            checked = verifying.verify(connection, Store(store))
            waiting = records.unjudged(connection)
            uploads = connection.execute(select(models.Upload.id, models.Upload.sha256)).all()
            open_ones = [
                one.id for one in uploads if records.get(connection, one.id).state in (states.CHECKED, states.TO_CITY)
            ]
        found += differences(engine, years)
        found += farm_differences(engine, farms)
    finally:
        engine.dispose()
    found += [f"entry {one.entry_id} does not balance" for one in unbalanced]
    found += [] if entries else ["the journal is empty"]
    found += [f"upload {number} was never judged" for number in waiting]
    found += [f"upload {number} was never decided on" for number in open_ones]
    found += [str(one) for one in checked.problems]
    return found if checked.papers else [*found, "there is no paper"]


def farm_differences(engine: Engine, farms: Farms) -> list[str]:
    """Whether the approved run of the other document is what its reference has."""
    run = models.Run
    with db.reading(engine) as connection:
        query = select(run.id).where(run.approved_at.is_not(None), run.programme == KEY)
        approved = [read_run(connection, number) for number in connection.execute(query).scalars()]
    if len(approved) != 1:
        return [f"{len(approved)} approved runs of farms"]
    return [] if farm_of(engine, approved[0]) == farms.lines else ["the lines of farms are not the reference's"]


def differences(engine: Engine, years: Sequence[Year]) -> list[str]:
    """Where the approved runs are not what the reference computation has."""
    run, found = models.Run, []
    with db.reading(engine) as connection:
        query = select(run.id, run.year).where(run.approved_at.is_not(None), run.programme == PROGRAMME)
        approved = {year: read_run(connection, number) for number, year in connection.execute(query)}
    for year in years:
        if year.year not in approved:
            found.append(f"{year.year} has no approved run")
            continue
        if lines_of(engine, approved[year.year]) != year.expected["lines"]:
            found.append(f"the lines of {year.year} are not the reference's")
        if claims_of(engine, approved[year.year]) != year.expected["claims"]:
            found.append(f"the claims of {year.year} are not the reference's")
    return found
