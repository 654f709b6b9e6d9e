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
from product import claims_of, lines_of
from stress.rehearsal.plan import Year


def problems_of(url: str, store: Path, years: Sequence[Year]) -> list[str]:
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
    finally:
        engine.dispose()
    found += [f"entry {one.entry_id} does not balance" for one in unbalanced]
    found += [] if entries else ["the journal is empty"]
    found += [f"upload {number} was never judged" for number in waiting]
    found += [f"upload {number} was never decided on" for number in open_ones]
    found += [str(one) for one in checked.problems]
    return found if checked.papers else [*found, "there is no paper"]


def differences(engine: Engine, years: Sequence[Year]) -> list[str]:
    """Where the approved runs are not what the reference computation has."""
    run, found = models.Run, []
    with db.reading(engine) as connection:
        query = select(run.id, run.year).where(run.approved_at.is_not(None))
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
