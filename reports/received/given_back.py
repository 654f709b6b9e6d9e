"""A file that was judged, given back to its sender with every problem and warning marked in it."""

from pathlib import Path

from ledger.errors import Refused
from ledger.intake.outcome import Outcome
from reports.received.csv_copies import as_workbook
from reports.received.marked import write_marked


def give_back(path: Path, outcome: Outcome, target: Path, sheet: str | None = None) -> str:
    """Writes the marked copy of a file and says where and how much is marked, or why that cannot be done.

    sheet: the sheet that a CSV file is.
    """
    try:
        data = as_workbook(path, sheet) if path.suffix.lower() == ".csv" else None
        count = write_marked(path, [*outcome.findings, *outcome.warnings], target, data)
    except Refused as refusal:
        return str(refusal)
    what = "和".join(["问题"] * bool(outcome.findings) + ["提示"] * bool(outcome.warnings))
    return f"{what}已标在 {target}（{count} 个单元格）"
