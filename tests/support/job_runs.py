"""What the database holds of the jobs that ran."""

from typing import Any

from sqlalchemy import Engine, select

from ledger import models
from ledger.database import db


def rows(engine: Engine) -> list[Any]:
    table = models.table_of(models.JobRun)
    with db.reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))
