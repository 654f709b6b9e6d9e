"""Merged cells among the rows: what a merged area covers is not seen, and is neither read nor taken as empty."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ledger.intake.sheets import BY_NAME
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import read_rows
from ledger.workbooks.workbook import read_workbook

HEADERS = ("银行名称", "借据编号", "还款日", "还本金额(万元)", "付息金额(万元)", "资料上传日")
ROWS = (("样例银行", "A1", "2023-09-01", 1, 2, "2023-09-02"), ("样例银行", "A1", "2023-10-01", 1, None, None))
SEEN = "单元格被合并，看不到它的内容"


def read(path: Path, *areas: str, more: tuple[str, ...] = (), column: int = 0) -> list[Finding]:
    """The findings of a sheet 还款 with areas merged over its cells, which stay filled."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("还款")
        for number, row in enumerate((HEADERS, *ROWS)):
            page.write_row(number, 0, row)
        for number, text in enumerate(more, start=3):
            page.write(number, column, text)
    cells = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(
                name, data.replace(b"</sheetData>", f"</sheetData><mergeCells>{cells}</mergeCells>".encode())
            )
    found: list[Finding] = []
    (grid,) = read_workbook(path, path.read_bytes()).grids
    read_rows(path.name, grid, BY_NAME["还款"], found.append)
    return found


@pytest.mark.parametrize(
    ("area", "cells"),
    [
        ("F2:F3", [("F", 3, SEEN)]),  # seen for both rows, stored for the first
        ("E2:E3", [("E", 3, SEEN)]),
        ("A2:A3", [("A", 3, SEEN)]),  # the second is filled, and nobody sees it
        ("D2:E2", [("E", 2, SEEN)]),
        ("$D$2:$E$3", [("D", 3, SEEN), ("E", 2, SEEN), ("E", 3, SEEN)]),
        ("E3:F3", []),  # empty
        ("G2:G3", []),
        ("A4:F9", []),
        ("A1:A1", []),
    ],
)
def test_a_covered_cell(tmp_path: Path, area: str, cells: list[tuple[str, int, str]]) -> None:
    assert [(each.letter, each.row, each.problem) for each in read(tmp_path / "样例.xlsx", area)] == cells


def test_a_note_over_several_columns_and_rows_stays_one_finding(tmp_path: Path) -> None:
    (finding,) = read(tmp_path / "样例.xlsx", "A4:F6", more=("注：以上数据已与台账核对",))
    assert (finding.row, finding.problem) == (4, "备注行不能导入")


def test_words_beside_the_table_are_one_finding(tmp_path: Path) -> None:
    (finding,) = read(tmp_path / "样例.xlsx", "A9:B9", more=("", "见附页"), column=8)
    assert (finding.row, finding.problem) == (1, "I 列有内容但没有表头")


@pytest.mark.parametrize("words", ["以下空白", "共 2 笔", "——", "1.本表一式两份", "行长签字："])
def test_a_row_with_a_single_cell_is_one_finding(tmp_path: Path, words: str) -> None:
    (finding,) = read(tmp_path / "样例.xlsx", "A9:B9", more=(words,))
    assert (finding.letter, finding.row, finding.value, finding.problem) == ("A", 4, words, "这一行只有这一格有内容")
