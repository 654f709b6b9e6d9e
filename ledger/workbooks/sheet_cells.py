"""The cells of one worksheet, walked once with an XML parser: what stands in each, as the workbook means it.

Whatever the writing (quotes, prefixes, CDATA, comments, UTF-16, cells without addresses, both variants of the standard),
a value is what the parser says it is. Only the path worksheet/sheetData/row/c counts; what could hide a cell from this
reader but not from another (alternatives, cells outside rows, two cells of one address) is refused.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.parsers import expat

from ledger.workbooks.cell_marks import FormulaWithoutValue
from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.conditional import mark_unclear
from ledger.workbooks.number_formats import NumberFormat
from ledger.workbooks.packages import MAIN
from ledger.workbooks.plain_rows import cut_plain_rows
from ledger.workbooks.safe_xml import NotXml, hardened_parser
from ledger.workbooks.sheet_xml import Area, address, column_index, column_letter

_LARGEST_GRID = 20_000_000  # cells between A1 and the last cell
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
_ROW = re.compile("[1-9][0-9]{0,6}")
_REFERENCE = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
_ALTERNATIVES = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OVER_SEVERAL = ("array", "dataTable")

# Where the walk is: the places, the tags that lead on from each, and where each ends.
_DATA, _IN_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT, _RUN, _RUN_TEXT = range(9)
_STEPS: tuple[dict[str, int], ...] = (
    {"row": _IN_ROW},
    {"c": _CELL},
    {"v": _VALUE, "f": _FORMULA, "is": _INLINE},
    {},
    {},
    {"t": _TEXT, "r": _RUN},
    {},
    {"t": _RUN_TEXT},
    {},
)
_PARENTS = (-1, _DATA, _IN_ROW, _CELL, _CELL, _CELL, _INLINE, _INLINE, _RUN)
_NO_CHILDREN = (_VALUE, _FORMULA, _TEXT, _RUN_TEXT)
_TAGS = frozenset(["sheetData", "row", "c", "v", "f", "is"])


class FarCell(Exception):
    """A filled cell so far away that the grid would explode."""


def read_cells(
    xml: bytes,
    values: Values,
    conditional: Sequence[NumberFormat | None] = (),
    merged: list[Area] | None = None,
) -> list[list[Any]]:
    """The rows of a worksheet from A1 on, all of one width, None for an empty cell.

    conditional: the number formats that the styles of conditional formats have, by their index.
    merged: takes the merged areas. Raises NotXml for what is no worksheet, BadValue (a clause in Chinese that names the cell) for cells that cannot be
    resolved, FarCell for a grid beyond any table's size.
    """
    grid = _Grid()
    plain = cut_plain_rows(xml, values)
    try:
        if plain is not None and _walk(plain.rest, values, grid) == plain.tags:
            put_row = grid.put_row
            for row, columns, found in plain.rows:
                put_row(row, columns, found)
        else:
            grid = _Grid()
            _walk(xml, values, grid)
    except expat.ExpatError as error:
        raise NotXml(str(error)) from error
    rows = grid.finished()
    if merged is not None:
        merged.extend(_areas(grid.merged, rows))
    for extent, style in grid.laid_over:
        if not style.isdecimal() or int(style) >= len(conditional):
            raise NotXml(f"no conditional style {style}")
        if (laid_over := conditional[int(style)]) is not None:
            mark_unclear(rows, extent, laid_over)
    return rows


class _Grid:
    """The rows as far as they are filled."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self.walked = 0  # rows that the parser came by
        self.laid_over: list[tuple[str, str]] = []  # ranges of conditional formats, and their styles
        self.merged: list[str] = []  # the ranges of merged cells
        self.column_styles: list[tuple[int, int, str]] = []  # first and last column, and the style of their cells
        self.arrays: list[str] = []  # the ranges of formulas that stand in one cell and fill several
        self._width = 0
        self._first_columns = list(range(256))

    def put(self, row: int, column: int, value: Any) -> None:
        """Fills a cell; BadValue when it is filled already."""
        if column >= self._width or row >= len(self.rows):
            self._make_room(row, column + 1)
        filled = self.rows[row]
        if column >= len(filled):
            filled.extend([None] * (column - len(filled)))
            filled.append(value)
        elif filled[column] is None:
            filled[column] = value
        else:
            raise BadValue("出现了两次")

    def put_row(self, row: int, columns: list[int], values: list[Any]) -> None:
        """Fills the cells of a row; None leaves one empty."""
        if row == len(self.rows) and values[-1] is not None and columns == self._first_columns[: len(columns)]:
            self._widen(row, len(columns))
            self.rows.append(values)
            return
        for column, value in zip(columns, values, strict=True):
            if value is not None:
                try:
                    self.put(row, column, value)
                except BadValue as error:
                    raise BadValue(f"单元格 {address(row, column)} {error}") from error

    def column_style(self, column: int) -> str | None:
        """The style that a column gives its cells, None without one."""
        return next((style for first, last, style in self.column_styles if first <= column <= last), None)

    def _widen(self, row: int, width: int) -> None:
        if width > self._width:
            self._width = width
        if max(row + 1, len(self.rows)) * self._width > _LARGEST_GRID:
            raise FarCell

    def _make_room(self, row: int, width: int) -> None:
        self._widen(row, width)
        self.rows.extend([] for _ in range(row + 1 - len(self.rows)))

    def finished(self) -> list[list[Any]]:
        """The rows, all of one width; a cell that a formula elsewhere fills and that has no result is a formula's."""
        areas = [_area(extent) for extent in self.arrays]
        for _, _, bottom, right in areas:
            self._widen(bottom, right + 1)
        # no two of them overlap in a file that a spreadsheet program wrote, so together they fit where each of them does
        if sum((bottom + 1 - top) * (right + 1 - left) for top, left, bottom, right in areas) > _LARGEST_GRID:
            raise FarCell
        for top, left, bottom, right in areas:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    if row >= len(self.rows) or column >= len(self.rows[row]) or self.rows[row][column] is None:
                        self.put(row, column, FormulaWithoutValue())
        for filled in self.rows:
            if len(filled) < self._width:
                filled.extend([None] * (self._width - len(filled)))
        return self.rows


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise NotXml(f"no cell {reference}")
    row, column = int(match.group(2)) - 1, column_index(match.group(1))
    if row >= _MOST_ROWS or column >= _MOST_COLUMNS:
        raise NotXml(f"no cell {reference}")
    return row, column


def _area(extent: str) -> Area:
    ends = [_place(end) for end in extent.upper().replace("$", "").split(":")]
    return *ends[0], *ends[-1]


def _areas(extents: Sequence[str], rows: list[list[Any]]) -> list[Area]:
    """The merged areas; NotXml when they overlap, as none may."""
    areas = [_area(extent) for extent in extents]
    height, width = len(rows), len(rows[0]) if rows else 0
    filled = (
        max(min(bottom + 1, height) - top, 0) * max(min(right + 1, width) - left, 0)
        for top, left, bottom, right in areas
    )
    if sum(filled) > height * width:
        raise NotXml("merged areas overlap")
    return areas


def _walk(xml: bytes, values: Values, grid: _Grid) -> int:
    """Walks a worksheet and counts its rows: the outer handlers find its one sheetData, those of _inside read it."""
    parser = hardened_parser()
    depth, found, space, extent = 0, False, "", ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, found, space, extent
        namespace, _, name = tag.rpartition("}")
        if depth == 0:
            if name != "worksheet" or namespace not in MAIN:
                raise NotXml("no worksheet")
            space = namespace
        elif namespace in MAIN and name in ("sheetData", "row", "c"):
            if name != "sheetData" or depth > 1 or found or namespace != space:
                raise NotXml("cells where none may be")
            found = True
            enter()
        elif namespace in MAIN and name == "conditionalFormatting":
            extent = attributes.get("sqref", "")
        elif namespace in MAIN and name == "col" and "style" in attributes:
            first, last = (int(attributes.get(end, "")) - 1 for end in ("min", "max"))
            grid.column_styles.append((first, last, attributes["style"]))
        elif namespace in MAIN and name == "mergeCell":
            grid.merged.append(attributes.get("ref", ""))
        elif namespace in MAIN and name == "cfRule" and "dxfId" in attributes:
            grid.laid_over.append((extent, attributes["dxfId"]))
        elif namespace in MAIN and name == "numFmt":  # of a conditional format among the extensions
            raise BadValue("条件格式带有数字格式，显示的数无法确定；请清除条件格式")
        depth += 1

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1

    def enter() -> None:
        text: list[str] = []
        parser.CharacterDataHandler = text.append
        parser.StartElementHandler, parser.EndElementHandler = _inside(space, text, values, grid, leave)

    def leave() -> None:
        parser.CharacterDataHandler = None
        parser.StartElementHandler, parser.EndElementHandler = start, end
        end("")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    if not found:
        raise NotXml("no cells")
    return grid.walked


Handlers = tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]


def _inside(space: str, text: list[str], values: Values, grid: _Grid, leave: Callable[[], None]) -> Handlers:
    """The handlers within sheetData. Every cell of a large sheet passes here, so all names are local."""
    steps = [{f"{space}}}{tag}": place for tag, place in step.items()} for step in _STEPS]
    parents, put, value_of = _PARENTS, grid.put, values.of
    letters = [column_letter(index) for index in range(64)]
    state, aside = _DATA, 0  # aside: the depth within an element that shows nothing
    row, row_name, column = -1, "", -1
    row_style: str | None = None
    cell: dict[str, str] = {}
    value: str | None = None
    runs: list[str] | None = None
    formula: dict[str, str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal state, aside, cell, value, runs, formula, row_style
        if aside:
            aside += 1
            return
        step = steps[state].get(tag)
        if step is None:
            _refuse_what_hides_cells(tag, state)
            aside = 1
            return
        state = step
        if step == _CELL:
            cell, value, runs, formula = attributes, None, None, None
        elif step == _IN_ROW:
            start_row(attributes.get("r"))
            row_style = attributes.get("s") if attributes.get("customFormat", "").strip() in ("1", "true") else None
        elif step == _FORMULA:
            formula = attributes
        elif step == _INLINE:
            runs = []
        elif step == _VALUE and value is not None:
            raise NotXml("two values in one cell")
        text.clear()

    def start_row(number: str | None) -> None:
        nonlocal row, row_name, column
        if number is not None and not _ROW.fullmatch(number):
            raise NotXml(f"no row {number}")
        row, column = row + 1 if number is None else int(number) - 1, -1
        row_name = str(row + 1)
        grid.walked += 1
        if row >= _MOST_ROWS:
            raise NotXml(f"no row {row_name}")

    def end(tag: str) -> None:
        nonlocal state, aside, value
        if aside:
            aside -= 1
            return
        if state == _CELL:
            end_cell()
        elif state == _VALUE:
            value = "".join(text)
        elif state in (_TEXT, _RUN_TEXT):
            runs.append("".join(text))  # type: ignore[union-attr]
        elif state == _DATA:
            leave()
            return
        state = parents[state]

    def end_cell() -> None:
        nonlocal column
        reference = cell.get("r")
        place = row
        column += 1
        if reference is not None and (column > 63 or reference != letters[column] + row_name):
            place, column = _place(reference.upper())
        if value is None and runs is None and formula is None:
            return
        try:
            found = value_of(cell, value, runs, formula is not None)
            if "s" not in cell and cell.get("t", "n") == "n" and value is not None and value.strip():
                style = row_style or grid.column_style(column)
                found = found if style is None else values.unstyled(value, style)
            if formula is not None and formula.get("t") in _OVER_SEVERAL and "ref" in formula:
                grid.arrays.append(formula["ref"])
            if found is not None:
                put(place, column, found)
        except BadValue as error:
            raise BadValue(f"单元格 {address(place, column)} {error}") from error

    return start, end


def _refuse_what_hides_cells(tag: str, state: int) -> None:
    namespace, _, name = tag.rpartition("}")
    if namespace == _ALTERNATIVES or state in _NO_CHILDREN or (namespace in MAIN and name in _TAGS):
        raise NotXml(f"{name} where none may be")
