"""How the cells of a workbook look, by the number of their style: each property in words, resolved.

Whatever a program writes (themes, indexes, defaults left out or said again, styles shared or not), two cells that look
alike have the same properties here.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS

from ledger.workbooks.packages import Package, children, local_name
from reports.received.colours import BLACK, WHITE, Palette, read_theme
from reports.received.sheet_reading import repeats
from reports.received.texts import ALTERNATIVES

Look = Mapping[str, str]  # a property, in words -> how it is
FONT_NAME = "字体"
_YES, _NO = "是", "否"
_SIDES = {"left": "左框线", "right": "右框线", "top": "上框线", "bottom": "下框线", "diagonal": "斜线"}
_ALIGNED = {
    "general": "常规", "left": "靠左", "center": "居中", "right": "靠右", "fill": "填充", "justify": "两端对齐",
    "centerContinuous": "跨列居中", "distributed": "分散对齐", "top": "靠上", "bottom": "靠下",
}  # fmt: skip
_INDENTED = ("left", "right", "distributed")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|(\[[^\]]*\])|(.)', re.DOTALL)
_PARTS = (
    ("numFmtId", "applyNumberFormat"),
    ("fontId", "applyFont"),
    ("fillId", "applyFill"),
    ("borderId", "applyBorder"),
)


class Styles:
    """The looks of cells by their style's number. of_cells: in the order of the table; run: of a part of a text."""

    def __init__(self, package: Package) -> None:
        part = package.one_related(package.workbook, "styles")
        if part is not None:
            package.refuse_repeated(part, package.xml(part))
        theme = read_theme(package)
        self._root = etree.Element("none") if part is None else package.xml(part)
        self._palette = Palette(self._root, theme)
        self._minor, self._major = (_theme_font(theme, kind) for kind in ("minorFont", "majorFont"))
        try:
            self.of_cells: Sequence[Look] = self._read()
        except (ValueError, IndexError, ArithmeticError):
            package.refuse("样式无法读取，不能核对它看上去是什么样；请在表格软件中打开、另存后重试")

    def run(self, properties: etree._Element, cell: Look) -> Look:
        """The font of a part of a text: what it does not say of name and size is its cell's. ValueError for none."""
        said = {local_name(child.tag) for child in properties}
        found = dict(self._font(properties, "rFont"))
        for name, word in (("rFont", FONT_NAME), ("sz", "字号")):
            if name not in said:
                found[word] = cell[word]
        return found

    # --- reading ----------------------------------------------------------------------------------------------------

    def _read(self) -> list[Look]:
        root = self._root
        if next(root.iter(ALTERNATIVES), None) is not None:
            raise ValueError("alternatives among styles")
        for path in (("fonts", "font"), ("borders", "border"), ("cellXfs", "xf")):
            if any(repeats(each) for each in children(root, *path)):
                raise ValueError("a property said twice")
        fonts = [self._font(font, "name") for font in children(root, "fonts", "font")] or [_PLAIN_FONT]
        fills = [self._fill(fill) for fill in children(root, "fills", "fill")] or [_NO_FILL]
        borders = [self._border(border) for border in children(root, "borders", "border")] or [_NO_BORDER]
        codes = dict(BUILTIN_FORMATS)
        declared: dict[int, str] = {}
        for each in children(root, "numFmts", "numFmt"):
            number, code = int(each.get("numFmtId", "")), each.get("formatCode", "")
            own = declared.get(number, code) if number >= _FIRST_OWN else BUILTIN_FORMATS.get(number, "")
            unclear = plain_code(own) != plain_code(code)  # one program goes by the first, another by the last
            declared[number] = codes[number] = f"{code}（第 {number} 号又为 {own}）" if unclear else code
        named = list(children(root, "cellStyleXfs", "xf"))

        def look(style: etree._Element) -> Look:
            font, fill, border = (_numbered(style, name) for name in ("fontId", "fillId", "borderId"))
            number = _numbered(style, "numFmtId")
            code = codes.get(number)
            found = {**fonts[font], **fills[fill], **borders[border], **_alignment(style)}
            found["数字格式"] = f"（第 {number} 号）" if code is None else plain_code(code)
            if _extended(style):
                found["单元格控件"] = "有"
            if unclear := _unclear(style, named):
                found["样式"] = f"各软件显示不一（{unclear}）"
            return found

        return [look(style) for style in children(root, "cellXfs", "xf")] or [
            {**_PLAIN_FONT, **_NO_FILL, **_NO_BORDER, **_alignment(root), "数字格式": "general"}
        ]

    def _font(self, font: etree._Element, name_tag: str) -> Look:
        parts = {local_name(child.tag): child for child in font}

        def value(name: str, otherwise: str) -> str:
            return parts[name].get("val", otherwise) if name in parts else ""

        def on(name: str) -> str:
            return _YES if name in parts and parts[name].get("val", "1") in ("1", "true") else _NO

        of_theme = {"minor": self._minor, "major": self._major}.get(value("scheme", ""), "")
        size = Decimal(value("sz", "") or "11").normalize()
        return {
            FONT_NAME: of_theme or value(name_tag, "") or "Calibri",
            "字号": f"{size:f}",
            "加粗": on("b"),
            "倾斜": on("i"),
            "下划线": value("u", "single") or "none",
            "删除线": on("strike"),
            "字色": self._palette.of(parts.get("color")),
            "上下标": value("vertAlign", "") or "baseline",
            "空心、阴影": "".join(on(name) for name in ("outline", "shadow", "condense", "extend")).replace(_NO, "")
            or _NO,
        }

    def _fill(self, fill: etree._Element) -> Look:
        kinds = [child for child in fill if isinstance(child.tag, str)]
        if not kinds:
            return _NO_FILL
        if local_name(kinds[0].tag) != "patternFill":
            return {"底色": "渐变"}
        pattern = kinds[0]
        parts = {local_name(child.tag): child for child in pattern}
        kind = pattern.get("patternType", "none")
        if kind == "none":
            return _NO_FILL
        front = self._palette.of(parts.get("fgColor"), BLACK if kind != "solid" else WHITE)
        return {"底色": front if kind == "solid" else f"{kind} {front} {self._palette.of(parts.get('bgColor'), WHITE)}"}

    def _border(self, border: etree._Element) -> Look:
        found = dict(_NO_BORDER)
        parts = {local_name(child.tag): child for child in border}
        for tag, word in _SIDES.items():
            side = parts.get(tag, parts.get({"left": "start", "right": "end"}.get(tag, "")))
            if side is None or side.get("style", "none") == "none":
                continue
            colour = next((child for child in side if local_name(child.tag) == "color"), None)
            found[word] = f"{side.get('style')} {self._palette.of(colour)}"
        if found["斜线"] != "无":
            ways = (name for name in ("diagonalUp", "diagonalDown") if border.get(name) in ("1", "true"))
            found["斜线"] = " ".join([found["斜线"], *ways]) if ways else "无"
        return found


_PLAIN_FONT: Look = {
    FONT_NAME: "Calibri", "字号": "11", "加粗": _NO, "倾斜": _NO, "下划线": "none", "删除线": _NO, "字色": BLACK,
    "上下标": "baseline", "空心、阴影": _NO,
}  # fmt: skip
FONT_WORDS = tuple(_PLAIN_FONT)
_NO_FILL: Look = {"底色": "无"}
_NO_BORDER: Look = dict.fromkeys(_SIDES.values(), "无")


_FIRST_OWN = 164  # number formats below are built in


def plain_code(code: str) -> str:
    """A number format in one way of writing: letters small, quotes and escapes only where they are needed."""
    found = []
    for quoted, escaped, bracket, other in _LITERAL.findall(code):
        literal = quoted or escaped
        if bracket:
            found.append(bracket.lower())
        elif literal:
            found.append(literal if all(one in "-/:, ()年月日" for one in literal) else f'"{literal}"')
        else:
            found.append(other.lower())
    plain = "".join(found).replace('""', "")
    return "general" if plain == "g/通用格式" else plain


def _alignment(style: etree._Element) -> Look:
    said = next((child for child in style if local_name(child.tag) == "alignment"), None)

    def value(name: str, otherwise: str) -> str:
        return otherwise if said is None else said.get(name, otherwise)

    across, down = value("horizontal", "general"), value("vertical", "bottom")
    return {
        "水平对齐": _ALIGNED.get(across, across),
        "垂直对齐": _ALIGNED.get(down, down),
        "缩进": str(int(value("indent", "0")) + int(value("relativeIndent", "0"))) if across in _INDENTED else "0",
        "自动换行": _YES if value("wrapText", "0") in ("1", "true") else _NO,
        "缩小填充": _YES if value("shrinkToFit", "0") in ("1", "true") else _NO,
        "旋转": str(int(value("textRotation", "0"))),
        "文字方向": str(int(value("readingOrder", "0"))),
        "末行分散": _YES if value("justifyLastLine", "0") in ("1", "true") and across == "distributed" else _NO,
    }


def _numbered(style: etree._Element, name: str) -> int:
    number = int(style.get(name, "0"))
    if number < 0:
        raise ValueError(f"{name} {number}")
    return number


def _extended(style: etree._Element) -> bool:
    """Whether a style carries what only newer programs show, such as a check box in the cell."""
    return any(len(child) for child in children(style, "extLst", "ext"))


def _unclear(style: etree._Element, named: Sequence[etree._Element]) -> str:
    """What of a style programs read otherwise: it says not to apply its own, and the named style's own differs."""
    parent = _numbered(style, "xfId")
    if not named:
        return ""
    other = named[parent]
    differing = (
        apply for part, apply in _PARTS
        if style.get(apply) in ("0", "false") and _numbered(style, part) != _numbered(other, part)
    )  # fmt: skip
    return "、".join(differing)


def _theme_font(theme: etree._Element | None, kind: str) -> str:
    """The Latin font of a theme's body or headings; '' without one."""
    found = None if theme is None else next(theme.iter(f"{{*}}{kind}"), None)
    latin = None if found is None else next(found.iter("{*}latin"), None)
    return "" if latin is None else latin.get("typeface", "")
