"""What `tiexi export` writes of a review, each told what is in it."""

from pathlib import Path

from sqlalchemy import Connection

from ledger.runs.settlement import RunRecord
from reports.export_credit import lists, payout
from reports.export_credit.lines import CLAIMS, ENTERPRISES, LINES
from reports.report import Written
from reports.runs import run_lines
from reports.runs.run_lines import Lines
from reports.writing import files


def credit(connection: Connection, run: RunRecord, path: Path) -> Written:
    """保费支持明细表 as workbook or, for a name that ends in .csv, every judged line for machines."""
    if path.suffix.lower() == ".csv":
        return _csv(connection, run, path, LINES, "行，含未通过的")
    return Written([(path, f"通过 {lists.write_list(connection, run, path)} 行，未通过、配套、追缴另有各表")])


def enterprises(connection: Connection, run: RunRecord, path: Path) -> Written:
    """The enterprises with what their counties gave."""
    return _csv(connection, run, path, ENTERPRISES, "个企业")


def claims(connection: Connection, run: RunRecord, path: Path) -> Written:
    """The clawbacks that the run found."""
    return _csv(connection, run, path, CLAIMS, "条追缴")


def _csv(connection: Connection, run: RunRecord, path: Path, kind: Lines, what: str) -> Written:
    rows = run_lines.read(connection, kind, run.id)
    files.write_text(path, run_lines.csv(kind, rows))
    return Written([(path, f"{len(rows)} {what}")])


def notice(connection: Connection, run: RunRecord, path: Path) -> Written:
    """公示名单."""
    return Written([(path, f"{payout.notice(connection, run, path)} 个企业")])


def payments(connection: Connection, run: RunRecord, path: Path) -> Written:
    """拨付计划."""
    return Written([(path, f"{payout.payments(connection, run, path)} 个收款单位")])
