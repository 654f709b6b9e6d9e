"""An uploaded row in words: its cells as its sheet would show them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger import money
from ledger.workbooks.sheet import Column, Sheet


def row_words(sheet: Sheet, row: Mapping[Any, Any]) -> str:
    """Headers with what stands under them, empty ones left out; row: a fact by the fields of its sheet's columns."""
    said = ((column.header, _shown(column, row.get(column.field))) for column in sheet.columns)
    return "；".join(f"{header} {shown}" for header, shown in said if shown)


def _shown(column: Column, value: Any) -> str:
    """A stored value as its sheet would show it; '' for none, and for the names and codes of whom the row speaks."""
    if value is None:
        return ""
    if column.field.endswith("_fen"):
        return money.wan_text(value)
    if column.field.endswith("_e4"):
        return money.percent_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)
