"""Marked copies as tests look at them: made with a few sentences at cells, and read by openpyxl or by their parts."""

from pathlib import Path

import openpyxl
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet

from ledger.workbooks.packages import Package, children, local_name
from ledger.workbooks.sheet_xml import column_letter
from reports.received.marked import write_marked
from reports.received.marking.marks import Kind, mark_at
from sent_books import SHEET

RED, YELLOW = "FFFFC7CE", "FFFFEB9C"
PROBLEM = "不是已知的银行；应为名录中的银行"


def mark(path: Path, *marks: tuple[str, str], kind: Kind = "problem", sheet: str = SHEET) -> Path:
    """The copy of a workbook with sentences at cells."""
    target = path.with_name(f"标出-{path.name}")
    write_marked(path, [mark_at(sheet, cell, kind, text) for cell, text in marks], target)
    return target


def page_of(path: Path, sheet: str = SHEET) -> Worksheet:
    page = openpyxl.load_workbook(path)[sheet]
    assert isinstance(page, Worksheet)
    return page


def marked_cells(path: Path, sheet: str = SHEET) -> dict[str, tuple[str, str]]:
    """The cells that have a comment or the ground of a mark: ground and comment."""
    found = {}
    for row in page_of(path, sheet).iter_rows():
        for cell in row:
            ground = str(cell.fill.start_color.rgb) if cell.fill.fill_type == "solid" else ""
            if cell.comment is not None or ground in (RED, YELLOW):
                found[cell.coordinate] = ground, cell.comment.text if cell.comment else ""
    return found


def sheet_part(path: Path) -> tuple[Package, str]:
    package = Package(path.name, path.read_bytes())
    return package, next(sheet.part for sheet in package.sheets if sheet.name == SHEET)


def looks(path: Path) -> dict[str, tuple[str, str]]:
    """By the package alone, for what openpyxl does not read: the ground and the comment of each cell that has one."""
    package, part = sheet_part(path)
    styles = package.xml(package.one_related(package.workbook, "styles") or "")
    fills = [
        next((colour.get("rgb", "") for colour in children(fill, "patternFill", "fgColor")), "")
        for fill in children(styles, "fills", "fill")
    ]
    grounds = [fills[int(each.get("fillId", "0"))] for each in children(styles, "cellXfs", "xf")]
    found = {}
    for number, row in enumerate(children(package.xml(part), "sheetData", "row"), start=1):
        for column, cell in enumerate(children(row, "c")):
            if ground := grounds[int(cell.get("s", "0"))]:
                found[cell.get("r", f"{column_letter(column)}{number}")] = ground, ""
    if (comments := package.one_related(part, "comments")) is not None:
        for comment in children(package.xml(comments), "commentList", "comment"):
            cell, text = (
                comment.get("ref", ""),
                "".join(each.text or "" for each in comment.iter() if local_name(each.tag) == "t"),
            )
            found[cell] = found.get(cell, ("", ""))[0], text
    return found


def contents(path: Path) -> list[list[tuple[str | None, list[bytes]]]]:
    """Row by row the kind and the elements of each cell of all sheets that holds something."""
    package = Package(path.name, path.read_bytes())
    found = []
    for sheet in package.worksheets:
        for row in children(package.xml(sheet.part), "sheetData", "row"):
            cells = [
                (cell.get("t"), [etree.tostring(each) for each in cell]) for cell in children(row, "c") if len(cell)
            ]
            if cells:
                found.append(cells)
    return found
