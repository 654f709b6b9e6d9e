"""Setting up a database: the schema, and the reference data that comes with the program."""

import csv
import io
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, insert, select

from ledger import models
from ledger.database import clock, db, migrating
from ledger.logs import Log
from ledger.people import BUNDLED, account
from ledger.seals import chain
from ledger.workbooks import cells
from ledger.workbooks.workbook import fingerprint
from ledger.workdays import now

_log = Log(__name__)
LPR_FILE = Path(__file__).with_name("reference") / "lpr_1y.csv"


def initialise(engine: Engine) -> int:
    """Creates or migrates the database and adds the bundled LPR announcements that it lacks; says how many.

    Safe to repeat: what users entered, amended or withdrew stays as it is.
    """
    with _log.timed("migrated"):
        migrating.migrate(engine)
    data = LPR_FILE.read_bytes()
    sha256 = fingerprint(data)
    fact = models.LprFact
    with clock.changing(engine) as connection:
        link = chain.Link(connection)
        if connection.execute(select(models.Intake.id).where(models.Intake.sha256 == sha256)).first():
            return 0
        known = set(connection.execute(select(fact.announced_on)).scalars())
        rows = [
            (number, date.fromisoformat(row["announced_on"]), cells.read_percent(row["rate_percent"]))
            for number, row in enumerate(csv.DictReader(io.StringIO(data.decode())), start=2)
        ]
        missing = [row for row in rows if row[1] not in known]
        intake_id = db.next_id(connection, models.table_of(models.Intake))
        connection.execute(
            insert(models.Intake).values(
                id=intake_id,
                file_name=LPR_FILE.name,
                sha256=sha256,
                uploader=BUNDLED,
                received_at=now(),
                account=account(),
            )
        )
        if missing:
            first = db.next_id(connection, models.table_of(fact))
            link.insert(
                models.table_of(fact),
                {
                    "id": list(range(first, first + len(missing))),
                    "sheet_row": [number for number, _, _ in missing],
                    "version": [1] * len(missing),
                    "intake_id": [intake_id] * len(missing),
                    "announced_on": [day.isoformat() for _, day, _ in missing],
                    "rate_e4": [rate for _, _, rate in missing],
                },
            )
        link.seal("init")
        return len(missing)
