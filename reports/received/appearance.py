"""What of a received sheet is to be seen and printed, beside its values: looks, merged cells, print area, what lies over it."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from ledger.workbooks.sheet_xml import Position, SheetScanner, column_index
from ledger.workbooks.workbook import local_name, part_xml
from reports.received.page_edges import edges
from reports.received.rich_text import inline_runs
from reports.received.styles import Look, Overlay, Styles

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0, ends included
EVERYWHERE = 1 << 30  # the last of whole rows or columns
_CORNERS = re.compile(r"\$?([A-Z]{0,3})\$?([0-9]{0,7})(?::\$?([A-Z]{0,3})\$?([0-9]{0,7}))?")
_PRINT_AREA = "_xlnm.Print_Area"


@dataclass(frozen=True)
class Condition:
    """A conditional format: where it holds, what it changes, and whether it takes the values out of sight."""

    areas: Sequence[Area]
    overlay: Overlay
    hides: bool


@dataclass(frozen=True)
class Appearance:
    """How a sheet looks. print_area: what is printed, None for everything; print_formula: what says so where it is no
    area; damaged: nothing of this could be read. edges: what is printed at the head and foot of pages, in words; runs: what
    parts of the texts change of the looks of their cells."""

    looks: Mapping[Position, Look] = field(default_factory=dict)
    merged: Sequence[Area] = ()
    conditions: Sequence[Condition] = ()
    print_area: Sequence[Area] | None = None
    drawn: bool = False  # pictures, text boxes or charts
    zeros_hidden: bool = False
    print_formula: str = ""
    damaged: bool = False
    edges: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[Position, Sequence[Overlay]] = field(default_factory=dict)


def read_appearance(
    xml: bytes, styles: Styles, printed: str | None, texts: Mapping[str, Sequence[Overlay]]
) -> Appearance:
    """The appearance of a sheet from its XML; printed: what the workbook names as its print area; texts: what parts of
    the workbook's texts change, by the text's number."""
    scanner = _Scanner(styles, texts)
    scanner.scan(xml)
    area = areas_of(printed) if printed and "#REF!" not in printed else None  # one that was deleted prints everything
    formula = printed if printed and area is None and "#REF!" not in printed else ""
    return Appearance(
        scanner.looks,
        scanner.merged,
        [*scanner.conditions, *(_extended(xml, styles) if scanner.extended else ())],
        area,
        scanner.drawn,
        scanner.zeros_hidden,
        formula,
        runs={**scanner.runs, **inline_runs(xml, styles)},
        edges=edges(scanner.edge_texts, scanner.edge_attributes),
    )


def areas_of(printed: str) -> list[Area] | None:
    """The areas that a print area names; None where it is no area."""
    found = [_area(part.rpartition("!")[2]) for part in printed.split(",")]
    known = [area for area in found if area is not None]
    return known if len(known) == len(found) else None


def print_areas(archive: zipfile.ZipFile) -> dict[str, str]:
    """The print areas of a package by sheet name, as written."""
    root = part_xml(archive, "xl/workbook.xml")
    sheets = [element.get("name", "") for element in root.iter() if local_name(element.tag) == "sheet"]
    found = {}
    for element in root.iter():
        if local_name(element.tag) == "definedName" and element.get("name", "").lower() == _PRINT_AREA.lower():
            place = int(element.get("localSheetId", "-1"))
            if 0 <= place < len(sheets):
                found[sheets[place]] = (element.text or "").strip()
    return found


def within(position: Position, area: Area) -> bool:
    """Whether a cell lies in an area."""
    row, column = position
    return area[0] <= row <= area[2] and area[1] <= column <= area[3]


def _area(text: str) -> Area | None:
    """A1:B2, A1, A:B or 1:2, with or without $; None for anything else."""
    match = _CORNERS.fullmatch(text.strip().upper())
    if not match or not any(match.groups()):
        return None
    left, top, right, bottom = match.groups()
    right, bottom = (left, top) if right is None and bottom is None else (right, bottom)
    rows = sorted((int(top) - 1, int(bottom) - 1)) if top and bottom else [0, EVERYWHERE]
    columns = sorted((column_index(left), column_index(right))) if left and right else [0, EVERYWHERE]
    return rows[0], columns[0], rows[1], columns[1]


class _Scanner(SheetScanner):
    """Notes how the filled cells look, and what changes or hides that."""

    def __init__(self, styles: Styles, texts: Mapping[str, Sequence[Overlay]]) -> None:
        super().__init__()
        self._styles, self._texts = styles, texts
        self.runs: dict[Position, Sequence[Overlay]] = {}
        self._areas: list[Area] = []  # of the conditional formats that are being read
        self.looks: dict[Position, Look] = {}
        self.merged: list[Area] = []
        self.conditions: list[Condition] = []
        self.drawn = self.zeros_hidden = self.extended = False
        self.edge_texts: dict[str, str] = {}
        self.edge_attributes: Mapping[str, str] = {}

    def on_cell(self, position: Position, attributes: Mapping[str, str], value: str | None) -> None:
        self.looks[position] = self._styles.look(_number(attributes.get("s", "0")))
        if attributes.get("t") == "s" and value is not None and value in self._texts:
            self.runs[position] = self._texts[value]

    def on_formula(
        self,
        position: Position,
        attributes: Mapping[str, str],
        formula: Mapping[str, str],
        text: str,
        value: str | None,
    ) -> None:
        self.on_cell(position, attributes, value)

    def on_page_edge(self, tag: str, text: str) -> None:
        self.edge_texts[tag] = text

    def on_other(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "mergeCell" and (area := _area(attributes.get("ref", ""))):
            self.merged.append(area)
        elif tag in ("drawing", "oleObject", "control"):
            self.drawn = True
        elif tag == "headerFooter":
            self.edge_attributes = attributes
        elif tag == "sheetView":
            self.zeros_hidden = attributes.get("showZeros") in ("0", "false")
        elif tag == "conditionalFormatting":
            self._areas = [area for part in attributes.get("sqref", "").split() if (area := _area(part))]
            self.extended = self.extended or "sqref" not in attributes
        elif tag == "cfRule" and self._areas:
            number = _number(attributes.get("dxfId", "-1"))
            known = 0 <= number < len(self._styles.overlays)
            self.conditions.append(Condition(self._areas, self._styles.overlays[number] if known else Overlay(), False))
        elif tag in ("dataBar", "iconSet") and self._areas and attributes.get("showValue") in ("0", "false"):
            self.conditions.append(Condition(self._areas, Overlay(), True))


def _extended(xml: bytes, styles: Styles) -> Iterator[Condition]:
    """The conditional formats that Excel writes as an extension: with their style, and their areas as text."""
    for element in ElementTree.fromstring(xml).iter():
        if local_name(element.tag) != "conditionalFormatting" or "sqref" in element.attrib:
            continue
        named = " ".join(child.text or "" for child in element if local_name(child.tag) == "sqref")
        areas = [area for part in named.split() if (area := _area(part))]
        for rule in (child for child in element if local_name(child.tag) == "cfRule"):
            for part in rule:
                if local_name(part.tag) == "dxf":
                    yield Condition(areas, styles.conditional(part), False)
                elif local_name(part.tag) in ("dataBar", "iconSet") and part.get("showValue") in ("0", "false"):
                    yield Condition(areas, Overlay(), True)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1
