"""A workbook given back: its own cells, results and styles, with every bad cell marked and commented."""

import io
import warnings
import zipfile
from collections.abc import Collection
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from ledger.errors import Refused
from ledger.workbooks.findings import Finding
from ledger.workbooks.sheet_xml import address
from ledger.workbooks.workbook import read_bytes, sheet_parts
from reports.received.appearance import areas_of, print_areas
from reports.received.results import restore_results
from reports.writing.files import write_bytes
from reports.writing.packing import edited

Messages = dict[tuple[str, str], list[str]]  # (sheet, cell) -> what to say of it

_MARK = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_RED = Side("thick", color="FFFF0000")
_FRAME = Border(left=_RED, right=_RED, top=_RED, bottom=_RED)
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383  # of any worksheet, from 0
_AUTHOR = "tiexi"
_COMMENT_WIDTH, _LINE_HEIGHT = 320, 22  # pixels


def write_marked(source: Path, findings: list[Finding], target: Path) -> int:
    """Writes the refused file with its findings marked, and gives the number of marked cells.

    A finding on a whole row marks the row's first cell; one on a sheet (an unknown sheet or header) marks its header
    cell, or A1; one inside merged cells marks the cell that shows. Refused when the file's structure is such that only
    its cells can be read.
    """
    messages: Messages = {}
    for finding in findings:
        cell = f"{finding.letter or 'A'}{finding.row or 1}"
        messages.setdefault((finding.sheet, cell), []).append(f"{finding.problem}；{finding.expected}")
    mark_cells(source, messages, target)
    return len(messages)


def mark_cells(source: Path, messages: Messages, target: Path, framed: Collection[tuple[str, str]] = ()) -> None:
    """Writes a workbook with cells marked and commented, its formulas with the results that they had.

    framed: cells that get a frame and keep their ground, since what is wrong with them is how they look.
    What is to be said of a sheet that the workbook does not have is said at A1 of its first sheet.
    """
    data = read_bytes(source)
    book = _open(source, data)
    _keep_print_areas(book, data)
    placed: Messages = {}
    for (sheet, cell), texts in messages.items():
        if sheet in book.sheetnames:
            placed.setdefault((sheet, cell), []).extend(texts)
        elif book.worksheets:
            placed.setdefault((book.worksheets[0].title, "A1"), []).extend(f"{sheet}：{text}" for text in texts)
    for (sheet, cell), texts in placed.items():
        if isinstance(book[sheet], Worksheet):  # a chart has no cells to mark
            _mark(_visible(book[sheet], cell), "\n".join(texts), (sheet, cell) in framed)
    write_bytes(target, restore_results(sheet_parts(source, data), edited(book)))


def _keep_print_areas(book: Workbook, data: bytes) -> None:
    """openpyxl drops those of whole rows or columns, and the copy would print more than what came."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        printed = print_areas(archive)
    for name, text in printed.items():
        sheet = book[name]
        if isinstance(sheet, Worksheet) and not sheet.print_area:
            spans = (
                f"{address(top, left)}:{address(min(bottom, _LAST_ROW), min(right, _LAST_COLUMN))}"
                for top, left, bottom, right in areas_of(text) or ()
            )
            sheet.print_area = ",".join(spans) or None


def _mark(place: Any, text: str, framed: bool) -> None:
    if framed:
        place.border = copy(_FRAME)
    else:
        place.fill = copy(_MARK)
    comment = Comment(text, _AUTHOR, width=_COMMENT_WIDTH, height=_LINE_HEIGHT * (2 + len(text) // 20))
    if place.comment is not None:
        comment.text = f"{place.comment.text}\n{text}"
    place.comment = comment


def _open(source: Path, data: bytes) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl does not carry over; nobody can do anything about it
            return load_workbook(io.BytesIO(data), keep_vba=source.suffix.lower() == ".xlsm", rich_text=True)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        zipfile.BadZipFile,
        OSError,
    ) as error:
        # what openpyxl raises on parts that a plain reader of cells passes over, such as broken styles
        raise Refused(f"{source.name}：文件的样式等内容受损，不能在原文件上标注；请按所列问题逐条改正") from error


def _visible(sheet: Worksheet, cell: str) -> Any:
    """The cell itself, or the first cell of the merged range that covers it."""
    place = sheet[cell]
    if isinstance(place, MergedCell):
        merged = next(area for area in sheet.merged_cells.ranges if cell in area)
        return sheet.cell(merged.min_row, merged.min_col)
    return place
