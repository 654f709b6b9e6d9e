"""How a form is printed: numbered rows, room for every text and figure, and what stands at the foot of each sheet."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from ledger import money
from reports.tech_branch import annexes
from reports.tech_branch.lines import COLUMNS
from reports.writing.forms import FORM_VERSION, VERSION_NOTE, Block, Form, FormColumn, write_workbook
from reports.writing.measures import lines_needed, spread

SHORT, LONG = "样例银行", "威海样例农村商业银行股份有限公司火炬高技术产业开发区科技支行"
SMALL, LARGE = 100_000_000, 1_234_567_890_123  # fen


def lines(*which: tuple[str, str, int]) -> list[tuple[Any, ...]]:
    """Lines of (county, bank, amount)."""
    rows = []
    for number, (county, bank, fen) in enumerate(which):
        row = dict.fromkeys([column.name for column in COLUMNS], 0) | {
            "run": 1, "year": 2023, "county": county, "bank": bank, "uscc": "91371000MA3TX0001D", "enterprise": "样例甲公司",
            "note_no": f"N{number}", "amount_fen": fen, "balance_fen": fen, "disbursed_on": date(2023, 7, 3),
            "due_on": date(2024, 7, 3), "guarantee": "其他新型抵质押", "interest_fen": 333_333, "reasons": "",
        }  # fmt: skip
        rows.append(tuple(row[column.name] for column in COLUMNS))
    return rows


def printed(path: Path, form: Form, rows: Sequence[tuple[Any, ...]]) -> Any:
    write_workbook(path, form, COLUMNS, rows, [("报表", "样例"), ("年度", "2023")], date(2024, 1, 31))
    return load_workbook(path)


def test_the_rows_of_each_block_are_numbered_before_the_bank(tmp_path: Path) -> None:
    rows = lines(
        ("环翠区", "甲行", SMALL), ("环翠区", "甲行", SMALL), ("环翠区", "乙行", SMALL), ("高区", "乙行", SMALL)
    )
    page = printed(tmp_path / "2.xlsx", annexes.annex2_form(rows, 1, 2023), rows)["附件2"]
    assert [row[1].value for row in page.iter_rows(6) if row[0].value not in ("小计", "合计")] == [
        "1\u3000甲行", "2\u3000甲行", "3\u3000乙行", "1\u3000乙行",
    ]  # fmt: skip
    page = printed(tmp_path / "1.xlsx", annexes.annex1_form(rows[:3], 1, 2023, "环翠区"), rows[:3])["附件1"]
    assert [row[0].value for row in page.iter_rows(5)] == [
        "1\u3000甲行", "2\u3000甲行", "小计", "1\u3000乙行", "小计", "合计", "填报日期：",
    ]  # fmt: skip


def test_the_county_stands_in_the_head(tmp_path: Path) -> None:
    rows = lines(("高区", SHORT, SMALL))
    page = printed(tmp_path / "1.xlsx", annexes.annex1_form(rows, 1, 2023, "高区"), rows)["附件1"]
    head = [cell.value for cell in page[3] if cell.value]
    assert head == ["县级金融监管部门：（公章）", "区市：高区", "申请年度：2023", "单位：万元"]


def test_every_sheet_counts_its_own_pages_without_a_total(tmp_path: Path) -> None:
    rows = lines(("高区", SHORT, SMALL))
    for page in printed(tmp_path / "1.xlsx", annexes.annex1_form(rows, 1, 2023, "高区"), rows):
        assert page.oddFooter.center.text == "第 &P 页", page.title
        assert page.page_setup.useFirstPageNumber and page.page_setup.firstPageNumber in (None, 1)


def test_texts_keep_off_the_borders_and_figures_are_not_wrapped(tmp_path: Path) -> None:
    rows = lines(("高区", SHORT, SMALL))
    page = printed(tmp_path / "2.xlsx", annexes.annex2_form(rows, 1, 2023), rows)["附件2"]
    for cell in [*page[6], *page[7]]:
        if cell.alignment.horizontal in ("left", "right"):
            assert cell.alignment.indent == 1, cell.coordinate
        if isinstance(cell.value, int | float):
            assert not cell.alignment.wrap_text


def test_a_long_name_is_wrapped_in_a_row_as_high_as_it_needs(tmp_path: Path) -> None:
    rows = lines(("高区", SHORT, SMALL), ("高区", LONG, SMALL))
    page = printed(tmp_path / "2.xlsx", annexes.annex2_form(rows, 1, 2023), rows)["附件2"]
    short, long = (page.row_dimensions[row].height for row in (6, 7))
    assert page["B7"].alignment.wrap_text and short == pytest.approx(20, abs=0.5)
    assert long >= 14 * lines_needed(f"2\u3000{LONG}", page.column_dimensions["B"].width, 1) > 2 * 14


@pytest.mark.parametrize("fen", [SMALL, LARGE])
def test_a_column_is_as_wide_as_its_figures_and_their_sums(tmp_path: Path, fen: int) -> None:
    rows = lines(*[("高区", SHORT, fen)] * 10)
    page = printed(tmp_path / "2.xlsx", annexes.annex2_form(rows, 1, 2023), rows)["附件2"]
    for place, total in ((4, 10 * fen), (9, 10 * fen), (10, 3_333_330)):
        width = page.column_dimensions[get_column_letter(place)].width
        assert width >= 1.15 * len(money.wan_text(total)) + 1.5


def test_the_notes_name_the_version_of_the_form(tmp_path: Path) -> None:
    form = Form(
        "表",
        "",
        "题",
        ("甲", "乙"),
        (FormColumn("列", 9, "text"), FormColumn("数", 9, "fen", True)),
        [Block([["行", 1]])],
        1,
    )
    pairs = [(row[0].value, row[1].value) for row in printed(tmp_path / "1.xlsx", form, [])["说明"].iter_rows()]
    assert pairs == [("报表", "样例"), (VERSION_NOTE, f"第 {FORM_VERSION} 版"), ("年度", "2023")]


def test_texts_side_by_side_share_the_columns() -> None:
    assert spread(("甲", "乙", "丙"), [10] * 6) == [(0, 1), (2, 3), (4, 5)]
    assert spread(("甲" * 20, "乙", "丙"), [10] * 6) == [(0, 3), (4, 4), (5, 5)]
    assert spread(("甲",), [5, 5]) == [(0, 1)]
