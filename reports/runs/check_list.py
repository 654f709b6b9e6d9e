"""抽查清单, whatever the document: written by it, filled in by whoever checks, and read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import check_lists
from ledger.check_lists import RESULTS
from ledger.errors import Refused
from ledger.lazy import load
from ledger.runs.settlement import RunRecord
from ledger.spotcheck import OUTCOME_NAMES, Drawing, Entry, drawings, loan_names, results
from ledger.workbooks.workbook import read_bytes, read_workbook
from reports.programmes import REPORTS
from reports.writing import overwriting


def write_checklist(connection: Connection, run: RunRecord, drawing: Drawing, path: Path) -> int:
    """Writes the check list of a drawing as the run's document has it, and gives the number of loans on it."""
    count: int = load(REPORTS[run.programme].check_list_named)(connection, run, drawing, path)
    return count


@dataclass(frozen=True)
class UploadedRow:
    """A row that was sent in and on which a line rests: its sheet, its cells as header and value, where it came from."""

    sheet: str
    cells: str
    file: str
    row: int
    version: int
    uploader: str


def uploaded_rows(connection: Connection, run: RunRecord, bank: str, note_no: str) -> list[UploadedRow]:
    """The rows behind a line that was drawn, as they stand on the check list."""
    drawn = {one.line_no for drawing in drawings(connection, run.id) for one in drawing.lines}
    names = loan_names(connection, run.id, drawn)
    number = next((each for each, name in names.items() if name == (bank, note_no)), None)
    if number is None:
        return []
    found = load(REPORTS[run.programme].uploaded_rows_named)(connection, run, [number])
    return [UploadedRow(*row) for row in found[number]]


def refuse_to_lose(connection: Connection, run_id: int, path: Path) -> None:
    """Refused when the list at `path` holds results of the run that have not been entered, or is no check list at all."""
    known = results(connection, run_id)
    names = loan_names(connection, run_id, known)
    entered = {names[line_no]: (OUTCOME_NAMES[one.outcome], one.remark) for line_no, one in known.items()}

    def on_record(row: Mapping[str, Any]) -> bool:
        return entered.get((row["bank"], row["note_no"])) == (row["outcome"], row["remark"])

    overwriting.refuse_to_lose(path, RESULTS, ("outcome", "remark"), on_record)


# --- results back in --------------------------------------------------------------------------------------------------


def read_results(path: Path, run_id: int) -> list[Entry]:
    """The results on the check list of a run that came back; Refused with every bad cell named. Lines without are left out."""
    filled = check_lists.read(read_workbook(path, read_bytes(path)), run_id)
    if filled.findings:
        raise Refused("\n".join(finding.line() for finding in filled.findings))
    return list(filled.entries)
