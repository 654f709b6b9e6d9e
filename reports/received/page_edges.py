"""What is printed at the head and foot of every page of a received sheet, as a person reads it.

A package writes these texts with codes: three parts, page numbers, fonts. How they are written does not matter, what
is seen on the paper does; print that nobody can see is left out, as it would be missing on the paper.
"""

import re
from collections.abc import Mapping

from reports.received.styles import WHITE, alike

HEAD, FOOT = "页眉", "页脚"
# the pages that may have texts of their own, and the attribute that says so
_OTHERS = {"first": ("首页", "differentFirst"), "even": ("偶数页", "differentOddEven")}
_PARTS = {"L": "左", "C": "中", "R": "右"}
_FIELDS = {
    "P": "〔页码〕", "N": "〔页数〕", "D": "〔日期〕", "T": "〔时间〕", "F": "〔文件名〕", "Z": "〔路径〕", "A": "〔表名〕",
    "G": "〔图片〕",
}  # fmt: skip
_CODE = re.compile(
    r"&(?:(?P<part>[LCR])|(?P<field>[PNDTFZAG])|(?P<size>\d{1,3})|K(?P<colour>[0-9A-F]{6}|\d\d[+-]\d{3})"
    r'|(?P<font>"[^"]*")|(?P<style>[BIUESXYOH])|(?P<plain>&))',
    re.IGNORECASE,
)
_SMALLEST = 4  # points of print that can still be read


def edges(texts: Mapping[str, str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Head and foot in words, by name; those of the first and of even pages only where they have their own. None at all
    where nothing was written, as by programs that do not keep them.

    texts: the texts as written, by element (oddHeader ...); attributes: those of the element around them.
    """
    if not any(texts.values()):
        return {}
    found = {HEAD: _in_words(texts.get("oddHeader", "")), FOOT: _in_words(texts.get("oddFooter", ""))}
    for which, (word, attribute) in _OTHERS.items():
        if attributes.get(attribute) in ("1", "true"):
            found[word + HEAD] = _in_words(texts.get(f"{which}Header", ""))
            found[word + FOOT] = _in_words(texts.get(f"{which}Footer", ""))
    return found


def expected(name: str, ours: Mapping[str, str]) -> str:
    """What should stand at an edge: all pages of ours have the same."""
    return ours.get(HEAD if name.endswith(HEAD) else FOOT, "")


def _in_words(text: str) -> str:
    """A text with its codes, as left, middle and right say it; '' for nothing."""
    parts, part, seen, place = dict.fromkeys(_PARTS, ""), "C", True, 0
    size, colour = 11.0, "000000"
    for match in [*_CODE.finditer(text), None]:
        plain = text[place : match.start() if match else len(text)]
        parts[part] += plain if seen else ""
        if match is None:
            break
        place = match.end()
        if match["part"]:
            part, size, colour = match["part"].upper(), 11.0, "000000"
        elif match["size"]:
            size = float(match["size"])
        elif match["colour"]:
            colour = match["colour"].upper()
        seen = size >= _SMALLEST and not _is_white(colour)
        if seen:
            parts[part] += _FIELDS.get((match["field"] or "").upper(), "") or ("&" if match["plain"] else "")
    said = {part: " ".join(found.split()) for part, found in parts.items()}
    return "；".join(f"{_PARTS[part]}：{found}" for part, found in said.items() if found)


def _is_white(colour: str) -> bool:
    """RRGGBB, or the number of a theme's colour with its tint; the first of a theme is the paper's own."""
    return colour.startswith("00+") if len(colour) == 6 and colour[2] in "+-" else alike(colour, WHITE)
