"""What `tiexi export` writes of a review, each told what is in it."""

from pathlib import Path

from sqlalchemy import Connection

from ledger.counties import COUNTIES
from ledger.errors import Refused
from ledger.runs.settlement import RunRecord
from reports.farm_insurance import lists, payout
from reports.farm_insurance.lines import LINES
from reports.report import Written
from reports.runs import run_lines
from reports.writing import files


def city(connection: Connection, run: RunRecord, path: Path) -> Written:
    """汇总表 as workbook or, for a name that ends in .csv, every judged line for machines."""
    if path.suffix.lower() == ".csv":
        rows = run_lines.read(connection, LINES, run.id)
        files.write_text(path, run_lines.csv(LINES, rows))
        return Written([(path, f"{len(rows)} 行，含未通过的")])
    return Written([(path, f"列入 {lists.write_list(connection, run, '', path)} 个险种，未通过的另有一表")])


def county(connection: Connection, run: RunRecord, path: Path, county: str | None = None) -> Written:
    """审核明细表 of one county into a file, else of every county that has a line into a folder."""
    if county is not None and county not in COUNTIES:
        raise Refused(f"{county}没有特色险审核明细表；应为以下之一：{'、'.join(COUNTIES)}")
    targets = [(county, path)] if county is not None else []
    if county is None:
        found = [part["county"] for part in run.summary["counties"]]
        targets = [(name, path / f"特色险-{name}-{run.year}.xlsx") for name in found]
        if not targets:
            files.make_folder(path)
            return Written([], f"{run.year} 年度第 {run.id} 号运行没有险种")
    return Written(
        [(target, f"列入 {lists.write_list(connection, run, name, target)} 个险种") for name, target in targets]
    )


def notice(connection: Connection, run: RunRecord, path: Path) -> Written:
    """拟奖补名单公示表."""
    return Written([(path, f"{payout.notice(connection, run, path)} 个险种")])


def payments(connection: Connection, run: RunRecord, path: Path) -> Written:
    """拨付计划."""
    return Written([(path, f"{payout.payments(connection, run, path)} 个收款单位")])
