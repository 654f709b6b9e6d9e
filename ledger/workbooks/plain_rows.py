"""Rows in the plainest writing, cut out of a worksheet's XML before the parser walks what is left.

Nearly every cell of a large sheet reads `<c r="B2" s="1" t="s"><v>7</v></c>`, with this order, these quotes and no blank
more; walking them one by one takes the parser three times as long as all else in an import. A document without
comments, CDATA, processing instructions and declarations shows its tags to the eye, and one expression says what a plain
cell is; a row that consists of its tag, its number first, and of plain cells is taken here, every other row stays for the
parser. It still sees what it must judge: of rows that stand one after the other the tags of the last, and of those whose
tags say alike, but for the number, the tags of one. Were one of these not where rows stand, it counts fewer, and then
reads the whole sheet.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.sheet_xml import column_index

_DECLARATION = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>)?'
)
_START, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_NUMBER = rb"([1-9][0-9]{0,5})"
_ROW_TAG = b'<row r="' + _NUMBER + rb'"((?: [^<>]*[^<>/])?)>'
_VALUE = rb"([^<>&\x00-\x08\x0b-\x1f]*)"
_BETWEEN = "<"  # stands in no value
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})[1-9][0-9]{0,5}"'
    rb'((?: s="[0-9]+")?(?: t="[a-z]+")?><v>|(?: s="[0-9]+")? t="inlineStr"><is><t(?: xml:space="preserve")?>|'
    rb'(?: s="[0-9]+")?/>)' + _VALUE.replace(b"(", b"(?:", 1) + rb"(</v></c>|</t></is></c>|)"
)
_STYLED_COLUMN = re.compile(rb"\bcol\b[^<>]*\bstyle\b")
_ATTRIBUTES = re.compile('([a-z])="([^"]*)"')
_MOST_COLUMNS = 1 << 14
_MOST_SHAPES, _MOST_CELLS = 200, 200  # of a sheet, of a row; more would not be plain
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


_Row = tuple[int, list[int], list[Any]]
_Piece = tuple[int, bytes]  # of the XML, behind where it was


class _NotPlain(Exception):
    """A row that the parser must read."""


@dataclass
class PlainRows:
    """What was cut out of a worksheet.

    rest: its XML without the plain rows; tags: how many tags of rows are in it; rows: for each plain row its number, the
    columns of its cells (from 0) and their values.
    """

    rest: bytes
    tags: int
    rows: list[_Row] = field(default_factory=list)


def cut_plain_rows(xml: bytes, values: Values) -> PlainRows | None:
    """Takes the plain rows out of a worksheet's XML; None where it is not of the kind that shows all its tags."""
    start, end = xml.find(_START) + len(_START), xml.rfind(_END)
    if not len(_START) <= start <= end:
        return None
    shapes = _Shapes(values, _STYLED_COLUMN.search(xml, 0, start) is not None)
    left = list(_between_plain_rows(xml, start, end, shapes))
    rows: list[tuple[int, _Row]] = []
    for shape in shapes.values():
        rows.extend(shape.read())
        left.extend((place, xml[place : xml.index(_ROW_END, place) + len(_ROW_END)]) for place in shape.refused)
        left.extend((end, tag) for tag in shape.tags())
    inner = b"".join(piece for _, piece in sorted(left))
    rest = b"".join([xml[:start], inner, xml[end:]])
    declaration = _DECLARATION.match(rest)
    after = declaration.end() if declaration else 0
    if rest.find(b"<!", after) >= 0 or rest.find(b"<?", after) >= 0 or rest.count(b"sheetData") != 2:
        return None
    tags = inner.count(b"<row")
    if tags != inner.count(
        b'<row r="'
    ):  # a row that does not say its number has that of the one before it and one more
        return None
    rows.sort(key=_place)
    return PlainRows(rest, tags, [row for _, row in rows])


def _place(found: tuple[int, _Row]) -> int:
    return found[0]


def _between_plain_rows(xml: bytes, start: int, end: int, shapes: "_Shapes") -> Iterator[_Piece]:
    """Notes every plain row with its shape; gives what stands between them, and the tags of the last of several."""
    shape: _Shape | None = None  # of the last row that had one
    last: re.Match[bytes] | None = None  # the row before, where it was plain
    place = start
    while place < end:
        match = shape.row.match(xml, place, end) if shape is not None else None
        if match is None:
            stop = xml.find(_ROW_END, place, end)
            piece = xml[place : end if stop < 0 else stop + len(_ROW_END)]
            try:
                shape = shapes[tuple(_CELL.findall(piece))]
                match = shape.row.match(xml, place, end)
            except _NotPlain:
                pass  # the parser says what is wrong with it
            if match is None:
                if last is not None:
                    yield last.start(), _tag(*last.group(1, 2))
                yield place, piece
                last, place = None, place + len(piece)
                continue
        shape.places.append(place)  # type: ignore[union-attr]
        shape.written.append(match.groups())  # type: ignore[union-attr]
        last, place = match, match.end()
    if last is not None:
        yield last.start(), _tag(*last.group(1, 2))


def _tag(number: bytes, says: bytes) -> bytes:
    return b'<row r="' + number + b'"' + says + b">" + _ROW_END


class _Shape:
    """Rows whose cells stand in the same columns, with the same types and styles: what one reads like, whole.

    row: its number and what else its tag says, and the number and the value of each cell. places, written: where such rows
    were found, and what stood in them; refused: those of the places where the parser must read.
    """

    def __init__(
        self,
        cells: tuple[tuple[bytes, bytes, bytes], ...],
        tables: dict[tuple[bytes, bytes], "_Table"],
        columns_styled: bool,
    ) -> None:
        self.columns = [column_index(letters.decode()) for letters, _, _ in cells]
        # a number without a style, which the parser reads where the row or a column has one
        self._unstyled = any(b" s=" not in head and (b" t=" not in head or b't="n"' in head) for _, head, _ in cells)
        if max(self.columns) >= _MOST_COLUMNS or (self._unstyled and columns_styled):
            raise _NotPlain
        self._tables = [tables[head, tail] for _, head, tail in cells]
        pattern = [_ROW_TAG]
        for letters, head, tail in cells:
            number = rb"\3" if len(pattern) > 1 else _NUMBER
            pattern.append(b'<c r="' + letters + number + b'"' + re.escape(head) + _VALUE + re.escape(tail))
        self.row = re.compile(b"".join(pattern) + _ROW_END)
        self.places: list[int] = []
        self.written: list[Sequence[bytes]] = []
        self.refused: list[int] = []

    def tags(self) -> list[bytes]:
        """For each of what the tags of these rows say the tags of one."""
        return [_tag(number, says) for says, number in {row[1]: row[0] for row in self.written}.items()]

    def read(self) -> Iterator[tuple[int, _Row]]:
        """Where each row was found, and the row; column by column, since columns are long and rows short.

        A row with a value that is not plain is refused: the parser says what is wrong with it.
        """
        if not self.written:
            return
        _, tags, numbers, *cells = zip(*self.written, strict=True)
        styled = {says for says in set(tags) if self._unstyled and b"customFormat" in says}
        try:
            columns = [table.read(column) for table, column in zip(self._tables, cells, strict=True)]
        except (BadValue, _NotPlain):
            found: list[list[Any] | None] = [self._one(row) for row in zip(*cells, strict=True)]
        else:
            found = list(map(list, zip(*columns, strict=True)))
        for place, says, number, row in zip(self.places, tags, numbers, found, strict=True):
            if row is None or says in styled:
                self.refused.append(place)
            else:
                yield place, (int(number) - 1, self.columns, row)

    def _one(self, row: Sequence[bytes]) -> list[Any] | None:
        try:
            return [table[data] for table, data in zip(self._tables, row, strict=True)]
        except (BadValue, _NotPlain):
            return None


class _Shapes(dict[tuple[tuple[bytes, bytes, bytes], ...], _Shape]):
    """The shapes by the letters, heads and tails of a row's cells; most rows of a sheet have one of a few."""

    def __init__(self, values: Values, columns_styled: bool) -> None:
        self._tables = _Tables(values)
        self._columns_styled = columns_styled

    def __missing__(self, cells: tuple[tuple[bytes, bytes, bytes], ...]) -> _Shape:
        if len(self) >= _MOST_SHAPES or not 0 < len(cells) <= _MOST_CELLS:
            raise _NotPlain
        self[cells] = found = _Shape(cells, self._tables, self._columns_styled)
        return found


class _Tables(dict[tuple[bytes, bytes], "_Table"]):
    """What values mean, by what stands before and behind them in their cell."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def __missing__(self, kind: tuple[bytes, bytes]) -> "_Table":
        self[kind] = found = _Table(self._values, *kind)
        return found


class _Table(dict[bytes, Any]):
    """The values of cells of one type and style, each looked at once."""

    def __init__(self, values: Values, head: bytes, tail: bytes) -> None:
        self._values = values
        self._attributes = dict(_ATTRIBUTES.findall(head.decode()))
        self._inline, self._empty = b"<is>" in head, head.endswith(b"/>")
        if tail != (b"" if self._empty else b"</t></is></c>" if self._inline else b"</v></c>"):
            raise _NotPlain

    def read(self, column: Sequence[bytes]) -> list[Any]:
        """The values of many cells. Raises BadValue or _NotPlain where one is not plain."""
        if self._inline or self._attributes.get("t") == "str":
            unknown = set(column).difference(self)
            if 2 * len(unknown) > len(column):  # few stand there twice: looking up takes longer
                if texts := self._texts(column):
                    return texts
            elif unknown:
                self.update(zip(unknown, self._texts(unknown), strict=False))
        return list(map(self.__getitem__, column))

    def _texts(self, written: Collection[bytes]) -> list[str]:
        """Many texts looked at as one; none where a character may not stand for itself."""
        try:
            joined = _BETWEEN.encode().join(written).decode()
        except UnicodeDecodeError:
            return []
        if "_x" in joined or _NO_CHARACTERS.search(joined):
            return []
        return self._values.text(joined).split(_BETWEEN)

    def __missing__(self, data: bytes) -> Any:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise _NotPlain from error
        if (self._empty and text) or (not data.isascii() and _NO_CHARACTERS.search(text)):
            raise _NotPlain
        if self._empty:
            found = None
        elif self._inline:
            found = self._values.text(text)
        else:
            found = self._values.of(self._attributes, text, None, False)
        self[data] = found
        return found
