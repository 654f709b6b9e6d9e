"""Workbooks as senders have them: with pictures, lists, comments and tables, in several writings of Open XML."""

import base64
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
SHEET = "贷款"
Parts = dict[str, bytes]


def parts_of(path: Path | bytes) -> Parts:
    """The parts of a package by their names."""
    with zipfile.ZipFile(io.BytesIO(path) if isinstance(path, bytes) else path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(parts: Mapping[str, bytes], path: Path) -> Path:
    """A package of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def rich(path: Path) -> Path:
    """By XlsxWriter: what a sheet can carry beside its cells."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(SHEET)
        book.add_worksheet("说明").write_column(0, 0, ["信用", "保证"])
        day = book.add_format({"num_format": "yyyy-mm-dd", "bold": True, "border": 1})
        yellow = book.add_format({"bg_color": "#FFFF00", "num_format": "#,##0.00"})
        page.write_row(0, 0, ["银行名称", "借据编号", "金额", "日期", "合计"])
        page.write_row(1, 0, ["样例银行", "A1", 12.5])
        page.write_datetime(1, 3, datetime(2023, 7, 3), day)
        page.write_formula(1, 4, "=C2*2", yellow, 25)
        page.write_row(2, 0, ["样例银行", "A2", 7.5])
        page.write_rich_string(2, 3, "普通", book.add_format({"bold": True}), "加粗")
        page.write_formula(2, 4, "=C3*2", None, 15)
        page.merge_range(4, 0, 5, 1, "合并")
        page.insert_image("H2", "stamp.png", {"image_data": io.BytesIO(PIXEL)})
        page.embed_image("F2", "cell.png", {"image_data": io.BytesIO(PIXEL)})
        page.insert_textbox("H9", "文本框")
        page.insert_button("H14", {"caption": "按钮", "macro": "m"})
        page.set_header("&L&G", {"image_left": "logo.png", "image_data_left": io.BytesIO(PIXEL)})
        page.data_validation("B2:B100", {"validate": "list", "source": "=说明!$A$1:$A$2"})
        page.conditional_format("C2:C100", {"type": "data_bar", "data_bar_2010": True})
        page.write_comment("B3", "张三：此笔已核", {"author": "张三"})
        page.add_table("K1:L3", {"columns": [{"header": "甲"}, {"header": "乙"}]})
        page.freeze_panes(1, 1)
        page.autofilter("A1:E3")
        page.set_column(2, 2, 3, book.add_format({"num_format": "0.000"}))
        page.protect("x")
    return path


def plain(path: Path) -> Path:
    """By openpyxl: rows, and a comment and a ground of a person."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = SHEET
    for row in (["银行名称", "借据编号", "金额"], ["样例银行", "A1", 12.5], ["样例银行", "A2", 7.5]):
        page.append(row)
    page["B3"].comment = Comment("张三：此笔已核", "张三")
    page["C3"].fill = PatternFill("solid", start_color="FF00FF00")
    page["C3"].number_format = "0.00"
    book.create_sheet("说明")["A1"] = "说明"
    book.save(path)
    return path


def changed(path: Path, change: Callable[[str, str], str]) -> Path:
    """A package with the texts of its XML parts changed: name and text -> text."""
    parts = parts_of(path)
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            parts[name] = change(name, data.decode()).encode()
    return pack(parts, path)


def strict(path: Path) -> Path:
    """The plain one in the Strict variant."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    def change(_: str, text: str) -> str:
        text = text.replace(office, "http://purl.oclc.org/ooxml/officeDocument/relationships")
        return text.replace(main, "http://purl.oclc.org/ooxml/spreadsheetml/main")

    return changed(plain(path), change)


def prefixed(path: Path) -> Path:
    """The plain one with a prefix before each element of the sheets, their comments and styles."""

    def change(name: str, text: str) -> str:
        if not re.search(r"worksheets/[^/]+\.xml$|comment[^/]*\.xml$|styles\.xml$", name):
            return text
        text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", text)
        return text.replace("<x:?xml", "<?xml").replace(' xmlns="http', ' xmlns:x="http', 1)

    return changed(plain(path), change)


def utf_16(path: Path) -> Path:
    """The plain one with its sheets, their comments and styles in UTF-16."""
    parts = parts_of(plain(path))
    for name, data in parts.items():
        if re.search(r"worksheets/[^/]+\.xml$|comment[^/]*\.xml$|styles\.xml$", name):
            text = re.sub(r"^<\?xml[^>]*\?>", "", data.decode())
            parts[name] = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
    return pack(parts, path)


def bare(path: Path) -> Path:
    """By hand: no styles, no places of cells and rows, one row that ends where it begins."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def cells(*texts: str) -> str:
        return "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in texts)

    rows = f"<row>{cells('银行名称', '借据编号')}</row><row>{cells('样例银行')}</row><row/>"
    parts = {
        "[Content_Types].xml": f"<Types xmlns='{package}/content-types'>"
        "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
        f"<Override PartName='/w.xml' ContentType='{kind}.sheet.main+xml'/>"
        f"<Override PartName='/s.xml' ContentType='{kind}.worksheet+xml'/></Types>",
        "_rels/.rels": f"<Relationships xmlns='{package}/relationships'>"
        f"<Relationship Id='a' Type='{office}/officeDocument' Target='w.xml'/></Relationships>",
        "_rels/w.xml.rels": f"<Relationships xmlns='{package}/relationships'>"
        f"<Relationship Id='b' Type='{office}/worksheet' Target='s.xml'/></Relationships>",
        "w.xml": f"<workbook xmlns='{main}' xmlns:q='{office}'><sheets><sheet name='{SHEET}' sheetId='1' q:id='b'/>"
        "</sheets></workbook>",
        "s.xml": f"<worksheet xmlns='{main}'><sheetData>{rows}</sheetData></worksheet>",
    }
    return pack({name: text.encode() for name, text in parts.items()}, path)


BOOKS: dict[str, Callable[[Path], Path]] = {
    "rich": rich, "plain": plain, "strict": strict, "prefixed": prefixed, "utf_16": utf_16, "bare": bare,
}  # fmt: skip
