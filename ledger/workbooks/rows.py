"""A sheet's grid as typed columns: headers matched, rows kept with their Excel numbers, every cell read once."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ledger.workbooks import cells, headers
from ledger.workbooks.cell_marks import Covered
from ledger.workbooks.cells import BadCell, Cell
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.not_data import blank, filled_rows, without_footers
from ledger.workbooks.sheet import EXAMPLE_MARK, Column, Sheet
from ledger.workbooks.sheet_xml import column_letter

if TYPE_CHECKING:
    from ledger.workbooks.workbook import Grid

_LONGEST = 32_767  # characters that a cell of a spreadsheet holds: what is longer could not be exported whole
_EXAMPLE = re.compile(f"{EXAMPLE_MARK} *:")


@dataclass
class Rows:
    """The rows of one sheet: their Excel numbers, and per field the parsed values (None where empty or bad)."""

    file: str
    sheet: Sheet
    numbers: list[int]
    columns: dict[str, list[Any]]
    raw: dict[str, list[Cell | None]]
    letters: dict[str, str]
    report: Report
    headers: dict[str, str] = field(default_factory=dict)  # as the file has them
    header_number: int = 1  # Excel's number of the header row
    examples: list[int] = field(default_factory=list)  # Excel numbers of the example rows, which are not among these
    bad: set[int] = field(default_factory=set)  # rows (by position) with a finding
    bad_cells: set[tuple[int, str]] = field(default_factory=set)  # (position, field) with a finding
    settled: frozenset[int] = frozenset()  # on file as they are: rules that came later do not judge them again
    _keys: list[tuple[Any, ...]] | None = None
    _positions: dict[tuple[Any, ...], int] | None = None  # by key, made when first asked for

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, name: str) -> list[Any]:
        """A field's values; all None where the column is absent."""
        if name not in self.columns:
            self.columns[name] = [None] * len(self)
        return self.columns[name]

    def find(self, position: int, name: str, problem: str, expected: str) -> None:
        """Reports a finding on one cell (name: a field) or, with name '', on the row; not on a settled one."""
        if position in self.settled:
            return
        self.bad.add(position)
        self.bad_cells.add((position, name))
        column = self.sheet.column(name) if name else None
        value = self.raw[name][position] if name in self.raw else None
        self.report(
            Finding(
                self.file,
                self.sheet.name,
                self.numbers[position],
                self.headers.get(name, column.header) if column else "",
                self.letters.get(name, ""),
                cells.shown(value),
                problem,
                expected,
            )
        )

    def give_up(self, position: int) -> None:
        """Leaves a row out without a finding of its own: it refers to a row that has one."""
        self.bad.add(position)

    def keys(self) -> list[tuple[Any, ...]]:
        """The key of every row: the columns of the model's KEY, made once when first asked for."""
        if self._keys is None:
            self._keys = list(zip(*(self.values(name) for name in self.sheet.model.KEY), strict=True))
        return self._keys

    def position_of(self, key: tuple[Any, ...]) -> int | None:
        """Where the row with this key is, the first of several; None if it is not in this sheet."""
        if self._positions is None:
            self._positions = {}
            for position, found in enumerate(self.keys()):
                self._positions.setdefault(found, position)
        return self._positions.get(key)

    def good(self) -> Iterable[int]:
        """The positions without a finding so far."""
        return (position for position in range(len(self)) if position not in self.bad) if self.bad else range(len(self))


def read_rows(file: str, grid: Grid, sheet: Sheet, report: Report, to_the_end: bool = False) -> Rows | None:
    """The rows of a sheet, every bad header and cell reported; None for an empty sheet or headers that cannot be used.

    to_the_end: with bad headers the rows are read nevertheless, so that all that is wrong is said at once; each is bad
    where a required header is missing.
    """
    if all(blank(value) for row in grid.rows for value in row):
        return None
    top = headers.header_row(grid.rows, sheet)
    kept, examples = filled_rows(grid.rows, top)
    header = headers.match(file, sheet, top + 1, grid.rows[top], kept, report)
    if not header.sound and not (to_the_end and header.places):
        return None
    if header.places:
        kept = headers.without_repeats(file, sheet, top + 1, kept, header, report)
    kept = without_footers(file, sheet, kept, header.places, report)
    places = set(header.places.values())
    if not places >= set(range(max((len(row) for _, row in kept), default=0))):
        kept = [  # a row that is filled only beside the table is said with the column that has no header
            (number, row) for number, row in kept if any(place < len(row) and not blank(row[place]) for place in places)
        ]
    numbers = [number for number, _ in kept]
    width = max(header.places.values(), default=0) + 1
    padded = [row if len(row) >= width else [*row, *[None] * (width - len(row))] for _, row in kept]
    by_place: list[tuple[Cell | None, ...]] = list(zip(*padded, strict=False)) or [()] * width
    raw = {name: list(by_place[place]) for name, place in header.places.items()}
    _mark_covered(raw, numbers, header.places, grid)
    letters = {name: column_letter(place) for name, place in header.places.items()}
    rows = Rows(file, sheet, numbers, {}, raw, letters, report, header.written, top + 1, examples)
    for name, column in header.columns.items():
        rows.columns[name] = _read_column(rows, column)
    for name in header.missing:
        rows.bad.update(range(len(rows)))
        rows.bad_cells.update((position, name) for position in range(len(rows)))
    return rows


def _mark_covered(raw: dict[str, list[Cell | None]], numbers: list[int], places: dict[str, int], grid: Grid) -> None:
    """Marks the cells of which a merged area shows another one, so that nothing is read that nobody sees, and nothing
    seen for several rows is read for the first alone; not those of areas that show nothing."""
    for top, left, bottom, right in grid.merged:
        inside = range(bisect_left(numbers, top + 1), bisect_right(numbers, bottom + 1))
        fields = [name for name, place in places.items() if left <= place <= right]
        corner = grid.rows[top] if top < len(grid.rows) else []
        shown = left < len(corner) and not blank(corner[left])
        for name in fields:
            for position in inside:
                is_corner = numbers[position] == top + 1 and places[name] == left
                if not is_corner and (shown or not blank(raw[name][position])):
                    raw[name][position] = Covered()


def _read_column(rows: Rows, column: Column) -> list[Any]:
    """Every cell of a column read; equal cells are read once, and texts that are taken as they are written all at once."""
    raw = rows.raw[column.field]
    kinds = set(map(type, raw))
    if kinds == {str} and column.read in cells.AS_WRITTEN:
        lines = "\n".join([*raw, ""])  # type: ignore[list-item]
        if cells.AS_WRITTEN[column.read].fullmatch(lines) and lines.count("\n") == len(raw):
            return list(raw)
    if bool in kinds:
        parsed = [_read_cell(column, value) for value in raw]  # TRUE equals 1 in Python, but is not the same cell
    else:
        read = {value: _read_cell(column, value) for value in set(raw)}
        parsed = list(map(read.__getitem__, raw))
    if BadCell in set(map(type, parsed)):
        for position, result in enumerate(parsed):
            if result.__class__ is BadCell:
                rows.find(position, column.field, result.problem, result.expected)
                parsed[position] = None
    return parsed


def _read_cell(column: Column, value: Cell | None) -> Any:
    """The parsed value, None for an empty cell that may be empty, or the BadCell."""
    try:
        if value is None or blank(value):
            return None if column.optional else BadCell("不能为空", f"应填写：{column.hint}")
        if value.__class__ is str and value.lstrip().startswith(EXAMPLE_MARK):
            _refuse_example(value)
        if value.__class__ is str and len(value) > _LONGEST:
            raise BadCell(f"内容超过 {_LONGEST} 个字符", "表格软件的一个单元格放不下这么长的内容，请缩短")
        result = column.read(value)
        if result == "":
            return None if column.optional else BadCell("不能为空", f"应填写：{column.hint}")
        return result
    except BadCell as bad:
        return bad


def _refuse_example(text: str) -> None:
    """A cell left over from the blank workbook's example row, in a row that somebody typed over."""
    if _EXAMPLE.match(cells.half_width(text).strip()):
        raise BadCell("示例内容没有清除", "请填写实际内容，没有的清空；数据从示例行的下一行填起")
