"""The rows of the printed annexes in which some lines of a run stand, without reading the others: they are counted by an index.

A run's lines are numbered by county, bank, enterprise, day and note. So the lines of a county stand together, and in them those of a
bank: where these end is found by halving, and how many are listed before a line is a count between two numbers.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from ledger.facts.bank_names import bank_names_of
from ledger.facts.of_lines import with_enterprises, with_loans
from ledger.runs.settlement import RunRecord
from reports.lineage.rules import Row
from reports.tech_branch import annexes
from reports.tech_branch.lineage import is_listed
from reports.tech_branch.lines import bank, enterprise_fact, line
from reports.writing.forms import first_data_row

_ZERO: ColumnElement[int] = literal_column(
    "0"
)  # said as it is: only then is it seen that an index holds what is asked for
LISTED = (line.interest_base_fen > _ZERO) | (line.bonus_base_fen > _ZERO)
_GIVEN = (line.interest_fen > _ZERO) | (line.bonus_fen > _ZERO)


class _Block(NamedTuple):
    """Lines that stand together in a run: their county and the bank as papers call it, the first number and the last."""

    county: str
    bank: str
    first: int
    last: int


def annex_rows(connection: Connection, run: RunRecord, rows: Sequence[Row]) -> Mapping[int, list[str]]:
    """By the number of each of some lines, the rows of 附件1 and 附件2 in which it is printed, in words."""
    listed = [row for row in rows if is_listed(row)]
    found: dict[int, list[str]] = {row["line_no"]: [] for row in rows}
    if not listed:
        return found
    blocks = _blocks(connection, run)
    by_county: dict[str, list[_Block]] = {}
    for block in blocks:
        by_county.setdefault(block.county, []).append(block)
    for county, of_county in by_county.items():
        numbers = [row["line_no"] for row in listed if row["county"] == county]
        for number, place in _places(connection, run, numbers, of_county, lambda block: block.bank, LISTED).items():
            found[number].append(f"附件1（{county}）第 {first_data_row(annexes.ANNEX1_COLUMNS) + place} 行")
    given = [row["line_no"] for row in listed if row["interest_fen"] or row["bonus_fen"]]
    places = _places(connection, run, given, blocks, lambda block: block.county, LISTED & _GIVEN)
    for number, place in places.items():
        found[number].append(f"附件2 第 {first_data_row(annexes.ANNEX2_COLUMNS) + place} 行")
    return found


def _places(
    connection: Connection,
    run: RunRecord,
    numbers: Sequence[int],
    blocks: Sequence[_Block],
    of: Callable[[_Block], str],
    which: ColumnElement[bool],
) -> dict[int, int]:
    """How many rows a form has from its first line to each of some: the lines that it lists, and a 小计 after each of its blocks,
    which are told apart by `of`."""
    wanted, found = set(numbers), {}
    printed, before = 0, None
    for block in blocks if wanted else ():
        points = sorted(number for number in wanted if block.first <= number <= block.last)
        counts = _counts(connection, run, [block.first - 1, *points, block.last], which)
        if sum(counts) and before not in (None, of(block)):
            printed += 1
        before = of(block) if sum(counts) else before
        for number, count in zip((*points, None), counts, strict=True):
            printed += count
            if number is not None:
                found[number] = printed
        wanted -= set(points)
        if not wanted:
            break
    return found


def _counts(connection: Connection, run: RunRecord, points: Sequence[int], which: ColumnElement[bool]) -> list[int]:
    """How many lines are listed after each point up to the next: asked for each, or told from their numbers where these are few."""

    def of(what: Any, first: int, last: int) -> Select[int]:
        return select(what).where(line.run_id == run.id, line.line_no > first, line.line_no <= last, which)

    if points[-1] - points[0] <= _AS_DEAR * len(points):
        numbers = connection.execute(of(line.line_no, points[0], points[-1]).order_by(line.line_no)).scalars().all()
        before = [bisect_right(numbers, point) for point in points]
        return [last - first for first, last in pairwise(before)]
    return [connection.execute(of(func.count(), *span)).scalar_one() for span in pairwise(points)]


_AS_DEAR = 200  # so many numbers are read in the time of one more question


def _blocks(connection: Connection, run: RunRecord) -> list[_Block]:
    """The lines of a run by county and bank, in their order."""
    last = connection.execute(select(func.max(line.line_no)).where(line.run_id == run.id)).scalar_one()
    names = bank_names_of(connection, run)
    known: dict[int, tuple[str, str]] = {}  # by number: county, and the bank's own name on file

    def look_up(numbers: Sequence[int]) -> None:
        query = select(line.line_no, enterprise_fact.county, bank.name).where(
            line.run_id == run.id, line.line_no.in_([number for number in numbers if number not in known])
        )
        for row in connection.execute(with_enterprises(with_loans(query, line), line)):
            known[row.line_no] = row.county, row.name

    look_up([1, last])
    open_spans, ends = [(1, last)], {last}
    while open_spans:  # all spans are halved at once, so that there are as many questions as halvings
        look_up([(first + end) // 2 for first, end in open_spans])
        halves = []
        for first, end in open_spans:
            if known[first] == known[end]:
                continue
            if end - first == 1:
                ends.add(first)
                continue
            middle = (first + end) // 2
            halves += [(first, middle), (middle, end)]
        open_spans = halves
    firsts = [1, *(end + 1 for end in sorted(ends))]
    return [
        _Block(known[end][0], names.printed_of(known[end][1]), first, end)
        for first, end in zip(firsts, sorted(ends), strict=False)
    ]
