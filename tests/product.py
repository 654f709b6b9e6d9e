"""The product's answers in the form of the reference computation, so that both can be compared line by line."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine

from ledger import db
from ledger.settlement import RunRecord
from reports.lines import COLUMNS, read_lines


def lines_of(engine: Engine, run: RunRecord) -> list[dict[str, Any]]:
    """A run's stored lines with the field names of the CSV: fen as int, percents as e4/10000 Decimal, codes as a tuple."""
    with db.reading(engine) as connection:
        return [
            _plain(dict(zip((column.name for column in COLUMNS), row, strict=True))) for row in _rows(connection, run)
        ]


def _rows(connection: Any, run: RunRecord) -> Iterator[Any]:
    return read_lines(connection, run.id)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    from decimal import Decimal

    del row["run"]
    for name in ("rate_percent", "lpr_percent", "bonus_rate_percent"):
        row[name] = None if row[name] is None else Decimal(row[name]) / 10_000
    row["reasons"] = tuple(row["reasons"].split(";")) if row["reasons"] else ()
    return row
