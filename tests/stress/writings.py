"""Random legal writings of Open XML: the same facts, with any of the freedoms that the standard leaves.

Each freedom has a name; a writing is a set of names and a seed for where they are used. The empty set is the plainest
writing there is. Nothing here uses a library that writes workbooks, since those use few of the freedoms.
"""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import quote

from ledger.workbooks.sheet_xml import column_letter
from stress.xml_writings import Node, XmlWriting

PACKAGE = frozenset(
    [
        "strict",
        "workbook elsewhere",
        "other part names",
        "entries in another case",
        "backslashes",
        "absolute targets",
        "dotted targets",
        "targets in another case",
        "encoded targets",
        "decoy workbook",
        "stored entries",
        "folder entries",
        "outside links",
    ]
)
CELLS = frozenset(
    [
        "inline texts",
        "formula texts",
        "rich text",
        "phonetic guides",
        "escapes",
        "invisible characters",
        "formulas with results",
        "no addresses",
        "styled blanks",
        "extensions",
        "blanks around numbers",
        "iso dates",
        "days from 1904",
        "dates as text",
        "numbers as text",
        "percent cells",
        "formats that look like percent",
        "full width",
        "hidden rows",
        "style 0 is percent",
    ]
)
XML = frozenset(
    [
        "single quotes",
        "blanks in tags",
        "prefixes",
        "comments",
        "instructions",
        "cdata",
        "character references",
        "utf-16",
        "byte order mark",
        "attributes in any order",
        "no empty tags",
        "line breaks",
    ]
)
FREEDOMS = tuple(sorted(PACKAGE | CELLS | XML))
TRAPS = ("second root workbook", "missing part", "two parts of one name", "document type", "alternatives")

_MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_OFFICE = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_ML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_INVISIBLE = "\u200b\u202c\u2066\u00ad\ufe0d\u3164\ufffc\u180e\u2060\U000e0061\ufeff"
_PERCENT = (
    "0.00%",
    "0.00%;-0.00%",
    "[Red]0.0000%",
    "[$-804]0.00%",
    "[<1]0.00%;0.00",
    '"约"0.00%',
    "_ 0.00%_ ",
    "0\\%%",
)
_NO_PERCENT = ("#,##0.00_%", "0.00!%", "0.00\\%", '0.0000"%"', "0.00*%", "[$%-804]0.00", "0.00;0.00%")
_DAYS = ("yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "m/d/yy;@")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

Facts = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class Writing:
    """One way to write a workbook: its freedoms, the seed for where they are used, and at most one trap."""

    freedoms: frozenset[str]
    seed: int
    trap: str = ""
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def may(self, freedom: str, often: float = 0.5) -> bool:
        """Whether a freedom is used in this place."""
        return freedom in self.freedoms and self.random.random() < often

    def pick(self, options: Sequence[Any]) -> Any:
        """One of several ways."""
        return self.random.choice(options)


def workbook(facts: Facts, writing: Writing, shapes: Callable[[str, str], str]) -> bytes:
    """A workbook of the facts, as (header -> value) rows of each sheet; shapes: how a column is read, by its header."""
    return _Book(writing, shapes).written(facts)


class _Book:
    def __init__(self, writing: Writing, shapes: Callable[[str, str], str]) -> None:
        self._how = writing
        self._shapes = shapes
        self._strict = "strict" in writing.freedoms
        self._main, self._office = _MAIN[self._strict], _OFFICE[self._strict]
        self._strings: list[Node] = []
        self._from_1904 = "days from 1904" in writing.freedoms
        first = "0.00%" if "style 0 is percent" in writing.freedoms else "General"
        self._formats: list[str] = [first, "General"]  # by the index of a style
        self._xml = XmlWriting(writing)

    # --- the package ------------------------------------------------------------------------------------------------

    def written(self, facts: Facts) -> bytes:
        how, folder = self._how, "xl"
        book, styles, strings = "workbook.xml", "styles.xml", "sharedStrings.xml"
        if how.freedoms & {"workbook elsewhere", "decoy workbook"}:
            folder = "其他 yl" if "encoded targets" in how.freedoms else "yl/book"
        if "other part names" in how.freedoms:
            book, styles, strings = "main.xml", "looks/s-2.xml", "words"
        sheets = {name: f"worksheets/sheet{number}.xml" for number, name in enumerate(facts, start=1)}
        if "other part names" in how.freedoms:
            sheets = {name: f"pages/{number}.part" for number, name in enumerate(facts, start=1)}
        parts = {f"{folder}/{sheets[name]}": self._sheet(name, rows) for name, rows in facts.items()}
        parts[f"{folder}/{styles}"] = self._styles()
        parts[f"{folder}/{strings}"] = self._shared()
        parts[f"{folder}/{book}"] = self._workbook(list(facts))
        related = [("worksheet", target) for target in sheets.values()] + [
            ("styles", styles),
            ("sharedStrings", strings),
        ]
        parts[f"{folder}/_rels/{book}.rels"] = self._relations(folder, related)
        parts["_rels/.rels"] = self._relations("", [("officeDocument", f"{folder}/{book}")], root=True)
        types = {f"{folder}/{target}": f"{_SHEET_ML}.worksheet+xml" for target in sheets.values()}
        types |= {
            f"{folder}/{book}": f"{_SHEET_ML}.sheet.main+xml",
            f"{folder}/{styles}": f"{_SHEET_ML}.styles+xml",
            f"{folder}/{strings}": f"{_SHEET_ML}.sharedStrings+xml",
        }
        if "outside links" in how.freedoms:
            first = f"{folder}/{next(iter(sheets.values()))}"
            name = f"{first.rpartition('/')[0]}/_rels/{first.rpartition('/')[2]}.rels"
            parts[name] = self._outside()
        if "decoy workbook" in how.freedoms:
            self._add_decoy(parts, facts)
        if how.trap:
            self._trap(parts, folder, styles)
        parts["[Content_Types].xml"] = self._content_types(types)
        return self._packed(parts)

    def _add_decoy(self, parts: dict[str, bytes], facts: Facts) -> None:
        """Another workbook beside the one that the root names, where readers without relationships look."""
        other = {name: [dict.fromkeys(row) for row in rows] for name, rows in facts.items()}
        plain = Writing(frozenset(), 0)
        with zipfile.ZipFile(io.BytesIO(workbook(other, plain, self._shapes))) as archive:
            for name in archive.namelist():
                taken = {part.lower() for part in parts}
                if name.lower() not in taken and name not in ("_rels/.rels", "[Content_Types].xml"):
                    parts[name] = archive.read(name)

    def _trap(self, parts: dict[str, bytes], folder: str, styles: str) -> None:
        """What no reader can resolve."""
        if self._how.trap == "missing part":
            del parts[f"{folder}/{styles}"]
        elif self._how.trap == "two parts of one name":
            parts[f"{folder}/{styles}".swapcase()] = parts[f"{folder}/{styles}"]
        elif self._how.trap == "second root workbook":
            (target,) = (
                name for name in parts if name.endswith(("/workbook.xml", "/main.xml")) and name.startswith(folder)
            )
            related = [("officeDocument", target), ("officeDocument", target)]
            parts["_rels/.rels"] = self._relations("", related, root=True)

    def _relations(self, folder: str, related: list[tuple[str, str]], root: bool = False) -> bytes:
        root_node = Node("Relationships", {})
        for number, (kind, target) in enumerate(related, start=1):
            attributes = {
                "Id": f"rId{number}",
                "Type": f"{self._office}/{kind}",
                "Target": self._target(folder, target),
            }
            root_node.children.append(Node("Relationship", attributes))
        self._how.random.shuffle(root_node.children) if self._how.may("attributes in any order") else None
        return self._xml.written(root_node, _RELATIONSHIPS)

    def _target(self, folder: str, target: str) -> str:
        how = self._how
        if how.may("absolute targets"):
            target = f"/{folder}/{target}" if folder else f"/{target}"
        elif how.may("dotted targets"):
            target = f"./x/../{target}"
        if how.may("targets in another case"):
            target = target.upper()
        if "encoded targets" in how.freedoms:
            target = quote(target)
            if how.may("encoded targets"):
                target = target.replace("s", "%73")
        if how.may("backslashes"):
            target = target.replace("/", "\\")
        return target

    def _outside(self) -> bytes:
        link = {
            "Id": "rId9",
            "Type": f"{self._office}/hyperlink",
            "Target": "http://example.com/",
            "TargetMode": "External",
        }
        inner = {"Id": "rId8", "Type": f"{self._office}/hyperlink", "Target": "#A1"}
        children = [Node("Relationship", link), Node("Relationship", inner)]
        return self._xml.written(Node("Relationships", {}, children), _RELATIONSHIPS)

    def _content_types(self, types: dict[str, str]) -> bytes:
        children = [
            Node(
                "Default",
                {"Extension": "rels", "ContentType": "application/vnd.openxmlformats-package.relationships+xml"},
            ),
            Node("Default", {"Extension": "xml", "ContentType": "application/xml"}),
            *(Node("Override", {"PartName": f"/{quote(name)}", "ContentType": kind}) for name, kind in types.items()),
        ]
        return self._xml.written(Node("Types", {}, children), _TYPES)

    def _packed(self, parts: Mapping[str, bytes]) -> bytes:
        how, stream = self._how, io.BytesIO()
        method = zipfile.ZIP_STORED if "stored entries" in how.freedoms else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(stream, "w", method) as archive:
            if "folder entries" in how.freedoms:
                archive.writestr("xl/", b"")
            for name, data in parts.items():
                if how.may("entries in another case") and not how.trap:
                    name = how.pick([name.upper(), name.title()])
                if how.may("backslashes"):
                    name = name.replace("/", "\\")
                archive.writestr(name, data)
        return stream.getvalue()

    # --- workbook, styles and texts -----------------------------------------------------------------------------------

    def _workbook(self, names: Sequence[str]) -> bytes:
        sheets = [
            Node("sheet", {"name": self._unseen(name), "sheetId": str(number), "r:id": f"rId{number}"})
            for number, name in enumerate(names, start=1)
        ]
        children = [Node("sheets", {}, sheets)]
        if self._from_1904:
            children.insert(0, Node("workbookPr", {"date1904": self._how.pick(["1", "true"])}))
        return self._xml.written(Node("workbook", {}, children), self._main, {"r": self._office})

    def _styles(self) -> bytes:
        own = sorted(set(self._formats) - {"General"})
        numbers = {"General": "0"} | {code: str(164 + place) for place, code in enumerate(own)}
        if "0.00%" in own and self._how.may("percent cells"):
            numbers["0.00%"] = "10"  # built in
        declared = [
            Node("numFmt", {"numFmtId": numbers[code], "formatCode": code}) for code in own if int(numbers[code]) >= 164
        ]
        cells = [
            Node("xf", {"numFmtId": numbers[code], "fontId": "0", "fillId": "0", "borderId": "0"})
            for code in self._formats
        ]
        children = [
            Node("numFmts", {"count": str(len(declared))}, declared),
            Node("fonts", {}, [Node("font", {})]),
            Node("fills", {}, [Node("fill", {})]),
            Node("borders", {}, [Node("border", {})]),
            Node("cellStyleXfs", {}, [Node("xf", {"numFmtId": "9"})]),
            Node("cellXfs", {"count": str(len(cells))}, cells),
        ]
        return self._xml.written(Node("styleSheet", {}, children), self._main)

    def _shared(self) -> bytes:
        return self._xml.written(Node("sst", {}, [Node("si", {}, node.children) for node in self._strings]), self._main)

    def _unseen(self, text: str) -> str:
        """A text with characters in it that nobody sees, among others ends of a text and escaped NULs."""
        if not self._how.may("invisible characters"):
            return text
        for _ in range(self._how.random.randint(1, 3)):
            place = self._how.random.randint(0, len(text))
            text = text[:place] + self._how.pick(_INVISIBLE) + text[place:]
        return text

    def _text(self, text: str) -> Node:
        """The children of an `is` or `si` for a text."""
        how, text = self._how, self._unseen(text)
        cut = how.random.randint(0, len(text)) if how.may("rich text") else None
        pieces = [text] if cut is None else [text[:cut], text[cut:]]
        node = Node("is", {})
        for piece in map(self._escaped, pieces):
            spaces = {"xml:space": "preserve"} if piece != piece.strip() or how.may("blanks in tags", 0.2) else {}
            inner = Node("t", spaces, [piece])
            node.children.append(inner if cut is None else Node("r", {}, [Node("rPr", {}, [Node("b", {})]), inner]))
        if how.may("phonetic guides"):
            node.children.append(Node("rPh", {"sb": "0", "eb": "1"}, [Node("t", {}, ["yin"])]))
            node.children.append(Node("phoneticPr", {"fontId": "0"}))
        return node

    def _escaped(self, text: str) -> str:
        if "escapes" not in self._how.freedoms:
            return text
        return "".join(
            f"_x{ord(one):04X}_" if ord(one) < 0x10000 and self._how.random.random() < 0.2 else one for one in text
        ) + ("_x0000_" if self._how.may("invisible characters", 0.2) else "")

    # --- sheets and cells -------------------------------------------------------------------------------------------

    def _sheet(self, name: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
        how, headers = self._how, list(dict.fromkeys(header for row in rows for header in row))
        lines = [[self._words(header) for header in headers]]
        lines += [[self._cell(row.get(header), self._shapes(name, header)) for header in headers] for row in rows]
        addressed = not how.may("no addresses", 1)
        data = Node("sheetData", {})
        for number, cells in enumerate(lines, start=1):
            row = Node("row", {"r": str(number)} if addressed else {})
            if how.may("hidden rows"):
                row.attributes["hidden"] = "1"
            for place, cell in enumerate(cells):
                if cell is None and addressed and not how.may("styled blanks"):
                    continue
                cell = cell or Node("c", {"s": "1"} if how.may("styled blanks") else {})
                if addressed:
                    cell.attributes = {"r": f"{column_letter(place)}{number}"} | cell.attributes
                row.children.append(cell)
            data.children.append(row)
        children: list[Any] = [data]
        if how.may("styled blanks"):
            children.insert(0, Node("dimension", {"ref": "A1"}))
        if how.may("extensions", 1):
            children.append(
                Node(
                    "extLst",
                    {},
                    [Node("ext", {"uri": "urn:x"}, [Node("foreign:c", {}, [Node("foreign:v", {}, ["7"])])])],
                )
            )
        if how.trap == "alternatives" and data.children:
            data.children = [Node("mc:AlternateContent", {}, [Node("mc:Choice", {"Requires": "r"}, data.children)])]
        spaces = {
            "r": self._office,
            "foreign": "urn:foreign",
            "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        }
        doctype = how.trap == "document type"
        return self._xml.written(Node("worksheet", {}, children), self._main, spaces, doctype)

    def _style(self, code: str) -> str:
        if code not in self._formats[1:]:
            self._formats.append(code)
        return str(self._formats.index(code, 1))

    def _cell(self, value: Any, shape: str) -> Node | None:
        how = self._how
        if value is None:
            return None
        if isinstance(value, date):
            return self._date(value)
        if isinstance(value, str):
            wide = shape in ("code", "choice") and how.may("full width")
            return self._words(value.translate(_WIDE) if wide else value)
        number = Decimal(str(value))
        if how.may("numbers as text", 0.3):
            text = f"{number:f}%" if shape == "percent" and how.may("percent cells") else f"{number:,f}"
            return self._words(text.translate(_WIDE) if how.may("full width") else text)
        if shape == "percent" and self._formats[0] == "0.00%" and how.may("style 0 is percent"):
            return self._number(number / 100, "0")
        if shape == "percent" and how.may("percent cells"):
            return self._number(number / 100, self._style(how.pick(_PERCENT)))
        if how.may("formats that look like percent"):
            return self._number(number, self._style(how.pick(_NO_PERCENT)))
        return self._number(number, "1")

    def _number(self, number: Decimal, style: str) -> Node:
        how, text = self._how, f"{number.normalize():f}"
        if how.may("blanks around numbers"):
            text = how.pick([f" {text}", f"{text}\n", f"\t{text} "])
        cell = Node("c", {"s": style, **({"t": "n"} if how.may("blanks in tags") else {})}, [Node("v", {}, [text])])
        if how.may("formulas with results"):
            cell.children.insert(0, Node("f", {}, [how.pick(["1+1", 'IF(A1<"&",1,2)'])]))
        if how.may("extensions"):
            cell.children.append(Node("extLst", {}, [Node("ext", {}, [Node("foreign:v", {}, ["9"])])]))
        if style == "0" or (style == "1" and self._formats[0] == "General" and how.may("styled blanks")):
            del cell.attributes["s"]
        return cell

    def _date(self, day: date) -> Node:
        how = self._how
        if how.may("dates as text"):
            text = how.pick([f"{day:%Y-%m-%d}", f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}",
                             f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日"])  # fmt: skip
            return self._words(text.translate(_WIDE) if how.may("full width") else text)
        if how.may("numbers as text"):
            return self._number(Decimal(f"{day:%Y%m%d}"), "1")
        if how.may("iso dates"):
            text = f"{day:%Y-%m-%d}" + how.pick(["", "T00:00:00", "T00:00:00Z"])
            return Node("c", {"t": "d", "s": self._style(_DAYS[0])}, [Node("v", {}, [text])])
        serial = (day - (date(1904, 1, 1) if self._from_1904 else date(1899, 12, 30))).days
        return self._number(Decimal(serial), self._style(how.pick(_DAYS) if how.freedoms else _DAYS[0]))

    def _words(self, text: str) -> Node:
        how = self._how
        if how.may("inline texts"):
            return Node("c", {"t": "inlineStr"}, [self._text(text)])
        if how.may("formula texts"):
            value = Node("v", {}, [self._escaped(self._unseen(text))])
            return Node("c", {"t": "str"}, [Node("f", {}, ['"a"']), value])
        self._strings.append(self._text(text))
        return Node("c", {"t": "s"}, [Node("v", {}, [str(len(self._strings) - 1)])])
