"""The blank intake workbook: every sheet, or those that a role sends, with headers, drop-downs, input hints and one example row."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from ledger.accounts.roles import name_of
from ledger.accounts.scope import Scope
from ledger.books import reporting
from ledger.errors import Refused
from ledger.intake.sending import sheets_of
from ledger.intake.sheets import SHEETS
from ledger.workbooks.sheet import EXAMPLE_MARK, NOTES_MARK, Column, Sheet
from reports.writing.packing import new_book
from reports.writing.tidy import MONEY_FORMAT, print_wide

_DATED = date(2023, 1, 1)  # any day: a blank workbook is of none
_LAST_ROW = 1_048_575
_FORMATS = {
    "code": "@", "name": "@", "text": "@", "choice": "@", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm",
    "wan": MONEY_FORMAT, "percent": "0.00##", "factor": "0.0###", "year": "0", "count": "0",
}  # fmt: skip
_WIDTHS = {"code": 22, "name": 28, "text": 26, "choice": 18, "date": 14, "time": 18, "wan": 16, "year": 10}
_OF_FACTS = (
    "更正",
    "同一主键内容相同的行不重复计；内容不同的会被拒绝，确需更正时由经办人说明原因（门户：上传时填「更正原因」；命令行：--amend）。",
)
_OF_PAYMENTS = (
    "记账",
    "与其他报送分开上传，种类为「拨付」。「拨付」表中日期和凭证号都空的行视为尚未拨付，不记；「资金」页的待拨付表已填好应拨的各行，"
    "只须填日期和凭证号。追缴缴回也是「拨付」表的一个环节。",
)
_MARK_WIDTH = 7  # of the mark before each example


def write_template_of(path: Path, scope: Scope, payments: bool = False) -> None:
    """Writes the blank workbook with the sheets that a scope may send; Refused where it sends none. payments: the sheets of
    payments, which are sent by themselves, in place of those of facts."""
    sheets = reporting.sheets_of(scope) if payments else sheets_of(scope)
    if not sheets:
        raise Refused(f"{name_of(scope.role)}不报送{'拨付或兑付回单' if payments else '工作表'}")
    write_template(path, sheets, _OF_PAYMENTS if payments else _OF_FACTS)


def write_template(path: Path, sheets: Sequence[Sheet] = SHEETS, last: tuple[str, str] = _OF_FACTS) -> None:
    """Writes the blank workbook, whole or not at all. last: the last of the notes, a name and what it says."""
    with new_book(path, _DATED) as book:
        _write_notes(book, sheets, last)
        formats = {shape: book.add_format({"num_format": code}) for shape, code in _FORMATS.items()}
        example = {
            shape: book.add_format({"num_format": code, "italic": True, "font_color": "#808080"})
            for shape, code in _FORMATS.items()
        }
        key = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}
        headers = {
            "key": book.add_format({**key, "bg_color": "#BDD7EE"}),
            "required": book.add_format({**key, "bg_color": "#DDEBF7"}),
            "optional": book.add_format({**key, "bg_color": "#F2F2F2", "bold": False}),
        }
        for sheet in sheets:
            _write_sheet(book, sheet, headers, formats, example)


def _write_notes(book: xlsxwriter.Workbook, sheets: Sequence[Sheet], last: tuple[str, str]) -> None:
    sheet = book.add_worksheet(NOTES_MARK)
    print_wide(sheet)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    lines = [
        ("填报说明", "本表不导入，名称以「说明」开头的工作表都不导入；其余工作表不用的可以删去或留空。"),
        (
            "表头",
            "表头上面可以有标题（不超过 9 行），顺序可以调整，名称不能改；(万元) 可以改为 (元)，金额便按元填。深蓝为主键列，浅蓝为必填列，灰色为可空列。",
        ),
        (
            "示例行",
            f"第 2 行每格以「{EXAMPLE_MARK}：」开头，是示例，请从第 3 行填起，不要在示例行上改写。首格以「{EXAMPLE_MARK}」开头的行"
            f"不导入（导入时会列出行号），可以保留或删去；别的行里留下的示例内容会逐格报出。银行、机构名称不要以这两个字开头。",
        ),
        ("金额", "单位万元，最多 6 位小数（精确到分）。利率、比例填百分数，4.35 表示 4.35%，最多 4 位小数。"),
        ("日期", "日期单元格，或 2023-07-03、2023/7/3、2023.7.3、20230703、2023年7月3日。资料上传日可带时刻。"),
        ("编号", "统一社会信用代码、借据编号等请用文本格式；超过 15 位的数字会被表格软件改掉末位，将被拒绝。"),
        last,
        *((sheet.name, sheet.purpose) for sheet in sheets),
    ]
    for row, (name, text) in enumerate(lines):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, text, wrap)


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, headers: Any, formats: Any, example: Any) -> None:
    page = book.add_worksheet(sheet.name)
    print_wide(page)
    for place, column in enumerate(sheet.columns):
        rank = "key" if column.key else "optional" if column.optional else "required"
        page.write_string(0, place, column.header, headers[rank])
        width = max(_WIDTHS.get(column.shape, 14), 2 * len(column.header)) + _MARK_WIDTH
        page.set_column(place, place, width, formats[column.shape])
        page.data_validation(1, place, _LAST_ROW, place, _validation(column, place))
        # each cell says that it is an example: one that is left where somebody typed over the row is found by itself
        page.write_string(1, place, f"{EXAMPLE_MARK}：{column.example}", example[column.shape])
    page.freeze_panes(1, 0)


def _validation(column: Column, place: int) -> dict[str, Any]:
    """The drop-down or check of a column, with its input hint. Checks warn only: the import has the last word."""
    hint = {
        "input_title": column.header[:32],
        "input_message": column.hint + ("（可空）" if column.optional else ""),
        "error_type": "warning",
        "error_title": "请核对",
        "error_message": f"{column.hint}。导入时将再次核对。",
        "ignore_blank": True,
    }
    if column.choices:
        return {"validate": "list", "source": list(column.choices), **hint}
    cell = f"{xl_col_to_name(place)}2"
    if column.shape in ("wan", "percent", "factor"):
        return {"validate": "decimal", "criteria": ">=", "value": 0, **hint}
    if column.field == "uscc":
        return {"validate": "custom", "value": f"=LEN({cell})=18", **hint}
    return {"validate": "any", **hint}
