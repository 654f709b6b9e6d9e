"""The totals of a part of a settlement."""

from typing import TYPE_CHECKING, Any

from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch.totals import summarise
from ledger.runs.settlement import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def totals(run: RunRecord, lines: "pd.DataFrame", claims: "pd.DataFrame") -> dict[str, Any]:
    """With the keys of the whole run's."""
    return {**summarise(lines, run.summary["interest_rate_e4"]), **clawback.summarise(claims)}
