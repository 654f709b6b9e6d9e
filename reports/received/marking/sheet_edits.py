"""A worksheet's XML with the styles of some cells changed; every other byte stays as it was."""

import bisect
from collections.abc import Callable, Collection
from xml.parsers import expat

from ledger.workbooks.packages import RELATION_IDS
from ledger.workbooks.safe_xml import NotXml, refuse_document_type
from ledger.workbooks.sheet_xml import address
from reports.received.marking.marks import Place
from reports.received.marking.sheet_map import Row, SheetMap
from reports.received.marking.tags import (
    Edit,
    attribute,
    closing,
    edited,
    in_utf_8,
    is_alone,
    opened,
    prefix_of,
    tag_at,
    with_attribute,
)

Restyle = Callable[[Place, int], int]  # a cell and the style that it has now -> the style that it gets


class SheetEdits:
    """Changes to one worksheet's part, gathered and then written at once. Raises NotXml for a part that is none.

    map: where things stand; styles: those whose cells are wanted in `map.styled`.
    """

    def __init__(self, data: bytes, styles: Collection[int] = ()) -> None:
        try:
            self._data = in_utf_8(data)
            refuse_document_type(self._data)
            self.map = SheetMap(self._data, styles)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise NotXml(str(error)) from error
        self._edits: list[Edit] = []
        self._new_rows: list[Edit] = []

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._edits or self._new_rows)

    def restyle(self, places: Collection[Place], style_of: Restyle) -> None:
        """Gives cells another style; those that are not there are made, in their order. To be called once."""
        wanted: dict[int, set[int]] = {}
        for row, column in places:
            wanted.setdefault(row, set()).add(column)
        for each in self.map.rows:
            if each.number in wanted:
                self._edits.append(self._restyled(each, wanted.pop(each.number), style_of))
        order = [each.number for each in self.map.rows]
        if order != sorted(order):
            order = []  # no program writes them so; a new row then stands at the end
        table = tag_at(self._data, self.map.table[0])
        name = prefix_of(table) + b"row"
        for number in sorted(wanted):
            following = bisect.bisect(order, number)
            place = self.map.rows[following].start if following < len(order) else self.map.table[1]
            cells = self._new_cells(prefix_of(table), number, sorted(wanted[number]), self.map.layout.style, style_of)
            self._new_rows.append(Edit(place, place, b'<%s r="%d">%s</%s>' % (name, number + 1, cells, name)))

    def lead_to_shapes(self, identifier: str | None, strict: bool) -> None:
        """Lets <legacyDrawing> name this relationship; None takes the element out."""
        if identifier == self.map.legacy_drawing:
            return
        place, element = self.map.legacy_place, b""
        if identifier is not None:
            prefix = prefix_of(tag_at(self._data, self.map.root_tag))
            space = RELATION_IDS[strict].encode()
            element = b'<%slegacyDrawing xmlns:r="%s" r:id="%s"/>' % (prefix, space, identifier.encode())
        end = place
        if self.map.legacy_drawing is not None:
            tag = tag_at(self._data, place)
            end = place + len(tag)
            if not is_alone(tag):
                end = self._data.index(closing(tag), end) + len(closing(tag))
        self._edits.append(Edit(place, end, element))

    def written(self) -> bytes:
        """The part with all changes."""
        tag = tag_at(self._data, start := self.map.table[0])
        if is_alone(tag) and self._new_rows:
            rows = b"".join(each.text for each in self._new_rows)
            table = [Edit(start, start + len(tag), opened(tag) + rows + closing(tag))]
            return edited(self._data, self._edits + table)
        return edited(self._data, self._edits + self._new_rows)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _restyled(self, row: Row, columns: Collection[int], style_of: Restyle) -> Edit:
        """A row with the styles of some cells changed, made anew as a whole."""
        opening = tag_at(self._data, row.start)
        alone = is_alone(opening)
        end = row.end_tag if alone else row.end_tag + len(tag_at(self._data, row.end_tag))
        data = self._data[row.start : end]
        cells = sorted(self.map.cells(data))
        edits = []
        for column, start in cells:
            if column in columns:
                tag = tag_at(data, start)
                own = attribute(tag, b"s") or b"0"
                style = style_of((row.number, column), int(own) if own.isdigit() else 0)
                edits.append(Edit(start, start + len(tag), with_attribute(tag, b"s", b"%d" % style)))
        new = sorted(set(columns).difference(column for column, _ in cells))
        if not new:
            return Edit(row.start, end, edited(data, edits))
        # the hint at the columns in use would be wrong
        edits.append(Edit(0, len(opening), with_attribute(opened(opening), b"spans", None)))
        last = len(opening) if alone else row.end_tag - row.start
        default = self.map.layout.style if row.style is None else lambda _: row.style or 0
        for column in new:
            place = next((start for other, start in cells if other > column), last)
            made = self._new_cells(prefix_of(opening), row.number, [column], default, style_of)
            edits.append(Edit(place, place, made))
        ending = closing(opening) if alone else b""
        return Edit(row.start, end, edited(data, edits) + ending)

    @staticmethod
    def _new_cells(
        prefix: bytes, row: int, columns: list[int], default: Callable[[int], int], style_of: Restyle
    ) -> bytes:
        pieces = []
        for column in columns:
            style = style_of((row, column), default(column))
            pieces.append(b'<%sc r="%s" s="%d"/>' % (prefix, address(row, column).encode(), style))
        return b"".join(pieces)
