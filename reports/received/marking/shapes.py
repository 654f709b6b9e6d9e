"""The shapes in which a sheet's comments are shown: a drawing in VML, which a sheet may also have for other things.

Its shapes for pictures, buttons and the comments of a person stay as they are.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping

from lxml import etree

from ledger.workbooks.safe_xml import NotXml, parsed_xml
from reports.received.marking.marks import Place
from reports.received.marking.sheet_map import Layout

_VML, _OFFICE, _EXCEL = (
    "{urn:schemas-microsoft-com:vml}",
    "{urn:schemas-microsoft-com:office:office}",
    "{urn:schemas-microsoft-com:office:excel}",
)
_NAMES = {"v": _VML[1:-1], "o": _OFFICE[1:-1], "x": _EXCEL[1:-1]}
_NUMBER = re.compile("_x0000_s([0-9]+)")
_UNCLOSED_BREAK = re.compile(rb"<br\s*>", re.IGNORECASE)  # Excel itself writes it so in the captions of buttons
_CLUSTER = 1024  # how many numbers of shapes a drawing takes at a time
_KIND = "_x0000_t202"
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383
_WIDTH, _LINE, _MOST_HEIGHT = 320, 18, 540  # pixels
_LINE_LETTERS = 44  # in a line of the box, a Chinese one counts twice
_SHAPE = """<v:shape xmlns:v="{v}" xmlns:o="{o}" xmlns:x="{x}" id="_x0000_s{number}" type="#{kind}" \
style="position:absolute;margin-left:60pt;margin-top:1.5pt;width:{width}pt;height:{height}pt;z-index:{order};visibility:hidden" \
fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>\
<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>\
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>\
<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"""
_TYPE = """<v:shapetype xmlns:v="{v}" xmlns:o="{o}" id="{kind}" coordsize="21600,21600" o:spt="202" \
path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/>\
</v:shapetype>"""
_DRAWING = """<xml xmlns:v="{v}" xmlns:o="{o}" xmlns:x="{x}"><o:shapelayout v:ext="edit">\
<o:idmap v:ext="edit"/></o:shapelayout></xml>"""


class Shapes:
    """One drawing, as a tree that is edited in place (`changed` says whether it was)."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.changed = False

    @classmethod
    def empty(cls) -> "Shapes":
        """Of a sheet that has none."""
        return cls(etree.fromstring(_DRAWING.format(**_NAMES)))

    @classmethod
    def read(cls, data: bytes) -> "Shapes":
        """From a part; NotXml for what cannot be read even so."""
        try:
            return cls(parsed_xml(data))
        except NotXml:
            return cls(parsed_xml(_UNCLOSED_BREAK.sub(b"<br/>", data)))

    @property
    def clusters(self) -> set[int]:
        """The thousands of numbers that the drawing uses for its shapes."""
        maps = self.root.iter(f"{_OFFICE}idmap")
        return {int(each) for one in maps for each in one.get("data", "").split(",") if each.strip().isdigit()}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return all(each.tag in (f"{_OFFICE}shapelayout", f"{_VML}shapetype") for each in self.root.iterchildren("*"))

    def drop(self, places: Collection[Place]) -> None:
        """Takes out the boxes of comments."""
        for shape in list(self.root.iterchildren("*")):
            if _place(shape) in places:
                self.root.remove(shape)
                self.changed = True

    def add(self, texts: Mapping[Place, str], layout: Layout, others: Collection[int]) -> None:
        """Makes the box for each comment that has none, and the box of a comment that has one large enough.

        others: the thousands of numbers that other drawings use.
        """
        there = {place: shape for shape in self.root.iterchildren("*") if (place := _place(shape)) is not None}
        numbers = self._free_numbers(others)
        for order, (place, text) in enumerate(sorted(texts.items()), start=1):
            self.changed = True
            height = min(_LINE * (1 + _lines(text)), _MOST_HEIGHT)
            if place in there:
                _enlarge(there[place], height, layout)
                continue
            anchor = _anchor(place, height, layout)
            shape = _SHAPE.format(
                **_NAMES, number=next(numbers), kind=self._kind(), width=_WIDTH * 3 // 4, height=height * 3 // 4, order=order,
                anchor=", ".join(map(str, anchor)), row=place[0], column=place[1],
            )  # fmt: skip
            self.root.append(etree.fromstring(shape))
        etree.cleanup_namespaces(self.root, top_nsmap=_NAMES, keep_ns_prefixes=list(_NAMES))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _kind(self) -> str:
        """The id of the kind of shape that a box is, made where the drawing has none."""
        if not any(each.get("id") == _KIND for each in self.root.iterchildren(f"{_VML}shapetype")):
            layout = self.root.find(f"{_OFFICE}shapelayout")
            self.root.insert(
                0 if layout is None else self.root.index(layout) + 1,
                etree.fromstring(_TYPE.format(**_NAMES, kind=_KIND)),
            )
        return _KIND

    def _free_numbers(self, others: Collection[int]) -> Iterator[int]:
        """Numbers for more shapes; the drawing says which thousands of them it uses."""
        number = max((int(found) for found in _NUMBER.findall(_written_numbers(self.root))), default=0)
        own = set(self.clusters)
        number = max(number, min(own, default=1) * _CLUSTER)
        while True:
            number += 1
            while number // _CLUSTER in others or not number % _CLUSTER:
                number = (number // _CLUSTER + 1) * _CLUSTER + 1
            if number // _CLUSTER not in own:
                own.add(number // _CLUSTER)
                for one in self.root.iter(f"{_OFFICE}idmap"):
                    one.set("data", ",".join(map(str, sorted(own))))
            yield number


def _place(shape: etree._Element) -> Place | None:
    """The cell whose comment a shape shows; None for any other shape."""
    data = shape.find(f"{_EXCEL}ClientData")
    if data is None or data.get("ObjectType") != "Note":
        return None
    row, column = (data.findtext(f"{_EXCEL}{name}", "").strip() for name in ("Row", "Column"))
    return (int(row), int(column)) if row.isdigit() and column.isdigit() else None


def _written_numbers(root: etree._Element) -> str:
    ids = (shape.get(name, "") for shape in root.iter("*") for name in ("id", f"{_OFFICE}spid"))
    return " ".join(ids)


def _lines(text: str) -> int:
    """How many lines a text takes in a box."""
    widths = (
        sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in line) for line in text.split("\n")
    )
    return sum(max(1, math.ceil(width / _LINE_LETTERS)) for width in widths)


def _anchor(place: Place, height: int, layout: Layout) -> tuple[int, ...]:
    """Where a box stands: beside its cell. Column, pixels into it, row, pixels into it; of its start and of its end."""
    row, column = max(place[0] - 1, 0), min(place[1] + 1, _LAST_COLUMN - 5)
    right, into_right = _reach(column, 15 + _WIDTH, layout.width, _LAST_COLUMN)
    bottom, into_bottom = _reach(row, 4 + height, layout.height, _LAST_ROW)
    return column, 15, row, 4, right, into_right, bottom, into_bottom


def _reach(start: int, pixels: int, size: Callable[[int], int], last: int) -> tuple[int, int]:
    """The row or column, and the pixels into it, that lie so many pixels behind the start of another."""
    place = start
    while place < last and pixels >= size(place):
        pixels -= size(place)
        place += 1
    return place, min(pixels, size(place))


def _enlarge(shape: etree._Element, height: int, layout: Layout) -> None:
    """Makes a box at least so high, since more is said in it now."""
    anchor = shape.find(f"{_EXCEL}ClientData/{_EXCEL}Anchor")
    numbers = [part.strip() for part in (anchor.text or "").split(",")] if anchor is not None else []
    if anchor is None or len(numbers) != 8 or not all(each.isdigit() for each in numbers):
        return
    left, into_left, row, into_row, right, into_right, bottom, into_bottom = map(int, numbers)
    reached = _reach(row, into_row + height, layout.height, _LAST_ROW)
    if reached > (bottom, into_bottom):
        anchor.text = ", ".join(map(str, (left, into_left, row, into_row, right, into_right, *reached)))
