"""The lines that an annex lists, gone through as often as its parts need it and never held: a city's are few, a province's are
a million."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection

from ledger.runs.settlement import RunRecord
from reports.tech_branch.lines import COLUMNS, PLACE, line, read_lines
from reports.writing.forms import rows_fingerprint

Row = Sequence[Any]


@dataclass(frozen=True)
class Stored:
    """Some lines of a run in line order, as rows of COLUMNS, read anew whenever somebody goes through them."""

    connection: Connection
    run_id: int
    where: Sequence[ColumnElement[bool]]
    count: int

    def __iter__(self) -> Iterator[Row]:
        return read_lines(self.connection, self.run_id, *self.where, printed=True)

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True)
class Listing:
    """What an annex lists and what it says of the whole: the rows, those of each of its blocks (consecutive lines of one county or
    bank), the names of the banks, the sums of some columns (fen), and the fingerprint."""

    rows: Stored
    blocks: Sequence[Stored]
    banks: frozenset[str]
    sums: dict[str, int]
    fingerprint: str


def listing(
    connection: Connection,
    run: RunRecord,
    where: Sequence[ColumnElement[bool]],
    kind: str,
    by: str,
    summed: Sequence[str],
) -> Listing:
    """Goes once through the lines of a run that an annex lists. kind: what its fingerprint begins with; by: the column of blocks."""
    found = _Found(by, summed)
    numbered = read_lines(connection, run.id, *where, printed=True, numbered=True)
    digest = rows_fingerprint(kind, COLUMNS, found.through(numbered))
    blocks = [
        Stored(connection, run.id, (*where, line.line_no.between(first, last)), count)
        for first, last, count in found.blocks
    ]
    rows = Stored(connection, run.id, where, sum(block.count for block in blocks))
    return Listing(rows, blocks, frozenset(found.banks), dict(zip(summed, found.sums, strict=True)), digest)


class _Found:
    """What is noted of numbered lines while somebody goes through them."""

    def __init__(self, by: str, summed: Sequence[str]) -> None:
        self._by, self._places = PLACE[by], [PLACE[name] for name in summed]
        self.blocks: list[tuple[int, int, int]] = []  # the first line, the last, and how many are listed
        self.banks: set[str] = set()
        self.sums = [0] * len(summed)

    def through(self, lines: Iterable[Row]) -> Iterator[Row]:
        """The lines without their numbers."""
        bank = PLACE["bank"]
        for _, group in groupby(lines, key=lambda row: row[self._by]):
            first = last = count = 0
            for row in group:
                *cells, last = row
                first, count = first or last, count + 1
                self.banks.add(row[bank])
                for number, place in enumerate(self._places):
                    self.sums[number] += row[place]
                yield cells
            self.blocks.append((first, last, count))
