"""Facts of loans in force, with all that anybody judges by: read once where several look at the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import models
from ledger.database import db
from ledger.facts.partitions import WHOLE, Partition
from ledger.lazy import pd

_KEPT = "facts in force"  # in what SQLAlchemy keeps beside a connection
_NEVER = {"id", "version", "retired_by"}


@contextmanager
def read_once(connection: Connection) -> Iterator[None]:
    """Within this, what is read of all enterprises is kept and given again. No fact may change meanwhile."""
    connection.info[_KEPT] = {}
    try:
        yield
    finally:
        del connection.info[_KEPT]


def loans(
    connection: Connection, partition: Partition = WHOLE, where: Sequence[ColumnElement[bool]] = ()
) -> pd.DataFrame:
    """The loans of a part: loan_fact_id, bank_id, note_no and the columns of LoanFact. where: conditions on those that are
    wanted; others may be there too."""
    fact, loan = models.table_of(models.LoanFact), models.table_of(models.Loan)
    columns = [column for column in fact.c if column.name not in {*_NEVER, "contract_no"}]  # by which nobody judges
    query = select(fact.c.id.label("loan_fact_id"), loan.c.bank_id, loan.c.note_no, *columns)
    query = query.join(loan, loan.c.id == fact.c.loan_id).where(fact.c.retired_by.is_(None))
    return _read(connection, fact.name, partition, partition.within(query, fact.c.enterprise_id), where)


def of_loans(
    connection: Connection,
    model: type[models.Fact],
    partition: Partition = WHOLE,
    where: Sequence[ColumnElement[bool]] = (),
) -> pd.DataFrame:
    """The facts of a table that speak of loans ever lent to a part, with its columns. where: as above."""
    fact = models.table_of(model)
    query = select(*(column for column in fact.c if column.name not in _NEVER)).where(fact.c.retired_by.is_(None))
    return _read(connection, fact.name, partition, partition.of_loans(query, fact.c.loan_id), where)


def _read(
    connection: Connection,
    name: str,
    partition: Partition,
    query: Select[*tuple[object, ...]],
    where: Sequence[ColumnElement[bool]],
) -> pd.DataFrame:
    kept: dict[str, pd.DataFrame] | None = connection.info.get(_KEPT)
    if kept is None or not partition.is_whole:
        return db.fetch_frame(connection, query.where(*where))
    if name not in kept:
        kept[name] = db.fetch_frame(connection, query)
    return kept[name].copy(deep=False)
