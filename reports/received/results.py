"""The stored results of formulas, put back into a workbook that was saved without them.

openpyxl keeps a formula or its result, not both, so what it saves shows nothing to a reader that does not calculate.
"""

import io
import zipfile
from collections.abc import Mapping
from re import compile as pattern
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ledger.workbooks.sheet_xml import Position, SheetScanner, column_index
from ledger.workbooks.workbook import sheet_part_names

Result = tuple[str, str]  # what kind of value, as the cell's attribute t says it, and its text
_ROW = pattern("[0-9]+$")
_SELF_CONTAINED = ("n", "str", "b", "e", "d")  # others point into tables of the package, which are written anew


class _Results(SheetScanner):
    """Notes the stored result of each formula."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[Position, Result] = {}

    def on_formula(
        self,
        position: Position,
        attributes: Mapping[str, str],
        formula: Mapping[str, str],
        text: str,
        value: str | None,
    ) -> None:
        kind = attributes.get("t", "n")
        if kind in _SELF_CONTAINED and (value or (kind == "str" and value is not None)):
            self.found[position] = kind, value


def restore_results(parts: Mapping[str, bytes], saved: bytes) -> bytes:
    """A saved workbook with the results of its formulas as they stand in `parts`, the XML of each sheet by its name.

    Formulas stand where they stood.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        sheets = {part: name for name, part in sheet_part_names(source).items()}
        for info in source.infolist():
            data = source.read(info)
            if (xml := parts.get(sheets.get(info.filename, ""))) is not None:
                scanner = _Results()
                scanner.scan(xml)
                data = _with_results(data, scanner.found) if scanner.found else data
            made.writestr(info, data)
    return packed.getvalue()


def _with_results(xml: bytes, results: Mapping[Position, Result]) -> bytes:
    """A sheet's XML with its formula cells rewritten; every other byte stays."""
    parser = expat.ParserCreate()
    pieces: list[bytes] = []
    done = 0
    cell: tuple[int, dict[str, str]] = 0, {}
    formula: list[int] = []  # where <f> begins and ends, when the cell has one

    def after() -> int:
        return xml.index(b">", parser.CurrentByteIndex) + 1  # what openpyxl writes has > in tags as &gt;

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cell
        if tag == "c":
            cell = parser.CurrentByteIndex, attributes
            formula.clear()
        elif tag == "f":
            formula.append(parser.CurrentByteIndex)

    def end(tag: str) -> None:
        nonlocal done
        if tag == "f":
            formula.append(after())
        elif tag == "c" and formula:
            begin, attributes = cell
            row = _ROW.search(attributes["r"])
            result = results.get((int(row[0]) - 1, column_index(attributes["r"]))) if row else None
            if result is None:
                return
            kind, text = result
            kept = {name: value for name, value in attributes.items() if name != "t"}
            given = kept if kind == "n" else kept | {"t": kind}
            opening = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
            pieces.extend(
                [xml[done:begin], f"<c{opening}>".encode(), xml[slice(*formula)], f"<v>{escape(text)}</v></c>".encode()]
            )
            done = after()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    return b"".join([*pieces, xml[done:]])
