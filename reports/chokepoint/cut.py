"""The totals of a part of a review."""

from typing import TYPE_CHECKING, Any

from ledger.programmes.chokepoint.judging import summarise
from ledger.runs.settlement import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def totals(
    run: RunRecord,
    loans: "pd.DataFrame",
    policies: "pd.DataFrame",
    grants: "pd.DataFrame",
    investments: "pd.DataFrame",
) -> dict[str, Any]:
    """With the keys of the whole run's."""
    kinds = {"loans": loans, "policies": policies, "grants": grants, "investments": investments}
    return summarise(kinds, {})
