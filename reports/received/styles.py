"""How the cells of a received workbook look: number format, colour of print and of ground, size.

Read from the package's own table of styles, whatever program wrote it; what it does not say is as a blank sheet has it.
"""

import colorsys
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, ParseError

from openpyxl.styles.colors import COLOR_INDEX
from openpyxl.styles.numbers import BUILTIN_FORMATS

from ledger.workbooks.workbook import local_name, part_xml, related_part

BLACK, WHITE = "000000", "FFFFFF"
# the colours of a document without a theme of its own, in the order by which cells refer to them
_THEME = (
    WHITE, BLACK, "E7E6E6", "44546A", "5B9BD5", "ED7D31", "A5A5A5", "FFC000", "4472C4", "70AD47", "0563C1", "954F72",
)  # fmt: skip
_THEME_NAMES = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
_ALIKE = 1.25  # contrast (as WCAG counts it, 1 to 21) below which nobody reads


@dataclass(frozen=True)
class Look:
    """How a cell looks. Colours are RRGGBB; ground is None where it is no plain colour."""

    code: str = "General"
    ink: str = BLACK
    ground: str | None = WHITE
    size: float = 11.0


@dataclass(frozen=True)
class Overlay:
    """What a conditional format, or a part of a text, changes of a look; None where it leaves it."""

    code: str | None = None
    ink: str | None = None
    ground: str | None = None
    size: float | None = None

    def over(self, look: Look) -> Look:
        """The look with the changes."""
        changes = {name: value for name, value in vars(self).items() if value is not None}
        return replace(look, **changes)


@dataclass(frozen=True)
class Styles:
    """The looks of cells by their style's number, what conditional formats change by theirs, and the colours."""

    looks: Sequence[Look] = (Look(),)
    overlays: Sequence[Overlay] = ()
    palette: "_Palette | None" = None

    def look(self, number: int) -> Look:
        """The look of a style; that of a blank sheet for a number that the table does not have."""
        return self.looks[number] if 0 <= number < len(self.looks) else Look()

    def run(self, properties: Element) -> Overlay:
        """What a part of a text changes of its cell's look."""
        size = _find(properties, "sz")
        ink = self.palette.of(properties) if self.palette else None
        return Overlay(ink=ink, size=None if size is None else float(size.get("val", "11")))

    def conditional(self, element: Element) -> Overlay:
        """What a conditional format that carries its own style changes."""
        return _overlay(element, self.palette) if self.palette else Overlay()


def alike(one: str, other: str) -> bool:
    """Whether print in one colour on the other cannot be read."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05) < _ALIKE


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- reading ------------------------------------------------------------------------------------------------------------


def read_styles(archive: zipfile.ZipFile) -> Styles:
    """A package's styles; KeyError, ValueError or ParseError when the table is damaged."""
    part = related_part(archive, "styles")
    if part is None:
        return Styles()
    root = part_xml(archive, part)
    palette = _Palette(archive, root)
    codes = dict(BUILTIN_FORMATS)
    for element in root.iter():
        if local_name(element.tag) == "numFmt":
            codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "General")
    fonts = [(palette.of(font) or BLACK, float(_attribute(font, "sz", "11"))) for font in _children(root, "fonts")]
    grounds = [palette.ground(fill) for fill in _children(root, "fills")]
    looks = []
    for style in _children(root, "cellXfs"):
        (ink, size) = fonts[int(style.get("fontId", "0"))] if fonts else (BLACK, 11.0)
        ground = grounds[int(style.get("fillId", "0"))] if grounds else WHITE
        looks.append(Look(codes.get(int(style.get("numFmtId", "0")), "General"), ink, ground, size))
    overlays = [_overlay(element, palette) for element in _children(root, "dxfs")]
    return Styles(looks or [Look()], overlays, palette)


def _overlay(element: Element, palette: "_Palette") -> Overlay:
    parts = {local_name(child.tag): child for child in element}
    code = parts["numFmt"].get("formatCode") if "numFmt" in parts else None
    ink = palette.of(parts["font"]) if "font" in parts else None
    # in a conditional format the ground of a plain fill is what elsewhere is its second colour
    ground = palette.of(parts["fill"], "bgColor") if "fill" in parts else None
    return Overlay(code, ink, ground)


def _children(root: Element, name: str) -> list[Element]:
    return next((list(element) for element in root if local_name(element.tag) == name), [])


def _find(element: Element, name: str) -> Element | None:
    return next((each for each in element.iter() if local_name(each.tag) == name), None)


def _attribute(element: Element, name: str, otherwise: str) -> str:
    found = _find(element, name)
    return otherwise if found is None else found.get("val", otherwise)


class _Palette:
    """The colours that a workbook's styles refer to."""

    def __init__(self, archive: zipfile.ZipFile, styles: Element) -> None:
        own = _find(styles, "indexedColors")
        self._indexed = [each.get("rgb", "") for each in own] if own is not None else []
        self._theme = _read_theme(archive)

    def of(self, element: Element, name: str = "color") -> str | None:
        """The colour that an element gives itself; None when it gives none, or the automatic one."""
        found = _find(element, name)
        if found is None:
            return None
        if rgb := found.get("rgb"):
            return _hex(rgb)
        if (theme := found.get("theme")) is not None:
            known = 0 <= int(theme) < len(self._theme)
            return _tinted(self._theme[int(theme)], float(found.get("tint", "0"))) if known else None
        number = int(found.get("indexed", "-1"))
        if number in (64, 65):  # the system's colours for print and ground
            return WHITE if number == 65 else BLACK
        table = self._indexed or [str(each) for each in COLOR_INDEX]
        return _hex(table[number]) if 0 <= number < len(table) else None

    def ground(self, fill: Element) -> str | None:
        """The plain colour of a fill; None when it is none."""
        pattern = _find(fill, "patternFill")
        kind = None if pattern is None else pattern.get("patternType", "none")
        if pattern is not None and kind == "solid":
            return self.of(pattern, "fgColor") or WHITE
        return WHITE if kind == "none" else None


def _read_theme(archive: zipfile.ZipFile) -> Sequence[str]:
    try:
        part = related_part(archive, "theme")
        scheme = None if part is None else _find(part_xml(archive, part), "clrScheme")
    except (KeyError, ParseError, ValueError):
        scheme = None
    if scheme is None:
        return _THEME
    found = {}
    for entry in scheme:
        for colour in entry:
            found[local_name(entry.tag)] = _hex(colour.get("lastClr") or colour.get("val") or "")
    return [found.get(name) or standard for name, standard in zip(_THEME_NAMES, _THEME, strict=True)]


def _hex(text: str) -> str | None:
    """RRGGBB of a colour with or without its opacity."""
    return text[-6:].upper() if re.fullmatch("(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}", text) else None


def _tinted(colour: str, tint: float) -> str:
    if not tint:
        return colour
    tint = max(-1.0, min(1.0, tint))
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light + (1 - light) * tint
    return "".join(
        f"{max(0, min(255, int(part * 255 + 0.5))):02X}" for part in colorsys.hls_to_rgb(hue, light, saturation)
    )
