"""Workbooks that came back, beyond their values: whose they are, what they show and print, and how they are given back."""

# ruff: noqa: F811 (fixtures are imported here and asked for by name below)

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl.workbook import Workbook

from conftest import set_up
from ledger import db, settlement
from ledger.programmes import PROGRAMMES
from reports import annex
from returned import City, city, edited, found, note_cell, put, tiexi  # noqa: F401
from test_reports import TWO_BANKS

# --- whose it is is said first ------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """附件2 of run 1 of another database, whose amounts differ."""
    engine = set_up(tmp_path, TWO_BANKS | {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 41}]})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    path = tmp_path / "别处.xlsx"
    with db.reading(engine) as connection:
        annex.annex2(connection, run, path)
    engine.dispose()
    return path


def test_a_foreign_run_is_said_before_its_cells(city: City, foreign: Path, tiexi: Any) -> None:
    outcome = city.check(foreign)
    kinds = [each[0] for each in found(outcome)]
    assert outcome.foreign and len(kinds) > 5
    assert kinds[:2] == ["foreign_run", "fingerprint"] and "foreign_run" not in kinds[1:]
    code, out, _ = tiexi("reconcile", str(foreign))
    first, second, *_ = out.splitlines()
    assert code == 1 and first.startswith("外来") and "第 1 号运行" in first and "运行指纹" in second


def test_forged_and_missing_fingerprints_come_first(city: City, edited: Callable[..., Path]) -> None:
    path = city.paths["annex2"]

    def forge(book: Workbook) -> None:
        book["附件2"]["D6"] = 7
        book["说明"][note_cell("本表指纹", path)] = "0" * 64

    assert [each[0] for each in found(city.check(edited(forge)))] == ["fingerprint", "cell"]

    def take(book: Workbook) -> None:
        book["附件2"]["D6"] = 7
        book["说明"].delete_rows(book["说明"][note_cell("运行指纹", path)].row)

    outcome = city.check(edited(take))
    assert [each[0] for each in found(outcome)] == ["fingerprint", "cell"] and not outcome.foreign
    assert "不能确认来历" in outcome.differences[0].text

    def remove(book: Workbook) -> None:
        book["附件2"]["D6"] = 7
        book.remove(book["说明"])

    assert [each[0] for each in found(city.check(edited(remove)))] == ["sheet_missing", "cell"]


def test_only_the_fingerprint_was_changed(city: City, edited: Callable[..., Path]) -> None:
    outcome = city.check(edited(put("说明", note_cell("运行指纹", city.paths["annex2"]), "0" * 64)))
    assert outcome.foreign and "数据行与本库相同" in outcome.differences[0].text
