"""Workbooks that come back, edited by whoever: every difference is found where it is, and nothing else."""

import json
import random
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.workbook import Workbook

from reports.received.reconcile import write_outcome
from reports.received.verify import verify
from reports.writing.forms import VERSION_NOTE
from returned import (
    NAMES,
    NEEDS_LIBREOFFICE,
    City,
    by_libreoffice,
    found,
    only,
    put,
    rewritten,
)

# --- nothing was changed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_was_exported_is_the_same(city: City, name: str) -> None:
    outcome = city.check(city.paths[name], name)
    assert outcome.differences == [] and outcome.run is not None and outcome.run.id == city.runs[name].id
    assert verify(city.paths[name]).findings == [] and verify(city.paths[name]).remarks == []


@pytest.mark.parametrize("name", NAMES)
def test_a_save_by_openpyxl_is_no_difference(city: City, edited: Callable[..., Path], name: str) -> None:
    path = edited(lambda book: None, name)
    assert city.check(path, name).differences == [] and verify(path).findings == []
    assert any("没有保存结果" in remark for remark in city.check(path, name).remarks)


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("through", ["xlsx", "ods"])
def test_a_save_by_libreoffice_is_no_difference(city: City, tmp_path: Path, through: str) -> None:
    paths = list(city.paths.values())
    if through == "ods":
        paths = by_libreoffice(paths, tmp_path, "ods")
    for name, path in zip(NAMES, by_libreoffice(paths, tmp_path), strict=True):
        assert [difference.line() for difference in city.check(path, name).differences] == []
        assert verify(path).findings == []


# --- one cell -------------------------------------------------------------------------------------------------------------


def another(value: Any, cell: Any) -> Any:
    """Some other value of the same sort, the smallest step away where that is a number."""
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    if isinstance(value, int | float):
        return round(value + 0.000001, 6) if "#" in cell.number_format else value + 1
    return f"{value}改" if not str(value).startswith("=SUM") else 123456.78


def places(path: Path) -> list[tuple[str, str]]:
    book = openpyxl.load_workbook(path)
    return [
        (page.title, cell.coordinate)
        for page in book.worksheets
        for row in page.iter_rows()
        for cell in row
        if not isinstance(cell, MergedCell)
        and page.cell(cell.row, 1).value != VERSION_NOTE  # of an earlier form much less is said
        and (cell.value is not None or random.Random(cell.coordinate).random() < 0.1)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_any_single_edit_is_found_there_and_nowhere_else(city: City, edited: Callable[..., Path], name: str) -> None:
    candidates = places(city.paths[name])
    if name != "annex1":  # of the small one every cell, of the others some
        candidates = random.Random(name).sample(candidates, 25)
    wrong = []
    for sheet, address in candidates:

        def change(book: Workbook, sheet: str = sheet, address: str = address) -> None:
            cell = book[sheet][address]
            cell.value = "多出的话" if cell.value is None else another(cell.value, cell)

        outcome = city.check(edited(change, name), name)
        where = [(difference.sheet, difference.cell) for difference in outcome.differences]
        if where != [(sheet, address)]:
            wrong.append((sheet, address, [difference.line() for difference in outcome.differences]))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_any_cell_that_was_emptied_is_found(city: City, edited: Callable[..., Path], name: str) -> None:
    book = openpyxl.load_workbook(city.paths[name])
    filled = [place for place in places(city.paths[name]) if str(book[place[0]][place[1]].value or "").strip()]
    for sheet, address in random.Random(name).sample(filled, 15):
        outcome = city.check(edited(put(sheet, address, None), name), name)
        assert [(each.sheet, each.cell) for each in outcome.differences] == [(sheet, address)], (sheet, address)


def test_both_values_are_given_as_shown_and_in_fen(city: City, edited: Callable[..., Path]) -> None:
    difference = only(city.check(edited(put("附件2", "D6", 1500.000001))))
    assert (difference.theirs, difference.ours) == ("1,500.000001", "1,500.00")
    assert (difference.theirs_fen, difference.ours_fen) == (1_500_000_001, 1_500_000_000)
    assert difference.line() == "附件2!D6　贷款金额：来件 1,500.000001，系统 1,500.00"
    day = only(city.check(edited(put("数据", "I2", "2023-05-11"))))
    assert (day.theirs, day.ours) == ("2023-05-11", "2023-05-10")


def test_numbers_compare_at_fifteen_digits(city: City, edited: Callable[..., Path]) -> None:
    assert city.check(edited(put("附件2", "D6", 1500.0000000000002))).differences == []
    assert only(city.check(edited(put("附件2", "D6", 1500.0000001)))).cell == "D6"  # finer than a fen is no amount


def test_a_figure_stored_as_text_is_found(city: City, edited: Callable[..., Path]) -> None:
    difference = only(city.check(edited(put("附件2", "D6", "1,500.00"))))
    assert (difference.kind, difference.cell) == ("text_number", "D6") and "合计公式不会计入" in difference.text


def test_a_date_of_filing_that_was_filled_in_is_found(city: City, edited: Callable[..., Path]) -> None:
    assert only(city.check(edited(put("附件1", "A10", "填报日期：2024年2月1日"), "annex1"), "annex1")).cell == "A10"


@pytest.mark.parametrize("text", ["威海样例甲公司 ", "威海样例甲公司\u200b", "威海样例甲公司\n"])
def test_a_text_with_more_than_is_seen_is_found(city: City, edited: Callable[..., Path], text: str) -> None:
    difference = only(city.check(edited(put("附件2", "C6", text))))
    assert (difference.sheet, difference.cell) == ("附件2", "C6")


def test_a_row_more_in_the_data(city: City, edited: Callable[..., Path]) -> None:
    def change(book: Workbook) -> None:
        page = book["数据"]
        page.insert_rows(3)
        for column in range(1, page.max_column + 1):
            page.cell(3, column).value = page.cell(2, column).value
        page["G3"], page["H3"] = "新", 5

    difference = only(city.check(edited(change)))
    assert (difference.kind, difference.cell) == ("row_added", "A3") and "新" in difference.text


def test_a_row_twice_in_the_data(city: City, edited: Callable[..., Path]) -> None:
    def change(book: Workbook) -> None:
        page = book["数据"]
        page.append([cell.value for cell in page[2]])

    assert only(city.check(edited(change))).kind == "row_duplicated"


def test_a_row_less_in_the_data(city: City, edited: Callable[..., Path]) -> None:
    difference = only(city.check(edited(lambda book: book["数据"].delete_rows(2))))
    assert difference.kind == "row_missing" and "乙样例银行 B" in difference.text and "第 2 行" in difference.text


# --- rows and columns -----------------------------------------------------------------------------------------------------


def exchange(one: Any, other: Any) -> None:
    """Two cells change places; a name that begins with = stays text."""
    first, second = (one.value, one.data_type), (other.value, other.data_type)
    for cell, (value, data_type) in ((one, second), (other, first)):
        cell.value = value
        cell.data_type = data_type


def swap(sheet: str, first: int, second: int) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        page = book[sheet]
        for column in range(1, page.max_column + 1):
            one, other = page.cell(first, column), page.cell(second, column)
            exchange(one, other)

    return change


def test_swapped_rows_are_moved_and_not_different(city: City, edited: Callable[..., Path]) -> None:
    assert [each[0] for each in found(city.check(edited(swap("数据", 2, 3))))] == ["row_moved"]
    outcome = city.check(edited(swap("明细表", 6, 7), "premiums"), "premiums")
    assert {kind for kind, _, _ in found(outcome)} <= {"row_moved"}


def test_an_edited_row_that_also_moved(city: City, edited: Callable[..., Path]) -> None:
    def change(book: Workbook) -> None:
        swap("数据", 2, 4)(book)
        book["数据"]["H4"] = 7

    kinds = [each[0] for each in found(city.check(edited(change)))]
    assert kinds.count("cell") == 1 and set(kinds) == {"cell", "row_moved"}


def test_a_row_moved_to_another_block_of_the_form(city: City, edited: Callable[..., Path]) -> None:
    outcome = city.check(edited(swap("附件1", 5, 7), "annex1"), "annex1")
    assert {"row_moved"} == {each[0] for each in found(outcome)}


def test_a_row_less_and_a_row_more_in_the_form(city: City, edited: Callable[..., Path]) -> None:
    def less(book: Workbook) -> None:
        for column in range(1, 14):
            book["附件2"].cell(6, column).value = None

    assert [each[0] for each in found(city.check(edited(less)))] == ["row_missing"]
    missing = city.check(edited(lambda book: book["附件2"].delete_rows(6)))
    assert ("row_missing" in [each[0] for each in found(missing)]) and verify(edited(less)).findings

    def more(book: Workbook) -> None:
        page = book["附件2"]
        page.unmerge_cells("A8:C8")
        page.insert_rows(7)
        for column in range(1, 14):
            page.cell(7, column).value = page.cell(6, column).value
        page["C7"], page["D7"], page["J7"] = "多出的公司", 99, 1

    kinds = [each[0] for each in found(city.check(edited(more)))]
    assert kinds.count("row_added") == 1 and "row_missing" not in kinds and "formula_altered" in kinds


def test_columns(city: City, edited: Callable[..., Path]) -> None:
    assert [each[0] for each in found(city.check(edited(lambda book: book["数据"].delete_cols(5))))] == [
        "column_missing"
    ]

    def more(book: Workbook) -> None:
        book["数据"].insert_cols(5)
        book["数据"]["E1"] = "备注"

    assert found(city.check(edited(more))) == [("column_added", "数据", "E1")]

    def exchanged(book: Workbook) -> None:
        page = book["数据"]
        for row in range(1, page.max_row + 1):
            one, other = page.cell(row, 4), page.cell(row, 6)
            exchange(one, other)

    assert {each[0] for each in found(city.check(edited(exchanged)))} == {"column_moved"}


# --- sums and formulas ----------------------------------------------------------------------------------------------------


def test_a_formula_replaced_by_its_own_value_is_found(city: City, edited: Callable[..., Path]) -> None:
    values = openpyxl.load_workbook(city.paths["annex2"], data_only=True)["附件2"]
    difference = only(city.check(edited(put("附件2", "D8", values["D8"].value))))
    assert (difference.kind, difference.cell) == (
        "formula_replaced",
        "D8",
    ) and "换成了常数，数值正确" in difference.text


def test_a_formula_replaced_by_another_value(city: City, edited: Callable[..., Path]) -> None:
    difference = only(city.check(edited(put("附件2", "D8", 1))))
    assert (difference.kind, difference.cell) == ("formula_replaced", "D8")


@pytest.mark.parametrize(
    "formula", ["=SUM(D6:D6)", "=SUM(D6:D7)+1", "=D6", "=SUM(E6:E7)", "=1+2", "=IF(1,SUM(D6:D7),0)"]
)
def test_a_formula_that_was_altered(city: City, edited: Callable[..., Path], formula: str) -> None:
    difference = only(city.check(edited(put("附件2", "D8", formula))))
    assert (difference.kind, difference.cell) == ("formula_altered", "D8") and formula in difference.text


@pytest.mark.parametrize("formula", ["=D6+D7", "=SUM($D$6:$D$7)", "=SUM(D6,D7)", "=+SUM(D6)+D7"])
def test_the_same_sum_by_another_formula_is_found(city: City, edited: Callable[..., Path], formula: str) -> None:
    difference = only(city.check(edited(put("附件2", "D8", formula))))
    assert (difference.kind, difference.cell) == ("formula", "D8") and "=SUM(D6:D7)" in difference.text


@pytest.mark.parametrize("formula", ["=sum(d6:d7)", "=SUM( D6 : D7 )"])
def test_the_same_formula_in_another_writing_is_none(city: City, edited: Callable[..., Path], formula: str) -> None:
    assert city.check(edited(put("附件2", "D8", formula))).differences == []


def test_a_stored_result_that_is_wrong(city: City, tmp_path: Path) -> None:
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        ("<f>SUM(J6,J8)</f><v>3500.0</v>", "<f>SUM(J6,J8)</f><v>3501</v>"),
    )  # fmt: skip
    difference = only(city.check(path, "annex1"))
    assert (difference.kind, difference.cell, difference.theirs) == ("total", "J9", "3,501.00")
    assert "保存的结果不对" in difference.text and verify(path).findings


def test_totals_that_no_longer_add_up(city: City, tmp_path: Path) -> None:
    """A figure is changed and the stored sums stay: the figure, and each sum that it no longer fits."""
    start = f'<c r="J5" s="{_style(city, "J5")}">'
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        (f"{start}<v>1500</v>", f"{start}<v>1600</v>"),
    )  # fmt: skip
    outcome = city.check(path, "annex1")
    assert found(outcome) == [("cell", "附件1", "J5"), ("total", "附件1", "J6"), ("total", "附件1", "J9")]
    assert "各行之和为 1,600.00" in outcome.differences[1].text


def _style(city: City, cell: str) -> str:
    with zipfile.ZipFile(city.paths["annex1"]) as archive:
        match = re.search(rf'<c r="{cell}" s="(\d+)"', archive.read("xl/worksheets/sheet1.xml").decode())
    assert match
    return match.group(1)


def test_a_figure_that_became_a_formula(city: City, edited: Callable[..., Path]) -> None:
    assert only(city.check(edited(put("附件2", "D6", "=1000+500")))).cell == "D6"


# --- given back marked ----------------------------------------------------------------------------------------------------


def test_the_workbook_is_given_back_marked(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book["附件2"]["D6"] = 7
        book["数据"].delete_rows(2)
        book["附件2"]["A8"] = "别的"

    path = edited(change)
    outcome = city.check(path)
    target = tmp_path / "标出.xlsx"
    write_outcome(path, outcome, target)
    before, marked = openpyxl.load_workbook(path), openpyxl.load_workbook(target)
    commented = {
        (page.title, cell.coordinate) for page in marked.worksheets for row in page.iter_rows() for cell in row if cell.comment
    }  # fmt: skip
    assert commented == {(each.sheet, each.cell or "A1") for each in outcome.differences}
    assert "系统 1,500.00" in marked["附件2"]["D6"].comment.text
    assert marked["附件2"]["D6"].fill.start_color.rgb == "FFFFC7CE"
    assert marked["附件2"]["D6"].number_format == before["附件2"]["D6"].number_format
    values = [each.line() for each in city.check(target).differences if not each.of_looks]
    assert values == [each.line() for each in outcome.differences if not each.of_looks]


# --- on the command line --------------------------------------------------------------------------------------------------


def test_reconcile_on_the_command_line(tiexi: Any, city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    code, out, _ = tiexi("reconcile", str(city.paths["annex2"]))
    assert code == 0 and "逐格相同" in out and "试算" in out

    def change(book: Workbook) -> None:
        book["附件2"]["D6"] = 7
        book["数据"]["H2"] = 7

    path = str(edited(change))
    code, out, _ = tiexi("reconcile", path, "-o", "标出.xlsx")
    lines = [line for line in out.splitlines() if line.startswith("差异")]
    assert code == 1 and len(lines) == 2 and "共 2 处差异" in out and (tmp_path / "标出.xlsx").is_file()
    code, _, err = tiexi("reconcile", path, "-o", path)
    assert code == 2 and "会覆盖原件" in err
    code, out, _ = tiexi("reconcile", path, "--json")
    found = json.loads(out)
    assert code == 1 and found["count"] == len(found["differences"]) == 2 and not found["same"]
    assert (found["run"], found["year"], found["state"], found["report"]) == (1, 2023, "trial", "附件2（全市）")
    assert found["differences"][0] | {"text": ""} == {
        "kind": "cell", "sheet": "附件2", "cell": "D6", "text": "", "theirs": "7.00", "ours": "1,500.00",
        "theirs_fen": 7_000_000, "ours_fen": 1_500_000_000,
    }  # fmt: skip
    assert tiexi("reconcile", str(city.paths["annex2"]), "--run", "9")[0] == 1
    book = openpyxl.Workbook()
    book.save(tmp_path / "别的.xlsx")
    code, _, err = tiexi("reconcile", "别的.xlsx")
    assert code == 1 and "不是本系统导出的" in err
    assert tiexi("reconcile", "没有.xlsx")[0] == 2
    assert tiexi("reconcile", path, database="sqlite:///无.db")[0] == 3
