"""Two hundred edits of an exported 附件1, each named: of what it holds, and of how it looks.

Each is made with openpyxl, or in the XML of a part where openpyxl cannot make it, and says where it must be found.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Border, Font, GradientFill, PatternFill, Side
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table

from planted_parts import FORM, Edit, in_xml

# --- styles -----------------------------------------------------------------------------------------------------------------


def _font(**changes: Any) -> Callable[[Any], None]:
    def change(cell: Any) -> None:
        kept = {
            name: getattr(cell.font, name) for name in ("name", "sz", "b", "i", "u", "strike", "color", "vertAlign")
        }
        cell.font = Font(**{**kept, **changes})

    return change


def _alignment(**changes: Any) -> Callable[[Any], None]:
    def change(cell: Any) -> None:
        made = copy(cell.alignment)
        for name, value in changes.items():
            setattr(made, name, value)
        cell.alignment = made

    return change


def _border(**sides: Side) -> Callable[[Any], None]:
    def change(cell: Any) -> None:
        kept = {side: getattr(cell.border, side) for side in ("left", "right", "top", "bottom")}
        cell.border = Border(**{**kept, **sides})

    return change


def _set(name: str, value: Any) -> Callable[[Any], None]:
    return lambda cell: setattr(cell, name, value)


_STYLES: dict[str, Callable[[Any], None]] = {
    "font Wingdings": _font(name="Wingdings"), "font Symbol": _font(name="Symbol"), "font 黑体": _font(name="黑体2"),
    "size 1": _font(sz=1), "size 9.5": _font(sz=9.5), "size 72": _font(sz=72), "italic": _font(i=True), "underlined": _font(u="double"),
    "struck through": _font(strike=True), "white": _font(color="FFFFFFFF"), "almost white": _font(color="FFFDFDFD"),
    "grey": _font(color="FF7F7F7F"), "raised": _font(vertAlign="superscript"),
    "on black": _set("fill", PatternFill("solid", start_color="FF000000")),
    "on white": _set("fill", PatternFill("solid", start_color="FFFFFFFF")),
    "on stripes": _set("fill", PatternFill("darkUp", start_color="FF000000")),
    "on a gradient": _set("fill", GradientFill(stop=("FF000000", "FFFFFFFF"))),
    "no left border": _border(left=Side()), "thick top border": _border(top=Side("thick")),
    "white bottom border": _border(bottom=Side("thin", color="FFFFFFFF")), "dashed right border": _border(right=Side("dashed")),
    "crossed out": _border(diagonal=Side("thin"), diagonalUp=True, diagonalDown=True),
    "filled across": _alignment(horizontal="fill"), "spread": _alignment(horizontal="distributed"),
    "at the top": _alignment(vertical="top"), "upright": _alignment(textRotation=90), "stacked": _alignment(textRotation=255),
    "shrunk": _alignment(shrinkToFit=True), "from right to left": _alignment(readingOrder=2),
}  # fmt: skip
_FIGURE_STYLES: dict[str, Callable[[Any], None]] = {
    "indented by 30": _alignment(indent=30), "without indent": _alignment(indent=0), "to the left": _alignment(horizontal="left"),
    "wrapped": _alignment(wrapText=True),
    **{f"format {code}": _set("number_format", code) for code in (
        '"999.00"', ";;;", "0", "0.0", "General", "#,##0.00,", "0.00%", "@", "#,##0.00####;;;", '0.00"0"', "[White]#,##0.00####",
        "[>1]\"1.00\";0.00", "yyyy-mm-dd", "# ?/?",
    )},
}  # fmt: skip


def _of_cell(cell: str, change: Callable[[Any], None]) -> Callable[[Workbook], None]:
    return lambda book: change(book[FORM][cell])


def _style_edits() -> Iterator[Edit]:
    for cell in ("I5", "B7"):
        for name, change in _STYLES.items():
            yield Edit(f"{cell} {name}", _of_cell(cell, change), cell=cell)
    for cell in ("I5", "J9"):
        for name, change in _FIGURE_STYLES.items():
            yield Edit(f"{cell} {name}", _of_cell(cell, change), cell=cell)
    for cell, name in (("A2", "size 1"), ("A2", "white"), ("A1", "font Wingdings"), ("A3", "white"), ("C3", "on black"),
                       ("I4", "upright"), ("C6", "white"), ("G5", "struck through"), ("A10", "size 1"), ("D5", "shrunk")):  # fmt: skip
        yield Edit(f"{cell} {name}", _of_cell(cell, _STYLES[name]), cell=cell)
    yield Edit("J9 not bold", _of_cell("J9", _font(b=False)), cell="J9")
    yield Edit("D5 not wrapped", _of_cell("D5", _alignment(wrapText=False)), cell="D5")


# --- rows, columns, views, pages --------------------------------------------------------------------------------------------


def _on_form(change: Callable[[Any], Any]) -> Callable[[Workbook], None]:
    def on(book: Workbook) -> None:
        change(book[FORM])

    return on


def _put(**values: Any) -> Callable[[Any], None]:
    """Sets attributes by dotted names (with __ for the dot)."""

    def change(sheet: Any) -> None:
        for name, value in values.items():
            *path, last = name.split("__")
            place = sheet
            for step in path:
                place = getattr(place, step)
            setattr(place, last, value)

    return change


def _row(row: int, **values: Any) -> Callable[[Any], None]:
    return lambda sheet: _put(**values)(sheet.row_dimensions[row])


def _column(letter: str, **values: Any) -> Callable[[Any], None]:
    return lambda sheet: _put(**values)(sheet.column_dimensions[letter])


_LAYOUT: dict[str, tuple[Callable[[Any], Any], str]] = {
    "row 4 points high": (_row(5, height=4), "A5"), "row 200 points high": (_row(5, height=200), "A5"),
    "title half cut": (_row(2, height=10), "A2"), "row hidden": (_row(7, hidden=True), "A7"),
    "total hidden": (_row(9, hidden=True), "A9"), "row without height": (_row(5, height=0.0001), "A5"),
    "row in an outline": (_row(5, outlineLevel=1), "A5"),
    "column hidden": (_column("C", hidden=True), "C1"), "column too narrow": (_column("C", width=3), "C1"),
    "column a little narrower": (_column("C", width=13.3), "C1"), "column very wide": (_column("B", width=120), "B1"),
    "figures merged": (lambda sheet: sheet.merge_cells("I5:J5"), "I5"), "title not merged": (lambda sheet: sheet.unmerge_cells("A2:J2"), "A2"),
    "formulas shown": (_put(sheet_view__showFormulas=True), ""), "zeros not shown": (_put(sheet_view__showZeros=False), ""),
    "right to left": (_put(sheet_view__rightToLeft=True), ""), "panes not frozen": (_put(freeze_panes=None), ""),
    "panes frozen elsewhere": (_put(freeze_panes="C8"), ""),
    "upright paper": (_put(page_setup__orientation="portrait"), ""), "paper A3": (_put(page_setup__paperSize=8), ""),
    "scaled to 10%": (_put(sheet_properties__pageSetUpPr__fitToPage=False, page_setup__scale=10), ""),
    "two pages wide": (_put(page_setup__fitToWidth=2), ""), "one page high": (_put(page_setup__fitToHeight=1), ""),
    "left margin": (_put(page_margins__left=5), ""), "right margin": (_put(page_margins__right=0), ""),
    "top margin": (_put(page_margins__top=4), ""), "bottom margin": (_put(page_margins__bottom=0.1), ""),
    "foot at the edge": (_put(page_margins__footer=0), ""), "not centred": (_put(print_options__horizontalCentered=False), ""),
    "centred down": (_put(print_options__verticalCentered=True), ""), "grid printed": (_put(print_options__gridLines=True), ""),
    "headings printed": (_put(print_options__headings=True), ""), "in black and white": (_put(page_setup__blackAndWhite=True), ""),
    "as a draft": (_put(page_setup__draft=True), ""), "over, then down": (_put(page_setup__pageOrder="overThenDown"), ""),
    "pages from 7": (_put(page_setup__firstPageNumber=7), ""), "comments printed": (_put(page_setup__cellComments="asDisplayed"), ""),
    "errors not printed": (_put(page_setup__errors="blank"), ""), "three copies": (_put(page_setup__copies=3), ""),
    "no print titles": (_put(_print_rows=None), ""), "other print titles": (_put(print_title_rows="1:4"), ""),
    "without the total": (_put(print_area="A1:J8"), ""), "without a column": (_put(print_area="A1:I10"), ""),
    "a larger print area": (_put(print_area="A1:K40"), ""),
    "row break": (lambda sheet: sheet.row_breaks.append(Break(id=6)), ""), "column break": (lambda sheet: sheet.col_breaks.append(Break(id=3)), ""),
    "words at the head": (_put(oddHeader__center__text="审核通过"), ""), "another foot": (_put(oddFooter__left__text="第 9 号运行"), ""),
    "pages with a total": (_put(oddFooter__center__text="第 &P 页，共 &N 页"), ""), "no foot": (_put(oddFooter__left__text=None, oddFooter__center__text=None), ""),
    "white foot": (_put(oddFooter__left__color="FFFFFF"), ""), "foot of size 1": (_put(oddFooter__left__size=1), ""),
    "first page of its own": (_put(HeaderFooter__differentFirst=True, firstHeader__center__text="已审"), ""),
    "even pages of their own": (_put(HeaderFooter__differentOddEven=True, evenFooter__center__text="样例"), ""),
    "form hidden": (_put(sheet_state="hidden"), ""), "form very hidden": (_put(sheet_state="veryHidden"), ""),
    "a coloured tab": (_put(sheet_properties__tabColor="FFFF0000"), ""),
    "protected": (lambda sheet: sheet.protection.enable(), ""),
    "a comment": (lambda sheet: setattr(sheet["I5"], "comment", Comment("实为 30 万元", "某某")), "I5"),
    "a conditional format": (lambda sheet: sheet.conditional_formatting.add("I5:J9", CellIsRule("greaterThan", ["0"], font=Font(color="FFFFFFFF"))), "I5"),
    "a data bar": (lambda sheet: sheet.conditional_formatting.add("J5", DataBarRule("min", None, "max", None, "FF638EC6", showValue=False)), "J5"),
    "a drop-down": (lambda sheet: sheet.add_data_validation(DataValidation("list", formula1='"一,二"', sqref="F5")), "F5"),
    "a hyperlink": (lambda sheet: setattr(sheet["B5"], "hyperlink", "https://example.com/"), "B5"),
    "a table": (lambda sheet: sheet.add_table(Table(displayName="T1", ref="A20:B22")), ""),
    "a filter": (lambda sheet: setattr(sheet.auto_filter, "ref", "A4:J8"), ""),
    "a chart": (lambda sheet: _add_chart(sheet, "I5"), "I5"),
    "a style for a whole column": (lambda sheet: setattr(sheet.column_dimensions["B"], "fill", PatternFill("solid", start_color="FF000000")), "B1"),
}  # fmt: skip


def _add_chart(sheet: Any, cell: str) -> None:
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=9, min_row=4, max_row=5), titles_from_data=True)
    sheet.add_chart(chart, cell)


_BOOK: dict[str, tuple[Callable[[Workbook], Any], str]] = {
    "sheets in another order": (lambda book: book.move_sheet(FORM, 2), ""),
    "data hidden": (lambda book: setattr(book["数据"], "sheet_state", "hidden"), "数据"),
    "a row of the data hidden": (lambda book: setattr(book["数据"].row_dimensions[2], "hidden", True), "数据"),
    "a column of the data hidden": (lambda book: setattr(book["数据"].column_dimensions["H"], "hidden", True), "数据"),
    "a row of the data twice as high": (lambda book: setattr(book["数据"].row_dimensions[2], "height", 30), "数据"),
    "notes in white": (lambda book: _font(color="FFFFFFFF")(book["说明"]["B4"]), "说明"),
    "data in white": (lambda book: _font(color="FFFFFFFF")(book["数据"]["H2"]), "数据"),
    "data in another format": (lambda book: setattr(book["数据"]["H2"], "number_format", "0"), "数据"),
    "another sheet": (lambda book: book.create_sheet("汇总").append(["合计", 100]), "汇总"),
    "a hidden sheet with words": (lambda book: _hidden(book, "备注"), "备注"),
    "a copy of the form in front": (lambda book: _copy_in_front(book), "附件1（盖章）"),
    "a chart on its own": (lambda book: book.create_chartsheet("图"), "图"),
    "a name": (lambda book: book.defined_names.add(DefinedName("合计额", attr_text="附件1!$J$9")), ""),
    "calculated by hand": (_put(calculation__calcMode="manual"), ""),
    "precision as shown": (_put(calculation__fullPrecision=False), ""),
    "iterated": (_put(calculation__iterate=True), ""), "addresses R1C1": (_put(calculation__refMode="R1C1"), ""),
    "days from 1904": (_put(epoch=datetime(1904, 1, 1)), ""),
    "structure locked": (lambda book: _put(lockStructure=True)(_security(book)), ""),
}  # fmt: skip


def _hidden(book: Workbook, title: str) -> None:
    sheet = book.create_sheet(title)
    sheet["A1"], sheet.sheet_state = "藏", "hidden"


def _copy_in_front(book: Workbook) -> None:
    copied = book.copy_worksheet(book[FORM])
    copied.title, copied["I5"] = "附件1（盖章）", 99999
    book.move_sheet(copied, -3)


def _security(book: Workbook) -> Any:
    book.security = openpyxl.workbook.protection.WorkbookProtection()
    return book.security


# --- values -------------------------------------------------------------------------------------------------------------------


def _values() -> Iterator[Edit]:
    def value(name: str, cell: str, held: Any, sheet: str = FORM, offline: bool = True) -> Edit:
        return Edit(
            name, lambda book: setattr(book[sheet][cell], "value", held), sheet=sheet, cell=cell, offline=offline
        )

    yield value("a figure", "I5", 1000.000001)
    yield value("a figure as text", "I5", "1000")
    yield value("a figure as text with a mark", "I5", "'1000")
    yield value("a figure by a formula", "I5", "=500+500")
    yield value("a figure by a formula of today", "I5", "=IF(TODAY()>DATE(2020,1,1),30,1000)")
    yield value("a figure as a truth", "G5", False)
    yield value("a name by a formula", "B5", '="威海样例甲公司"')
    yield value("a year by a formula", "G5", "=0")
    yield value("a rate", "E5", 4.0001)
    yield value("another name", "B5", "威海样例乙公司")
    yield value("a name with a blank", "B5", "威海样例甲公司 ")
    yield value("a name with what nobody sees", "B5", "威海样\u200b例甲公司")
    yield value("a bank's number", "A7", "2\u3000样例银行")
    yield value("a bank without number", "A7", "样例银行")
    yield value("a term", "D5", "2023-05-10—2024-07-04")
    yield value("a title", "A2", "威海市科技支行贷款专项资金审核表")
    yield value("a header", "I4", "申请贴息金额")
    yield value("the year applied for", "E3", "申请年度：2024")
    yield value("the date of filing", "A10", "填报日期：2024年2月1日")
    yield value("words beside the table", "L5", "另有 30 万元")
    yield value("words below the table", "A14", "另有 30 万元")
    yield value("a blank figure", "I5", None)
    yield value("a subtotal as a figure", "I6", 1000)
    yield value("a total as a figure", "J9", 3500)
    yield value("a subtotal of more", "I6", "=SUM(I5:I5)+10")
    yield value("a total by other words", "J9", "=J6+J8")
    yield value("a total of a part", "J9", "=SUM(J6)")
    yield value("an amount in the data", "H2", 1600, "数据")
    yield value("an amount in the data as text", "H2", "1500", "数据")
    yield value("a day in the data", "I2", datetime(2023, 5, 11), "数据")
    yield value("a day in the data as text", "I2", "2023-05-10", "数据")
    yield value("a code in the data", "E2", "91371000MA3TX0009X", "数据")
    yield value("a formula in the data", "H2", "=1000+500", "数据")
    yield value("a header of the data", "H1", "金额", "数据")
    yield value("words beside the data", "AE2", "另", "数据")
    yield value("words of the notes", "B4", "附件2", "说明", offline=False)
    yield value("words below the notes", "D3", "另", "说明", offline=True)
    yield value("a formula in the notes", "B4", '="科技支行贷款"', "说明")


def edits() -> list[Edit]:
    """All of them."""
    layout = (Edit(name, _on_form(change), cell=cell) for name, (change, cell) in _LAYOUT.items())
    book = (Edit(name, change, sheet=sheet) for name, (change, sheet) in _BOOK.items())
    rows = {
        "a row deleted": lambda sheet: sheet.delete_rows(7), "a row more": lambda sheet: sheet.insert_rows(6),
        "a column more": lambda sheet: sheet.insert_cols(3),
    }  # fmt: skip
    moved = (Edit(name, _on_form(change)) for name, change in rows.items())
    return [*_style_edits(), *layout, *book, *_values(), *in_xml(), *moved]
