"""The names that a workbook defines, and how it is calculated, each in words."""

import re

from ledger.workbooks.packages import Package, children
from ledger.workbooks.sheet_xml import column_index
from reports.received.page_setup import Facts
from reports.received.sheet_reading import YES

PRINT_AREA = "打印区域"
_NAMES = {"_xlnm.print_area": PRINT_AREA, "_xlnm.print_titles": "打印标题", "_xlnm._filterdatabase": "筛选区域"}
_COPY = re.compile(r"(_xlnm\.\w+?)(?:_\d+)+")  # some versions of LibreOffice write a name again under a number
_AREA = re.compile(r"\$?([A-Z]{0,3})\$?([0-9]{0,7})(?::\$?([A-Z]{0,3})\$?([0-9]{0,7}))?")
_LAST_COLUMNS = (1023, 16383)  # of a sheet, by the program
_LAST_ROWS = (65_536, 1_048_576)
EVERYWHERE = "所有工作表"


def defined_names(package: Package) -> dict[tuple[str, str], str]:
    """(sheet or EVERYWHERE, name in words) -> what it stands for. The built-in ones in words of their own."""
    found: dict[tuple[str, str], str] = {}
    for element in children(package.workbook_xml, "definedNames", "definedName"):
        name = element.get("name", "")
        copy = _COPY.fullmatch(name)
        name = copy.group(1) if copy else name
        place = element.get("localSheetId")
        try:
            sheet = EVERYWHERE if place is None else package.sheets[int(place)].name
        except (ValueError, IndexError):
            sheet = f"第 {place} 张工作表"
        text = plain_areas(element.text or "")
        key = sheet, _NAMES.get(name.lower(), f"名称 {name}")
        if copy and found.get(key, text) == text:
            found[key] = text
            continue
        found[key] = f"{found[key]}；{text}" if key in found else text
    return found


def plain_areas(text: str) -> str:
    """The areas that a name stands for without the sheet's name, in one way of writing; anything else as it is."""
    text = text.strip()
    areas = [_plain_area(part.rpartition("!")[2].strip().upper()) for part in text.split(",")]
    sheets = {part.rpartition("!")[0].strip().strip("'").replace("''", "'") for part in text.split(",")}
    return ",".join(areas) if all(areas) and len(sheets) == 1 else f"={text}"


def _plain_area(text: str) -> str:
    match = _AREA.fullmatch(text)
    if not match or not any(match.groups()):
        return ""
    left, top, right, bottom = match.groups()
    if right is None and bottom is None:
        right, bottom = left, top
    if left and right and column_index(left) == 0 and column_index(right) in _LAST_COLUMNS:
        left = right = ""
    if top and bottom and int(top) == 1 and int(bottom) in _LAST_ROWS:
        top = bottom = ""
    ends = [f"{letters or ''}{row or ''}" for letters, row in ((left, top), (right, bottom))]
    return ends[0] if ends[0] == ends[1] and left and top else ":".join(ends)


def calculation(package: Package) -> Facts:
    """How the workbook is calculated. That it is to be calculated when it is opened goes by saving it, and is left out."""
    said = next(children(package.workbook_xml, "calcPr"), None)
    settings = next(children(package.workbook_xml, "workbookPr"), None)

    def value(name: str, otherwise: str) -> str:
        return otherwise if said is None else said.get(name, otherwise)

    return {
        "计算方式": value("calcMode", "auto"),
        "以显示精度为准": "否" if value("fullPrecision", "1") in YES else "是",
        "迭代计算": "是" if value("iterate", "0") in YES else "否",
        "引用样式": value("refMode", "A1"),
        "1904 日期系统": "是" if settings is not None and settings.get("date1904") in YES else "否",
    }
