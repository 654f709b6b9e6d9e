"""Workbooks that came back, beyond their values: whose they are, what they show and print, and how they are given back."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

import worlds
from databases import set_up
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.chokepoint import lists
from reports.received.reading import read_received
from reports.received.reconcile import reconcile, write_outcome
from reports.received.verify import verify
from reports.tech_branch import annexes
from returned import (
    FORMS,
    NAMES,
    City,
    found,
    note_cell,
    only,
    put,
    rewritten,
)
from samples import TWO_BANKS

# --- whose it is is said first ------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """附件2 of run 1 of another database, whose amounts differ."""
    engine = set_up(tmp_path, TWO_BANKS | {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 41}]})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    path = tmp_path / "别处.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, path)
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
    write_outcome(path, outcome, target)
    assert results(target) == results(path) and 3501.000001 in results(target).values()
    again = city.check(target, name)
    values = [each.line() for each in again.differences if not each.of_looks]
    assert values == [each.line() for each in outcome.differences] and again.remarks == outcome.remarks


def test_results_that_are_no_numbers_are_kept(city: City, tmp_path: Path) -> None:
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        ("<f>SUM(J6,J8)</f><v>3500.0</v>", '<f>"&lt;多&gt;"&amp;"少"</f><v>&lt;多&gt;少</v>'),
    )  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        cell = re.search(r'<c r="J9" s="\d+"', archive.read("xl/worksheets/sheet1.xml").decode())
    assert cell
    path = rewritten(path, tmp_path / "y.xlsx", "xl/worksheets/sheet1.xml", (cell[0], f'{cell[0]} t="str"'))
    write_outcome(path, city.check(path, "annex1"), tmp_path / "标出.xlsx")
    assert results(tmp_path / "标出.xlsx")["附件1", "J9"] == "<多>少"


def test_without_differences_the_workbook_is_given_back_as_it_came(
    city: City, edited: Callable[..., Path], tmp_path: Path, tiexi: Any
) -> None:
    path = city.paths["annex2"]
    code, out, _ = tiexi("reconcile", str(path), "-o", "一样.xlsx")
    assert code == 0 and "没有差异可标" in out and (tmp_path / "一样.xlsx").read_bytes() == path.read_bytes()


def test_what_has_no_sheet_is_marked_on_the_first_one(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    path = edited(lambda book: book.remove(book["数据"]))
    write_outcome(path, city.check(path), tmp_path / "标出.xlsx")
    comment = openpyxl.load_workbook(tmp_path / "标出.xlsx")["附件2"]["A1"].comment
    assert comment is not None and "数据：缺少这张工作表" in comment.text


# --- heads, feet, trials ---


def test_a_trial_that_was_approved_later_is_a_remark(tmp_path: Path) -> None:
    engine = set_up(tmp_path, worlds.random_world(7, 20, 2023, "chokepoint"))
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    path, forged = tmp_path / "前.xlsx", tmp_path / "改.xlsx"
    with db.reading(engine) as connection:
        lists.write_list(connection, run, path, lists.PREMIUMS)
        book = openpyxl.load_workbook(path)
        book["明细表"].oddFooter.left.text = "2023 年度　第 1 号运行（审核通过）"
        book.save(forged)
        assert found(reconcile(connection, forged)) == [("page", "明细表", "")]
    lifecycle.approve(engine, run.id, "张三", "样例〔2024〕1号", solo=True)
    with db.reading(engine) as connection:
        outcome = reconcile(connection, path)
        assert outcome.differences == [] and any("试算时导出" in remark for remark in outcome.remarks)
    engine.dispose()


_FOOT = "&amp;L环翠区　2023 年度　第 1 号运行&amp;C第 &amp;P 页"


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (f"<headerFooter><oddFooter>{_FOOT}</oddFooter></headerFooter>", []),
        (  # as other programs write the same
            '<headerFooter differentFirst="0" scaleWithDoc="0"><oddHeader></oddHeader><oddFooter>&amp;L&amp;"宋体,常规"&amp;10'
            ' 环翠区　2023 年度　第 1 号运行&amp;C&amp;"宋体,常规"&amp;K01+000第 &amp;P 页</oddFooter><firstHeader>旧</firstHeader>'
            "</headerFooter>", [],
        ),
        ("<headerFooter><oddHeader>&amp;C</oddHeader></headerFooter>", ["页脚"]),
        ("", ["页脚"]),
        (f'<headerFooter differentFirst="1"><oddFooter>{_FOOT}</oddFooter></headerFooter>', ["首页页脚"]),
        (
            f'<headerFooter differentFirst="1" differentOddEven="1"><oddFooter>{_FOOT}</oddFooter><evenHeader>已审'
            f"</evenHeader><evenFooter>{_FOOT}</evenFooter><firstHeader/><firstFooter>{_FOOT}</firstFooter></headerFooter>",
            ["偶数页页眉"],
        ),
        (f"<headerFooter><oddHeader>&amp;C&amp;G</oddHeader><oddFooter>{_FOOT}</oddFooter></headerFooter>", ["页眉"]),
        (f"<headerFooter><oddHeader>A&amp;&amp;B</oddHeader><oddFooter>{_FOOT}</oddFooter></headerFooter>", ["页眉"]),
        (f"<headerFooter><oddFooter>&amp;L&amp;KFFFFFF{_FOOT[6:]}</oddFooter></headerFooter>", ["页脚"]),
        (f"<headerFooter><oddFooter>&amp;L&amp;1{_FOOT[6:]}</oddFooter></headerFooter>", ["页脚"]),
        (f"<headerFooter><oddFooter>{_FOOT.replace('&amp;P', '1')}</oddFooter></headerFooter>", ["页脚"]),
    ],
)  # fmt: skip
def test_heads_and_feet_as_they_are_written(city: City, tmp_path: Path, written: str, wrong: list[str]) -> None:
    """Codes for fonts and sizes as programs write them change nothing; print that is not as the rest is found."""
    own = f"<headerFooter><oddFooter>{_FOOT}</oddFooter></headerFooter>"
    path = rewritten(city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", (own, written))
    outcome = city.check(path, "annex1")
    assert [each.text.partition("：")[0] for each in outcome.differences] == wrong
    assert [each.text.partition("：")[0] for each in verify(path).findings] == wrong


# --- two values that differ are told apart ------------------------------------------------------------------------------


@pytest.mark.parametrize("unseen", ["\u200b", "\u200d", "\u00ad", "\ufeff", "\u00a0"])
def test_what_cannot_be_seen_in_a_name_is_named(city: City, edited: Callable[..., Path], unseen: str) -> None:
    name = openpyxl.load_workbook(city.paths["annex1"])["附件1"]["B5"].value
    difference = only(city.check(edited(put("附件1", "B5", f"{name[:2]}{unseen}{name[2:]}"), "annex1"), "annex1"))
    assert difference.theirs == f"{name[:2]}〔U+{ord(unseen):04X}〕{name[2:]}" and difference.ours == name


def test_a_difference_at_the_end_of_a_long_text_is_shown(city: City, edited: Callable[..., Path]) -> None:
    path = city.paths["annex2"]
    cell = note_cell("运行指纹", path)
    right = str(openpyxl.load_workbook(path)["说明"][cell].value)
    difference = city.check(edited(put("说明", cell, f"{right[:-1]}g"))).differences[0]
    assert difference.theirs == f"…{right[43:-1]}g" and difference.ours == f"…{right[43:]}"
