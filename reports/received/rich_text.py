"""Parts of a cell's text that look otherwise than the cell: a word in white, or so small that nobody reads it.

They stand in the workbook's table of texts or, as some programs write them, in the cell itself.
"""

import zipfile
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ledger.workbooks.sheet_xml import Position, column_index
from ledger.workbooks.workbook import local_name, part_xml, related_part
from reports.received.styles import Overlay, Styles

_MARK = b"rPr"  # without it a part has no text of several looks


def shared_runs(archive: zipfile.ZipFile, styles: Styles) -> Mapping[str, Sequence[Overlay]]:
    """What the parts of the workbook's texts change of the look of their cell, by the number of the text."""
    part = related_part(archive, "sharedStrings")
    if part is None or _MARK not in archive.read(part):
        return {}
    texts = (element for element in part_xml(archive, part) if local_name(element.tag) == "si")
    return {str(number): runs for number, text in enumerate(texts) if (runs := _runs(text, styles))}


def inline_runs(xml: bytes, styles: Styles) -> dict[Position, Sequence[Overlay]]:
    """The same of texts that stand in a sheet's own cells, by position."""
    if _MARK not in xml:
        return {}
    found: dict[Position, Sequence[Overlay]] = {}
    for cell in ElementTree.fromstring(xml).iter():
        reference = cell.get("r", "") if local_name(cell.tag) == "c" else ""
        for text in cell if reference else ():
            if local_name(text.tag) == "is" and (runs := _runs(text, styles)):
                row = int("".join(filter(str.isdigit, reference))) - 1
                found[row, column_index(reference)] = runs
    return found


def _runs(text: Element, styles: Styles) -> list[Overlay]:
    """The looks of the parts that show something."""
    found = []
    for run in text:
        parts = {local_name(child.tag): child for child in run} if local_name(run.tag) == "r" else {}
        if "rPr" in parts and "t" in parts and (parts["t"].text or "").strip():
            found.append(styles.run(parts["rPr"]))
    return found
