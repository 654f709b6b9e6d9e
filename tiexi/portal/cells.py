"""Values of a report's columns as cells of a page: amounts in 万元, percentages, dates, codes."""

from typing import Any, NamedTuple

from ledger.figures import wan_text
from reports.report import LineColumn


class Cell(NamedTuple):
    """A cell: its text, how it is set (number, when, code or ''), and where it leads."""

    text: str
    kind: str = ""
    href: str = ""


_KINDS = {"fen": "number", "count": "number", "percent": "number", "date": "when"}


def cell(column: LineColumn, value: Any, href: str = "") -> Cell:
    """A value as lists give it (fen and counts as integers, dates ISO, percentages as text of 4 decimals)."""
    kind = _KINDS.get(column.kind, "code" if column.name.endswith(("_no", "uscc")) else "")
    if value is None:
        return Cell("", kind)
    if column.kind == "fen":
        return Cell(wan_text(value), kind, href)
    if column.kind == "percent":
        return Cell(_short(value), kind, href)
    return Cell(str(value).replace(";", "、") if column.name == "reasons" else str(value), kind, href)


def _short(percent: str) -> str:
    """A percentage without the zeros that say nothing, at least two decimals."""
    whole, _, part = percent.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
