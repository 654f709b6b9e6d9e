"""Number formats that a conditional format lays over cells; whether the condition holds is not computed here.

Where such a format would show a number as another kind of value than the cell's own format does, what is shown is not
known, and the cell says so.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from ledger.workbooks.cell_marks import PercentNumber, UnclearNumber
from ledger.workbooks.number_formats import NumberFormat, Shown
from ledger.workbooks.sheet_xml import column_index

_RANGE = re.compile("([A-Z]{0,3})([0-9]{0,7})(?::([A-Z]{0,3})([0-9]{0,7}))?", re.ASCII)


def mark_unclear(rows: list[list[Any]], extent: str, laid_over: NumberFormat) -> None:
    """Marks the numbers in a sheet's ranges (`A1:B2 D4`) that a conditional format may show as something else.

    Raises ValueError for what is no range.
    """
    for cells, column in _cells(rows, extent):
        value = cells[column]
        kind: Shown | None = None
        if value.__class__ is float:
            kind = "number"
        elif isinstance(value, PercentNumber):
            kind, value = "percent", value.value
        elif isinstance(value, datetime | time | timedelta):
            kind, value = "duration" if isinstance(value, timedelta) else "date", 1.0
        if kind is not None and laid_over.kind(value) != kind:
            cells[column] = UnclearNumber(value, laid_over.code)


def _cells(rows: list[list[Any]], extent: str) -> Iterator[tuple[list[Any], int]]:
    """The cells of the ranges as far as the sheet is filled, each as its row and its column."""
    for part in extent.upper().replace("$", "").split():
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"no range {part}")
        first, top, last, bottom = match.groups()
        if last is None and bottom is None:
            last, bottom = first, top
        for cells in rows[int(top or 1) - 1 : int(bottom) if bottom else None]:
            for column in range(column_index(first) if first else 0, column_index(last) + 1 if last else len(cells)):
                if column < len(cells):
                    yield cells, column
