"""An official workbook that came back: its cells, formulas and hidden parts, whatever program saved it last."""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import product
from pathlib import Path
from re import compile as pattern
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl.formula.translate import Translator
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from ledger import money
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell, Cell, FormulaWithoutValue
from ledger.workbooks.sheet_xml import Position, SheetScanner, address, column_index
from ledger.workbooks.workbook import read_bytes, read_workbook, sheet_parts
from reports.received.appearance import Appearance, print_areas, read_appearance
from reports.received.rich_text import shared_runs
from reports.received.styles import read_styles
from reports.report import DATA, NOTES

NUMBERS = ("fen", "percent", "count")
EMPTY = "（空）"
_LONGEST = 60
_BEFORE = 20  # characters shown before the first that differs


@dataclass(frozen=True)
class Received:
    """One sheet: what its cells hold, the formulas behind them, and what is hidden (rows and columns from 0)."""

    name: str
    rows: list[list[Cell | None]] = field(default_factory=list)
    formulas: Mapping[Position, str] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    hidden: bool = False
    appearance: Appearance = field(default_factory=Appearance)

    @property
    def width(self) -> int:
        """How many columns have anything in them."""
        return max((len(row) for row in self.rows), default=0)

    def value(self, row: int, column: int | None) -> Cell | None:
        """What a cell holds; None for an empty one, and for a formula without a stored result."""
        if column is None or row >= len(self.rows) or column >= len(self.rows[row]):
            return None
        found = self.rows[row][column]
        return None if isinstance(found, FormulaWithoutValue) or is_blank(found) else found

    def filled(self, row: int, column: int | None) -> bool:
        """Whether a cell holds anything, be it a formula without a stored result."""
        return self.value(row, column) is not None or (row, column) in self.formulas

    def filled_columns(self, row: int) -> list[int]:
        """The columns of a row that hold anything."""
        width = len(self.rows[row]) if row < len(self.rows) else 0
        return [column for column in range(width) if self.filled(row, column)]

    def filled_rows(self) -> list[int]:
        """The rows that hold anything."""
        return [row for row in range(len(self.rows)) if self.filled_columns(row)]


def read_received(path: Path) -> dict[str, Received]:
    """The sheets of a workbook by name, in their order; Refused when it is none or not safe to open.

    A sheet that is no worksheet (a chart) has no rows and is drawn. How 数据 and 说明 look is not read: nobody stamps them.
    """
    data = read_bytes(path)
    grids = {grid.name: grid for grid in read_workbook(path, data).grids}
    parts = sheet_parts(path, data)
    appearances = _read_appearances(data, {name: xml for name, xml in parts.items() if name not in (DATA, NOTES)})
    found = {}
    for sheet in CalamineWorkbook.from_filelike(io.BytesIO(data)).sheets_metadata:
        hidden = sheet.visible != SheetVisibleEnum.Visible
        if sheet.name not in grids:
            found[sheet.name] = Received(sheet.name, hidden=hidden, appearance=Appearance(drawn=True))
            continue
        scanner = _Scanner()
        scanner.scan(parts.get(sheet.name, b"<none/>"))
        rows = grids[sheet.name].rows
        width = max((len(row) for row in rows), default=0)
        found[sheet.name] = Received(
            sheet.name,
            rows,
            scanner.formulas,
            tuple(row for row in scanner.hidden_rows if row < len(rows)),
            tuple(column for first, last in scanner.hidden_columns for column in range(first, min(last + 1, width))),
            hidden,
            appearances.get(sheet.name, Appearance()),
        )
    return found


def _read_appearances(data: bytes, parts: Mapping[str, bytes]) -> dict[str, Appearance]:
    """How sheets look, by name; one that cannot be read says so."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            styles, printed = read_styles(archive), print_areas(archive)
            texts = shared_runs(archive, styles)
        return {name: read_appearance(xml, styles, printed.get(name), texts) for name, xml in parts.items()}
    except (KeyError, IndexError, ValueError, ParseError, zipfile.BadZipFile):
        return dict.fromkeys(parts, Appearance(damaged=True))


class _Scanner(SheetScanner):
    """Notes formulas, hidden rows and hidden columns."""

    def __init__(self) -> None:
        super().__init__()
        self.formulas: dict[Position, str] = {}
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self._shared: dict[str, tuple[str, str]] = {}  # number -> (formula, the cell it was written for)

    def on_row(self, row: int, attributes: Mapping[str, str]) -> None:
        if _is_hidden(attributes, "ht"):
            self.hidden_rows.append(row)

    def on_columns(self, attributes: Mapping[str, str]) -> None:
        if _is_hidden(attributes, "width"):
            self.hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

    def on_formula(
        self,
        position: Position,
        attributes: Mapping[str, str],
        formula: Mapping[str, str],
        text: str,
        value: str | None,
    ) -> None:
        text, here = f"={text}", address(*position)
        if formula.get("t") == "shared":
            number = formula.get("si", "")
            if text == "=" and number in self._shared:
                written, origin = self._shared[number]
                text = Translator(written, origin).translate_formula(here)
            else:
                self._shared[number] = (text, here)
        self.formulas[position] = text


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Hidden by name, or by a height or width (points, characters) at which nothing can be seen."""
    return attributes.get("hidden") in ("1", "true") or bool(_NO_SIZE.fullmatch(attributes.get(size, "")))


_NO_SIZE = pattern(r"0+(?:\.[0-9]*)?|\.[0-9]+")  # less than one
_REFERENCE = pattern(r"([A-Z]{1,3})([0-9]{1,7})")
_TERM = pattern(r"(?:SUM\(([A-Z0-9:,]+)\)|([A-Z]{1,3}[0-9]{1,7}))")


def summed_cells(formula: str, rows: int) -> Counter[Position] | None:
    """The cells that a sum adds up, however it is written (ranges, single cells, several SUMs, $, blanks).

    Ranges are read down to the sheet's last row. None when the formula is anything but a sum.
    """
    text = formula.upper().replace("$", "").replace(" ", "").lstrip("=+")
    found: Counter[Position] = Counter()
    terms = text.split("+")
    for term in terms:
        match = _TERM.fullmatch(term)
        if not match:
            return None
        for part in (match.group(1) or match.group(2)).split(","):
            ends = [_REFERENCE.fullmatch(end) for end in part.split(":")]
            if len(ends) > 2 or any(end is None for end in ends):
                return None
            corners = [(int(end.group(2)) - 1, column_index(end.group(1))) for end in ends if end]
            (top, left), (bottom, right) = min(corners), max(corners)
            if left != right and abs(right - left) > 100:
                return None
            left, right = min(left, right), max(left, right)
            found.update(product(range(top, min(bottom, rows - 1) + 1), range(left, right + 1)))
    return found


# --- what a cell says -----------------------------------------------------------------------------------------------------


def is_blank(value: Any) -> bool:
    """Whether a cell shows nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def taken(value: Cell | None, kind: str) -> str:
    """What a cell says, in one way of writing: numbers at 15 digits, dates ISO, text without surrounding blanks.

    A cell that is not of the kind that its column holds is taken as text.
    """
    if value is None or is_blank(value):
        return ""
    try:
        if kind in NUMBERS:
            return _plain(cells.read_number(value))
        if kind == "date":
            return cells.read_date(value).isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _plain(cells.read_number(value))
    except BadCell:
        pass
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else cells.shown(value)


def _plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def fen_of(value: Cell | None) -> int | None:
    """A cell of 万元 in fen, to the nearest: a sum carries the noise of floating point. None when it is no number."""
    if value is None or is_blank(value):
        return None
    try:
        number = cells.read_number(value)
    except BadCell:
        return None
    return int(number.scaleb(6).to_integral_value(ROUND_HALF_EVEN)) if number.adjusted() < 20 else None


def exact_fen(value: Cell | None) -> int | None:
    """A cell of 万元 in fen; None when it is no number, or finer than a fen."""
    fen = fen_of(value)
    return fen if fen is not None and value is not None and cells.read_number(value) == money.wan(fen) else None


def shown(value: Cell | None, kind: str) -> str:
    """A cell as a person sees it: 万元 with thousands separators, percent with two decimals or more."""
    return _cut(_whole(value, kind))


def shown_apart(theirs: Cell | None, ours: Cell | None, kind: str) -> tuple[str, str]:
    """Two cells that differ as a person sees them: of long texts that begin alike, the part in which they differ."""
    both = _whole(theirs, kind), _whole(ours, kind)
    same = next((place for place, (one, other) in enumerate(zip(*both, strict=False)) if one != other), 0)
    start = max(same - _BEFORE, 0) if _cut(both[0]) == _cut(both[1]) else 0
    return _cut(both[0], start), _cut(both[1], start)


def _cut(text: str, start: int = 0) -> str:
    """A text short enough for a line, from a place on."""
    rest = f"…{text[start:]}" if start else text
    return rest if len(rest) <= _LONGEST else f"{rest[: _LONGEST - 3]}…"


def legible(text: str) -> str:
    """A text with what nobody sees in it named: otherwise two that differ would look the same."""
    return "".join(one if one.isprintable() or one == "\u3000" else f"〔U+{ord(one):04X}〕" for one in text)


def _whole(value: Cell | None, kind: str) -> str:
    text = taken(value, kind)
    if not text:
        return EMPTY
    if kind == "fen" and (fen := exact_fen(value)) is not None:
        return money.wan_text(fen)
    if kind == "percent" and value is not None:
        try:
            e4 = cells.read_number(value).scaleb(4)
        except BadCell:
            e4 = None
        if e4 is not None and e4 == e4.to_integral_value() and e4.adjusted() < 20:
            return money.percent_text(int(e4))
    return legible(text.replace("\n", "⏎"))
