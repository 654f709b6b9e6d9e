"""What a copy with marks cannot carry on: macros, and signatures of what was signed without the marks."""

from pathlib import Path

from ledger.workbooks.package_edits import PackageEdits
from ledger.workbooks.packages import ROOT, Package

_MACROS = ("http://schemas.microsoft.com/office/2006/relationships/vbaProject",)
_SIGNATURES = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
_MACRO_SHEETS = tuple(
    f"http://schemas.microsoft.com/office/2006/relationships/{name}" for name in ("xlMacrosheet", "xlIntlMacrosheet")
)
_MAIN_TYPES = {  # by the ending of a file's name: what a spreadsheet program expects of its workbook
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    ".xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    ".xltm": "application/vnd.ms-excel.template.macroEnabled.main+xml",
}


def drop_macros(package: Package, edits: PackageEdits, target: Path) -> None:
    """Takes out macros and signatures, and makes the package what the target's name says. Refused for macro sheets."""
    ending = target.suffix.lower() if target.suffix.lower() in _MAIN_TYPES else ".xlsx"
    if ending in (".xlsx", ".xltx") and any(sheet.kind in _MACRO_SHEETS for sheet in package.sheets):
        package.refuse("含有 Excel 4.0 宏表，不能在原文件上标注；请另存为不含宏的 .xlsx 后重试")
    for source, kinds in ((package.workbook, _MACROS), (ROOT, (_SIGNATURES,))):
        for relation in package.relations(source):
            if relation.kind in kinds and relation.part is not None and edits.has(relation.part):
                _drop(package, edits, relation.part)
    if package.content_type(package.workbook) in _MAIN_TYPES.values():
        edits.set_content_type(package.workbook, _MAIN_TYPES[ending])


def _drop(package: Package, edits: PackageEdits, part: str) -> None:
    """Takes out a part with those that only it leads to."""
    own = [relation.part for relation in package.relations(part) if relation.part is not None]
    edits.remove(part)
    for each in own:
        if edits.has(each):
            _drop(package, edits, each)
