"""Sheets that are none of those asked for: what a spreadsheet program hid for itself is passed over, all others are said."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.intake.importer import import_file
from samples import base, repayment
from sheets import write_sheets


def with_sheet(path: Path, name: str, state: str, value: Any) -> Path:
    write_sheets(path, base())
    book = openpyxl.load_workbook(path)
    page = book.create_sheet(name)
    page.sheet_state = state
    page["B2"].value = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "state", "value"),
    [
        ("WpsReserved_CellImgList", "veryHidden", None), ("WpsReserved_CellImgList", "veryHidden", "ID_1"),
        ("WpsReserved_X", "hidden", 1), ("Sheet9", "hidden", None), ("_xltb_storage_", "veryHidden", "  "),
    ],
)  # fmt: skip
def test_what_a_program_hid_for_itself_is_passed_over(
    engine: Engine, tmp_path: Path, name: str, state: str, value: Any
) -> None:
    outcome = import_file(engine, with_sheet(tmp_path / "a.xlsx", name, state, value), "测试")
    assert not outcome.refused and set(outcome.taken) == {"企业", "资质", "合作银行", "贷款"}


@pytest.mark.parametrize(
    ("name", "state", "value", "words"),
    [
        ("旧数据", "hidden", 1, "取消隐藏"), ("旧数据", "veryHidden", 1, "Visible 改为 -1"),
        ("旧数据", "visible", 1, "应为以下之一"), ("Sheet9", "visible", None, "应为以下之一"),
        ("WpsReserved_X", "visible", None, "应为以下之一"), ("贷 款1", "hidden", 1, "取消隐藏"),
    ],
)  # fmt: skip
def test_another_sheet_is_refused_and_a_hidden_one_said_to_be_hidden(
    engine: Engine, tmp_path: Path, name: str, state: str, value: Any, words: str
) -> None:
    (found,) = import_file(engine, with_sheet(tmp_path / "a.xlsx", name, state, value), "测试").findings
    assert found.sheet == name and "不是已知的工作表" in found.problem
    assert words in found.expected and ("隐藏的工作表" in found.expected) == (state != "visible")


def test_a_hidden_sheet_of_a_known_name_is_read(engine: Engine, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book["贷款"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert import_file(engine, tmp_path / "a.xlsx", "测试").taken["贷款"].new == 1


def test_a_misspelt_sheet_is_rather_one_that_the_file_lacks(engine: Engine, tmp_path: Path) -> None:
    """货款 is as near to 还款 as to 贷款; of what its rows would have brought nothing is said."""
    sheets = {("货款" if name == "贷款" else name): rows for name, rows in base().items()}
    write_sheets(tmp_path / "a.xlsx", sheets | {"还款": [repayment("A", date(2023, 12, 1), 1)]})
    (found,) = import_file(engine, tmp_path / "a.xlsx", "测试").findings
    assert found.sheet == "货款" and "是否为「贷款」？" in found.problem
