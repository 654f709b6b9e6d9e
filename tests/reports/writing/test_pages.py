"""Workbooks of figures: what each kind of cell shows, sums, room for every figure, charts of the right cells."""

import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from reports.writing.indicators import Indicator, Measure, change_e4, indicator_page, parts_page, quotient, share_e4
from reports.writing.pages import CHARTS, Column, Figure, Page, Plot, write_pages

DAY = date(2024, 2, 1)
PAGE = Page(
    "甲", "标题", ("左", "右"),
    (Column("名称", 10), Column("笔数", 6, "count", True), Column("金额", 5, "fen", True), Column("比例", 8, "percent"),
     Column("天数", 8, "tenths"), Column("倍", 8, "ratio")),
    [("一", 1, 1_234_567_890_123, 36_500, 102, 7_384), ("=二", None, 1, Figure(5, "count"), None, None)],
    total="合计", remarks=("注",),
)  # fmt: skip


def written(path: Path, *pages: Page, plots: tuple[Plot, ...] = ()) -> Path:
    write_pages(path, pages, plots, [("报表", "样例")], DAY)
    return path


def test_each_kind_of_cell(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "a.xlsx", PAGE), data_only=True)["甲"]
    assert [cell.value for cell in sheet[4]] == ["一", 1, 1234567.890123, 3.65, 10.2, 73.84]
    assert [cell.value for cell in sheet[5]] == ["=二", None, 0.000001, 5, None, None]  # a text stays a text
    assert sheet["A5"].data_type == "s" and sheet["D5"].number_format == "#,##0"
    assert [cell.value for cell in sheet[6]] == ["合计", 1, 1234567.890124, None, None, None]
    assert sheet["A7"].value == "注"


def test_sums_are_formulas_and_every_figure_has_room(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "a.xlsx", PAGE))["甲"]
    assert sheet["C6"].value == "=SUM(C4:C5)" and sheet["D6"].value is None
    assert sheet.column_dimensions["C"].width > len("1,234,567.890124")  # asked for 5


def test_a_narrow_table_is_widened_until_its_title_and_head_fit(tmp_path: Path) -> None:
    title = "某市某项贷款专项资金预算测算表（2026 年度）：未计补助的原因"
    narrow = Page("甲", title, ("某市某局：（公章）", "数据截止 2026-11-28", "单位：万元"),
                  (Column("代码", 8), Column("条件", 8), Column("笔数", 8, "count")), [("R_A", "甲", 1)])  # fmt: skip
    sheet = openpyxl.load_workbook(written(tmp_path / "a.xlsx", narrow))["甲"]
    width = sum(sheet.column_dimensions[letter].width for letter in "ABC")
    assert width >= len(title) * 1.8  # 18 points are 1.8 times the 10 of a unit


def test_charts_draw_the_cells_that_they_name(tmp_path: Path) -> None:
    nothing = Page("空", "空", ("左",), (Column("名称", 10), Column("数", 9, "count")), [])
    plots = (
        Plot("图一", "column", PAGE, "名称", ("笔数", "金额"), "个", stacked=True),
        Plot("图二", "bar", PAGE, "名称", ("比例",), "%", end=1),
        Plot("图三", "line", PAGE, "名称", ("笔数", "天数"), "天"),
        Plot("不画", "bar", nothing, "名称", ("数",), ""),
    )
    path = written(tmp_path / "a.xlsx", PAGE, nothing, plots=plots)
    with zipfile.ZipFile(path) as packed:
        charts = [etree.fromstring(packed.read(f"xl/charts/chart{number}.xml")) for number in (1, 2, 3)]
        assert "xl/charts/chart4.xml" not in packed.namelist()
    ranges = [[node.text for node in chart.iter("{*}f")] for chart in charts]
    assert ranges[0] == ["甲!$B$3", "甲!$A$4:$A$5", "甲!$B$4:$B$5", "甲!$C$3", "甲!$A$4:$A$5", "甲!$C$4:$C$5"]
    assert ranges[1][1:] == ["甲!$A$4", "甲!$D$4"]
    fills = [etree.tostring(node) for node in charts[0].iter("{*}ser")]
    assert b"pattFill" not in fills[0] and b"pattFill" in fills[1]  # told apart without colour
    assert len({node.get("val") for node in charts[2].iter("{*}prstDash")}) == 2
    assert CHARTS in openpyxl.load_workbook(path).sheetnames


def test_without_anything_to_draw_there_is_no_sheet_of_charts(tmp_path: Path) -> None:
    assert openpyxl.load_workbook(written(tmp_path / "a.xlsx", PAGE)).sheetnames == ["甲", "说明"]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(3, 2, 500_000), (1, 2, -500_000), (2, 2, 0), (1, 0, None), (None, 1, None), (1, None, None), (2, 3, -333_333), (4, 3, 333_333)],
)  # fmt: skip
def test_growth_is_half_up_in_its_size(now: int | None, before: int | None, expected: int | None) -> None:
    assert change_e4(now, before) == expected


def test_shares_and_quotients_of_nothing_are_not_known() -> None:
    assert share_e4(1, 0) is None and quotient(1, 0) is None
    assert share_e4(2, 3) == 666_667 and quotient(5, 2) == 3 and quotient(7, 2, 100) == 350


def test_an_indicator_keeps_its_unit_and_percentages_have_no_percentage_of_their_own() -> None:
    indicators = (
        Indicator("a", "组", "金额", "万元", "fen", "甲 + 乙", "某表"), Indicator("b", "组", "比例", "%", "percent", "甲 ÷ 乙", "某表"),
    )  # fmt: skip
    page = indicator_page("表", "题", ("左",), 2024, indicators, {"a": 3, "b": 20_000}, {"a": 2})
    assert page.rows[0][3:7] == (Figure(3, "fen"), Figure(2, "fen"), Figure(1, "fen"), 500_000)
    assert page.rows[1][3:7] == (Figure(20_000, "percent"), Figure(None, "percent"), Figure(None, "percent"), None)


def test_parts_that_add_up_count_as_nothing_where_they_are_not() -> None:
    measures = (Measure("a", "金额", "fen", True), Measure("b", "比例", "percent"))
    page = parts_page(
        "表",
        "题",
        ("左",),
        Column("名称", 9),
        2024,
        measures,
        {"新": {"a": 5, "b": 1}},
        {"旧": {"a": 2, "b": 1}},
        ("新", "旧"),
    )
    assert [list(row) for row in page.rows] == [["新", 5, 0, 5, 1, None, None], ["旧", 0, 2, -2, None, 1, None]]
    first = parts_page("表", "题", ("左",), Column("名称", 9), 2024, measures, {"新": {"a": 5, "b": 1}}, {}, ("新",))
    assert list(first.rows[0]) == ["新", 5, None, None, 1, None, None]  # no year before at all
