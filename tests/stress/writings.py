"""Random legal writings of Open XML: the same facts, with any of the freedoms that the standard leaves.

Each freedom has a name; a writing is a set of names and a seed for where they are used. The empty set is the plainest
writing there is. Nothing here uses a library that writes workbooks, since those use few of the freedoms.
"""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stress.cell_writings import CellWriting
from stress.xml_writings import Node, Writing, XmlWriting

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
Facts = Mapping[str, Sequence[Mapping[str, Any]]]


def workbook(facts: Facts, writing: Writing, shapes: Callable[[str, str], str]) -> bytes:
    """A workbook of the facts, as (header -> value) rows of each sheet; shapes: how a column is read, by its header."""
    return _Book(writing, shapes).written(facts)


class _Book:
    def __init__(self, writing: Writing, shapes: Callable[[str, str], str]) -> None:
        self._how = writing
        self._shapes = shapes
        self._strict = "strict" in writing.freedoms
        self._main, self._office = _MAIN[self._strict], _OFFICE[self._strict]
        self._cells = CellWriting(writing, self._main, self._office, shapes)
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
        parts = {f"{folder}/{sheets[name]}": self._cells.sheet(name, rows) for name, rows in facts.items()}
        parts[f"{folder}/{styles}"] = self._cells.styles()
        parts[f"{folder}/{strings}"] = self._cells.shared()
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
            Node("sheet", {"name": self._cells.unseen(name), "sheetId": str(number), "r:id": f"rId{number}"})
            for number, name in enumerate(names, start=1)
        ]
        children = [Node("sheets", {}, sheets)]
        if self._cells.from_1904:
            children.insert(0, Node("workbookPr", {"date1904": self._how.pick(["1", "true"])}))
        return self._xml.written(Node("workbook", {}, children), self._main, {"r": self._office})
