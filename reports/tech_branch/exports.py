"""What `tiexi export` writes of a settlement, each told what is in it."""

from pathlib import Path

from sqlalchemy import Connection

from ledger.counties import COUNTIES
from ledger.errors import Refused
from ledger.runs.settlement import RunRecord
from reports.report import Written
from reports.tech_branch import annexes
from reports.tech_branch.claims import claims_csv
from reports.tech_branch.lines import lines_csv
from reports.writing import files


def annex1(connection: Connection, run: RunRecord, path: Path, county: str | None = None) -> Written:
    """附件1 of one county into a file, else of every county that has one into a folder."""
    if county is not None and county not in COUNTIES:
        raise Refused(f"{county}不在支持范围（第三条），没有附件1；应为以下之一：{'、'.join(COUNTIES)}")
    targets = [(county, path)] if county is not None else []
    if county is None:
        counties = annexes.annex1_counties(connection, run)
        targets = [(name, path / f"附件1-{name}-{run.year}.xlsx") for name in counties]
        if not targets:
            files.make_folder(path)
            return Written([], f"{run.year} 年度第 {run.id} 号运行没有可列入附件1的贷款")
    return Written([(target, f"{annexes.annex1(connection, run, name, target)} 笔") for name, target in targets])


def annex2(connection: Connection, run: RunRecord, path: Path) -> Written:
    """附件2."""
    return Written([(path, f"{annexes.annex2(connection, run, path)} 笔")])


def lines(connection: Connection, run: RunRecord, path: Path) -> Written:
    """Every judged loan, for machines."""
    files.write_text(path, lines_csv(connection, run.id))
    return Written([(path, f"{run.summary['loans']} 笔")])


def claims(connection: Connection, run: RunRecord, path: Path) -> Written:
    """Every claim, for machines."""
    files.write_text(path, claims_csv(connection, run.id))
    return Written([(path, f"{run.summary['claims']['claims']} 条")])
