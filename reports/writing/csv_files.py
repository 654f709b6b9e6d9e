"""CSV for other programs: UTF-8 with the mark that Excel needs, in pieces."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from reports.report import LineColumn

_FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would take for the beginning of one
_STARTS = frozenset(_FORMULA)
_AT_ONCE = 5_000  # rows of a piece
_NUMBER = re.compile(r"[+-][\d.,]+%?")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that looks like it gets a leading '."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """CSV in pieces, the first with the byte-order mark that Excel needs to read UTF-8; figures stay as they are."""
    left = iter(rows)
    return _pieces(header, iter(lambda: [list(map(_cell, row)) for row in islice(left, _AT_ONCE)], []))


def columns_csv(columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows of some columns as CSV, for machines."""
    texts = [_texts(column) for column in columns]
    left = iter(rows)
    some = iter(lambda: list(islice(left, _AT_ONCE)), [])
    return _pieces(
        [column.name for column in columns],
        (
            zip(*(made(values) for made, values in zip(texts, zip(*of, strict=True), strict=True)), strict=True)
            for of in some
        ),
    )


def _pieces(header: Iterable[str], rows: Iterable[Iterable[Iterable[Any]]]) -> Iterator[str]:
    """Rows that come some at a time, each time as one piece of text, the header with the first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    buffer.write("\ufeff")
    writer.writerow(header)
    for some in rows:
        writer.writerows(some)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    if header_alone := buffer.getvalue():
        yield header_alone


def _cell(text: str) -> str:
    return text if text[:1] not in _STARTS or _NUMBER.fullmatch(text) else harmless(text)


class _Texts(dict[Any, str]):
    """A column's values as they are written, each made once: rates and days are few, however many the rows."""

    def __init__(self, column: LineColumn) -> None:
        super().__init__()
        self._column = column

    def __missing__(self, value: Any) -> str:
        found = self[value] = self._column.text(value)
        return found


def _texts(column: LineColumn) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """How a column's values are written. A name that looks like a negative figure is a text too; whole numbers, and what is
    empty, the writer itself writes as they are."""
    if column.kind == "text":
        return lambda values: ["" if value is None else harmless(str(value)) for value in values]
    if column.kind in ("count", "fen"):
        return lambda values: values
    texts = _Texts(column)
    return lambda values: [texts[value] for value in values]
