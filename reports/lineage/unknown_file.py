"""What a file is that no intake knows, for whoever wants it traced."""

from pathlib import Path

from ledger.books.payment_sheets import SHEETS, read_file
from ledger.check_lists import RESULTS
from ledger.errors import Refused
from ledger.workbooks.workbook import read_bytes
from reports.report import DATA, NOTES

_MADE_HERE = {DATA, NOTES}  # the sheets that only a workbook written by the program has both of


def refusal(path: Path) -> Refused:
    """Why a file that was never taken in has nothing to trace, and which command knows of it."""
    try:
        grids = read_file(path, read_bytes(path)).grids
    except Refused:
        grids = []
    names = {"".join(grid.name.split()) for grid in grids}
    if RESULTS.name in names:
        return Refused(
            f"{path} 是抽查清单",
            "：核查结果由 tiexi check 录入到运行，文件本身不入库，没有行可查；录入了什么见 tiexi status",
        )
    if names >= _MADE_HERE or any(grid.rows and grid.rows[0][:1] == ["run"] for grid in grids):
        return Refused(
            f"{path} 是本系统导出的文件，没有导入过，没有行可查", "；附件是否与台账一致，请用 tiexi reconcile 核对"
        )
    if names & set(SHEETS) and path.suffix.lower() != ".csv":
        return Refused(
            f"{path} 是拨付表，没有记过账（按文件内容的 SHA-256 查找）", "；改动过的文件须先用 tiexi pay 记账"
        )
    return Refused(f"{path} 没有导入过（按文件内容的 SHA-256 查找）；改动过的文件须先导入")
