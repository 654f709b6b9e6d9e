"""Words, sheets, runs and fingerprints of workbooks that come back; nothing is settled for it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Font
from openpyxl.workbook import Workbook

from databases import set_up, unguard
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.chokepoint import payout
from reports.received.reconcile import reconcile, write_outcome
from reports.received.verify import verify
from reports.tech_branch import annexes
from reports.writing.forms import VERSION_NOTE
from returned import (
    City,
    found,
    note_cell,
    only,
    put,
)
from samples import TWO_BANKS


@pytest.mark.parametrize(
    ("cell", "word"), [("A2", "汇总"), ("A3", "公章"), ("J4", "申请贴息"), ("K5", "市级"), ("A8", "小计")]
)
def test_words_that_were_changed(city: City, edited: Callable[..., Path], cell: str, word: str) -> None:
    book = openpyxl.load_workbook(city.paths["annex2"])
    assert word in book["附件2"][cell].value
    assert found(city.check(edited(put("附件2", cell, "别的话")))) == [("cell", "附件2", cell)]


def test_sheets_that_are_missing_renamed_or_more(city: City, edited: Callable[..., Path]) -> None:
    for sheet in ("数据", "说明", "附件2"):
        assert found(city.check(edited(lambda book, sheet=sheet: book.remove(book[sheet])))) == [
            ("sheet_missing", sheet, "")
        ]
    outcome = city.check(edited(lambda book: setattr(book["附件2"], "title", "Sheet1")))
    assert found(outcome) == [("sheet_renamed", "Sheet1", "")]
    more = city.check(edited(lambda book: book.create_sheet("我的备注")))
    assert more.differences == [] and any("我的备注" in remark for remark in more.remarks)


def test_what_is_hidden_of_sheets_that_nobody_stamps_is_found(city: City, edited: Callable[..., Path]) -> None:
    def hide(book: Workbook) -> None:
        book["数据"].row_dimensions[3].hidden = True
        book["数据"].column_dimensions["D"].hidden = True
        book["数据"].sheet_state = "hidden"

    outcome = city.check(edited(hide))
    assert found(outcome) == [("hidden", "数据", ""), ("hidden", "数据", "A3"), ("hidden", "数据", "D1")]
    assert outcome.only_looks


def test_an_earlier_form_is_compared_in_its_values(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    def earlier(book: Workbook) -> None:
        version = note_cell(VERSION_NOTE, city.paths["annex2"])
        book["说明"].delete_rows(book["说明"][version].row)
        for (cell,) in book["附件2"].iter_rows(min_row=6, min_col=2, max_col=2):
            if not isinstance(cell, MergedCell):
                cell.value = str(cell.value).partition("\u3000")[2]
                cell.font = Font(name="黑体")

    path = edited(earlier)
    outcome = city.check(path)
    assert outcome.differences == [] and outcome.earlier and not outcome.same
    write_outcome(path, outcome, tmp_path / "新.xlsx")
    assert city.check(tmp_path / "新.xlsx").same and not city.check(tmp_path / "新.xlsx").earlier
    other = city.check(edited(lambda book: (earlier(book), put("附件2", "D6", 7)(book))))
    assert found(other) == [("cell", "附件2", "D6")] and other.earlier
    assert any("早期版本" in each.text for each in verify(path).findings)


def test_another_export_is_refused_by_name(city: City, tmp_path: Path) -> None:
    with db.reading(city.engines["premiums"]) as connection:
        payout.notice(
            connection, city.runs["premiums"], tmp_path / "公示名单.xlsx", date(2023, 12, 18), date(2023, 12, 22)
        )
    with pytest.raises(Refused, match="「公示名单」，不是可以核对的表；可以核对的有附件1、附件2、"):
        city.check(tmp_path / "公示名单.xlsx")


def test_a_run_that_is_not_here(city: City, edited: Callable[..., Path]) -> None:
    def renumber(book: Workbook) -> None:
        book["说明"][note_cell("运行号", city.paths["annex2"])] = "77"
        for row in range(2, book["数据"].max_row + 1):
            book["数据"].cell(row, 1).value = 77

    path = edited(renumber)
    difference = only(city.check(path))
    assert difference.kind == "foreign_run" and "没有第 77 号运行" in difference.text
    assert city.check(path).run is None
    assert "foreign_run" not in {each[0] for each in found(city.check(path, run_id=1))}
    other = only(city.check(city.paths["annex2"], "premiums"))
    assert other.kind == "foreign_run" and "拨投贷保" in other.text


def test_a_run_of_the_same_number_in_another_database(city: City, tmp_path: Path) -> None:
    engine = set_up(tmp_path, TWO_BANKS | {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 41}]})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    path = tmp_path / "别处.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, path)
    engine.dispose()
    outcome = city.check(path)
    assert "foreign_run" in {each[0] for each in found(outcome)}
    assert ("foreign_run", "说明", note_cell("运行指纹", path)) in found(outcome) and verify(path).findings == []


def test_a_forged_and_a_stale_fingerprint(city: City, edited: Callable[..., Path]) -> None:
    cell = note_cell("本表指纹", city.paths["annex2"])
    difference = only(city.check(edited(put("说明", cell, "0" * 64))))
    assert (difference.kind, difference.cell) == ("fingerprint", cell) and "也不符" in difference.text
    tampered = edited(put("数据", "H2", 7))
    (own,) = (each.ours for each in verify(tampered).findings if each.kind == "fingerprint")

    def forge(book: Workbook) -> None:
        book["数据"]["H2"] = 7
        book["说明"][cell] = own

    outcome = city.check(edited(forge))
    assert {each[0] for each in found(outcome)} == {"cell", "fingerprint"}
    assert any("重新算过指纹" in each.text for each in outcome.differences)
    stale = city.check(tampered)
    assert only(stale).cell == "H2" and any("与本表指纹不符" in remark for remark in stale.remarks)


def test_the_state_of_the_run_is_said(tmp_path: Path) -> None:
    engine = set_up(tmp_path, TWO_BANKS)
    trial, second = (
        settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试") for _ in range(2)
    )
    before, other = tmp_path / "前.xlsx", tmp_path / "另一次.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, trial, before)
        annexes.annex2(connection, second, other)
        assert "还没有审核通过" in reconcile(connection, before).remarks[0]
    done = lifecycle.approve(engine, trial.id, "张三", "样例〔2024〕1号", solo=True)
    with db.reading(engine) as connection:
        outcome = reconcile(connection, before)
        assert outcome.differences == [] and any("试算时导出" in remark for remark in outcome.remarks)
        assert any("不是 2023 年度审核通过的那一次" in remark for remark in reconcile(connection, other).remarks)
        annexes.annex2(connection, done, tmp_path / "后.xlsx")
        assert reconcile(connection, tmp_path / "后.xlsx").remarks == []
    book = openpyxl.load_workbook(other)
    book["说明"][note_cell("状态", other)] = "审核通过，张三，样例〔2024〕1号"
    book.save(other)
    with db.reading(engine) as connection:
        assert only(reconcile(connection, other)).sheet == "说明"
    engine.dispose()


def test_an_empty_form(city: City, tmp_path: Path) -> None:
    path = tmp_path / "空.xlsx"
    with db.reading(city.engines["annex1"]) as connection:
        annexes.annex1(connection, city.runs["annex1"], "文登区", path)
    outcome = city.check(path)
    assert outcome.differences == [] and outcome.report == "附件1（文登区）" and verify(path).findings == []


def test_what_is_no_such_workbook(city: City, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "别的.xlsx")
    (tmp_path / "坏.xlsx").write_bytes(b"PK no")
    for name in ("别的.xlsx", "坏.xlsx"):
        with pytest.raises(Refused):
            city.check(tmp_path / name)
        with pytest.raises(Refused):
            verify(tmp_path / name)


def test_the_stored_lines_are_read_and_nothing_is_settled(city: City, tmp_path: Path) -> None:
    (tmp_path / "一").mkdir()
    engine = set_up(tmp_path / "一", TWO_BANKS)
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    path = tmp_path / "a.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, path)
    with engine.begin() as connection:
        unguard(connection, "tech_branch_lines")
        connection.exec_driver_sql("UPDATE tech_branch_lines SET years_enjoyed = 3 WHERE line_no = 1")
    with db.reading(engine) as connection:
        outcome = reconcile(connection, path)
        assert {(each.theirs, each.ours) for each in outcome.differences if each.kind == "cell"} == {("0", "3")}
    engine.dispose()
