"""Where things stand in a worksheet's XML, and what of its layout decides where marks go.

The sheet is walked once, since a tree of a large sheet would not fit into memory.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from ledger.workbooks.packages import MAIN, RELATION_IDS
from ledger.workbooks.sheet_xml import column_index
from reports.received.marking.marks import Place

Attributes = Mapping[str, str]

_BEHIND_LEGACY_DRAWING = (  # what the schema puts behind <legacyDrawing>
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
_ALTERNATE = "http://schemas.openxmlformats.org/markup-compatibility/2006 AlternateContent"
_PIXELS_PER_POINT = 4 / 3


class Row(NamedTuple):
    """A row: its number from 0, where its tag and its end tag begin (without an end tag: where it ends), its own style."""

    number: int
    start: int
    end_tag: int
    style: int | None


class Columns(NamedTuple):
    """Neighbouring columns from first to last (from 0): their width in pixels and their style."""

    first: int
    last: int
    width: int
    style: int


@dataclass
class Layout:
    """Merged areas (top, left, bottom, right), columns, and the heights of rows in pixels; all from 0."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    columns: list[Columns] = field(default_factory=list)
    heights: dict[int, int] = field(default_factory=dict)
    default_width: int = 64
    default_height: int = 20

    def width(self, column: int) -> int:
        """Of a column, in pixels."""
        return next((each.width for each in self.columns if each.first <= column <= each.last), self.default_width)

    def height(self, row: int) -> int:
        """Of a row, in pixels."""
        return self.heights.get(row, self.default_height)

    def style(self, column: int) -> int:
        """Of the cells of a column that are not there."""
        return next((each.style for each in self.columns if each.first <= column <= each.last), 0)

    def shown(self, place: Place) -> Place:
        """The cell itself, or the first cell of the merged area that covers it."""
        row, column = place
        covering = (each for each in self.merged if each[0] <= row <= each[2] and each[1] <= column <= each[3])
        return next(((top, left) for top, left, _, _ in covering), place)


class SheetMap:
    """A walk over a worksheet's bytes (UTF-8), and what was found. Raises ExpatError or ValueError for another part.

    styles: those whose cells are wanted. Attributes: layout, rows, styled (the cells with one of the styles, and which),
    table (where <sheetData> and its end tag begin), legacy_drawing (the id of its relationship, or None), legacy_place
    (where its tag begins, or where it would stand), root_tag (where the root's begins).
    """

    def __init__(self, data: bytes, styles: Collection[int] = ()) -> None:
        self.layout = Layout()
        self.rows: list[Row] = []
        self.styled: dict[Place, int] = {}
        self.table = (-1, -1)
        self.legacy_drawing: str | None = None
        self.legacy_place = -1
        self.root_tag = -1
        self._spaces: dict[str | None, str] = {}
        self._wanted = {str(style) for style in styles}
        self._row, self._last_cell, self._since = -1, "", 0  # the last cell that says where it is, how many since
        self._row_start: tuple[int, int | None] = 0, None
        self._depth = 0
        self._alternate = -1  # where the <mc:AlternateContent> begins that is open
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.StartElementHandler = self._root
        self._parser.Parse(data, True)
        if self.table[1] < 0:
            raise ValueError("a worksheet without sheetData")

    def cells(self, row: bytes) -> Iterator[tuple[int, int]]:
        """The cells of a row's bytes: their column, and where their tag begins."""
        found: list[tuple[int, int]] = []
        declared = (f" xmlns{f':{name}' if name else ''}={quoteattr(space)}" for name, space in self._spaces.items())
        before = f"<around{''.join(declared)}>".encode()
        parser = expat.ParserCreate(namespace_separator=" ")
        column = -1

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal column
            if tag == self._cell:
                column = column_index(attributes["r"].upper()) if "r" in attributes else column + 1
                found.append((column, parser.CurrentByteIndex - len(before)))

        parser.StartElementHandler = start
        parser.Parse(before + row + b"</around>", True)
        yield from found

    # --- the walk -----------------------------------------------------------------------------------------------------

    def _declare(self, prefix: str | None, space: str | None) -> None:
        if self.table[0] < 0:  # what holds where the rows are
            self._spaces[prefix] = space or ""

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if space not in MAIN or name != "worksheet":
            raise ValueError(f"{tag} is no worksheet")
        self.root_tag = self._parser.CurrentByteIndex
        self._cell = f"{space} c"
        self._behind = {f"{space} {name}" for name in _BEHIND_LEGACY_DRAWING}
        self._takers: dict[str, Callable[[dict[str, str]], None]] = {
            f"{space} row": self._on_row,
            f"{space} sheetData": self._on_table,
            f"{space} mergeCell": self._on_merged,
            f"{space} col": self._on_columns,
            f"{space} sheetFormatPr": self._on_defaults,
            f"{space} legacyDrawing": self._on_legacy,
        }
        if self._wanted:
            self._takers[self._cell] = self._on_cell
        self._enders = {
            f"{space} row": self._after_row, f"{space} sheetData": self._after_table,
            f"{space} worksheet": self._after_all, _ALTERNATE: self._after_alternate,
        }  # fmt: skip
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if (taker := self._takers.get(tag)) is not None:
            taker(attributes)
        elif self._depth == 1 and tag == _ALTERNATE:
            self._alternate = self._parser.CurrentByteIndex
        elif self.legacy_place < 0 and tag in self._behind and (self._depth == 1 or self._alternate >= 0):
            self.legacy_place = self._alternate if self._alternate >= 0 else self._parser.CurrentByteIndex

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if (ender := self._enders.get(tag)) is not None:
            ender()

    def _on_table(self, attributes: dict[str, str]) -> None:
        self.table = self._parser.CurrentByteIndex, -1

    def _after_table(self) -> None:
        self.table = self.table[0], self._parser.CurrentByteIndex

    def _on_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
        self._last_cell, self._since = "", -1
        style = int(attributes.get("s", 0)) if _is_true(attributes.get("customFormat")) else None
        self._row_start = self._parser.CurrentByteIndex, style
        if _is_true(attributes.get("hidden")):
            self.layout.heights[self._row] = 0
        elif "ht" in attributes:
            self.layout.heights[self._row] = round(float(attributes["ht"]) * _PIXELS_PER_POINT)

    def _after_row(self) -> None:
        start, style = self._row_start
        self.rows.append(Row(self._row, start, self._parser.CurrentByteIndex, style))

    def _on_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self._last_cell, self._since = attributes["r"], 0
        else:
            self._since += 1
        if attributes.get("s") in self._wanted:
            place = self._row, column_index(self._last_cell.upper()) + self._since
            self.styled[place] = int(attributes["s"])

    def _on_merged(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").replace("$", "").partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        self.layout.merged.append((top, left, bottom, right))

    def _on_columns(self, attributes: dict[str, str]) -> None:
        width = _pixels(float(attributes["width"])) if "width" in attributes else self.layout.default_width
        if _is_true(attributes.get("hidden")):
            width = 0
        first, last = int(attributes["min"]) - 1, int(attributes["max"]) - 1
        self.layout.columns.append(Columns(first, last, width, int(attributes.get("style", 0))))

    def _on_defaults(self, attributes: dict[str, str]) -> None:
        if "defaultColWidth" in attributes:
            self.layout.default_width = _pixels(float(attributes["defaultColWidth"]))
        if "defaultRowHeight" in attributes:
            self.layout.default_height = round(float(attributes["defaultRowHeight"]) * _PIXELS_PER_POINT)
        if _is_true(attributes.get("zeroHeight")):
            self.layout.default_height = 0

    def _on_legacy(self, attributes: dict[str, str]) -> None:
        self.legacy_place = self._parser.CurrentByteIndex
        self.legacy_drawing = next(
            (attributes[f"{space} id"] for space in RELATION_IDS if f"{space} id" in attributes), ""
        )

    def _after_alternate(self) -> None:
        if self._depth == 0:
            self._alternate = -1

    def _after_all(self) -> None:
        if self.legacy_place < 0:
            self.legacy_place = self._parser.CurrentByteIndex


def _place(reference: str) -> Place:
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return int(digits) - 1, column_index(reference.upper())


def _pixels(characters: float) -> int:
    """A column's width: 7 pixels a character and 5 of padding, in the usual font."""
    return round(characters * 7 + 5)


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")
