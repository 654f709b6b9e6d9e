"""CSV for other programs: UTF-8 with the mark that Excel needs, in pieces."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reports.report import LineColumn


def csv_text(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """CSV in pieces, the first with the byte-order mark that Excel needs to read UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    buffer.write("\ufeff")
    writer.writerow(header)
    for count, row in enumerate(rows, start=1):
        writer.writerow(row)
        if count % 5_000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def columns_csv(columns: Sequence[LineColumn], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows of some columns as CSV, for machines."""
    texts: list[Callable[[Any], str]] = [column.text for column in columns]
    cells = ([text(value) for text, value in zip(texts, row, strict=True)] for row in rows)
    return csv_text([column.name for column in columns], cells)
