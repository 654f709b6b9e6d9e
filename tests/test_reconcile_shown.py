"""Workbooks that came back, beyond their values: whose they are, what they show and print, and how they are given back."""

# ruff: noqa: F811 (fixtures are imported here and asked for by name below)

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from conftest import set_up
from ledger import db, settlement
from ledger.programmes import PROGRAMMES
from reports import annex
from reports.received import read_received
from reports.reconcile import write_marked
from returned import (  # noqa: F401
    FORMS,
    NAMES,
    City,
    city,
    edited,
    found,
    note_cell,
    put,
    rewritten,
    tiexi,
)  # fmt: skip
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


# --- given back -----------------------------------------------------------------------------------------------------------


def results(path: Path) -> dict[tuple[str, str], Any]:
    """What a reader that does not calculate sees of the formulas."""
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        (page.title, cell.coordinate): values[page.title][cell.coordinate].value
        for page in formulas.worksheets
        for row in page.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_marked_workbook_keeps_the_results_of_its_formulas(city: City, tmp_path: Path, name: str) -> None:
    """A wrong stored total and a foreign title: the copy shows the totals that came, and differs as they did."""
    source = city.paths[name]
    form = read_received(source)[FORMS[name]]
    (row, column), formula = max(form.formulas.items())
    wrong = f"<f>{formula[1:]}</f><v>"
    with zipfile.ZipFile(source) as archive:
        (held,) = re.findall(f"{re.escape(wrong)}[^<]*</v>", archive.read("xl/worksheets/sheet1.xml").decode())
    path = rewritten(source, tmp_path / "错.xlsx", "xl/worksheets/sheet1.xml", (held, f"{wrong}3501.000001</v>"))
    outcome, target = city.check(path, name), tmp_path / "标出.xlsx"
    assert outcome.differences and None not in results(path).values()
    write_marked(path, outcome, target)
    assert results(target) == results(path) and 3501.000001 in results(target).values()
    again = city.check(target, name)
    assert [each.line() for each in again.differences] == [each.line() for each in outcome.differences]
    assert again.remarks == outcome.remarks


def test_results_that_are_no_numbers_are_kept(city: City, tmp_path: Path) -> None:
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        ("<f>SUM(J6,J8)</f><v>3500.0</v>", '<f>"&lt;多&gt;"&amp;"少"</f><v>&lt;多&gt;少</v>'),
    )  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        cell = re.search(r'<c r="J9" s="\d+"', archive.read("xl/worksheets/sheet1.xml").decode())
    assert cell
    path = rewritten(path, tmp_path / "y.xlsx", "xl/worksheets/sheet1.xml", (cell[0], f'{cell[0]} t="str"'))
    write_marked(path, city.check(path, "annex1"), tmp_path / "标出.xlsx")
    assert results(tmp_path / "标出.xlsx")["附件1", "J9"] == "<多>少"


def test_without_differences_the_workbook_is_given_back_as_it_came(
    city: City, edited: Callable[..., Path], tmp_path: Path, tiexi: Any
) -> None:
    path = city.paths["annex2"]
    code, out, _ = tiexi("reconcile", str(path), "-o", "一样.xlsx")
    assert code == 0 and "没有差异可标" in out and (tmp_path / "一样.xlsx").read_bytes() == path.read_bytes()


def test_what_has_no_sheet_is_marked_on_the_first_one(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    path = edited(lambda book: book.remove(book["数据"]))
    write_marked(path, city.check(path), tmp_path / "标出.xlsx")
    comment = openpyxl.load_workbook(tmp_path / "标出.xlsx")["附件2"]["A1"].comment
    assert comment is not None and "数据：缺少这张工作表" in comment.text
