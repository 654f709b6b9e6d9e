"""How a sheet is shown and printed as a whole, each thing in words: page, margins, heads and feet, views, breaks.

What decides nothing (a scale where the page is fitted, a margin of a head that is empty) is left out, since programs write
there what they like.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from ledger.workbooks.packages import local_name
from reports.received.colours import BLACK
from reports.received.sheet_reading import YES, SheetContent

Facts = dict[str, str]
_PAPERS = {"1": "Letter", "8": "A3", "9": "A4", "11": "A5", "12": "B4", "13": "B5"}
_WAYS = {"portrait": "纵向", "landscape": "横向", "default": "纵向"}
_MARGINS = {"left": "左边距", "right": "右边距", "top": "上边距", "bottom": "下边距"}
_INCH = Decimal("0.01")  # programs convert between inches and centimetres


def sheet_facts(content: SheetContent) -> Facts:
    """Everything of a sheet's page and views. The margin of a head or foot only where there is one."""
    setup, fitted = _attributes(content, "pageSetup"), _fitted(content)
    found = {
        "纸张": _PAPERS.get(setup.get("paperSize", "1"), setup.get("paperSize", "1")),
        "纸张方向": _WAYS.get(setup.get("orientation", "default"), "纵向"),
        "缩放": _scale(setup, fitted),
        "打印次序": setup.get("pageOrder", "downThenOver"),
        "单色打印": _yes(setup.get("blackAndWhite")),
        "草稿打印": _yes(setup.get("draft")),
        "打印批注": setup.get("cellComments", "none"),
        "打印错误值": setup.get("errors", "displayed"),
        "份数": setup.get("copies", "1"),
        "首页页码": setup.get("firstPageNumber", "1") if setup.get("useFirstPageNumber") in YES else "自动",
    }
    if "paperHeight" in setup or "paperWidth" in setup:
        found["纸张"] = f"{setup.get('paperWidth')} × {setup.get('paperHeight')}"
    options = _attributes(content, "printOptions")
    found |= {
        "水平居中": _yes(options.get("horizontalCentered")),
        "垂直居中": _yes(options.get("verticalCentered")),
        "打印行号列标": _yes(options.get("headings")),
        "打印网格线": _yes(options.get("gridLines")),
    }
    edges = _edges(content)
    found |= _margins(content, edges) | edges | _views(content)
    for tag, word in (("rowBreaks", "手动分页（行）"), ("colBreaks", "手动分页（列）")):
        found[word] = "、".join(_breaks(content.other(tag))) or "无"
    return found


def _attributes(content: SheetContent, name: str) -> dict[str, str]:
    element = content.other(name)
    return {} if element is None else {str(key): str(value) for key, value in element.attrib.items()}


def _yes(said: str | None) -> str:
    return "是" if said in YES else "否"


def _fitted(content: SheetContent) -> bool:
    properties = content.other("sheetPr")
    return properties is not None and any(
        each.get("fitToPage") in YES for each in properties if local_name(each.tag) == "pageSetUpPr"
    )


def _scale(setup: dict[str, str], fitted: bool) -> str:
    if not fitted:
        return f"{setup.get('scale', '100')}%"
    wide, high = setup.get("fitToWidth", "1"), setup.get("fitToHeight", "1")
    return f"宽 {'不限' if wide == '0' else f'{wide} 页'}、高 {'不限' if high == '0' else f'{high} 页'}"


def _margins(content: SheetContent, edges: Facts) -> Facts:
    said = _attributes(content, "pageMargins")
    standard = {"left": "0.7", "right": "0.7", "top": "0.75", "bottom": "0.75", "header": "0.3", "footer": "0.3"}
    used = dict(_MARGINS)
    for name, word, edge in (("header", "页眉边距", HEAD), ("footer", "页脚边距", FOOT)):
        if edges[edge] != _NOTHING:
            used[name] = word
    return {word: f"{Decimal(said.get(name, standard[name])).quantize(_INCH)} 英寸" for name, word in used.items()}


def _breaks(element: etree._Element | None) -> Iterator[str]:
    for each in element if element is not None else ():
        if local_name(each.tag) == "brk" and each.get("man") in YES and each.get("id", "0") != "0":
            yield each.get("id", "")


# --- views ----------------------------------------------------------------------------------------------------------------

FROZEN = "冻结窗格"


def _views(content: SheetContent) -> Facts:
    """What a sheet's windows show: of several, all ways in which they show it."""
    views = content.other("sheetViews")
    shown = [_view(view) for view in views if local_name(view.tag) == "sheetView"] if views is not None else []
    shown = shown or [_view(etree.Element("sheetView"))]
    return {word: " / ".join(dict.fromkeys(view[word] for view in shown)) for word in shown[0]}


def _view(view: etree._Element) -> Facts:
    pane = next((each for each in view if local_name(each.tag) == "pane"), None)
    frozen = pane is not None and pane.get("state", "split") in ("frozen", "frozenSplit")
    return {
        "显示公式": _yes(view.get("showFormulas")),
        "显示零值": _yes(view.get("showZeros", "1")),
        "从右到左": _yes(view.get("rightToLeft")),
        "窗口保护": _yes(view.get("windowProtection")),
        FROZEN: _frozen(pane) if frozen and pane is not None else "无",
    }


def _frozen(pane: etree._Element) -> str:
    rows, columns = (int(Decimal(pane.get(name, "0"))) for name in ("ySplit", "xSplit"))
    return f"前 {rows} 行、前 {columns} 列" if rows or columns else "无"


# --- heads and feet ---------------------------------------------------------------------------------------------------------

HEAD, FOOT = "页眉", "页脚"
_NOTHING = "无"
_OTHERS = {"first": ("首页", "differentFirst"), "even": ("偶数页", "differentOddEven")}
_PARTS = {"L": "左", "C": "中", "R": "右"}
_FIELDS = {
    "P": "〔页码〕", "N": "〔页数〕", "D": "〔日期〕", "T": "〔时间〕", "F": "〔文件名〕", "Z": "〔路径〕", "A": "〔表名〕",
    "G": "〔图片〕",
}  # fmt: skip
_CODE = re.compile(
    r"&(?:(?P<part>[LCR])|(?P<field>[PNDTFZAG])(?P<shift>[+-]\d+)?|(?P<size>\d{1,3})|K(?P<colour>[0-9A-F]{6}|\d\d[+-]\d{3})"
    r'|(?P<font>"[^"]*")|(?P<style>[BIUESXYOH])|(?P<plain>&))',
    re.IGNORECASE,
)
_READABLE = range(8, 15)  # points of print that is as that of the rest
_HEAVY = re.compile("bold|italic|oblique|粗|斜")
_SYMBOLS = ("wingdings", "webdings", "symbol", "marlett", "mt extra", "bookshelf symbol")


def _edges(content: SheetContent) -> Facts:
    """Heads and feet. Those of the first and of even pages are those of all pages unless they have their own; whether they
    scale with the page and keep to its margins is written anew by some programs, and left out."""
    element = content.other("headerFooter")
    said = {} if element is None else {local_name(each.tag): each.text or "" for each in element}
    attributes = _attributes(content, "headerFooter")
    found = {HEAD: _in_words(said.get("oddHeader", "")), FOOT: _in_words(said.get("oddFooter", ""))}
    for which, (word, attribute) in _OTHERS.items():
        own = attributes.get(attribute) in YES
        found[word + HEAD] = _in_words(said.get(f"{which}Header", "")) if own else found[HEAD]
        found[word + FOOT] = _in_words(said.get(f"{which}Footer", "")) if own else found[FOOT]
    return found


def _in_words(text: str) -> str:
    """A text with its codes, as left, middle and right say it. Print that is not as the rest is says so."""
    parts, part, place = dict.fromkeys(_PARTS, ""), "C", 0
    odd: dict[str, str] = {}  # what of the print is not as that of the rest, by the kind of code that said so
    styles = set[str]()

    def add(words: str) -> None:
        if words:
            mark = "".join(filter(None, (odd.get("size"), odd.get("colour"), odd.get("font"), *sorted(styles))))
            parts[part] += f"〔{mark}〕{words}" if mark else words

    for match in [*_CODE.finditer(text), None]:
        add(text[place : match.start() if match else len(text)])
        if match is None:
            break
        place = match.end()
        if match["part"]:
            part, odd, styles = match["part"].upper(), {}, set()
        elif match["size"]:
            odd["size"] = "" if int(match["size"]) in _READABLE else f"{match['size']} 磅"
        elif match["colour"]:
            colour = match["colour"].upper()
            odd["colour"] = "" if colour in (BLACK, "01+000") else f"颜色 {colour}"
        elif match["font"]:
            font, _, style = match["font"][1:-1].lower().partition(",")
            odd["font"] = font if font.strip().startswith(_SYMBOLS) else style if _HEAVY.search(style) else ""
        elif match["style"]:
            styles ^= {match["style"].upper()}
        else:
            add(_FIELDS.get((match["field"] or "").upper(), "&") + (match["shift"] or ""))
    said = {part: " ".join(found.split()) for part, found in parts.items()}
    return "；".join(f"{_PARTS[part]}：{found}" for part, found in said.items() if found) or _NOTHING
