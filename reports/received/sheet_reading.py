"""One worksheet as it is written: what its cells hold, the formulas behind them, the number of each style, and its rows
and columns. What else stands in the sheet is handed on as elements.

Values and looks come from one walk over one part, so that they cannot be of different ones. What could hide a cell from
this reader and not from another is refused.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from lxml import etree
from openpyxl.formula.translate import Translator

from ledger.workbooks.escapes import unescaped
from ledger.workbooks.packages import MAIN, Package, SheetPart, local_name
from ledger.workbooks.safe_xml import NotXml, refuse_document_type
from ledger.workbooks.sheet_xml import Position, address, column_index, column_letter
from reports.received.texts import Text, read_text

NUMBER, TEXT, TRUTH, ERROR = "n", "s", "b", "e"
_FIFTEEN = Context(prec=15)  # the digits that spreadsheet programs keep
_DAY_ZERO = datetime(1899, 12, 30)
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
_CELLS, _VALUES = (frozenset(f"{{{space}}}{tag}" for space in MAIN) for tag in ("c", "v"))
YES = ("1", "true")


class Held(NamedTuple):
    """What a cell holds: its kind, and its value in one way of writing. kind is '' for a formula without a result."""

    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """A row or a column. size: points of height or units of width, None where it says none; style: of its empty cells."""

    size: Decimal | None = None
    hidden: bool = False
    level: int = 0
    style: int = 0


@dataclass
class SheetContent:
    """A worksheet. Positions, rows and columns count from 0; texts: those that have parts of their own look or guides."""

    name: str
    cells: dict[Position, Held] = field(default_factory=dict)
    formulas: dict[Position, str] = field(default_factory=dict)
    styles: dict[Position, int] = field(default_factory=dict)
    texts: dict[Position, Text] = field(default_factory=dict)
    rich: list[Position] = field(
        default_factory=list
    )  # cells whose value is more than what is stored: pictures, entities
    rows: dict[int, Line] = field(default_factory=dict)
    columns: list[tuple[int, int, Line]] = field(default_factory=list)  # first, last (included)
    others: list[etree._Element] = field(default_factory=list)  # what stands beside the cells

    def column(self, place: int) -> Line:
        """A column; one that is not described is as all."""
        return next((line for first, last, line in self.columns if first <= place <= last), Line())

    def other(self, name: str) -> etree._Element | None:
        """The element of a name beside the cells; None without one."""
        return next((each for each in self.others if local_name(each.tag) == name), None)


def read_sheet(package: Package, sheet: SheetPart, texts: list[Text]) -> SheetContent:
    """Reads a worksheet; Refused, with the file's name, for one that cannot be read for certain."""
    data = package.part(sheet.part)
    try:
        refuse_document_type(data)
        return _Reader(sheet.name, texts).read(data)
    except (NotXml, etree.XMLSyntaxError, InvalidOperation, ValueError, IndexError) as error:
        package.damaged(sheet.part, error)


_MAY_REPEAT = ("", "conditionalFormatting")
_ONCE = ("sheetPr", "headerFooter", "sheetFormatPr")  # elements of which each part stands once


def repeats(element: etree._Element) -> bool:
    """Whether an element has two children of one name; one program goes by the first of them, another by the last."""
    tags = [child.tag for child in element if isinstance(child.tag, str)]
    return len(set(tags)) < len(tags)


class _Numbers(dict[str, int]):
    """Whole numbers by what is written, each looked at once."""

    def __missing__(self, written: str) -> int:
        self[written] = number = int(written)
        return number


class _Reader:
    def __init__(self, name: str, texts: list[Text]) -> None:
        self._texts, self._shared_texts = texts, [Held(TEXT, text.text) for text in texts]
        self._decorated = {number for number, text in enumerate(texts) if text.parts or text.guided}
        self._known: dict[tuple[str, str], Held] = {}  # what cells of a type and a value hold
        self._shared: dict[
            str, tuple[str, str]
        ] = {}  # number of a formula -> the formula, and the cell it was written for
        self._content = SheetContent(name)
        self._row = -1
        self._letters = [column_letter(place) for place in range(64)]
        self._style_numbers = _Numbers()

    def read(self, data: bytes) -> SheetContent:
        """Row by row: what has been read is let go."""
        tags = [f"{{{space}}}row" for space in MAIN]
        walk = etree.iterparse(
            io.BytesIO(data), events=("end",), tag=tags, resolve_entities=False, no_network=True, remove_comments=True,
            remove_pis=True, huge_tree=True,
        )  # fmt: skip
        for _, row in walk:
            parent = row.getparent()
            if parent is None or local_name(parent.tag) != "sheetData":
                raise NotXml("a row where none may be")
            self._read_row(row)
            row.clear()
            while (before := row.getprevious()) is not None:
                if local_name(before.tag) != "row":
                    raise NotXml("something else among the rows")
                parent.remove(before)
        self._read_others(walk.root)
        return self._content

    def _read_others(self, root: etree._Element | None) -> None:
        if root is None or local_name(root.tag) != "worksheet":
            raise NotXml("no worksheet")
        content, found = self._content, 0
        for child in root:
            name = local_name(child.tag)
            if name == "sheetData":
                found += 1
                if any(local_name(row.tag) != "row" for row in child):
                    raise NotXml("something else among the rows")
            elif name == "cols":
                content.columns.extend(sorted(map(_column, child), key=lambda column: column[0]))
                if any(one[1] >= other[0] for one, other in pairwise(content.columns)):
                    raise NotXml("a column described twice")
            else:
                content.others.append(child)
        said = [
            name for child in content.others if (name := local_name(child.tag)) not in _MAY_REPEAT and "}" not in name
        ]
        if len(set(said)) < len(said) or any(repeats(each) for each in content.others if local_name(each.tag) in _ONCE):
            raise NotXml("something said twice")
        stray = [
            each
            for each in content.others
            for _ in each.iter(*(f"{{{space}}}{tag}" for space in MAIN for tag in ("c", "row")))
        ]
        if found != 1 or stray:
            raise NotXml("cells where none may be")

    def _read_row(self, row: etree._Element) -> None:
        number = row.get("r")
        place = self._row + 1 if number is None else int(number) - 1
        if not self._row < place < _MOST_ROWS:
            raise NotXml("rows out of order")
        self._row = place
        line = _line(row, "ht")
        if line != _PLAIN:
            self._content.rows[place] = line
        before, name = -1, str(place + 1)
        styles, letters, numbers = self._content.styles, self._letters, self._style_numbers
        for cell in row:
            if cell.tag not in _CELLS:
                if local_name(cell.tag) == "extLst":
                    continue
                raise NotXml("something else among the cells")
            reference, column = cell.get("r"), before + 1
            if reference is not None and (column >= len(letters) or reference != letters[column] + name):
                column = column_index(reference)
                if not before < column < _MOST_COLUMNS or reference != address(place, column):
                    raise NotXml(f"cells out of order at {reference}")
            before = column
            position = place, column
            styles[position] = numbers[cell.get("s", "0")]
            if len(cell):
                self._read_cell(cell, position)

    def _read_cell(self, cell: etree._Element, position: Position) -> None:
        content = self._content
        kind = cell.get("t", "n")
        if len(cell) == 1 and cell[0].tag in _VALUES and not len(cell[0]):  # as most are
            held = self._held(kind, cell[0].text or "", None, position)
            if held is not None:
                content.cells[position] = held
            if cell.get("vm", "0") != "0":
                content.rich.append(position)
            return
        value: str | None = None
        inline: Text | None = None
        formula: etree._Element | None = None
        if repeats(cell) or any(len(child) for child in cell if local_name(child.tag) in ("v", "f")):
            raise NotXml("two values in one cell")
        for child in cell:
            name = local_name(child.tag)
            if name == "v":
                value = child.text or ""
            elif name == "f":
                formula = child
            elif name == "is":
                inline = read_text(child)
            elif name != "extLst":
                raise NotXml(f"{name} in a cell")
        if cell.get("vm", "0") != "0":
            content.rich.append(position)
        if formula is not None:
            content.formulas[position] = self._formula(formula, position)
        if value is not None and kind == "inlineStr" or inline is not None and kind != "inlineStr":
            raise NotXml("a value of another type")
        held = self._held(kind, value, inline, position)
        if held is not None:
            content.cells[position] = held
        elif formula is not None:
            content.cells[position] = _WITHOUT_RESULT

    def _held(self, kind: str, value: str | None, inline: Text | None, position: Position) -> Held | None:
        if value is not None and (found := self._known.get((kind, value))) is not None:
            return found
        if kind == "inlineStr":
            if inline is None or not inline.text:
                return None
            if inline.parts or inline.guided:
                self._content.texts[position] = inline
            return Held(TEXT, inline.text)
        if value is None or (kind != "str" and not value.strip()):
            return None
        if kind == "s":
            number = int(value)
            if number < 0:
                raise NotXml(f"no text {number}")
            if number in self._decorated:
                self._content.texts[position] = self._texts[number]
                return self._shared_texts[number]
            found = self._shared_texts[number] if self._texts[number].text else None
        elif kind == "str":
            found = Held(TEXT, unescaped(value).replace("\r\n", "\n")) if value else None
        elif kind == "n":
            found = _number(Decimal(value.strip()))
        elif kind == "d":
            moment = datetime.fromisoformat(value.strip()).replace(tzinfo=None) - _DAY_ZERO
            found = _number(Decimal(moment.days) + Decimal(moment.seconds) / 86_400)
        elif kind in (TRUTH, ERROR):
            found = Held(kind, value.strip())
        else:
            raise NotXml(f"cells of type {kind}")
        if found is not None:
            self._known[kind, value] = found
        return found

    def _formula(self, formula: etree._Element, position: Position) -> str:
        """A formula in one way of writing; one that is not a plain one says so before it."""
        kind, text = formula.get("t", "normal"), f"={plain_formula(formula.text or '')}"
        if kind == "shared":
            here, number = address(*position), formula.get("si", "")
            if text == "=" and number in self._shared:
                written, origin = self._shared[number]
                return Translator(written, origin).translate_formula(here)
            self._shared[number] = text, here
            return text
        return text if kind == "normal" else f"{{{kind} {formula.get('ref', '')}}}{text}"


_PLAIN = Line()
_WITHOUT_RESULT = Held("", "")


def plain_formula(text: str) -> str:
    """A formula in one way of writing: outside texts and names in quotes letters are capitals, and there are no blanks."""
    parts = text.strip().split('"')
    return '"'.join("".join(part.split()).upper() if place % 2 == 0 else part for place, part in enumerate(parts))


def _number(number: Decimal) -> Held:
    if not number.is_finite():
        raise NotXml("a number that is none")
    rounded = _FIFTEEN.create_decimal(number).normalize()
    return Held(NUMBER, f"{rounded:f}" if rounded else "0")


def _column(element: etree._Element) -> tuple[int, int, Line]:
    return int(element.get("min", "")) - 1, int(element.get("max", "")) - 1, _line(element, "width", "style")


def _line(element: etree._Element, size: str, style: str = "s") -> Line:
    said: Mapping[str, str] = element.attrib  # type: ignore[assignment]
    return Line(
        Decimal(said[size]) if size in said else None,
        said.get("hidden") in YES,
        int(said.get("outlineLevel", "0")),
        int(said.get(style, "0")) if style == "style" or said.get("customFormat") in YES else 0,
    )


def corners(area: str) -> tuple[Position, Position]:
    """(row, column) of the first and of the last cell of an area such as A1:B2; ValueError for any other text."""
    ends = []
    for end in area.replace("$", "").split(":"):
        letters = end.rstrip("0123456789")
        ends.append((int(end[len(letters) :]) - 1, column_index(letters)))
    return ends[0], ends[-1]
