"""The styles of a workbook with those of marked cells among them.

A marked cell keeps its number format, font, alignment and protection; only its ground (or frame) is another. What it had
before is kept where it moves with the cell and outlives a save by any program: the marked style is a child of a named cell
style that has the ground and the frame of before, and whose name says which named style the cell had. Giving a cell
its look back is taking the ground and frame of the named style.
"""

import re
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from ledger.workbooks.packages import children
from reports.received.marking.marks import Kind

_COLOURS: dict[Kind, str] = {"problem": "FFFFC7CE", "look": "FFFF0000", "warning": "FFFFEB9C"}
_SIDES = ("left", "right", "top", "bottom")
_NAMED = re.compile("贴息标注[0-9]+·(.*)", re.DOTALL)
_DEFAULTS = {  # what each list must hold at least, in the order of the schema
    "numFmts": "",
    "fonts": '<font><sz val="11"/><name val="Calibri"/></font>',
    "fills": '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>',
    "borders": "<border><left/><right/><top/><bottom/><diagonal/></border>",
    "cellStyleXfs": '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',
    "cellXfs": '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
    "cellStyles": '<cellStyle name="Normal" xfId="0" builtinId="0"/>',
}


class Styles:
    """Styles by their numbers in `cellXfs`; what is added stands after what was there, so that no number changes.

    root: of the styles' part, which is edited in place (`changed` says whether it was).
    """

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._space = etree.QName(root).namespace or ""
        for name in _DEFAULTS:
            self._fill_up(name)
        self.changed = False  # what was only filled up need not be written
        self._formats = self._items("cellXfs")
        self._parents = self._items("cellStyleXfs")
        self._grounds = {number for number, fill in enumerate(self._items("fills")) if _ground_of(fill)}
        self._frames = {number for number, border in enumerate(self._items("borders")) if _is_frame(border)}
        self._original = dict(self._named_styles())
        self._known: dict[tuple[object, ...], int] = {}
        for number, one in enumerate(self._formats):
            self._known.setdefault(_look(one), number)
        self._marked: dict[tuple[int, Kind], int] = {}
        self._plain: dict[int, int] = {}

    @property
    def of_marks(self) -> frozenset[int]:
        """The styles that can only be of marks."""
        return frozenset(number for number, one in enumerate(self._formats) if _number(one, "xfId") in self._original)

    @property
    def like_marks(self) -> frozenset[int]:
        """The styles of marks, and those that have the ground or the frame of one, be it one that a person chose."""
        grounds, frames = self._grounds, self._frames
        return self.of_marks | {
            number
            for number, one in enumerate(self._formats)
            if _number(one, "fillId") in grounds or _number(one, "borderId") in frames
        }

    def unmarked(self, style: int) -> int:
        """The style that a cell had before it was marked."""
        if style not in self._plain:
            one = deepcopy(self._format(style))
            own = _number(one, "xfId")
            parent = self._parents[own] if own < len(self._parents) else self._parents[0]
            for name, ours in (("fillId", self._grounds), ("borderId", self._frames)):
                if _number(one, name) in ours:
                    one.set(name, str(_number(parent, name)))
            one.set("xfId", str(self._original.get(own, own)))
            self._plain[style] = self._numbered(one)
        return self._plain[style]

    def marked(self, style: int, kind: Kind) -> int:
        """The style of a cell with a mark of this kind."""
        if (style, kind) not in self._marked:
            one = deepcopy(self._format(style))
            one.set("xfId", str(self._parent_with(one)))
            if kind == "look":
                one.set("borderId", str(self._border()))
                one.set("applyBorder", "1")
            else:
                one.set("fillId", str(self._fill(kind)))
                one.set("applyFill", "1")
            self._marked[style, kind] = self._numbered(one)
        return self._marked[style, kind]

    # --- marks --------------------------------------------------------------------------------------------------------

    def _named_styles(self) -> Iterator[tuple[int, int]]:
        """The number of each named style of ours, and that of the one which its cells had before."""
        styles = self._items("cellStyles")
        numbers = {style.get("name"): _number(style, "xfId") for style in styles}
        for style in styles:
            if found := _NAMED.fullmatch(style.get("name", "")):
                yield _number(style, "xfId"), numbers.get(found.group(1), 0)

    def _parent_with(self, one: etree._Element) -> int:
        """The named style of ours that keeps the ground, the frame and the named style of a cell format."""
        own, fill, border = (_number(one, name) for name in ("xfId", "fillId", "borderId"))
        for number, original in self._original.items():
            parent = self._parents[number] if number < len(self._parents) else None
            if parent is not None and (original, _number(parent, "fillId"), _number(parent, "borderId")) == (
                own,
                fill,
                border,
            ):
                return number
        parent = deepcopy(self._parents[own] if own < len(self._parents) else self._parents[0])
        for name, value in {"fillId": fill, "borderId": border, "applyFill": 1, "applyBorder": 1}.items():
            parent.set(name, str(value))
        self._parents.append(parent)
        number = self._append("cellStyleXfs", parent)
        names = {style.get("name", ""): _number(style, "xfId") for style in self._items("cellStyles")}
        before = next((name for name, its in names.items() if its == own), "")
        free = next(name for count in range(1, len(names) + 2) if (name := f"贴息标注{count}·{before}") not in names)
        self._append("cellStyles", self._element("cellStyle", name=free, xfId=str(number), hidden="1"))
        self._original[number] = own
        return number

    def _numbered(self, one: etree._Element) -> int:
        """The number of a cell format, added where there is none that looks the same."""
        look = _look(one)
        if look not in self._known:
            self._formats.append(one)
            self._known[look] = self._append("cellXfs", one)
        return self._known[look]

    def _fill(self, kind: Kind) -> int:
        fills = self._items("fills")
        there = next((number for number, fill in enumerate(fills) if _ground_of(fill) == kind), None)
        if there is not None:
            return there
        fill = self._element("fill")
        pattern = self._element("patternFill", patternType="solid")
        pattern.extend([self._element("fgColor", rgb=_COLOURS[kind]), self._element("bgColor", indexed="64")])
        fill.append(pattern)
        self._grounds.add(number := self._append("fills", fill))
        return number

    def _border(self) -> int:
        borders = self._items("borders")
        there = next((number for number, border in enumerate(borders) if _is_frame(border)), None)
        if there is not None:
            return there
        border = self._element("border")
        for name in _SIDES:
            side = self._element(name, style="thick")
            side.append(self._element("color", rgb=_COLOURS["look"]))
            border.append(side)
        border.append(self._element("diagonal"))
        self._frames.add(number := self._append("borders", border))
        return number

    # --- the part -----------------------------------------------------------------------------------------------------

    def _format(self, style: int) -> etree._Element:
        """A cell format; the first one for a number that is none, as spreadsheet programs take it."""
        return self._formats[style if style < len(self._formats) else 0]

    def _list(self, name: str) -> etree._Element:
        return next(children(self.root, name))

    def _items(self, name: str) -> list[etree._Element]:
        """What a list holds; comments of XML have no number."""
        return list(self._list(name).iterchildren("*"))

    def _fill_up(self, name: str) -> None:
        """Makes a list with what it must at least hold where it is missing or empty."""
        holder = next(children(self.root, name), None)
        if holder is None:
            if not _DEFAULTS[name]:
                return
            holder = self._element(name)
            names = list(_DEFAULTS)
            before = [each for known in names[: names.index(name)] for each in children(self.root, known)]
            self.root.insert(self.root.index(before[-1]) + 1 if before else 0, holder)
        if not self._items(name) and _DEFAULTS[name]:
            made = etree.fromstring(f'<made xmlns="{self._space}">{_DEFAULTS[name]}</made>')
            holder.extend(list(made))
            holder.set("count", str(len(self._items(name))))

    def _append(self, name: str, element: etree._Element) -> int:
        """Adds to a list, and gives the number."""
        holder = self._list(name)
        holder.append(element)
        count = len(self._items(name))
        holder.set("count", str(count))
        self.changed = True
        return count - 1

    def _element(self, tag: str, **attributes: str) -> etree._Element:
        return etree.Element(f"{{{self._space}}}{tag}", attributes)


def _number(element: etree._Element, name: str) -> int:
    text = element.get(name, "0").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _colour(element: etree._Element | None) -> str:
    return "" if element is None else element.get("rgb", "").upper()[-6:]


def _ground_of(fill: etree._Element) -> Kind | None:
    """The kind of mark that has this ground; None for any other ground."""
    pattern = next(children(fill, "patternFill"), None)
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    colour = _colour(next(children(pattern, "fgColor"), None))
    kinds: tuple[Kind, ...] = ("problem", "warning")
    return next((kind for kind in kinds if _COLOURS[kind].endswith(colour) and colour), None)


def _is_frame(border: etree._Element) -> bool:
    sides = [next(children(border, name), None) for name in _SIDES]
    return all(
        side is not None and side.get("style") == "thick" and _colour(next(children(side, "color"), None)) == "FF0000"
        for side in sides
    )


def _look(one: etree._Element) -> tuple[object, ...]:
    """What a cell format looks like; which of it counts as its own (`applyFill` and the like) does not matter."""
    attributes = frozenset(
        (name, value) for name, value in one.attrib.items() if not str(name).startswith("apply") and value != "0"
    )
    return one.tag, attributes, *(_look(child) for child in one.iterchildren("*"))
