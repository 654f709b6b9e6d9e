"""The colours of a workbook as RRGGBB: given plainly, by the theme with a tint, or by an old index."""

import colorsys
import re
from collections.abc import Sequence

from lxml import etree
from openpyxl.styles.colors import COLOR_INDEX

from ledger.workbooks.packages import Package, children

BLACK, WHITE = "000000", "FFFFFF"
# the colours of a document without a theme of its own, in the order by which cells refer to them
_THEME = (
    WHITE, BLACK, "E7E6E6", "44546A", "5B9BD5", "ED7D31", "A5A5A5", "FFC000", "4472C4", "70AD47", "0563C1", "954F72",
)  # fmt: skip
_THEME_NAMES = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
_SYSTEM = {64: BLACK, 65: WHITE}  # of print and of ground
_HEX = re.compile("(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}")


class Palette:
    """The colours that a workbook's styles refer to."""

    def __init__(self, styles: etree._Element | None, theme: etree._Element | None) -> None:
        own = (
            []
            if styles is None
            else [each.get("rgb", "") for each in children(styles, "colors", "indexedColors", "rgbColor")]
        )
        self._indexed = own or [str(each) for each in COLOR_INDEX]
        self._theme = _theme_colours(theme)

    def of(self, element: etree._Element | None, automatic: str = BLACK) -> str:
        """The colour that an element names; `automatic` where it names none. ValueError for one that is none."""
        if element is None:
            return automatic
        tint = float(element.get("tint", "0"))
        if (rgb := element.get("rgb")) is not None:
            return _tinted(_hex(rgb), tint)
        if (theme := element.get("theme")) is not None:
            return _tinted(self._theme[int(theme)], tint)
        if (indexed := element.get("indexed")) is not None:
            number = int(indexed)
            return _tinted(_SYSTEM.get(number) or _hex(self._indexed[number]), tint)
        return automatic


def read_theme(package: Package) -> etree._Element | None:
    """The root of the workbook's theme; None without one."""
    part = package.one_related(package.workbook, "theme")
    return None if part is None else package.xml(part)


def _theme_colours(theme: etree._Element | None) -> Sequence[str]:
    scheme = None if theme is None else next(theme.iter("{*}clrScheme"), None)
    if scheme is None:
        return _THEME
    found = {}
    for entry in scheme:
        for colour in entry:
            if isinstance(entry.tag, str) and isinstance(colour.tag, str):
                found[etree.QName(entry).localname] = _hex(colour.get("lastClr") or colour.get("val") or "")
    return [found.get(name, standard) for name, standard in zip(_THEME_NAMES, _THEME, strict=True)]


def _hex(text: str) -> str:
    """RRGGBB of a colour with or without its opacity, which no program shows."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"no colour {text}")
    return text[-6:].upper()


def _tinted(colour: str, tint: float) -> str:
    if not tint:
        return colour
    tint = max(-1.0, min(1.0, tint))
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light + (1 - light) * tint
    parts = colorsys.hls_to_rgb(hue, light, saturation)
    return "".join(f"{max(0, min(255, int(part * 255 + 0.5))):02X}" for part in parts)
