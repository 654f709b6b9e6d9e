"""A refused workbook given back: its own cells and styles, with every bad cell marked and commented."""

import io
from copy import copy
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from ledger.intake.findings import Finding
from ledger.intake.workbook import read_bytes
from reports.files import whole_file

_MARK = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_AUTHOR = "tiexi"
_COMMENT_WIDTH, _LINE_HEIGHT = 320, 22  # pixels


def write_marked(source: Path, findings: list[Finding], target: Path) -> int:
    """Writes the refused file with its findings marked, and gives the number of marked cells.

    A finding on a whole row marks the row's first cell; one on a sheet (an unknown sheet or header) marks its header
    cell, or A1.
    """
    data = read_bytes(source)
    book = load_workbook(io.BytesIO(data), keep_vba=source.suffix.lower() == ".xlsm")
    messages: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        cell = f"{finding.letter or 'A'}{finding.row or 1}"
        messages.setdefault((finding.sheet, cell), []).append(f"{finding.problem}；{finding.expected}")
    for (sheet, cell), texts in messages.items():
        place = book[sheet][cell]
        place.fill = copy(_MARK)
        text = "\n".join(texts)
        comment = Comment(text, _AUTHOR, width=_COMMENT_WIDTH, height=_LINE_HEIGHT * (2 + len(text) // 20))
        if place.comment is not None:
            comment.text = f"{place.comment.text}\n{text}"
        place.comment = comment
    with whole_file(target) as temporary:
        book.save(temporary)
    return len(messages)
