"""How a run is spoken of, wherever it is named."""

from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord

SOLO_MARK = "单人试用"
SOLO_WORDS = "单人试用（TIEXI_SOLO=1）：未要求区市初审签署，也未要求第二人审核"


def run_words(run: RunRecord, marked: bool = True) -> str:
    """A run in words; marked: says where it was approved by one person alone."""
    solo = f"，{SOLO_MARK}" if marked and run.solo else ""
    return f"第 {run.id} 号运行（{PROGRAMMES[run.programme].name} {run.year} 年度{solo}）"
