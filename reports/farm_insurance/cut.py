"""The totals of a part of a review."""

from typing import TYPE_CHECKING, Any

from ledger.programmes.farm_insurance.judging import summarise
from ledger.runs.settlement import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def totals(run: RunRecord, lines: "pd.DataFrame") -> dict[str, Any]:
    """With the keys of the whole run's, but what is left of the central money: that is no county's."""
    found = summarise(lines.rename(columns={"class": "class_no"}), 0)
    del found["central_left_fen"]
    return found
