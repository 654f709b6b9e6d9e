"""Workbooks made from plain rows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from ledger.intake.sheets import BY_NAME

Sheets = Mapping[str, Sequence[Mapping[str, Any]]]


def write_sheets(path: Path, sheets: Sheets) -> Path:
    """A workbook of the given sheets, as (header -> value) rows: real dates, numbers as numbers, the rest as text."""
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            headers = (
                list(rows[0]) if rows else [column.header for column in BY_NAME[name].columns if not column.optional]
            )
            headers += [header for row in rows for header in row if header not in headers]
            headers = list(dict.fromkeys(headers))
            for place, header in enumerate(headers):
                page.write_string(0, place, header)
            for number, row in enumerate(rows, start=1):
                for place, header in enumerate(headers):
                    value = row.get(header)
                    if isinstance(value, datetime | date):
                        page.write_datetime(number, place, datetime(value.year, value.month, value.day), day)
                    elif isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
                        page.write_string(number, place, f"{value:f}")
                    elif isinstance(value, int | float | Decimal):
                        page.write_number(number, place, value)
                    elif value is not None:
                        page.write_string(number, place, value)
    return path
