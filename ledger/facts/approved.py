"""Which runs are approved: said here once, for whatever asks it of the database."""

from sqlalchemy import ColumnElement, Connection, Row, select

from ledger import models


def is_approved(run: type[models.Run] = models.Run) -> ColumnElement[bool]:
    """The condition that a run is approved."""
    return run.state == "approved"


def approved_runs(
    connection: Connection, programme: str | None = None, since: int | None = None, before: int | None = None
) -> list[Row[tuple[int, str, int, str | None]]]:
    """(id, programme, year, approved_document) of the approved runs, by programme and year; there is at most one of each.

    since: the first year looked at. before: the year after the last one.
    """
    run = models.Run
    query = select(run.id, run.programme, run.year, run.approved_document).where(is_approved())
    if programme is not None:
        query = query.where(run.programme == programme)
    if since is not None:
        query = query.where(run.year >= since)
    if before is not None:
        query = query.where(run.year < before)
    return list(connection.execute(query.order_by(run.programme, run.year)))
