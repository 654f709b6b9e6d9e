"""The one writer of official workbooks: a printable form, a tidy sheet 数据, and a sheet 说明 that says where it came from.

Amounts are 万元 to the fen; sums are live formulas that carry their computed value, so that a spreadsheet recalculates
them and a reader that does not calculate sees them.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from ledger import money
from reports.tech_branch.lines import LineColumn
from reports.writing.packing import new_book

MONEY_FORMAT = "#,##0.00####"
RATE_FORMAT = "0.00##"
_FONT = "宋体"
_SUM_ARGUMENTS = 200  # SUM takes 255 at most


@dataclass(frozen=True)
class FormColumn:
    """A column of the printed form: its header (with a group above it, if any), width, what it holds, and if it is summed."""

    header: str
    width: float
    kind: str  # text, fen, percent, count
    summed: bool = False
    group: str = ""


@dataclass(frozen=True)
class Block:
    """A block of rows with its subtotal (小计)."""

    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Form:
    """A printed form: sheet name, mark (附件1), title, head line, columns, blocks and foot.

    Without `subtotals` the blocks have no 小计 of their own; without `total` there is no 合计 either. `remarks` stand
    under the table, one line each.
    """

    sheet: str
    mark: str
    title: str
    head: tuple[str, str, str]  # left, middle, right
    columns: Sequence[FormColumn]
    blocks: Sequence[Block]
    label_span: int  # how many columns the words 小计 and 合计 take
    foot: str = ""
    page_foot: str = ""
    subtotals: bool = True
    total: bool = True
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Data:
    """A tidy sheet: a header row, and one row per thing. choices: the words to choose from in a column, by its name."""

    sheet: str
    columns: Sequence[LineColumn]
    rows: Sequence[Sequence[Any]]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Notes:
    """What sheet 说明 says: pairs of a name and a value."""

    pairs: Sequence[tuple[str, str | int | float]] = field(default_factory=tuple)


def rows_fingerprint(kind: str, columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over the kind of workbook and the machine texts of its data rows."""
    digest = hashlib.sha256(f"{kind}\n".encode())
    for row in rows:
        digest.update("\t".join(column.text(value) for column, value in zip(columns, row, strict=True)).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def write_workbook(
    path: Path,
    form: Form,
    columns: Sequence[LineColumn],
    rows: Sequence[Sequence[Any]],
    notes: Sequence[tuple[str, str]],
    dated: date,
) -> None:
    """Writes form, data and notes into one workbook, whole or not at all. `dated` is the day of what it shows: the same
    facts give the same bytes, whenever and on whatever database."""
    write_sheets(path, [form], [Data("数据", columns, rows)], notes, dated)


def write_sheets(
    path: Path, forms: Sequence[Form], data: Sequence[Data], notes: Sequence[tuple[str, str]], dated: date
) -> None:
    """Writes forms, tidy sheets and notes into one workbook, whole or not at all. The first form gives the title."""
    with new_book(path, dated, forms[0].title) as book:
        book.set_calc_mode("auto")
        for form in forms:
            _write_form(book, form)
        for tidy in data:
            _write_data(book, tidy)
        _write_notes(book, notes)


def _in_wan(fen: int) -> float:
    """Fen as the number that a cell of 万元 holds: the double nearest to the exact decimal, which prints as it."""
    return fen / money.FEN_PER_WAN


# --- the form -----------------------------------------------------------------------------------------------------------


def _write_form(book: xlsxwriter.Workbook, form: Form) -> None:
    sheet = book.add_worksheet(form.sheet)
    last = len(form.columns) - 1
    plain = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
    boxed = {**plain, "font_size": 10, "border": 1, "text_wrap": True}
    head_format = book.add_format({**boxed, "bold": True, "align": "center"})
    formats = {
        "text": book.add_format({**boxed, "align": "left"}),
        "middle": book.add_format({**boxed, "align": "center"}),
        "count": book.add_format({**boxed, "align": "center", "num_format": "0"}),
        "fen": book.add_format({**boxed, "align": "right", "num_format": MONEY_FORMAT}),
        "percent": book.add_format({**boxed, "align": "center", "num_format": RATE_FORMAT}),
        "label": book.add_format({**boxed, "bold": True, "align": "center"}),
        "sum": book.add_format({**boxed, "bold": True, "align": "right", "num_format": MONEY_FORMAT}),
        "empty": book.add_format(boxed),
    }
    sheet.set_default_row(_ROW_HEIGHT)
    for place, column in enumerate(form.columns):
        sheet.set_column(place, place, column.width)
    sheet.write_string(0, 0, form.mark, book.add_format({**plain, "font_name": "黑体", "font_size": 14}))
    title_format = book.add_format(
        {"font_name": "方正小标宋简体", "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"}
    )
    sheet.merge_range(1, 0, 1, last, form.title, title_format)
    sheet.set_row(1, 32)
    _write_head(book, sheet, form, plain)
    first_data = _write_headers(sheet, form, head_format)
    row = first_data
    subtotals: list[int] = []
    totals = [0] * len(form.columns)
    for block in form.blocks or [Block([[None] * len(form.columns)])]:
        start = row
        sums = [0] * len(form.columns)
        for values in block.rows:
            _write_row(sheet, row, form.columns, values, formats)
            if (lines := _lines_needed(form.columns, values)) > 1:
                sheet.set_row(row, _LINE_HEIGHT * lines + 4)
            for place, column in enumerate(form.columns):
                if column.summed and values[place] is not None:
                    sums[place] += values[place]
            row += 1
        totals = [total + part for total, part in zip(totals, sums, strict=True)]
        if not form.subtotals:
            continue

        def block_sum(letter: str, start: int = start, end: int = row) -> str:
            return f"=SUM({letter}{start + 1}:{letter}{end})"

        _write_sums(sheet, row, form, "小计", block_sum, sums, formats)
        subtotals.append(row)
        row += 1

    def sum_of_subtotals(letter: str) -> str:
        runs = [subtotals[start : start + _SUM_ARGUMENTS] for start in range(0, len(subtotals), _SUM_ARGUMENTS)]
        return "=" + "+".join(f"SUM({','.join(f'{letter}{place + 1}' for place in run)})" for run in runs)

    def sum_of_rows(letter: str, end: int = row) -> str:
        return f"=SUM({letter}{first_data + 1}:{letter}{end})"

    if form.total:
        whole = sum_of_subtotals if form.subtotals else sum_of_rows
        _write_sums(sheet, row, form, "合计", whole, totals, formats)
        row += 1
    for remark in form.remarks:
        sheet.merge_range(row, 0, row, last, remark, book.add_format({**plain, "text_wrap": True, "align": "left"}))
        row += 1
    row -= 1
    if form.foot:
        sheet.write_string(row + 1, 0, form.foot, book.add_format(plain))
        row += 1
    _set_up_page(sheet, form, first_data, row, last)


def _write_head(book: xlsxwriter.Workbook, sheet: Any, form: Form, plain: dict[str, Any]) -> None:
    """The line under the title: who stamps it, the year, the unit."""
    last = len(form.columns) - 1
    left, right = 2, last - 2
    if sum(column.width for column in form.columns[left + 1 : right]) < _units(form.head[1]) + 2:
        left, right = 1, last - 1  # few columns: the words in the middle need more of them
    for (first, end), text, align in (
        ((0, left), form.head[0], "left"),
        ((left + 1, right - 1), form.head[1], "center"),
        ((right, last), form.head[2], "right"),
    ):
        head_format = book.add_format({**plain, "align": align})
        if first == end:
            sheet.write_string(2, first, text, head_format)
        else:
            sheet.merge_range(2, first, 2, end, text, head_format)
    sheet.set_row(2, 24)


def first_data_row(columns: Sequence[FormColumn]) -> int:
    """The row (from 0) under the title, the head line and the header rows, two of these where columns are grouped."""
    return 5 if any(column.group for column in columns) else 4


def _write_headers(sheet: Any, form: Form, head_format: Any) -> int:
    """The header rows (two where columns are grouped); gives the first row of data."""
    grouped = any(column.group for column in form.columns)
    place = 0
    while place < len(form.columns):
        column = form.columns[place]
        if not column.group:
            if grouped:
                sheet.merge_range(3, place, 4, place, column.header, head_format)
            else:
                sheet.write_string(3, place, column.header, head_format)
            place += 1
            continue
        end = place
        while end + 1 < len(form.columns) and form.columns[end + 1].group == column.group:
            end += 1
        sheet.merge_range(3, place, 3, end, column.group, head_format)
        for inner in range(place, end + 1):
            sheet.write_string(4, inner, form.columns[inner].header, head_format)
        place = end + 1
    sheet.set_row(3, 22 if grouped else 44)
    if grouped:
        sheet.set_row(4, 30)
    return first_data_row(form.columns)


_LINE_HEIGHT = 14.0  # points, of one line of print
_ROW_HEIGHT = 20.0  # points, of a row with one line


def _units(text: str) -> float:
    """How wide a text is in column units: at this size a Chinese character takes about 1.8 of them."""
    chinese = (len(text.encode()) - len(text)) // 2
    return len(text) + 0.8 * chinese


def _lines_needed(columns: Sequence[FormColumn], values: Sequence[Any]) -> int:
    """How many lines of print a row takes."""
    needed = 1
    for column, value in zip(columns, values, strict=True):
        if column.kind == "text" and value:
            needed = max(needed, math.ceil(_units(value) / column.width))
    return needed


def _write_row(sheet: Any, row: int, columns: Sequence[FormColumn], values: Sequence[Any], formats: dict) -> None:
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        kind = column.kind
        if value is None:
            sheet.write_blank(row, place, None, formats["empty"])
        elif kind == "fen":
            sheet.write_number(row, place, _in_wan(value), formats["fen"])
        elif kind == "percent":
            sheet.write_number(row, place, value / money.E4_PER_PERCENT, formats["percent"])
        elif kind == "count":
            sheet.write_number(row, place, value, formats["count"])
        else:
            sheet.write_string(row, place, value, formats[kind])


def _write_sums(sheet: Any, row: int, form: Form, label: str, formula: Any, sums: list[int], formats: dict) -> None:
    sheet.merge_range(row, 0, row, form.label_span - 1, label, formats["label"])
    for place in range(form.label_span, len(form.columns)):
        if form.columns[place].summed:
            sheet.write_formula(row, place, formula(xl_col_to_name(place)), formats["sum"], _in_wan(sums[place]))
        else:
            sheet.write_blank(row, place, None, formats["empty"])


def _set_up_page(sheet: Any, form: Form, first_data: int, last_row: int, last_column: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3, first_data - 1)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.set_footer(f"&L{form.page_foot}&C第 &P 页，共 &N 页")
    sheet.print_area(0, 0, last_row, last_column)
    sheet.freeze_panes(first_data, 0)


# --- 数据 and 说明 --------------------------------------------------------------------------------------------------------


def _write_data(book: xlsxwriter.Workbook, data: Data) -> None:
    columns, rows = data.columns, data.rows
    sheet = book.add_worksheet(data.sheet)
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
    writers = [_data_writer(sheet, column, fen, percent, day) for column in columns]
    for row, values in enumerate(rows, start=1):
        for place, (write, value) in enumerate(zip(writers, values, strict=True)):
            if value is not None:
                write(row, place, value)
    sheet.freeze_panes(1, 0)
    print_wide(sheet)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


_DATA_WIDTHS = {
    "run": 8, "year": 8, "county": 10, "bank": 26, "insurer": 26, "uscc": 22, "enterprise": 34, "note_no": 20, "months": 8,
    "coverages": 44, "order": 6, "remark": 50,
}  # fmt: skip


def _data_writer(sheet: Any, column: LineColumn, fen: Any, percent: Any, day: Any) -> Any:
    if column.kind == "fen":
        return lambda row, place, value: sheet.write_number(row, place, _in_wan(value), fen)
    if column.kind == "percent":
        return lambda row, place, value: sheet.write_number(row, place, value / money.E4_PER_PERCENT, percent)
    if column.kind == "count":
        return sheet.write_number
    if column.kind == "date":
        return lambda row, place, value: sheet.write_datetime(row, place, _at_midnight(value), day)
    return sheet.write_string


def print_wide(sheet: Any) -> None:
    """Whoever prints the whole workbook gets its sheets one page wide, with the header row repeated."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


_NOTES_WIDTH = 90
_NOTES_SIZE = 1.15  # the notes are in larger print than the forms


def _write_notes(book: xlsxwriter.Workbook, notes: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet("说明")
    name_format = book.add_format({"bold": True, "valign": "top"})
    value_format = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _NOTES_WIDTH)
    print_wide(sheet)
    for row, (name, value) in enumerate(notes):
        if (
            lines := math.ceil(_NOTES_SIZE * _units(value) / _NOTES_WIDTH)
        ) > 1:  # not every program finds the height itself
            sheet.set_row(row, 15.0 * lines)
        sheet.write_string(row, 0, name, name_format)
        sheet.write_string(row, 1, value, value_format)
