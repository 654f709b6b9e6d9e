"""The yearly review of export credit, by the clock."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine

from clockwork import call, to
from ledger import lifecycle
from samples import ENTERPRISE, USCC

WORLD = {
    "企业": [ENTERPRISE],
    "市场名录": [{"国家地区": "巴西", "市场": "新兴市场", "列入日": date(2022, 1, 1)}],
    "信保缴费": [{
        "承保机构": "样例信保", "缴费凭证号": "J1", "国家地区": "巴西", "统一社会信用代码": USCC, "保单号": "X1",
        "险种": "短期出口信用保险", "缴费日": date(2023, 5, 8), "实缴保费(万元)": 10,
    }],
}  # fmt: skip


def test_the_year_that_is_over_is_reviewed_once(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    take(WORLD)
    found = call(engine, "credit-review", date(2024, 1, 31), output=tmp_path)
    assert found.figures == {"run": 1, "year": 2023, "lines": 1, "passed": 1}
    assert "支持 5.00 万元" in to(found, "市级").body
    (path,) = tmp_path.rglob("保费支持明细表-2023.xlsx")
    assert str(path) in to(found, "市级").body and "明细表" in openpyxl.load_workbook(path).sheetnames
    assert call(engine, "credit-review", date(2024, 1, 31), output=tmp_path) == found
    lifecycle.approve(engine, 1, "审核人", "样例文号", solo=True)
    assert "已审核通过" in call(engine, "credit-review", date(2024, 1, 31), output=tmp_path).summary


def test_no_review_before_the_document_s_years(engine: Engine, tmp_path: Path) -> None:
    found = call(engine, "credit-review", date(2023, 1, 31), output=tmp_path)
    assert found.summary.startswith("无事可做") and "可审核的年度" in found.summary and not found.notices
    assert list(tmp_path.glob("出口信保")) == []
