"""What `tiexi export` writes of a review, each told what is in it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from ledger import workdays
from ledger.runs.settlement import RunRecord
from reports.chokepoint import payout
from reports.chokepoint.lists import NEW_LOANS, PREMIUMS, Listing, write_list
from reports.chokepoint.register import register as write_register
from reports.chokepoint.returns import quarter_of, write_one, write_returns
from reports.report import Written
from reports.runs import run_lines
from reports.writing import files


def new_loans(connection: Connection, run: RunRecord, path: Path) -> Written:
    """银行机构年度新增贷款明细表."""
    return _listing(connection, run, path, NEW_LOANS)


def premiums(connection: Connection, run: RunRecord, path: Path) -> Written:
    """科技保险保费补贴明细表."""
    return _listing(connection, run, path, PREMIUMS)


def _listing(connection: Connection, run: RunRecord, path: Path, listing: Listing) -> Written:
    """A table as workbook or, for a name that ends in .csv, every judged line for machines."""
    if path.suffix.lower() == ".csv":
        rows = run_lines.read(connection, listing.lines, run.id)
        files.write_text(path, run_lines.csv(listing.lines, rows))
        return Written([(path, f"{len(rows)} 行，含未通过的")])
    return Written([(path, f"通过 {write_list(connection, run, path, listing)} 行，未通过的另有一表")])


def notice(
    connection: Connection, run: RunRecord, path: Path, first_day: date | None = None, days: int | None = None
) -> Written:
    """拟补助名单公示表."""
    first, last = payout.notice_period(connection, run, first_day, days)
    count = payout.notice(connection, run, path, first, last)
    return Written([(path, f"{count} 项，公示期 {first} 至 {last}")])


def payments(connection: Connection, run: RunRecord, path: Path) -> Written:
    """次年补助资金拨付计划."""
    return Written([(path, f"{payout.payments(connection, run, path)} 个收款单位")])


def register(connection: Connection, run: RunRecord, path: Path) -> Written:
    """台账."""
    return Written([(path, f"{write_register(connection, run, path)} 个企业")])


def returns(connection: Connection, year: int, path: Path, quarter: int) -> Written:
    """季报 of a quarter, into a folder."""
    written = write_returns(connection, quarter_of(year, quarter, workdays.today()), path)
    return Written([(target, f"{count} 行") for target, count in written])


def one_return(
    connection: Connection, year: int, quarter: int, folder: Path, names: Sequence[str], kind: str
) -> Path | None:
    """季报 of one institution, or without names the city's total, into a folder."""
    return write_one(connection, quarter_of(year, quarter, workdays.today()), folder, names, kind)
