"""The one writer of official workbooks: a printable form, a tidy sheet 数据, and a sheet 说明 that says where it came from.

Amounts are 万元 to the fen; sums are live formulas that carry their computed value, so that a spreadsheet recalculates
them and a reader that does not calculate sees them. How a form looks follows from its rows alone: the same rows give the
same print, which is what a workbook that came back is held against.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from ledger import money
from reports.report import LineColumn, Rows
from reports.writing.measures import ROW_HEIGHT, figure_width, height_needed, lines_needed, spread
from reports.writing.packing import new_book
from reports.writing.row_streams import Look, Row, RowSheet
from reports.writing.tidy import MONEY_FORMAT, PAGE_NUMBER, Data, in_percent, in_wan, write_data, write_notes

FORM_VERSION = 2  # of all that is printed; another look of any form is another version
VERSION_NOTE = "版式"
RATE_FORMAT = "0.00##"
_FONT, _SIZE = "宋体", 11  # points; the table itself is in 10
_SUM_ARGUMENTS = 200  # SUM takes 255 at most


@dataclass(frozen=True)
class FormColumn:
    """A column of the printed form: its header (with a group above it, if any), what it holds, and if it is summed.

    width: the least; figures that need more get more. numbered: the rows of a block are counted before its texts, from 1.
    """

    header: str
    width: float
    kind: str  # text, middle (a text in the middle), fen, percent, count
    summed: bool = False
    group: str = ""
    numbered: bool = False


@dataclass(frozen=True)
class Block:
    """A block of rows with its subtotal (小计). heading: a line of its own above them, where there is one."""

    rows: Rows
    heading: str = ""


@dataclass(frozen=True)
class Form:
    """A printed form: sheet name, mark (附件1), title, head line, columns, blocks and foot.

    Without `subtotals` the blocks have no 小计 of their own; without `total` there is no 合计 either. `remarks` stand
    under the table, one line each.
    """

    sheet: str
    mark: str
    title: str
    head: Sequence[str]  # side by side, the first on the left, the last on the right
    columns: Sequence[FormColumn]
    blocks: Sequence[Block]
    label_span: int  # how many columns the words 小计 and 合计 take
    foot: str = ""
    page_foot: str = ""
    subtotals: bool = True
    total: bool = True
    remarks: Sequence[str] = ()


def version_text() -> str:
    """The version of the forms as 说明 names it."""
    return f"第 {FORM_VERSION} 版"


def numbered(number: int, text: str) -> str:
    """A text with the number that its row has in its block, as the forms print it."""
    return f"{number}\u3000{text}"


def rows_fingerprint(kind: str, columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]], *more: Data) -> str:
    """SHA-256 over the kind of workbook and the machine texts of its data rows, then those of its other tidy sheets."""
    digest = hashlib.sha256(f"{kind}\n".encode())
    _add_rows(digest, columns, rows)
    for data in more:
        digest.update(f"{data.sheet}\n".encode())
        _add_rows(digest, data.columns, data.rows)
    return digest.hexdigest()


def _add_rows(digest: Any, columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        digest.update("\t".join(column.text(value) for column, value in zip(columns, row, strict=True)).encode())
        digest.update(b"\n")


def write_workbook(
    path: Path,
    form: Form,
    columns: Sequence[LineColumn],
    rows: Rows,
    notes: Sequence[tuple[str, str]],
    dated: date,
) -> None:
    """Writes form, data and notes into one workbook, whole or not at all. `dated` is the day of what it shows: the same
    facts give the same bytes, whenever and on whatever database."""
    write_sheets(path, [form], [Data("数据", columns, rows)], notes, dated)


def write_sheets(
    path: Path, forms: Sequence[Form], data: Sequence[Data], notes: Sequence[tuple[str, str]], dated: date
) -> None:
    """Writes forms, tidy sheets and notes into one workbook, whole or not at all. The first form gives the title.

    The notes say the form's version after what they begin with, which is the report.
    """
    with new_book(path, dated, forms[0].title) as book:
        book.set_calc_mode("auto")
        for form in forms:
            _write_form(book, form)
        for tidy in data:
            write_data(book, tidy)
        write_notes(book, [*notes[:1], (VERSION_NOTE, version_text()), *notes[1:]])


def write_tidy(path: Path, title: str, data: Sequence[Data], notes: Sequence[tuple[str, str]], dated: date) -> None:
    """Writes tidy sheets and notes, without a form, into one workbook, whole or not at all."""
    with new_book(path, dated, title) as book:
        for tidy in data:
            write_data(book, tidy)
        write_notes(book, notes)


# --- the form -----------------------------------------------------------------------------------------------------------


def _write_form(book: xlsxwriter.Workbook, form: Form) -> None:
    blocks = form.blocks or [Block([[None] * len(form.columns)])]
    measured = [_measure(form.columns, block) for block in blocks]
    form = replace(form, columns=_wide_enough(form.columns, measured))
    sheet = book.add_worksheet(form.sheet, RowSheet)
    last = len(form.columns) - 1
    plain = {"font_name": _FONT, "font_size": _SIZE, "valign": "vcenter"}
    boxed = {**plain, "font_size": 10, "border": 1}
    middle, right = {**boxed, "align": "center"}, {**boxed, "align": "right", "indent": 1}
    words = {**middle, "text_wrap": True}  # figures are not wrapped: programs do not agree on how that would look
    head_format = book.add_format({**words, "bold": True})
    formats = {
        "text": book.add_format({**boxed, "align": "left", "indent": 1, "text_wrap": True}),
        "middle": book.add_format(words),
        "count": book.add_format({**middle, "num_format": "0"}),
        "fen": book.add_format({**right, "num_format": MONEY_FORMAT}),
        "percent": book.add_format({**middle, "num_format": RATE_FORMAT}),
        "label": book.add_format({**words, "bold": True}),
        "sum": book.add_format({**right, "bold": True, "num_format": MONEY_FORMAT}),
        "empty": book.add_format(boxed),
    }
    shown = {"fen": in_wan, "percent": in_percent}
    looks = [
        Look(formats[column.kind], column.kind not in ("text", "middle"), shown.get(column.kind), formats["empty"])
        for column in form.columns
    ]
    for place, column in enumerate(form.columns):
        sheet.set_column(place, place, column.width)
    sheet.set_row(0, _MARK_HEIGHT)
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
    heading_format = book.add_format({**boxed, "bold": True, "align": "left", "indent": 1, "bg_color": "#F2F2F2"})
    for block, of_block in zip(blocks, measured, strict=True):
        if block.heading:
            sheet.merge_range(row, 0, row, last, block.heading, heading_format)
            sheet.set_row(row, ROW_HEIGHT)
            row += 1
        start = row
        sheet.write_run(row, of_block.rows, looks, partial(_printed, form.columns, block.rows))
        row += of_block.rows
        sums = of_block.sums
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
    remark_format = book.add_format({**plain, "text_wrap": True, "align": "left"})
    width = sum(column.width for column in form.columns)
    for remark in form.remarks:
        sheet.set_row(row, height_needed(lines_needed(remark, width, size=_SIZE)))
        sheet.merge_range(row, 0, row, last, remark, remark_format)
        row += 1
    if form.foot:
        sheet.set_row(row, ROW_HEIGHT)
        sheet.write_string(row, 0, form.foot, book.add_format(plain))
        row += 1
    _set_up_page(sheet, form, first_data, row - 1, last)


_MARK_HEIGHT, _HEAD_HEIGHT, _HEADER_HEIGHT, _GROUP_HEIGHT = 20.0, 24.0, 44.0, 22.0  # points


class _Measured(NamedTuple):
    """A block gone through once: how many rows, the sum of each column that is summed, and the length of the longest figure (fen)
    of each column."""

    rows: int
    sums: list[int]
    lengths: list[int]


def _measure(columns: Sequence[FormColumn], block: Block) -> _Measured:
    figures = [place for place, column in enumerate(columns) if column.kind == "fen"]
    summed = [place for place, column in enumerate(columns) if column.summed]
    count, sums, lengths = 0, [0] * len(columns), [0] * len(columns)
    for row in block.rows:
        count += 1
        for place in summed:
            sums[place] += row[place] or 0
        for place in figures:
            fen = row[place]
            if fen is not None and (length := _figure_length(fen)) > lengths[place]:
                lengths[place] = length
    return _Measured(count, sums, lengths)


@lru_cache(1 << 16)
def _figure_length(fen: int) -> int:
    return len(money.wan_text(fen))


def _wide_enough(columns: Sequence[FormColumn], blocks: Sequence[_Measured]) -> list[FormColumn]:
    """The columns with room for every figure that they hold, their sums among them: one that does not fit prints as ###."""
    made = []
    for place, column in enumerate(columns):
        if column.kind != "fen":
            made.append(column)
            continue
        lengths = [block.lengths[place] for block in blocks]
        if column.summed:  # a sum has the digits of what it adds up, before and behind the point
            sums = [block.sums[place] for block in blocks]
            lengths += [_figure_length(fen) for fen in (*sums, sum(sums))]
        made.append(replace(column, width=max(column.width, figure_width(max(lengths, default=0)))))
    return made


def _write_head(book: xlsxwriter.Workbook, sheet: Any, form: Form, plain: dict[str, Any]) -> None:
    """The line under the title: who stamps it, the year, the unit."""
    places = spread(form.head, [column.width for column in form.columns])
    for (first, end), text in zip(places, form.head, strict=True):
        align = "left" if first == 0 else "right" if end == len(form.columns) - 1 else "center"
        head_format = book.add_format({**plain, "align": align})
        if first == end:
            sheet.write_string(2, first, text, head_format)
        else:
            sheet.merge_range(2, first, 2, end, text, head_format)
    sheet.set_row(2, _HEAD_HEIGHT)


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
    needed = height_needed(max(lines_needed(column.header, column.width) for column in form.columns))
    height = max(_HEADER_HEIGHT, needed)
    sheet.set_row(3, _GROUP_HEIGHT if grouped else height)
    if grouped:
        sheet.set_row(4, height - _GROUP_HEIGHT + _PADDING_OF_GROUPS)
    return first_data_row(form.columns)


_PADDING_OF_GROUPS = 8.0  # points that two rows of headers take more than one


def _printed(columns: Sequence[FormColumn], rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """The rows of a block, each as high as the longest of its texts needs, with its number where the form counts them."""
    texts = [
        (place, column.width, 1 if column.kind == "text" else 0, column.numbered)
        for place, column in enumerate(columns)
        if column.kind in ("text", "middle")
    ]
    for number, values in enumerate(rows, start=1):
        cells, lines = list(values), 1
        for place, width, indent, counted in texts:
            text = cells[place]
            if not text:
                continue
            if counted:
                cells[place] = numbered(number, text)
                text = numbered(10 ** (len(str(number)) - 1), text)  # as long, and the same for many rows
            if (needed := _lines_needed(text, width, indent)) > lines:
                lines = needed
        yield height_needed(lines), cells


_lines_needed = lru_cache(1 << 16)(lines_needed)


def _write_sums(
    sheet: Any, row: int, form: Form, label: str, formula: Any, sums: list[int], formats: dict[str, Any]
) -> None:
    sheet.set_row(row, ROW_HEIGHT)
    if form.label_span > 1:
        sheet.merge_range(row, 0, row, form.label_span - 1, label, formats["label"])
    else:
        sheet.write_string(row, 0, label, formats["label"])
    for place in range(form.label_span, len(form.columns)):
        if form.columns[place].summed:
            sheet.write_formula(row, place, formula(xl_col_to_name(place)), formats["sum"], in_wan(sums[place]))
        else:
            sheet.write_blank(row, place, None, formats["empty"])


def _set_up_page(sheet: Any, form: Form, first_data: int, last_row: int, last_column: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3, first_data - 1)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.set_footer(f"&L{form.page_foot}&C{PAGE_NUMBER}")
    sheet.set_start_page(1)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.freeze_panes(first_data, 0)
