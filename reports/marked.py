"""A refused workbook given back: its own cells and styles, with every bad cell marked and commented."""

import io
import zipfile
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from ledger.intake.findings import Finding
from ledger.intake.workbook import read_bytes
from ledger.refusal import Refused
from reports.books import save_edited

Messages = dict[tuple[str, str], list[str]]  # (sheet, cell) -> what to say of it

_MARK = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
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


def mark_cells(source: Path, messages: Messages, target: Path) -> None:
    """Writes a workbook with cells marked and commented; a sheet that it does not have is passed over."""
    book = _open(source)
    for (sheet, cell), texts in messages.items():
        if sheet not in book.sheetnames or not isinstance(book[sheet], Worksheet):
            continue  # a chart has no cells to mark
        place = _visible(book[sheet], cell)
        place.fill = copy(_MARK)
        text = "\n".join(texts)
        comment = Comment(text, _AUTHOR, width=_COMMENT_WIDTH, height=_LINE_HEIGHT * (2 + len(text) // 20))
        if place.comment is not None:
            comment.text = f"{place.comment.text}\n{text}"
        place.comment = comment
    save_edited(book, target)


def _open(source: Path) -> Workbook:
    data = read_bytes(source)
    try:
        return load_workbook(io.BytesIO(data), keep_vba=source.suffix.lower() == ".xlsm")
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
