"""The totals of a part of a review."""

from typing import TYPE_CHECKING, Any

from ledger.programmes.export_credit import claims as clawback
from ledger.programmes.export_credit.judging import summarise
from ledger.runs.settlement import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def totals(run: RunRecord, lines: "pd.DataFrame", claims: "pd.DataFrame") -> dict[str, Any]:
    """With the keys of the whole run's, but the year's money and what counties gave."""
    markets = [part["market"] for part in run.summary["markets"]]
    enterprises = {"enterprises": int(lines["uscc"].nunique())}
    return {**enterprises, **summarise(lines, markets), **clawback.summarise(claims)}
