"""The sheets of a workbook that nobody stamps: 数据, one row per thing, and 说明, pairs of a name and a value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter

from ledger import money
from reports.report import LineColumn, Rows
from reports.writing.measures import lines_needed
from reports.writing.row_streams import Look, RowSheet

MONEY_FORMAT = "#,##0.00####"
PAGE_NUMBER = "第 &P 页"


@dataclass(frozen=True)
class Data:
    """A tidy sheet: a header row, and one row per thing. choices: the words to choose from in a column, by its name."""

    sheet: str
    columns: Sequence[LineColumn]
    rows: Rows
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def in_wan(fen: int) -> float:
    """Fen as the number that a cell of 万元 holds: the double nearest to the exact decimal, which prints as it."""
    return fen / money.FEN_PER_WAN


def write_data(book: xlsxwriter.Workbook, data: Data) -> None:
    """Adds a tidy sheet."""
    columns, rows = data.columns, data.rows
    sheet = book.add_worksheet(data.sheet, RowSheet)
    header = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "vcenter"})
    fen = book.add_format({"num_format": MONEY_FORMAT})
    percent = book.add_format({"num_format": "0.0000"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.header, header)
        sheet.set_column(place, place, _DATA_WIDTHS.get(column.name, 13))
        if column.name in data.choices and rows:
            words = {"validate": "list", "source": list(data.choices[column.name])}
            sheet.data_validation(1, place, len(rows), place, words)
    formats = {"fen": fen, "percent": percent, "date": day}
    looks = [Look(formats.get(column.kind), column.kind != "text", _shown(sheet, column)) for column in columns]
    sheet.write_run(1, len(rows), looks, lambda: ((None, row) for row in rows))
    sheet.freeze_panes(1, 0)
    print_wide(sheet)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


_DATA_WIDTHS = {
    "run": 8, "year": 8, "county": 10, "bank": 26, "insurer": 26, "uscc": 22, "enterprise": 34, "note_no": 20, "months": 8,
    "coverages": 44, "order": 6, "remark": 50,
}  # fmt: skip


def in_percent(rate_e4: int) -> float:
    """A rate as the number that a cell of percent holds."""
    return rate_e4 / money.E4_PER_PERCENT


def _shown(sheet: RowSheet, column: LineColumn) -> Callable[[Any], Any] | None:
    """How a cell of a column holds a value, where that is not the value itself."""
    serials: dict[date, float] = {}

    def serial(day: date) -> float:
        if day not in serials:
            serials[day] = sheet._convert_date_time(datetime(day.year, day.month, day.day))
        return serials[day]

    shown: dict[str, Callable[[Any], Any]] = {"fen": in_wan, "percent": in_percent, "date": serial}
    return shown.get(column.kind)


def print_wide(sheet: Any) -> None:
    """Whoever prints the whole workbook gets its sheets one page wide, with the header row repeated and numbered pages."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&C{PAGE_NUMBER}")
    sheet.set_start_page(1)


_NOTES_WIDTH, _NOTES_SIZE, _NOTES_LINE = 90, 11.5, 15.0  # units; points of print, with room for wider fonts; of a line


def write_notes(book: xlsxwriter.Workbook, notes: Sequence[tuple[str, str]]) -> None:
    """Adds sheet 说明."""
    sheet = book.add_worksheet("说明")
    name_format = book.add_format({"bold": True, "valign": "top"})
    value_format = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _NOTES_WIDTH)
    print_wide(sheet)
    for row, (name, value) in enumerate(notes):
        lines = lines_needed(value, _NOTES_WIDTH, size=_NOTES_SIZE)
        if lines > 1:  # not every program finds the height itself
            sheet.set_row(row, _NOTES_LINE * lines)
        sheet.write_string(row, 0, name, name_format)
        sheet.write_string(row, 1, value, value_format)
