"""Parts of the enterprises, so that each can be read and judged apart from the others.

A part is a range of numbers, so that an index finds what it holds: each fact is read once over all parts, however many. Some
few enterprises are looked at by themselves as a part of their numbers alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, func, select

from ledger import models
from ledger.database import db
from ledger.lazy import np
from ledger.models.base import aliased

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class Partition:
    """A part of the enterprises (or of what else a document's lines hang on): those with a number from `first` on and
    below `end`; None where it has no such end. only: these numbers, and no range."""

    first: int | None = None
    end: int | None = None
    only: tuple[int, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is in it."""
        return self.first is None and self.end is None and self.only is None

    def within(self, query: _Query, number: Any) -> _Query:
        """A query narrowed to the part, by its column of the enterprise's number."""
        if self.only is not None:
            query = query.where(number.in_(self.only))
        if self.first is not None:
            query = query.where(number >= self.first)
        return query if self.end is None else query.where(number < self.end)

    def of_loans(self, query: _Query, loan_id: Any) -> _Query:
        """A query narrowed to loans that were ever lent to the part, by its column of the loan's number."""
        if self.is_whole:
            return query
        fact = models.LoanFact
        return query.where(loan_id.in_(self.within(select(fact.loan_id), fact.enterprise_id)))

    def of_versions(self, query: _Query, loan_fact_id: Any) -> _Query:
        """A query narrowed to versions of loans that lend to the part, by its column of the version's number: lines are then
        found by an index over these, instead of walking through those of all parts."""
        if self.is_whole:
            return query
        fact = aliased(models.LoanFact)
        return query.where(loan_fact_id.in_(self.within(select(fact.id), fact.enterprise_id)))


WHOLE = Partition()
_NO_ESTIMATES = "no estimates"  # in what SQLAlchemy keeps beside a connection


@contextmanager
def without_estimates(connection: Connection) -> Iterator[None]:
    """Meanwhile tables of facts are read through expressions of which a server cannot tell how many rows they give."""
    connection.info[_NO_ESTIMATES] = True
    try:
        yield
    finally:
        del connection.info[_NO_ESTIMATES]


@contextmanager
def looked_up(connection: Connection, part: Partition) -> Iterator[None]:
    """Meanwhile what a part holds is looked up by indexes where PostgreSQL cannot tell how many rows that are: it expects a
    two-hundredth of them, and would walk through a whole table for each part."""
    needed = connection.dialect.name == "postgresql" and not part.is_whole and _NO_ESTIMATES in connection.info
    if needed:
        connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")
    yield
    if needed:  # a transaction that failed is given up with its settings
        connection.exec_driver_sql("SET LOCAL enable_seqscan TO DEFAULT")


def cut(connection: Connection, number: Any, parts: int) -> tuple[Partition, ...]:
    """At most so many parts with about equally many facts in force, in the order of their numbers.

    number: the column of the numbers, in the model of the facts that are counted.
    """
    if parts <= 1:
        return (WHOLE,)
    query = select(number.label("number"), func.count().label("facts")).where(number.table.c.retired_by.is_(None))
    found = db.fetch_frame(connection, query.group_by(number).order_by(number))
    numbers, facts = found["number"].to_numpy(), found["facts"].to_numpy()
    reached = np.cumsum(facts)
    wanted = np.arange(1, parts) * (int(reached[-1]) if reached.size else 0) // parts
    places = np.searchsorted(reached, wanted, side="right")
    edges: Sequence[int | None] = [None, *np.unique(numbers[places[places > 0]]).tolist(), None]
    return tuple(Partition(first, end) for first, end in zip(edges[:-1], edges[1:], strict=True))


def most(connection: Connection, number: Any) -> int:
    """How many rows the table of a column has at most, by their numbers: a look that costs the same however many there are."""
    return int(connection.execute(select(func.coalesce(func.max(number.table.c.id), 0))).scalar_one())
