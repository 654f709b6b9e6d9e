"""公示名单 and 拨付计划 of a review: the three moneys by product, and by the treasury that gets them (第十、十二条)."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.counties import CITY_FULL_NAME
from ledger.runs.settlement import RunRecord
from reports.farm_insurance.lines import LEVELS, LINES
from reports.farm_insurance.lists import CITY_HEAD, UNIT
from reports.runs import run_lines
from reports.runs.payout_list import PayoutList, in_words, sum_notes, write
from reports.runs.run_lines import Row
from reports.writing.capitals import capitals
from reports.writing.forms import FormColumn

_AMOUNTS = (
    *(FormColumn(name, 15, "fen", summed=True) for name in LEVELS.values()),
    FormColumn("合计", 15, "fen", summed=True),
)
_NOTICE = (
    FormColumn("序号", 7, "count"),
    FormColumn("区市", 11, "middle"),
    FormColumn("险种名称", 34, "text"),
    FormColumn("承保机构", 34, "text"),
    *_AMOUNTS,
)
_PAYMENTS = (
    FormColumn("序号", 7, "count"),
    FormColumn("收款单位", 30, "text"),
    *_AMOUNTS,
    FormColumn("大写金额", 46, "text"),
)


def supported(connection: Connection, run: RunRecord) -> list[Row]:
    """The lines that get any money, in line order."""
    return [row for row in run_lines.read(connection, LINES, run.id) if any(_moneys(row))]


def _moneys(row: Row) -> list[int]:
    return [row[f"{key}_fen"] for key in LEVELS]


def noticed(connection: Connection, run: RunRecord) -> PayoutList:
    """The list for public notice: which product of which county gets what."""
    found = supported(connection, run)
    rows = [
        [number, row["county"], row["product"], row["insurers"], *_moneys(row), sum(_moneys(row))]
        for number, row in enumerate(found, start=1)
    ]
    return PayoutList(
        "公示名单",
        f"{CITY_FULL_NAME}{run.year}年度地方优势特色农产品保险拟奖补名单公示",
        (CITY_HEAD, f"保险年度：{run.year}", UNIT),
        _NOTICE,
        rows,
        2,
        ("奖补资金拨付至各区市财政部门，专项用于特色农产品保险保费补贴（第十二条）。",),
        [("依据", "实施细则没有规定公示，公示时间由市财政局另定")],
    )


def notice(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the list for public notice and gives the number of its products."""
    return write(run, noticed(connection, run), path)


def payments(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the payment plan by the counties' treasuries, amounts also in capitals, and gives their number."""
    sums: dict[str, list[int]] = {}
    for row in supported(connection, run):
        before = sums.setdefault(row["county"], [0] * len(LEVELS))
        sums[row["county"]] = [one + other for one, other in zip(before, _moneys(row), strict=True)]
    rows: list[list[Any]] = [
        [number, f"{county}财政局", *moneys, sum(moneys), capitals(sum(moneys))]
        for number, (county, moneys) in enumerate(sums.items(), start=1)
    ]
    total = sum(row[-2] for row in rows)
    listed = PayoutList(
        "拨付计划",
        f"{run.year + 1}年度地方优势特色农产品保险奖补资金拨付计划",
        (CITY_HEAD, f"计划年度：{run.year + 1}（{run.year} 保险年度）", UNIT),
        _PAYMENTS,
        rows,
        2,
        (in_words(total), "省级、中央奖补在上级资金下达后由市财政转拨，市级奖补由市级预算安排（第七条、第十条）。"),
        sums=sum_notes(total),
    )
    return write(run, listed, path)
