"""A worksheet's own XML, walked once for whoever takes notes of it, and how its cells are addressed.

The readers of cells leave out what stands beside the values: formulas, error values, number formats, hidden rows and
columns. Positions count from 0.
"""

from collections.abc import Mapping
from xml.parsers import expat

Position = tuple[int, int]  # row and column, from 0
_PAGE_EDGES = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def column_letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(reference: str) -> int:
    """The column of a cell's address or of column letters: A -> 0, AA5 -> 26."""
    index = 0
    for letter in reference:
        if not letter.isalpha():
            break
        index = index * 26 + ord(letter) - 64
    return index - 1


def address(row: int, column: int) -> str:
    """(4, 2) -> C5."""
    return f"{column_letter(column)}{row + 1}"


class SheetScanner:
    """Walks a worksheet's XML; a subclass takes notes in the hooks that it overrides.

    Raises expat.ExpatError and ValueError for XML that is none or is no worksheet's.
    """

    def __init__(self) -> None:
        self._row, self._column = -1, -1
        self._cell: dict[str, str] = {}
        self._formula: dict[str, str] | None = None  # the attributes of <f>
        self._has_value = False  # whether there is a <v>, be it empty
        self._into: list[str] | None = None  # where text goes that is being read
        self._formula_text: list[str] = []
        self._value_text: list[str] = []
        self._edge_text: list[str] = []

    def scan(self, xml: bytes) -> None:
        """Walks the whole sheet."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(xml, True)

    # --- hooks ------------------------------------------------------------------------------------------------------

    def on_row(self, row: int, attributes: Mapping[str, str]) -> None:
        """A row begins."""

    def on_columns(self, attributes: Mapping[str, str]) -> None:
        """A definition of columns (`min` to `max`, from 1)."""

    def on_cell(self, position: Position, attributes: Mapping[str, str], value: str | None) -> None:
        """A cell without a formula; value: the text of its value, None where it has none."""

    def on_formula(
        self,
        position: Position,
        attributes: Mapping[str, str],
        formula: Mapping[str, str],
        text: str,
        value: str | None,
    ) -> None:
        """A cell with a formula: the attributes of the formula, its text, and the stored result."""

    def on_other(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Any other element: merged cells, conditional formats, views, drawings."""

    def on_page_edge(self, tag: str, text: str) -> None:
        """What is printed at the head or foot of pages, with its codes."""

    # --- the walk ---------------------------------------------------------------------------------------------------

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rsplit(":", 1)[-1]
        if tag == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
            self.on_row(self._row, attributes)
        elif tag == "col":
            self.on_columns(attributes)
        elif tag == "c":
            self._column = column_index(attributes["r"]) if "r" in attributes else self._column + 1
            self._cell, self._formula, self._has_value = attributes, None, False
            self._formula_text, self._value_text = [], []
        elif tag == "f":
            self._formula, self._into = attributes, self._formula_text
        elif tag == "v":
            self._has_value, self._into = True, self._value_text
        elif tag in _PAGE_EDGES:
            self._edge_text = []
            self._into = self._edge_text
        else:
            self.on_other(tag, attributes)

    def _characters(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _end(self, tag: str) -> None:
        tag = tag.rsplit(":", 1)[-1]
        if tag in ("f", "v"):
            self._into = None
        elif tag in _PAGE_EDGES:
            self._into = None
            self.on_page_edge(tag, "".join(self._edge_text))
        elif tag == "c":
            position = self._row, self._column
            value = "".join(self._value_text) if self._has_value else None
            if self._formula is None:
                self.on_cell(position, self._cell, value)
            else:
                self.on_formula(position, self._cell, self._formula, "".join(self._formula_text), value)
