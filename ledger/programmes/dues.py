"""What a run's lines pay or claim, as it is due: rows of a query by county, bank and enterprise."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.counties import COUNTY_RANK
from ledger.programmes.flow import Due, Payer


def dues(item: str, rows: Iterable[Any], payers: Sequence[Payer]) -> list[Due]:
    """Rows of (county, bank_id, enterprise_id, each payer's part) as what is due, in the counties' order."""
    found = [
        Due(item, row[0], row[1], row[2], {payer.key: int(fen) for payer, fen in zip(payers, row[3:], strict=True)})
        for row in rows
    ]
    return sorted(found, key=lambda due: COUNTY_RANK[due.county])
