"""An official workbook that came back: its cells, formulas and looks, whatever program saved it last."""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from itertools import product
from pathlib import Path
from re import compile as pattern
from typing import Any

from ledger import money
from ledger.workbooks import cells
from ledger.workbooks.cell_marks import ErrorValue
from ledger.workbooks.cells import BadCell, Cell
from ledger.workbooks.packages import Package, SheetPart
from ledger.workbooks.sheet_xml import Position, column_index
from ledger.workbooks.workbook import read_bytes
from reports.received.extras import refuse_hidden_parts
from reports.received.sheet_reading import ERROR, NUMBER, TRUTH, YES, Held, SheetContent, read_sheet
from reports.received.styles import Styles
from reports.received.texts import shared_texts

NUMBERS = ("fen", "percent", "count")
EMPTY = "（空）"
_LONGEST = 60
_BEFORE = 20  # characters shown before the first that differs
_DAY_ZERO, _LAST_DAY = date(1899, 12, 30), 2_958_465


@dataclass(frozen=True)
class Received:
    """One sheet: what its cells hold, and the formulas behind them (rows and columns from 0)."""

    name: str
    content: SheetContent
    part: SheetPart

    @property
    def formulas(self) -> Mapping[Position, str]:
        """The formulas by the cells in which they stand."""
        return self.content.formulas

    @cached_property
    def _filled(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for row, column in sorted(
            place for place, held in self.content.cells.items() if held.text.strip() or not held.kind
        ):
            found.setdefault(row, []).append(column)
        return found

    @property
    def width(self) -> int:
        """How many columns have anything in them."""
        return max((columns[-1] + 1 for columns in self._filled.values()), default=0)

    @property
    def height(self) -> int:
        """How many rows there are down to the last with anything in it."""
        return max(self._filled, default=-1) + 1

    def value(self, row: int, column: int | None) -> Cell | None:
        """What a cell holds; None for an empty one, and for a formula without a stored result."""
        held = None if column is None else self.content.cells.get((row, column))
        return None if held is None or not held.text.strip() else _typed(held)

    def filled(self, row: int, column: int | None) -> bool:
        """Whether a cell holds anything, be it a formula without a stored result."""
        return self.value(row, column) is not None or (row, column) in self.formulas

    def filled_columns(self, row: int) -> list[int]:
        """The columns of a row that hold anything."""
        return self._filled.get(row, [])

    def filled_rows(self) -> list[int]:
        """The rows that hold anything."""
        return list(self._filled)


@dataclass(frozen=True)
class Book:
    """A workbook: its package, the looks of its styles, and its sheets by name in their order."""

    package: Package
    styles: Styles
    sheets: Mapping[str, Received] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.sheets

    def __getitem__(self, name: str) -> Received:
        return self.sheets[name]

    def get(self, name: str) -> Received:
        """A sheet; an empty one where the workbook has none of the name."""
        return self.sheets.get(name) or Received(name, SheetContent(name), SheetPart(name, "visible", "worksheet", ""))


def read_received(path: Path) -> Book:
    """A workbook with its values and looks, from the same parts; Refused when it is none, not safe to open, or holds
    what cannot be read for certain.

    A sheet that is no worksheet (a chart) has no cells.
    """
    package = Package(path.name, read_bytes(path))
    refuse_hidden_parts(package)
    with _without_collecting():
        return _read(package)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing that is read refers to itself; looking for it, cell after cell, takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(package: Package) -> Book:
    texts, styles, found = shared_texts(package), Styles(package), {}
    for sheet in package.sheets:
        content = read_sheet(package, sheet, texts) if sheet.kind == "worksheet" else SheetContent(sheet.name)
        if any(not 0 <= style < len(styles.of_cells) for style in set(content.styles.values())):
            package.refuse(
                f"工作表「{sheet.name}」用到的样式不存在，不能核对它看上去是什么样；请在表格软件中打开、另存后重试"
            )
        found[sheet.name] = Received(sheet.name, content, sheet)
    return Book(package, styles, found)


def _typed(held: Held) -> Cell:
    if held.kind == NUMBER:
        return float(held.text)
    if held.kind == TRUTH:
        return held.text in YES
    return ErrorValue(held.text) if held.kind == ERROR else held.text


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
            return read_day(value).isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _plain(cells.read_number(value))
    except BadCell:
        pass
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else cells.shown(value)


def read_day(value: Cell) -> date:
    """A date, as the number of its day or in words."""
    if isinstance(value, float) and value.is_integer() and 0 < value <= _LAST_DAY:
        return _DAY_ZERO + timedelta(days=int(value))
    return cells.read_date(value)


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
