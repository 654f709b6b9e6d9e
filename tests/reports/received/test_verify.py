"""What a stranger can check of a workbook without the database."""

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from reports.received.verify import verify
from returned import (
    City,
    note_cell,
    put,
)


def rules(path: Path) -> list[str]:
    return [each.text for each in verify(path).findings]


def column(name: str, header: str, city: City) -> str:
    page = openpyxl.load_workbook(city.paths[name])["数据"]
    return next(cell.column_letter for cell in page[1] if cell.value == header)


@pytest.mark.parametrize(
    ("name", "header", "value", "words"),
    [
        ("annex2", "贴息市级", 9, "不等于"),
        ("annex2", "贴息基数", 3001, "单户上限 3,000.00 万元"),
        ("annex2", "贴息需求", 1, "按基数、比例、月数应为"),
        ("annex2", "奖补比例(%)", 0.7, "奖补比例高于上限"),
        ("annex2", "年利率(%)", 9, "LPR"),
        ("annex2", "贴息月数", 13, "贴息月数"),
        ("annex2", "奖补金额", 99, "超过预算"),
        ("new-loans", "风险资金补助", 99, "按余额、备案额度、比例应为"),
        ("new-loans", "备案额度", 2001, "单户上限 2,000.00 万元"),
        ("premiums", "保费补贴", 21, "按保费、比例、上限"),
    ],
)
def test_rules_that_a_stranger_can_check(
    city: City, edited: Callable[..., Path], name: str, header: str, value: float, words: str
) -> None:
    page = openpyxl.load_workbook(city.paths[name])["数据"]
    headers = [cell.value for cell in page[1]]
    reasons = headers.index("不符合原因")
    row = next(row for row in range(2, page.max_row + 1) if not page.cell(row, reasons + 1).value)
    found = rules(edited(put("数据", f"{column(name, header, city)}{row}", value), name))
    assert any(words in text for text in found), found
    assert any("本表指纹" in text for text in found)


def test_two_to_eight_to_the_fen(city: City, edited: Callable[..., Path]) -> None:
    letters = [column("annex2", header, city) for header in ("贴息市级", "贴息县级")]

    def shift(book: Workbook) -> None:
        page = book["数据"]
        for letter, step in zip(letters, (0.000001, -0.000001), strict=True):
            page[f"{letter}2"] = round(page[f"{letter}2"].value + step, 6)

    assert any("按 20% 应为" in text for text in rules(edited(shift)))


def test_the_form_against_its_data(edited: Callable[..., Path]) -> None:
    outcome = verify(edited(put("附件2", "D6", 7)))
    assert [(each.sheet, each.cell) for each in outcome.findings] == [("附件2", "D6")]
    assert "表中 7.00，按数据应为 1,500.00" in outcome.findings[0].text


def test_notes_against_the_data(city: City, edited: Callable[..., Path]) -> None:
    cell = note_cell("贴息金额合计", city.paths["annex2"])
    assert [each.cell for each in verify(edited(put("说明", cell, "1.00 万元"))).findings] == [cell]


def test_missing_sheets_and_unreadable_data_are_said(edited: Callable[..., Path]) -> None:
    assert "缺少这张工作表" in rules(edited(lambda book: book.remove(book["数据"])))
    assert any("不是精确到分的万元数" in text for text in rules(edited(put("数据", "H2", "许多"))))
    assert any("为空" in text for text in rules(edited(put("数据", "H2", None))))


def test_verify_needs_no_database(tiexi: Any, city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    copyfile(city.paths["annex2"], tmp_path / "a.xlsx")
    code, out, _ = tiexi("verify", "a.xlsx", database="sqlite:///无.db")
    assert code == 0 and "✓" in out and "✗" not in out and not (tmp_path / "无.db").exists()
    code, out, _ = tiexi("verify", str(edited(put("数据", "H2", 7))), database="sqlite:///无.db")
    assert code == 1 and f"共 {out.count('  不符　')} 处" in out
    code, out, _ = tiexi("verify", "a.xlsx", "--json", database="sqlite:///无.db")
    found = json.loads(out)
    assert code == 0 and found["consistent"] and all(check["passed"] for check in found["checks"])
