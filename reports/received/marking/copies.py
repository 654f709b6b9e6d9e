"""A package with marks: sheet by sheet the styles of cells, the comments and their shapes; then the styles they share."""

import contextlib
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from lxml import etree

from ledger.workbooks.package_edits import PackageEdits, xml_bytes
from ledger.workbooks.packages import MAIN, Package, local_name
from ledger.workbooks.safe_xml import NotXml, parsed_xml
from reports.received.marking.comments import Comments
from reports.received.marking.marks import Mark, Place, comment_text, weightiest
from reports.received.marking.shapes import Shapes
from reports.received.marking.sheet_edits import SheetEdits
from reports.received.marking.styles import Styles

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES_TYPE, _COMMENTS_TYPE = f"{_SPREADSHEET}.styles+xml", f"{_SPREADSHEET}.comments+xml"
_SHAPES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"


class MarkedCopy:
    """A package whose marks are written anew: those of earlier rounds go, on every sheet, and the given ones come.

    edits: the changes, to be written; changed: whether there are any. Raises Refused for a part that cannot be read.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.edits = PackageEdits(package)
        self.changed = False
        self._styles_part = package.one_related(package.workbook, "styles")
        space = MAIN[package.strict]
        made = etree.Element(f"{{{space}}}styleSheet", nsmap={None: space})
        self._styles = Styles(made if self._styles_part is None else self._tree(self._styles_part, "styleSheet"))

    def mark(self, marks: Iterable[Mark]) -> int:
        """Writes all marks, and gives the number of cells that carry one. To be called once."""
        by_sheet = self._by_sheet(marks)
        sheets = {sheet.part: sheet for sheet in self.package.worksheets}
        count = sum(self._mark_sheet(part, by_sheet.get(part, ())) for part in sheets)
        if self._styles.changed:
            data = xml_bytes(self._styles.root)
            self._put(self._styles_part, data, self.package.workbook, "styles", "xl/styles{}.xml", _STYLES_TYPE)
        return count

    # --- sheets -----------------------------------------------------------------------------------------------------

    def _by_sheet(self, marks: Iterable[Mark]) -> dict[str, list[Mark]]:
        """The marks of each worksheet's part; those of no sheet that has cells go to the first one that is shown."""
        parts = {sheet.name: sheet.part for sheet in self.package.worksheets}
        shown = [sheet for sheet in self.package.worksheets if sheet.state == "visible"] or self.package.worksheets
        found: dict[str, list[Mark]] = {}
        for mark in marks:
            if mark.sheet in parts:
                found.setdefault(parts[mark.sheet], []).append(mark)
            elif shown:
                at_top = Mark(shown[0].name, 1, 1, mark.kind, f"{mark.sheet}：{mark.text}" if mark.sheet else mark.text)
                found.setdefault(shown[0].part, []).append(at_top)
        return found

    def _mark_sheet(self, sheet: str, marks: Sequence[Mark]) -> int:
        """Marks one worksheet, and gives the number of cells."""
        styles = self._styles
        comments_part = self.package.one_related(sheet, "comments")
        if comments_part is None and not marks and not styles.of_marks:
            return 0
        try:
            edits = SheetEdits(self.package.part(sheet), styles.like_marks)
        except NotXml:
            self._refuse(sheet)
        space = MAIN[self.package.strict]
        comments = Comments.empty(space) if comments_part is None else Comments(self._tree(comments_part, "comments"))
        styled = edits.map.styled
        dropped = dict(comments.drop(lambda place: place in styled))
        former = {place for place, style in styled.items() if place in dropped or style in styles.of_marks}
        placed: dict[Place, list[Mark]] = {}
        for mark in marks:
            placed.setdefault(edits.map.layout.shown(mark.place), []).append(mark)
        kinds = {place: weightiest(mark.kind for mark in those) for place, those in placed.items()}

        def style_of(place: Place, style: int) -> int:
            plain = styles.unmarked(style) if place in former else style
            return styles.marked(plain, kinds[place]) if place in kinds else plain

        edits.restyle(former | kinds.keys(), style_of)
        texts = _texts(placed, comments.threads)
        comments.add(texts)
        if comments.changed:
            gone = {place for place, left in dropped.items() if not left}
            self._put_comments(sheet, comments_part, comments)
            self._put_shapes(sheet, edits, gone, comments.texts(texts))
        if edits.changed:
            self.edits.replace(sheet, edits.written())
            self.changed = True
        return len(placed)

    def _put_comments(self, sheet: str, part: str | None, comments: Comments) -> None:
        if comments.count:
            self._put(part, xml_bytes(comments.root), sheet, "comments", "xl/comments{}.xml", _COMMENTS_TYPE)
        elif part is not None:
            self.edits.remove(part)
            self.changed = True

    def _put_shapes(self, sheet: str, edits: SheetEdits, gone: set[Place], texts: Mapping[Place, str]) -> None:
        identifier, part = edits.map.legacy_drawing, None
        if identifier is not None:
            part = self.package.relation(sheet, identifier).part
        try:
            shapes = Shapes.empty() if part is None else Shapes.read(self.package.part(part))
        except NotXml:
            self._refuse(part or sheet)
        shapes.drop(gone)
        name = part or sheet
        others = {cluster for each, clusters in self._clusters.items() if each != name for cluster in clusters}
        shapes.add(texts, edits.map.layout, others)
        self._clusters[name] = shapes.clusters
        if not shapes.is_empty:
            made = self._put(
                part, xml_bytes(shapes.root), sheet, "vmlDrawing", "xl/drawings/vmlDrawing{}.vml", _SHAPES_TYPE
            )
            edits.lead_to_shapes(made or identifier, self.package.strict)
        elif part is not None:
            self.edits.remove(part)
            edits.lead_to_shapes(None, self.package.strict)

    @functools.cached_property
    def _clusters(self) -> dict[str, set[int]]:
        """By drawing: the thousands of numbers that it uses for its shapes."""
        found: dict[str, set[int]] = {}
        for sheet in self.package.sheets:
            for part in self.package.related(sheet.part, "vmlDrawing"):
                with contextlib.suppress(NotXml):  # it is left as it is
                    found[part] = Shapes.read(self.package.part(part)).clusters
        return found

    # --- parts --------------------------------------------------------------------------------------------------------

    def _put(
        self, part: str | None, data: bytes, source: str, kind: str, pattern: str, content_type: str
    ) -> str | None:
        """Writes a part anew or, where it is not there, adds it; the id of the new relationship."""
        self.changed = True
        if part is not None:
            self.edits.replace(part, data)
            return None
        name = self.edits.free_name(pattern)
        self.edits.add(name, data, content_type)
        return self.edits.relate(source, kind, name)

    def _tree(self, part: str, root_name: str) -> etree._Element:
        try:
            root = parsed_xml(self.package.part(part))
        except NotXml:
            self._refuse(part)
        if local_name(root.tag) != root_name:
            self._refuse(part)
        return root

    def _refuse(self, part: str) -> NoReturn:
        self.package.refuse(f"部件 {part} 受损，不能在原文件上标注；请按所列问题逐条改正，或在表格软件中另存后重试")


def _texts(placed: Mapping[Place, Sequence[Mark]], threads: set[Place]) -> dict[Place, str]:
    """What is said at each cell; what cannot be said at its own, since others talk there, is said right of it."""
    said: dict[Place, list[Mark]] = {}
    for place, marks in placed.items():
        row, column = place
        while (row, column) in threads:
            column += 1
        for mark in marks:
            text = mark.text if column == place[1] else f"{mark.cell}：{mark.text}"
            said.setdefault((row, column), []).append(Mark(mark.sheet, mark.row, mark.column, mark.kind, text))
    return {place: comment_text(marks) for place, marks in said.items()}
