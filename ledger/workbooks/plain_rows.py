"""Rows in the plainest writing, cut out of a worksheet's XML before the parser walks what is left.

Nearly every cell of a large sheet reads `<c r="B2" s="1" t="s"><v>7</v></c>`, with this order, these quotes and no blank
more; walking them one by one takes the parser three times as long as all else in an import. A document without
comments, CDATA, processing instructions and declarations shows its tags to the eye, and one expression says what a plain
cell is; a row that consists of its tag and plain cells is taken here, every other row stays for the parser. The parser
still sees the tags of all rows; were one of them not where rows stand, it counts fewer, and then reads the whole sheet.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.sheet_xml import column_index

_DECLARATION = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>)?'
)
_START, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_ROW_TAGS = re.compile(rb"(?:<row(?: [^<>]*)?/>)*(?:<row>|<row [^<>]*[^<>/]>)")
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,5})"'
    rb'((?: s="[0-9]+")?(?: t="[a-z]+")?><v>|(?: s="[0-9]+")? t="inlineStr"><is><t(?: xml:space="preserve")?>|'
    rb'(?: s="[0-9]+")?/>)([^<>&\x00-\x08\x0b-\x1f]*)(</v></c>|</t></is></c>|)'
)
_STRIDE = 6  # what _CELL.split gives for each cell: its five groups and what stands behind it
_ATTRIBUTES = re.compile('([a-z])="([^"]*)"')
_MOST_COLUMNS = 1 << 14
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


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
    rows: list[tuple[int, list[int], list[Any]]] = field(default_factory=list)


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
    rest, rows = [head, start], []
    for piece in pieces:
        parts = _CELL.split(piece)
        digits = parts[2::_STRIDE]
        if (
            digits
            and digits.count(digits[0]) == len(digits)
            and not any(parts[_STRIDE::_STRIDE])
            and _ROW_TAGS.fullmatch(parts[0])
        ):
            shape = tuple(parts[1::_STRIDE]), tuple(parts[3::_STRIDE]), tuple(parts[5::_STRIDE])
            try:
                columns, tables = shapes[shape]
                found = [table[data] for table, data in zip(tables, parts[4::_STRIDE], strict=True)]
                rows.append((int(digits[0]) - 1, columns, found))
                piece = parts[0]
            except (BadValue, _NotPlain):
                pass  # the parser says what is wrong with it
        rest.append(piece)
        rest.append(_ROW_END)
    return PlainRows(b"".join([*rest, last, end, tail]), inner.count(b"<row"), rows)


_Texts = tuple[bytes, ...]


class _Shapes(dict[tuple[_Texts, _Texts, _Texts], tuple[list[int], list["_Table"]]]):
    """Columns and tables of a row by the letters, heads and tails of its cells; most rows have one shape."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._tables: dict[tuple[bytes, bytes], _Table] = {}

    def __missing__(self, shape: tuple[_Texts, _Texts, _Texts]) -> tuple[list[int], list["_Table"]]:
        letters, heads, tails = shape
        columns = [column_index(each.decode()) for each in letters]
        if max(columns) >= _MOST_COLUMNS:
            raise _NotPlain
        for kind in set(zip(heads, tails, strict=True)) - set(self._tables):
            self._tables[kind] = _Table(self._values, *kind)
        self[shape] = found = columns, [self._tables[kind] for kind in zip(heads, tails, strict=True)]
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
