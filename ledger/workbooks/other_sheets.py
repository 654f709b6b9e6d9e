"""Sheets of a workbook that are none of those asked for."""

import difflib
from collections.abc import Sequence

from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.not_data import blank
from ledger.workbooks.sheet import NOTES_MARK
from ledger.workbooks.workbook import Grid

_OF_WPS = "WpsReserved_"  # WPS keeps in such sheets what Excel has no place for, such as pictures in cells
_HIDDEN = {
    "hidden": "这是一张隐藏的工作表：在任一工作表标签上点右键，选“取消隐藏”，然后改名或删除",
    "veryHidden": (
        "这是一张深度隐藏的工作表，菜单中看不到：在 Excel 中按 Alt+F11，选中这张表，把属性窗口中的 Visible 改为 -1，"
        "再改名或删除；也可以把要报送的工作表复制到新的工作簿另存"
    ),
}


def made_by_a_program(grid: Grid) -> bool:
    """Whether a hidden sheet is one that a spreadsheet program made for itself: nobody can see it or fill it in."""
    empty = all(blank(value) for row in grid.rows for value in row)
    return grid.state != "visible" and (empty or grid.name.startswith(_OF_WPS))


def likely(name: str, known: Sequence[str]) -> str | None:
    """The sheet that a name may have been meant for."""
    return next(iter(difflib.get_close_matches("".join(cells.half_width(name).split()), list(known), 1, 0.5)), None)


def unknown_sheet(file: str, grid: Grid, known: Sequence[str], near: str | None) -> Finding:
    """A sheet that is not declared, with the likely one named, and how to see it where it is hidden."""
    hint = f"（是否为「{near}」？）" if near else ""
    right = f"应为以下之一：{'、'.join(known)}；备注请放在名称以「{NOTES_MARK}」开头的工作表中"
    if grid.state in _HIDDEN:
        right = f"{_HIDDEN[grid.state]}；{right}"
    return Finding(file, grid.name, None, "", "", "", f"不是已知的工作表{hint}", right)
