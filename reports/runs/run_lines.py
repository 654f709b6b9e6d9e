"""The lines of a run as they were stored, whatever the document: declared as Lines, read here once for everything reported.

A document lists its kinds of lines in its contents (`lines_named`). What is general (finding, comparing, statements) reads
these, so that it works for every document and names none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import models
from reports.bank_names import named
from reports.report import LineColumn
from reports.writing.csv_files import columns_csv

Row = dict[str, Any]
Joined = Callable[[Select[*tuple[Any, ...]]], Select[*tuple[Any, ...]]]
OF_THE_RUN = ("run", "year")  # columns that say which run it is, and nothing of a line


@dataclass(frozen=True)
class Lines:
    """One kind of a document's lines: its table, its columns for machines, what people see beside them, whom it speaks of by
    identifiers, and the joins.

    name: what one is called. identity: the columns by which it is known in another run of its year. gives: the columns of
    what it gives (fen). claims: whether it takes back what was given instead.
    listed: what lists for programs and pages call its lines, '' where they have none. shown: which columns a page has room
    for; all where empty.
    Columns called county, uscc, enterprise, bank and reasons mean the same in every document.
    """

    line: Any
    columns: Sequence[LineColumn]
    more: Sequence[LineColumn]
    ids: Sequence[Any]
    joined: Joined
    name: str
    identity: Sequence[str]
    gives: Sequence[str]
    claims: bool = False
    listed: str = ""
    shown: Sequence[str] = ()

    @property
    def by_name(self) -> Mapping[str, LineColumn]:
        """Its columns for machines by their names."""
        return {column.name: column for column in self.columns}

    @property
    def number(self) -> Any:
        """The column that numbers the lines of a run."""
        return getattr(self.line, self.line.NUMBER)

    def source(self, name: str) -> Any:
        """Where a query finds a column, without the name that it has for machines."""
        source = self.by_name[name].source
        return getattr(source, "element", source)


def of_programme(key: str) -> Sequence[Lines]:
    """The kinds of lines of a document, in its order."""
    from reports.programmes import (
        REPORTS,  # here and not above: a document's contents are declared without the database
    )

    return REPORTS[key].lines


def read(
    connection: Connection, lines: Lines, run_id: int, *where: ColumnElement[bool], printed: bool = False
) -> list[Row]:
    """A run's lines of one kind in line order, by the names of all their columns. printed: banks as papers call them."""
    columns = (*lines.columns, *lines.more)
    query = lines.joined(select(*(column.source.label(column.name) for column in columns)))
    found = connection.execute(query.where(lines.line.run_id == run_id, *where).order_by(lines.number))
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in named(connection, run_id, columns, found, printed)]


def read_whole(connection: Connection, lines: Lines, run_id: int, *where: ColumnElement[bool]) -> list[Row]:
    """A run's lines of one kind with everything that is stored of them, by the names of the table and of the reports."""
    shown = [column.source.label(column.name) for column in (*lines.columns, *lines.more)]
    known = {column.name for column in (*shown, *lines.ids)}
    own = [column for column in models.table_of(lines.line).c if column.name not in known]
    query = lines.joined(select(*own, *shown, *lines.ids)).where(lines.line.run_id == run_id, *where)
    return [dict(row) for row in connection.execute(query.order_by(lines.number)).mappings()]


def values(lines: Lines, rows: list[Row]) -> list[tuple[Any, ...]]:
    """The rows as tuples of the columns for machines."""
    return [tuple(row[column.name] for column in lines.columns) for row in rows]


def csv(lines: Lines, rows: list[Row]) -> Iterator[str]:
    """The rows of one kind, for machines."""
    return columns_csv(lines.columns, values(lines, rows))
