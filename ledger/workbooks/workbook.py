"""Opening a workbook that somebody sent: every cell of every worksheet, with true row numbers.

The parts come from the package's relationships (`packages`), the cells from one walk of each sheet's XML (`sheet_cells`),
so that values and formats cannot come from different places. Nothing is trusted: size, compression, encryption and cells
far outside any table are judged before or while they are read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.cells import Cell
from ledger.workbooks.number_formats import NumberFormat
from ledger.workbooks.packages import Package, SheetPart, children
from ledger.workbooks.sheet_cells import FarCell, read_cells
from ledger.workbooks.sheet_xml import Area
from ledger.workbooks.styles import cell_formats, conditional_formats
from ledger.workbooks.texts import read_shared_strings
from ledger.workbooks.visible import spelled, visible

_RELATIONS = "xl/_rels/workbook.xml.rels"
_WITHOUT_CELLS = ("chartsheet", "dialogsheet")


@dataclass(frozen=True)
class Grid:
    """One sheet as it is: rows[i][j] is Excel's row i + 1, column j + 1; None for an empty cell.

    state: visible, hidden or veryHidden. merged: the merged areas, each as its first and last row and column (from 0).
    """

    name: str
    rows: list[list[Cell | None]]
    state: str = "visible"
    merged: Sequence[Area] = ()


@dataclass(frozen=True)
class Workbook:
    """A file taken in: its name, fingerprint and sheets. csv_sheet: the sheet that a CSV file was taken as."""

    file_name: str
    sha256: str
    grids: list[Grid]
    csv_sheet: str | None = None


def read_bytes(path: Path) -> bytes:
    """The file's bytes; EnvironmentFailed when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法读取：{os_reason(error)}") from error


def fingerprint(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def read_workbook(path: Path, data: bytes) -> Workbook:
    """All sheets of a workbook; Refused, in one sentence, when the file is no workbook or not safe to open."""
    package = Package(path.name, data)
    values = Values(read_shared_strings(package), cell_formats(package), _from_1904(package))
    conditional = conditional_formats(package)
    grids = [_grid(package, sheet, values, conditional) for sheet in package.sheets if sheet.kind not in _WITHOUT_CELLS]
    names = [grid.name.casefold() for grid in grids]
    if twice := next((grid.name for grid in grids if names.count(grid.name.casefold()) > 1), None):
        package.refuse(f"有两张名称看来相同的工作表「{spelled(twice)}」；请合并或改名后另存")
    return Workbook(path.name, fingerprint(data), grids)


def _from_1904(package: Package) -> bool:
    """Whether days are counted from 1904 on, as old programs on the Macintosh did."""
    settings = children(package.workbook_xml, "workbookPr")
    return any(each.get("date1904", "").strip() in ("1", "true") for each in settings)


def _grid(package: Package, sheet: SheetPart, values: Values, conditional: Sequence[NumberFormat | None]) -> Grid:
    name = visible(sheet.name)
    if sheet.kind != "worksheet":
        package.refuse(f"工作表「{spelled(name)}」是宏表，不能读取；请删除后另存为 .xlsx")
    merged: list[Area] = []
    try:
        rows: list[list[Any]] = read_cells(package.part(sheet.part), values, conditional, merged)
    except BadValue as error:
        raise Refused(f"{package.file_name}：工作表「{spelled(name)}」的{error}；请改正后另存") from error
    except FarCell:
        package.refuse(f"工作表「{spelled(name)}」在远离表格的位置有内容；请删除表格以外的行列后另存")
    except ValueError as error:
        package.damaged(sheet.part, error)
    return Grid(name, rows, sheet.state, merged)
