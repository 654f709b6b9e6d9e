"""Before a blank is written over a file: what somebody filled in there is not lost without a word."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.errors import Refused
from ledger.workbooks.rows import read_rows
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import read_bytes, read_workbook


def _nothing_on_record(_: Mapping[str, Any]) -> bool:
    return False


def refuse_to_lose(
    path: Path,
    sheet: Sheet,
    to_fill: Sequence[str],
    on_record: Callable[[Mapping[str, Any]], bool] = _nothing_on_record,
) -> None:
    """Refused when the file is there and holds no such sheet, or a row with one of the cells `to_fill` filled in.

    on_record: whether what a row says (by field) is in the ledger already, so that nothing would be lost.
    """
    if not path.is_file():
        return
    try:
        grids = read_workbook(path, read_bytes(path)).grids
    except Refused:
        grids = []
    grid = next((grid for grid in grids if "".join(grid.name.split()) == sheet.name), None)
    rows = read_rows(path.name, grid, sheet, lambda finding: None) if grid is not None else None
    if rows is None:
        raise Refused(f"{path} 已存在，而且不是带「{sheet.name}」表的空白工作簿，没有覆盖；请换一个文件名")
    for position, number in enumerate(rows.numbers):
        filled = [name for name in to_fill if name in rows.raw and str(rows.raw[name][position] or "").strip()]
        values = {column.field: rows.values(column.field)[position] for column in sheet.columns}
        if filled and not on_record(values):
            header = sheet.column(filled[0]).header
            raise Refused(
                f"{path} 已存在，其中「{sheet.name}」表第 {number} 行已填写{header}，没有覆盖；请换一个文件名，或先移走原文件"
            )
