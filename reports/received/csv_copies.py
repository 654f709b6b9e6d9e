"""A CSV file as a workbook, so that it can be given back with marks, which a CSV has no place for."""

import io
from pathlib import Path

import xlsxwriter

from ledger.intake.files import read_file
from ledger.workbooks.workbook import read_bytes


def as_workbook(source: Path, sheet: str | None, data: bytes | None = None) -> bytes:
    """The bytes of a workbook with the file's fields as text at their places. Refused as by read_file. data: its bytes, where
    they were read before."""
    book = read_file(source, read_bytes(source) if data is None else data, sheet)
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        text = workbook.add_format({"num_format": "@"})
        for grid in book.grids:
            page = workbook.add_worksheet(grid.name)
            page.set_column(0, max(map(len, grid.rows), default=1), 18, text)
            for number, row in enumerate(grid.rows):
                for place, value in enumerate(row):
                    if value is not None:
                        page.write_string(number, place, str(value), text)
    return made.getvalue()
