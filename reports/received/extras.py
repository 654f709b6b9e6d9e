"""What a workbook has that no export has: pictures, comments, conditional formats, protection, macros and the like.

Known is what spreadsheet programs add by merely saving. Everything else is named, also what nobody has thought of yet.
"""

from collections.abc import Iterator
from typing import NoReturn

from lxml import etree

from ledger.workbooks.packages import MAIN, ROOT, Package, Relation, SheetPart, local_name
from ledger.workbooks.sheet_xml import address
from reports.received.sheet_reading import YES, SheetContent

# elements of a worksheet that are compared elsewhere, or that say nothing of what is shown
_KNOWN_ELEMENTS = frozenset([
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "autoFilter", "mergeCells", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "phoneticPr", "ignoredErrors", "drawing", "legacyDrawing",
    "legacyDrawingHF", "sheetCalcPr",
])  # fmt: skip
_ELEMENTS = {
    "conditionalFormatting": "条件格式", "dataValidations": "数据有效性", "hyperlinks": "超链接", "picture": "背景图片",
    "sheetProtection": "工作表保护", "protectedRanges": "保护区域", "oleObjects": "嵌入对象", "controls": "控件",
    "tableParts": "表格对象", "customSheetViews": "自定义视图", "scenarios": "方案", "dataConsolidate": "合并计算",
    "sortState": "排序", "customProperties": "自定义属性", "cellWatches": "监视", "smartTags": "智能标记",
    "webPublishItems": "网页发布", "extLst": "扩展内容（条件格式、迷你图等）",
}  # fmt: skip
_LISTS = ("conditionalFormatting", "dataValidations", "hyperlinks", "tableParts", "oleObjects", "controls", "extLst")
# kinds of relationships that say nothing of what is shown, or whose parts are read elsewhere
_KNOWN_RELATIONS = {
    ROOT: frozenset(
        [
            "officeDocument",
            "extended-properties",
            "extendedProperties",
            "custom-properties",
            "customProperties",
            "metadata/thumbnail",
            "customXml",
        ]
    ),
    "workbook": frozenset(["worksheet", "styles", "theme", "sharedStrings", "calcChain", "customXml", "sheetMetadata"]),
    "sheet": frozenset(["printerSettings"]),
}
_HARMLESS_TYPES = ("/core-properties", "/labelInfo", "/person", "/documenttasks", "/classificationlabels")
_RELATIONS = {
    "comments": "批注", "image": "图片", "vbaProject": "宏", "externalLink": "外部链接", "table": "表格对象",
    "pivotTable": "数据透视表", "pivotCacheDefinition": "数据透视表", "hyperlink": "超链接", "oleObject": "嵌入对象",
    "ctrlProp": "控件", "control": "控件", "connections": "数据连接", "queryTable": "数据连接", "chartsheet": "图表工作表",
    "dialogsheet": "对话框工作表", "xmlMaps": "XML 映射", "revisionHeaders": "修订记录", "usernames": "共享记录",
    "drawing": "图形（图片、文本框或图表）", "vmlDrawing": "图形（批注框、控件或水印）", "customProperty": "自定义属性",
    "cellImage": "单元格内的图片", "slicer": "切片器", "timeline": "日程表",
}  # fmt: skip
_THREADED = "threadedcomment"


Extra = tuple[str, str]  # what it is, in words, and the cell where it stands, '' for none


def sheet_extras(package: Package, sheet: SheetPart, content: SheetContent) -> Iterator[Extra]:
    """What of a sheet no export has."""
    for element in content.others:
        name = local_name(element.tag)
        if name in _KNOWN_ELEMENTS or not isinstance(element.tag, str):
            continue
        if name in _LISTS and not len(element):
            continue
        if name == "sheetProtection" and element.get("sheet") not in YES:
            continue
        if name == "extLst" and not any(len(each) for each in element):
            continue
        yield _ELEMENTS.get(name, f"不认识的内容 {etree.QName(element).localname}"), _place(element)
    properties = content.other("sheetPr")
    if properties is not None:
        yield from ((word, "") for word in _of_properties(properties))
    if (filters := content.other("autoFilter")) is not None:
        yield from (("筛选条件", "") for each in filters if local_name(each.tag) == "filterColumn")
    yield from (("单元格内的图片或数据类型", address(*place)) for place in content.rich)
    for relation in package.relations(sheet.part):
        if not _is_known("sheet", relation) and not _is_empty(package, relation):
            yield from ((_relation_name(relation), cell) for cell in _places(package, relation))


def _place(element: etree._Element) -> str:
    """The first cell that an element beside the cells, or the first of its parts, speaks of."""
    for each in (element, *element):
        if area := each.get("sqref") or each.get("ref"):
            return area.split()[0].partition(":")[0].replace("$", "")
    return ""


def _places(package: Package, relation: Relation) -> list[str]:
    """The cells at which comments and pictures of a part stand; one '' where it names none."""
    kind = relation.kind.rsplit("/", 1)[-1].lower()
    found: list[str] = []
    if relation.part is not None and kind in ("comments", _THREADED):
        found = [str(each.get("ref")) for each in package.xml(relation.part).iter("{*}comment", "{*}threadedComment")]
    elif relation.part is not None and kind == "drawing":
        for start in package.xml(relation.part).iter("{*}from"):
            row, column = (next(start.iter(f"{{*}}{tag}"), None) for tag in ("row", "col"))
            if row is not None and column is not None:
                found.append(address(int(row.text or "0"), int(column.text or "0")))
    return found or [""]


def _of_properties(properties: etree._Element) -> Iterator[str]:
    if any(properties.get(name) in YES for name in ("transitionEvaluation", "transitionEntry")):
        yield "按 Lotus 1-2-3 计算"
    if any(local_name(each.tag) == "tabColor" for each in properties):
        yield "工作表标签颜色"


def book_extras(package: Package) -> Iterator[str]:
    """What of the workbook as a whole no export has, in words."""
    for element in package.workbook_xml:
        name = local_name(element.tag)
        if name == "workbookProtection" and any(element.get(each) in YES for each in _LOCKS):
            yield "工作簿保护"
        elif name == "fileSharing" and (element.get("readOnlyRecommended") in YES or len(element.attrib) > 1):
            yield "写保护或建议只读"
        elif name in _BOOK_ELEMENTS and len(element):
            yield _BOOK_ELEMENTS[name]
        elif name == "bookViews":
            yield from ("窗口被隐藏" for view in element if view.get("visibility", "visible") != "visible")
            yield from ("工作表标签栏被隐藏" for view in element if view.get("showSheetTabs", "1") not in YES)
    for source, which in ((ROOT, ROOT), (package.workbook, "workbook")):
        for relation in package.relations(source):
            if not _is_known(which, relation):
                yield _relation_name(relation)


_LOCKS = ("lockStructure", "lockWindows", "lockRevision")
_BOOK_ELEMENTS = {
    "externalReferences": "外部链接", "customWorkbookViews": "自定义视图", "pivotCaches": "数据透视表", "functionGroups": "函数分组",
    "smartTagTypes": "智能标记", "webPublishObjects": "网页发布",
}  # fmt: skip


def refuse_hidden_parts(package: Package) -> None:
    """Refused when the package holds parts of a workbook that nothing leads to, or that are related and are none of its
    sheets: no program shows them, a reader might."""
    shown = [sheet.part for sheet in package.sheets]
    for relation in package.relations(package.workbook):
        if relation.kind.endswith("sheet") and relation.part is not None and relation.part not in shown:
            _refuse_hidden(package, relation.part)
    for name in package.unreachable():
        if name.endswith(".rels"):  # of a part that is not there
            continue
        kind = package.content_type(name) or ""
        if "spreadsheetml" in kind or "sheet" in name.rsplit("/", 1)[-1].lower() or _is_spreadsheet(package.part(name)):
            _refuse_hidden(package, name)


def _refuse_hidden(package: Package, name: str) -> NoReturn:
    package.refuse(
        f"文件里有打开时看不到的部件 {name}（另一个工作簿或工作表），不能核对；请在表格软件中打开、另存后重试"
    )


def _is_spreadsheet(data: bytes) -> bool:
    """Whether a part speaks of sheets, whatever it is called."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return False
    return root is not None and isinstance(root.tag, str) and etree.QName(root).namespace in MAIN


def _is_known(source: str, relation: Relation) -> bool:
    return relation.kind in _KNOWN_RELATIONS[source] or relation.kind.lower().endswith(
        tuple(each.lower() for each in _HARMLESS_TYPES)
    )


def _is_empty(package: Package, relation: Relation) -> bool:
    """Whether a drawing holds nothing: some programs leave such a part in every sheet with a filter."""
    if relation.kind not in ("drawing", "vmlDrawing") or relation.part is None:
        return False
    root = package.xml(relation.part)
    if relation.kind == "drawing":
        return not any(isinstance(each.tag, str) for each in root)
    return next(root.iter("{urn:schemas-microsoft-com:vml}shape"), None) is None


def _relation_name(relation: Relation) -> str:
    kind = relation.kind.rsplit("/", 1)[-1]
    if kind.lower() == _THREADED:
        return "批注（会话）"
    return _RELATIONS.get(kind, f"不认识的内容 {kind}")
