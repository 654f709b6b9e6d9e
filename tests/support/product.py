"""The product's answers in the form of the reference computation, so that both can be compared line by line."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine

from ledger.database import db
from ledger.runs.settlement import RunRecord
from reports.chokepoint import lines as review_lines
from reports.export_credit import lines as credit_lines
from reports.farm_insurance import lines as farm_lines
from reports.runs import run_lines
from reports.tech_branch import claims
from reports.tech_branch.lines import COLUMNS, read_lines


def lines_of(engine: Engine, run: RunRecord) -> list[dict[str, Any]]:
    """A run's stored lines with the field names of the CSV: fen as int, percents as e4/10000 Decimal, codes as a tuple."""
    with db.reading(engine) as connection:
        return [
            _plain(dict(zip((column.name for column in COLUMNS), row, strict=True))) for row in _rows(connection, run)
        ]


def claims_of(engine: Engine, run: RunRecord) -> list[dict[str, Any]]:
    """A run's stored claims with the field names of the CSV."""
    names = [column.name for column in claims.COLUMNS]
    with db.reading(engine) as connection:
        found = [dict(zip(names, row, strict=True)) for row in claims.read_claims(connection, run.id)]
    for claim in found:
        assert claim.pop("run") == run.id
    return found


def review_of(engine: Engine, run: RunRecord) -> dict[str, list[dict[str, Any]]]:
    """A review's stored lines by kind, with the field names of the CSV."""
    with db.reading(engine) as connection:
        return {
            name: [
                _plain({column.name: row[column.name] for column in lines.columns})
                for row in run_lines.read(connection, lines, run.id)
            ]
            for name, lines in (
                ("loans", review_lines.LOANS),
                ("policies", review_lines.POLICIES),
                ("grants", review_lines.GRANTS),
                ("investments", review_lines.INVESTMENTS),
            )
        }


def credit_of(engine: Engine, run: RunRecord) -> dict[str, Any]:
    """A credit review's stored lines, enterprises and claims, with the field names of the CSV, and what its JSON says."""
    names = ("lines", "stopped", "net_fen", "subsidy_fen", "claims_fen")
    with db.reading(engine) as connection:
        return {"totals": {name: run.summary[name] for name in names}} | {
            name: [
                _plain({column.name: row[column.name] for column in lines.columns})
                for row in run_lines.read(connection, lines, run.id)
            ]
            for name, lines in (
                ("lines", credit_lines.LINES),
                ("enterprises", credit_lines.ENTERPRISES),
                ("claims", credit_lines.CLAIMS),
            )
        }


def farm_of(engine: Engine, run: RunRecord) -> list[dict[str, Any]]:
    """The stored lines of a review of 特色农产品保险, with the field names of the CSV."""
    with db.reading(engine) as connection:
        return [
            _plain({column.name: row[column.name] for column in farm_lines.LINES.columns})
            for row in run_lines.read(connection, farm_lines.LINES, run.id)
        ]


def _rows(connection: Any, run: RunRecord) -> Iterator[Any]:
    return read_lines(connection, run.id)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    from decimal import Decimal

    del row["run"]
    for name in (
        "rate_percent",
        "lpr_percent",
        "bonus_rate_percent",
        "ratio_percent",
        "factor",
        "city_rate_percent",
        "loss_percent",
    ):
        if row.get(name) is not None:
            row[name] = Decimal(row[name]) / 10_000
    if "reasons" in row:
        row["reasons"] = tuple(row["reasons"].split(";")) if row["reasons"] else ()
    return row
