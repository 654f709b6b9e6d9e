"""Workbooks that came back, beyond their values: whose they are, what they show and print, and how they are given back."""

import re
import zipfile
from collections.abc import Callable
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import DataBarRule, FormulaRule
from openpyxl.styles import Border, Color, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.workbook import Workbook

import worlds
from databases import set_up
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.chokepoint import lists
from reports.received.reading import read_received
from reports.received.reconcile import reconcile, write_marked
from reports.received.verify import verify
from reports.tech_branch import annexes
from returned import (
    FORMS,
    NAMES,
    NEEDS_LIBREOFFICE,
    City,
    by_libreoffice,
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


# --- what is shown and printed ----------------------------------------------------------------------------------------------


def both(city: City, path: Path, name: str = "annex1") -> list[tuple[str, str, str]]:
    """What reconcile finds, which verify must find as well without a database."""
    outcome = city.check(path, name)
    assert [(each.kind, each.sheet, each.cell, each.text) for each in verify(path).findings] == [
        (each.kind, each.sheet, each.cell, each.text) for each in outcome.differences
    ]
    return found(outcome)


def on_form(change: Callable[[Any], None]) -> Callable[[Workbook], None]:
    return lambda book: change(book["附件1"])


def test_another_sheet_in_front_of_the_hidden_form(city: City, edited: Callable[..., Path], tiexi: Any) -> None:
    def forge(book: Workbook) -> None:
        copied = book.copy_worksheet(book["附件1"])
        copied.title, copied["I5"] = "附件1（盖章）", 99999
        book.move_sheet(copied, -3)
        book["附件1"].sheet_state = book["数据"].sheet_state = "hidden"
        book.active = 0

    path = edited(forge, "annex1")
    assert sorted(both(city, path)) == [("hidden", "附件1", ""), ("sheet_added", "附件1（盖章）", "")]
    assert tiexi("reconcile", str(path))[0] == tiexi("verify", str(path))[0] == 1


def test_added_sheets(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    def add(title: str, state: str, value: str | None) -> Callable[[Workbook], None]:
        def change(book: Workbook) -> None:
            sheet = book.create_sheet(title)
            sheet["B2"], sheet.sheet_state = value, state

        return change

    assert both(city, edited(add("汇总", "visible", "合计 100"), "annex1")) == [("sheet_added", "汇总", "")]
    for title, state, value in (
        ("说明（补充）", "visible", "请查收"),
        ("草稿", "hidden", "1"),
        ("Sheet1", "visible", None),
    ):
        path = edited(add(title, state, value), "annex1")
        assert both(city, path) == [] and any(title in remark for remark in city.check(path, "annex1").remarks)

    def chart(book: Workbook) -> None:
        drawing = BarChart()
        drawing.add_data(Reference(book["附件1"], min_col=3, min_row=5, max_row=8))
        book.create_chartsheet("图").add_chart(drawing)

    assert both(city, edited(chart, "annex1")) == [("sheet_added", "图", "")]


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("C5", '"999.00"', "显示的是「999.00」"), ("C5", ";;;", "什么也不显示"), ("C5", "#,##0.00,", "缩小"),
        ("C6", '"999.00"', "显示的是「999.00」"), ("C5", "0.00;;;[White]@", ""), ("B5", ";;;", "不显示文字"),
        ("G5", "0;-0;", "什么也不显示"), ("E5", '"2.5"', "显示的是「2.5」"), ("C5", "[White]0.00", "几乎相同"), ("C5", "yyyy", ""),
    ],
)  # fmt: skip
def test_number_formats_that_show_something_else(
    city: City, edited: Callable[..., Path], cell: str, code: str, words: str
) -> None:
    """The value stays what it is. A date is another value already for whoever reads the cell."""
    path = edited(on_form(lambda sheet: setattr(sheet[cell], "number_format", code)), "annex1")
    kinds = [] if code.startswith("0.00") else ["cell", "not_shown"] if code == "yyyy" else ["not_shown"]
    outcome = city.check(path, "annex1")
    assert [(each.kind, each.cell) for each in outcome.differences if "total" not in each.kind] == [
        (kind, cell) for kind in kinds
    ]
    assert not kinds or words in outcome.differences[0].text
    assert bool(verify(path).findings) == bool(kinds)


def test_too_few_decimals(city: City, edited: Callable[..., Path]) -> None:
    """附件2 has an amount of 0.000123万元: two decimals show nothing of it, and its sums are told as well."""
    path = edited(lambda book: [setattr(cell, "number_format", "#,##0.00") for row in book["附件2"] for cell in row])
    cells = {each.cell for each in city.check(path).differences}
    assert (
        "D9" in cells and "D6" not in cells and all("小数位不够" in each.text for each in city.check(path).differences)
    )


WHITE_FONTS = {
    "white": (Font(color="FFFFFFFF"), None),
    "nearly white": (Font(color="FFF8F8F8"), None),
    "white by theme": (Font(color=Color(theme=0)), None),
    "white by palette": (Font(color=Color(indexed=9)), None),
    "as its ground": (Font(color="FF4472C4"), PatternFill("solid", start_color="FF4472C4")),
    "black on black": (None, PatternFill("solid", start_color="FF000000")),
    "tiny": (Font(size=1), None),
}
LEGIBLE_FONTS = {
    "white on blue": (Font(color="FFFFFFFF"), PatternFill("solid", start_color="FF4472C4")),
    "red on yellow": (Font(color="FFFF0000"), PatternFill("solid", start_color="FFFFFF00")),
    "grey": (Font(color=Color(theme=0, tint=-0.5)), None),
    "another name and size": (Font(name="仿宋", size=16, bold=True), PatternFill("solid", start_color="FFF2F2F2")),
}


def dressed(font: Font | None, fill: PatternFill | None) -> Callable[[Workbook], None]:
    def change(sheet: Any) -> None:
        sheet["C5"].font, sheet["C5"].fill = copy(font or sheet["C5"].font), copy(fill or sheet["C5"].fill)

    return on_form(change)


@pytest.mark.parametrize("name", WHITE_FONTS)
def test_print_that_cannot_be_read(city: City, edited: Callable[..., Path], tmp_path: Path, name: str) -> None:
    path = edited(dressed(*WHITE_FONTS[name]), "annex1")
    assert both(city, path) == [("not_shown", "附件1", "C5")]
    outcome = city.check(path, "annex1")
    write_marked(path, outcome, tmp_path / "标出.xlsx")
    assert [each.line() for each in city.check(tmp_path / "标出.xlsx", "annex1").differences] == [
        each.line() for each in outcome.differences
    ]
    assert openpyxl.load_workbook(tmp_path / "标出.xlsx")["附件1"]["C5"].comment is not None


@pytest.mark.parametrize("name", LEGIBLE_FONTS)
def test_other_colours_and_fonts_are_no_difference(city: City, edited: Callable[..., Path], name: str) -> None:
    assert both(city, edited(dressed(*LEGIBLE_FONTS[name]), "annex1")) == []


def test_hidden_rows_and_columns_of_a_form(city: City, edited: Callable[..., Path]) -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[7].hidden = True
        sheet.row_dimensions[5].height = 0.75
        sheet.column_dimensions["I"].hidden = True
        sheet.row_dimensions[40].hidden = sheet.column_dimensions["P"].hidden = True  # outside the table

    assert both(city, edited(on_form(hide), "annex1")) == [
        ("hidden", "附件1", "A5"), ("hidden", "附件1", "A7"), ("hidden", "附件1", "I4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("area", "cell", "words"),
    [("A1:J7", "A8", "第 8—10 行"), ("A1:I10", "J4", "J 列"), ("A1:H7", "I4", "第 8—10 行、I—J 列"), ("A2:J10", "A1", "第 1 行")],
)  # fmt: skip
def test_a_print_area_that_leaves_something_out(
    city: City, edited: Callable[..., Path], area: str, cell: str, words: str
) -> None:
    path = edited(on_form(lambda sheet: setattr(sheet, "print_area", area)), "annex1")
    assert (
        both(city, path) == [("print_area", "附件1", cell)] and words in city.check(path, "annex1").differences[0].text
    )


def printing(city: City, target: Path, area: str) -> Path:
    """附件1 with another text for its print area."""
    old = '<definedName name="_xlnm.Print_Area" localSheetId="0">附件1!$A$1:$J$10</definedName>'
    return rewritten(city.paths["annex1"], target, "xl/workbook.xml", (old, old.replace("附件1!$A$1:$J$10", area)))


@pytest.mark.parametrize(
    "area", ["附件1!$A$1:$Z$99", "附件1!$A:$J", "附件1!$1:$10", "附件1!$A$1:$J$6,附件1!$A$7:$J$10", "附件1!#REF!"]
)
def test_a_print_area_that_holds_the_table(city: City, tmp_path: Path, area: str) -> None:
    assert both(city, printing(city, tmp_path / "x.xlsx", area)) == []


def test_print_areas_of_whole_rows_and_formulas(city: City, tmp_path: Path) -> None:
    path = printing(city, tmp_path / "x.xlsx", "附件1!$1:$7")
    outcome = city.check(path, "annex1")
    assert both(city, path) == [("print_area", "附件1", "A8")] and "打印区域 1:7 没有" in outcome.differences[0].text
    write_marked(path, outcome, tmp_path / "标出.xlsx")
    assert both(city, tmp_path / "标出.xlsx") == both(city, path)
    path = printing(city, tmp_path / "y.xlsx", "OFFSET(附件1!$A$1,0,0,7,10)")
    assert both(city, path) == [("print_area", "附件1", "")]


def test_an_edited_cell_is_told_once(city: City, edited: Callable[..., Path]) -> None:
    """A rate finer than any, words beside the table: no format and no print area of ours was made for them."""
    path = edited(put("附件1", "E5", 4.000001), "annex1")
    assert [each.cell for each in verify(path).findings] == ["E5"]
    assert found(city.check(path, "annex1")) == [("cell", "附件1", "E5")]
    assert found(city.check(edited(put("附件1", "P30", "话"), "annex1"), "annex1")) == [("cell", "附件1", "P30")]


def test_values_under_merged_cells(city: City, tmp_path: Path) -> None:
    """Spreadsheets empty what they cover; whoever writes the file need not."""
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        ('<mergeCell ref="A2:J2"/>', '<mergeCell ref="A2:J2"/><mergeCell ref="I5:J5"/>'),
    )  # fmt: skip
    assert both(city, path) == [("covered", "附件1", "J5")]


def test_conditional_formats(city: City, edited: Callable[..., Path]) -> None:
    def add(rule: Any) -> Callable[[Workbook], None]:
        return on_form(lambda sheet: sheet.conditional_formatting.add("A5:J9", rule))

    harmless = PatternFill(bgColor="FFFFC7CE"), Font(color="FF9C0006")
    assert both(city, edited(add(FormulaRule(["C5>1"], fill=harmless[0], font=harmless[1])), "annex1")) == []
    white = FormulaRule(["TRUE"], font=Font(color="FFFFFFFF"))
    assert both(city, edited(add(white), "annex1")) == [("not_shown", "附件1", "A5")]
    format_only = FormulaRule(["TRUE"])
    format_only.dxf = DifferentialStyle(numFmt=NumberFormat(200, '"999"'))
    assert both(city, edited(add(format_only), "annex1")) == [("not_shown", "附件1", "C5")]
    bar = DataBarRule("min", None, "max", None, color="FF638EC6", showValue=False)
    assert both(city, edited(add(bar), "annex1")) == [("not_shown", "附件1", "A5")]


def test_pictures_and_hidden_zeros_are_remarks(city: City, edited: Callable[..., Path]) -> None:
    def change(sheet: Any) -> None:
        sheet.sheet_view.showZeros = False
        drawing = BarChart()
        drawing.add_data(Reference(sheet, min_col=3, min_row=5, max_row=8))
        sheet.add_chart(drawing, "L20")

    path = edited(on_form(change), "annex1")
    remarks = "\n".join(city.check(path, "annex1").remarks)
    assert both(city, path) == [] and "图片" in remarks and "零值" in remarks


@pytest.mark.parametrize(
    ("old", "new", "damaged"),
    [
        ('fontId="1"', 'fontId="x"', True), ('fontId="1"', 'fontId="999"', True), ('theme="1"', 'theme="-3"', False),
        ('theme="1"', 'theme="1" tint="-1e999"', False), ("#,##0.00####", "[&gt;1.2.3]#,##0.00####", False),
    ],
)  # fmt: skip
def test_odd_and_damaged_styles(city: City, tmp_path: Path, old: str, new: str, damaged: bool) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(city.paths["annex1"]) as source, zipfile.ZipFile(path, "w") as made:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "xl/styles.xml":
                assert old in data.decode()
                data = data.decode().replace(old, new).encode()
            made.writestr(info, data)
    assert both(city, path) == ([("not_shown", "附件1", "")] if damaged else [])


def like_wps(sheet: Any) -> None:
    """Formats, fonts, widths, grounds and borders as people change them and other programs rewrite them."""
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            if cell.number_format.startswith("#"):
                cell.number_format = '_ * #,##0.00####_ ;_ * -#,##0.00####_ ;_ * "-"??_ ;_ @_ '
            cell.font = Font(name="仿宋", size=12, color=Color(theme=1))
            cell.border = Border(left=Side("double"))
            cell.fill = PatternFill("solid", start_color="FFFFFFCC")
    sheet.column_dimensions["C"].width, sheet.row_dimensions[5].height = 4, 60


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("name", NAMES)
def test_styled_anew_and_saved_by_libreoffice_is_no_difference(
    city: City, edited: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    path = edited(lambda book: [like_wps(book[sheet]) for sheet in book.sheetnames if sheet in FORMS.values()], name)
    assert both(city, path, name) == []
    (saved,) = by_libreoffice([path], tmp_path)
    assert both(city, saved, name) == []


@NEEDS_LIBREOFFICE
def test_libreoffice_does_not_launder_a_forgery(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    def forge(sheet: Any) -> None:
        sheet["C5"].number_format = '"999.00"'
        sheet["H5"].font = Font(color="FFFFFFFF")
        sheet.row_dimensions[7].hidden = True
        sheet.print_area = "A1:J9"

    (saved,) = by_libreoffice([edited(on_form(forge), "annex1")], tmp_path)
    assert set(both(city, saved)) == {
        ("not_shown", "附件1", "C5"), ("not_shown", "附件1", "H5"), ("hidden", "附件1", "A7"), ("print_area", "附件1", "A10"),
    }  # fmt: skip
    write_marked(saved, city.check(saved, "annex1"), tmp_path / "标出.xlsx")
    assert results(tmp_path / "标出.xlsx") == results(saved) and both(city, tmp_path / "标出.xlsx") == both(city, saved)


# --- parts of a text, and conditional formats that are written as an extension -------------------------------------------


def in_parts(font: InlineFont, text: str) -> Callable[[Any], None]:
    """The enterprise's name in two parts, the second in another font."""

    def change(sheet: Any) -> None:
        name = text or sheet["B5"].value
        sheet["B5"].value = CellRichText(TextBlock(InlineFont(b=True), name[:2]), TextBlock(font, name[2:]))

    return on_form(change)


UNSEEN_PARTS = {
    "white": InlineFont(color="FFFFFFFF"), "white by theme": InlineFont(color=Color(theme=0)), "tiny": InlineFont(sz=1),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN_PARTS)
def test_a_part_of_a_name_that_cannot_be_read(
    city: City, edited: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    path = edited(in_parts(UNSEEN_PARTS[name], ""), "annex1")
    assert both(city, path) == [("not_shown", "附件1", "B5")]
    assert "有一段文字看不清" in city.check(path, "annex1").differences[0].text
    write_marked(path, city.check(path, "annex1"), tmp_path / "标出.xlsx")
    assert both(city, tmp_path / "标出.xlsx") == [("not_shown", "附件1", "B5")]


def test_parts_of_a_text_in_other_fonts_are_no_difference(city: City, edited: Callable[..., Path]) -> None:
    assert both(city, edited(in_parts(InlineFont(color="FFFF0000", sz=14, rFont="仿宋"), ""), "annex1")) == []


@NEEDS_LIBREOFFICE
def test_parts_of_a_text_stand_in_the_table_of_texts_as_well(
    city: City, edited: Callable[..., Path], tmp_path: Path
) -> None:
    hidden, shown = (edited(in_parts(InlineFont(color=colour), ""), "annex1") for colour in ("FFFFFFFF", "FFFF0000"))
    resaved = by_libreoffice([hidden, shown], tmp_path)
    with zipfile.ZipFile(resaved[0]) as archive:
        assert b"rPr" in archive.read("xl/sharedStrings.xml")
    assert [both(city, path) for path in resaved] == [[("not_shown", "附件1", "B5")], []]


_RULES = {
    "white": ('<x14:cfRule type="expression"><xm:f>数据!A1&gt;0</xm:f><x14:dxf><font><color rgb="FFFFFFFF"/></font></x14:dxf></x14:cfRule>',
              [("not_shown", "附件1", "C5")]),
    "red": ('<x14:cfRule type="expression"><xm:f>数据!A1&gt;0</xm:f><x14:dxf><font><color rgb="FFFF0000"/></font></x14:dxf></x14:cfRule>', []),
    "bar alone": ('<x14:cfRule type="dataBar"><x14:dataBar showValue="0"/></x14:cfRule>', [("not_shown", "附件1", "C5")]),
    "bar": ('<x14:cfRule type="dataBar"><x14:dataBar minLength="0"/></x14:cfRule>', []),
}  # fmt: skip


@pytest.mark.parametrize("name", _RULES)
def test_conditional_formats_of_an_extension(city: City, tmp_path: Path, name: str) -> None:
    rule, expected = _RULES[name]
    listed = (
        '<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" xmlns:x14="http://schemas.microsoft.com/office/'
        'spreadsheetml/2009/9/main" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:conditionalFormattings>'
        f"<x14:conditionalFormatting>{rule}<xm:sqref>C5:C8</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings>"
        "</ext></extLst></worksheet>"
    )
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", ("</worksheet>", listed)
    )  # fmt: skip
    assert both(city, path) == expected


# --- head and foot of the printed page ----------------------------------------------------------------------------------


def foot(text: str) -> Callable[[Any], None]:
    return lambda sheet: setattr(sheet.oddFooter.left, "text", text)


def test_a_forged_head_and_another_runs_foot(city: City, edited: Callable[..., Path], tmp_path: Path) -> None:
    """What is printed on every page: words at the head, and the number of another run at the foot."""

    def forge(sheet: Any) -> None:
        sheet.oddHeader.center.text = "审核通过"
        foot("环翠区　2023 年度　第 9 号运行")(sheet)

    path = edited(on_form(forge), "annex1")
    outcome = city.check(path, "annex1")
    assert found(outcome) == [("page_edge", "附件1", "")] * 2
    head, under = outcome.differences
    assert (head.theirs, head.ours) == ("中：审核通过", "（空）") and "页眉" in head.text
    assert under.theirs == "左：环翠区 2023 年度 第 9 号运行；中：第 〔页码〕 页"
    assert under.ours == "左：环翠区 2023 年度 第 1 号运行；中：第 〔页码〕 页" and "页脚" in under.text
    assert [(each.kind, each.theirs, each.ours) for each in verify(path).findings] == [
        (each.kind, each.theirs, each.ours) for each in outcome.differences
    ]
    write_marked(path, outcome, tmp_path / "标出.xlsx")
    assert found(city.check(tmp_path / "标出.xlsx", "annex1")) == found(outcome)


@pytest.mark.parametrize("name", NAMES)
def test_the_foot_of_every_form_is_compared(city: City, edited: Callable[..., Path], name: str) -> None:
    path = edited(lambda book: foot("某处")(book[FORMS[name]]), name)
    assert found(city.check(path, name)) == [("page_edge", FORMS[name], "")]
    assert [each.kind for each in verify(path).findings] == ["page_edge"]


def test_the_foot_of_a_trial_that_was_approved_later_is_a_remark(tmp_path: Path) -> None:
    engine = set_up(tmp_path, worlds.random_world(7, 20, 2023, "chokepoint"))
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    path, forged = tmp_path / "前.xlsx", tmp_path / "改.xlsx"
    with db.reading(engine) as connection:
        lists.write_list(connection, run, path, lists.PREMIUMS)
        book = openpyxl.load_workbook(path)
        foot("2023 年度　第 1 号运行（审核通过）")(book["明细表"])
        book.save(forged)
        assert found(reconcile(connection, forged)) == [("page_edge", "明细表", "")]
    lifecycle.approve(engine, run.id, "张三", "样例〔2024〕1号", solo=True)
    with db.reading(engine) as connection:
        outcome = reconcile(connection, path)
        assert outcome.differences == [] and sum("页脚" in remark for remark in outcome.remarks) == 2
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
    """Codes for fonts and sizes change nothing; what nobody can see on the paper is missing there."""
    own = f"<headerFooter><oddFooter>{_FOOT}</oddFooter></headerFooter>"
    path = rewritten(city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", (own, written))
    outcome = city.check(path, "annex1")
    assert [each.text.partition("：")[0] for each in outcome.differences] == wrong
    assert [each.text.partition("：")[0] for each in verify(path).findings] == wrong


@pytest.mark.parametrize("written", ["", "<headerFooter/>", "<headerFooter><oddFooter></oddFooter></headerFooter>"])
def test_a_program_that_keeps_no_heads_and_feet(city: City, tmp_path: Path, written: str) -> None:
    own = f"<headerFooter><oddFooter>{_FOOT}</oddFooter></headerFooter>"
    path = rewritten(city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", (own, written))
    outcome = city.check(path, "annex1")
    assert outcome.differences == [] and [remark for remark in outcome.remarks if "页眉页脚" in remark]
    assert verify(path).findings == []


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
