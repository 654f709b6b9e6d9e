"""Rows in the plainest writing, cut out of a worksheet's XML before the parser walks what is left.

Nearly every cell of a large sheet reads `<c r="B2" s="1" t="s"><v>7</v></c>`, with this order, these quotes and no blank
more; walking them one by one takes the parser three times as long as all else in an import. A document without
comments, CDATA, processing instructions and declarations shows its tags to the eye, and one expression says what a plain
cell is; a row that consists of its tag and plain cells is taken here, every other row stays for the parser. The parser
still sees the tags of all rows; were one of them not where rows stand, it counts fewer, and then reads the whole sheet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.sheet_xml import column_index

_DECLARATION = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>)?'
)
_START, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_ROW_TAGS = rb"((?:<row(?: [^<>]*)?/>)*(?:<row>|<row [^<>]*[^<>/]>))"
_VALUE = rb"([^<>&\x00-\x08\x0b-\x1f]*)"
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


class _NotPlain(Exception):
    """A row that the parser must read."""


@dataclass
class PlainRows:
    """What was cut out of a worksheet.

    rest: its XML without the cells of plain rows; tags: how many tags of rows are in it; rows: for each plain row its
    number, the columns of its cells (from 0) and their values.
    """

    rest: bytes
    tags: int
    rows: list[_Row] = field(default_factory=list)


def cut_plain_rows(xml: bytes, values: Values) -> PlainRows | None:
    """Takes the plain rows out of a worksheet's XML; None where it is not of the kind that shows all its tags."""
    declaration = _DECLARATION.match(xml)
    after = declaration.end() if declaration else 0
    if xml.find(b"<!", after) >= 0 or xml.find(b"<?", after) >= 0:
        return None
    head, start, more = xml.partition(_START)
    inner, end, tail = more.partition(_END)
    if not end or any(b"sheetData" in part for part in (head, inner, tail)):
        return None
    *pieces, last = inner.split(_ROW_END)
    shapes = _Shapes(values)
    columns_styled = _STYLED_COLUMN.search(head) is not None
    shape: _Shape | None = None  # of the last row that had one
    for place, piece in enumerate(pieces):
        try:
            if shape is None or (match := shape.row.fullmatch(piece)) is None:
                shape = shapes[tuple(_CELL.findall(piece))]
                match = shape.row.fullmatch(piece)
            if match is not None and not (shape.unstyled and (columns_styled or b"customFormat" in match.group(1))):
                shape.places.append(place)
                shape.written.append(match.groups())
        except _NotPlain:
            pass  # the parser says what is wrong with it
    rows: dict[int, _Row] = {}
    for shape in shapes.values():
        for place, tags, row in shape.read():
            rows[place], pieces[place] = row, tags
    rest = b"".join([head, start, _ROW_END.join([*pieces, last]), end, tail])
    return PlainRows(rest, inner.count(b"<row"), [rows[place] for place in sorted(rows)])


class _Shape:
    """Rows whose cells stand in the same columns, with the same types and styles: what one reads like, whole.

    row: its tag with those of empty rows before it, its number, and the value of each cell. unstyled: whether it has a
    number without a style, which the parser reads where the row or a column has one. places, written: where such
    rows were found, and what stood in them.
    """

    def __init__(
        self, cells: tuple[tuple[bytes, bytes, bytes], ...], tables: dict[tuple[bytes, bytes], "_Table"]
    ) -> None:
        self.columns = [column_index(letters.decode()) for letters, _, _ in cells]
        if max(self.columns) >= _MOST_COLUMNS:
            raise _NotPlain
        self.unstyled = any(b" s=" not in head and (b" t=" not in head or b't="n"' in head) for _, head, _ in cells)
        self.tables = [tables[head, tail] for _, head, tail in cells]
        pattern = [_ROW_TAGS]
        for letters, head, tail in cells:
            number = rb"\2" if len(pattern) > 1 else rb"([1-9][0-9]{0,5})"
            pattern.append(b'<c r="' + letters + number + b'"' + re.escape(head) + _VALUE + re.escape(tail))
        self.row = re.compile(b"".join(pattern))
        self.places: list[int] = []
        self.written: list[Sequence[bytes]] = []

    def read(self) -> Iterator[tuple[int, bytes, _Row]]:
        """Where each row was found, its tags, and the row; column by column, since columns are long and rows short.

        A row with a value that is not plain is left out: the parser says what is wrong with it.
        """
        if not self.written:
            return
        tags, numbers, *cells = zip(*self.written, strict=True)
        try:
            columns = [list(map(table.__getitem__, column)) for table, column in zip(self.tables, cells, strict=True)]
        except (BadValue, _NotPlain):
            found: list[list[Any] | None] = [self._one(row) for row in zip(*cells, strict=True)]
        else:
            found = list(map(list, zip(*columns, strict=True)))
        for place, tag, number, row in zip(self.places, tags, numbers, found, strict=True):
            if row is not None:
                yield place, tag, (int(number) - 1, self.columns, row)

    def _one(self, row: Sequence[bytes]) -> list[Any] | None:
        try:
            return [table[data] for table, data in zip(self.tables, row, strict=True)]
        except (BadValue, _NotPlain):
            return None


class _Shapes(dict[tuple[tuple[bytes, bytes, bytes], ...], _Shape]):
    """The shapes by the letters, heads and tails of a row's cells; most rows of a sheet have one of a few."""

    def __init__(self, values: Values) -> None:
        self._tables = _Tables(values)

    def __missing__(self, cells: tuple[tuple[bytes, bytes, bytes], ...]) -> _Shape:
        if len(self) >= _MOST_SHAPES or not 0 < len(cells) <= _MOST_CELLS:
            raise _NotPlain
        self[cells] = found = _Shape(cells, self._tables)
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
