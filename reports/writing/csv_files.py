"""CSV for other programs: UTF-8 with the mark that Excel needs, in pieces."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reports.report import LineColumn

_FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would take for the beginning of one
_STARTS = frozenset(_FORMULA)
_NUMBER = re.compile(r"[+-][\d.,]+%?")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that looks like it gets a leading '."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """CSV in pieces, the first with the byte-order mark that Excel needs to read UTF-8; figures stay as they are."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    buffer.write("\ufeff")
    writer.writerow(header)
    for count, row in enumerate(rows, start=1):
        writer.writerow(
            [cell if cell[:1] not in _STARTS or _NUMBER.fullmatch(cell) else harmless(cell) for cell in row]
        )
        if count % 5_000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def columns_csv(columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows of some columns as CSV, for machines."""
    texts: list[Callable[[Any], str]] = [_text(column) for column in columns]
    cells = ([text(value) for text, value in zip(texts, row, strict=True)] for row in rows)
    return csv_text([column.name for column in columns], cells)


def _text(column: LineColumn) -> Callable[[Any], str]:
    """How a column's values are written: a name that looks like a negative figure is a text too."""
    return (lambda value: harmless(column.text(value))) if column.kind == "text" else column.text
