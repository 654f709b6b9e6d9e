"""Rows written while their sheet's file is: the same cells as XlsxWriter's own, in small sheets and in large ones."""

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ledger.errors import Refused
from ledger.workbooks.workbook import read_workbook
from reports.report import LineColumn
from reports.writing import row_streams
from reports.writing.forms import Block, Form, FormColumn, write_workbook
from reports.writing.packing import new_book
from reports.writing.row_streams import Look, RowSheet

TEXTS = ("样例", "a & b", "<r>不是标签</r> ", " 前有空格", "回车\n换行", "_x0041_", "\x07响", "")
FIGURES = (0, 1, 333_333, 123_456_789_012, -7, None)


def rows() -> list[tuple[float | None, list[Any]]]:
    heights = (None, 20.0, 34.5)
    return [
        (heights[number % 3], [text, FIGURES[number % len(FIGURES)], None if number % 2 else "乙"])
        for number, text in enumerate(TEXTS)
    ]


def by_xlsxwriter(path: Path, shared: bool) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": not shared}) as book:
        sheet = book.add_worksheet("表")
        bold, boxed = book.add_format({"bold": True}), book.add_format({"border": 1})
        sheet.write_string(0, 0, "头")
        for row, (height, values) in enumerate(rows(), start=1):
            if height is not None:
                sheet.set_row(row, height)
            sheet.write_string(row, 0, values[0], bold)
            if values[1] is not None:
                sheet.write_number(row, 1, values[1] / 1_000_000)
            if values[2] is None:
                sheet.write_blank(row, 2, None, boxed)
            else:
                sheet.write_string(row, 2, values[2], bold)
        sheet.write_string(len(TEXTS) + 1, 0, "尾")


def by_stream(path: Path) -> None:
    with new_book(path, date(2024, 1, 1)) as book:
        sheet = book.add_worksheet("表", RowSheet)
        bold, boxed = book.add_format({"bold": True}), book.add_format({"border": 1})
        sheet.write_string(0, 0, "头")
        sheet.write_string(len(TEXTS) + 1, 0, "尾")  # said before the rows above it are there
        looks = [Look(bold, False), Look(None, True, lambda fen: fen / 1_000_000), Look(bold, False, None, boxed)]
        sheet.write_run(1, len(TEXTS), looks, rows)


def seen(path: Path) -> list[Any]:
    page = openpyxl.load_workbook(path)["表"]
    heights = {number: row.height for number, row in page.row_dimensions.items()}
    cells = [[(cell.value, cell.font.b, cell.border.left.style) for cell in row] for row in page.iter_rows()]
    return [page.dimensions, heights, cells]


@pytest.mark.parametrize("shared", [True, False])
def test_the_cells_are_those_of_xlsxwriter(tmp_path: Path, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shared:
        monkeypatch.setattr(row_streams, "_SHARED_ROWS", 0)
    by_xlsxwriter(tmp_path / "a.xlsx", shared)
    by_stream(tmp_path / "b.xlsx")
    ours = seen(tmp_path / "b.xlsx")
    assert ours == seen(tmp_path / "a.xlsx")
    assert (b"inlineStr" in _sheet(tmp_path / "b.xlsx")) is not shared


def _sheet(path: Path) -> bytes:
    return zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


def test_our_own_reader_reads_both_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_stream(tmp_path / "a.xlsx")
    monkeypatch.setattr(row_streams, "_SHARED_ROWS", 0)
    by_stream(tmp_path / "b.xlsx")
    first, second = (
        read_workbook(path, path.read_bytes()).grids[0] for path in (tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    )
    assert first.rows == second.rows and len(first.rows) == len(TEXTS) + 2


def test_rows_are_gone_through_and_never_held(tmp_path: Path) -> None:
    """A form of many rows asks for them once to measure, once to print and once as data, and keeps none."""
    alive: list[int] = []

    class Rows:
        def __init__(self) -> None:
            self.passes = 0

        def __iter__(self) -> Iterator[list[Any]]:
            self.passes += 1
            for number in range(3_000):
                row = _Counted([f"第{number}", number])
                alive.append(_Counted.count)
                yield row

        def __len__(self) -> int:
            return 3_000

        def __contains__(self, row: object) -> bool:
            raise AssertionError

    found = Rows()
    columns = (LineColumn("name", "名", "text", None), LineColumn("amount_fen", "数", "fen", None))
    form = Form(
        "表", "", "题", ("甲", "乙"), (FormColumn("列", 9, "text"), FormColumn("数", 9, "fen", True)), [Block(found)], 1
    )
    write_workbook(tmp_path / "a.xlsx", form, columns, found, [("报表", "样例")], date(2024, 1, 31))
    assert found.passes == 3 and max(alive) < 10


class _Counted(list[Any]):
    count = 0

    def __init__(self, values: list[Any]) -> None:
        super().__init__(values)
        _Counted.count += 1

    def __del__(self) -> None:
        _Counted.count -= 1


def test_a_sheet_without_room_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(Refused, match="工作表「数据」要写 1,048,577 行，超过一张工作表的上限 1,048,576 行"),
        new_book(tmp_path / "a.xlsx", date(2024, 1, 1)) as book,
    ):
        book.add_worksheet("数据", RowSheet).write_run(1, 1_048_576, [Look(None, True)], lambda: iter(()))
    assert not list(tmp_path.iterdir())
