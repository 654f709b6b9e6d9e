"""Why a device gets this amount, or nothing; and the totals of a run."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger import money
from ledger.errors import Refused
from ledger.money import wan_words
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.lineage import sources
from reports.lineage.explanation import NOTE, Explanation, Point, judged
from reports.report import Table
from toy import law, lineage
from toy.lines import fact, read


def explain(connection: Connection, run: RunRecord, device_no: str) -> Explanation:
    """The explanation of a device; Refused when the run has none of that number."""
    rows = read(connection, run.id, fact.device_no == device_no)
    if not rows:
        raise Refused(f"第 {run.id} 号运行没有设备 {device_no}；请核对设备编号")
    (row,) = rows
    figures = {"price": wan_words(row["price_fen"]), "least_price": wan_words(run.law["least_price"])}
    rate = money.percent_text(run.law["rate"])
    amount = "条件未全部通过，没有补贴"
    if not row["reasons"]:
        amount = f"{figures['price']} × {rate}% = {wan_words(row['subsidy_fen'])}"
    shares = "，".join(f"{name} {wan_words(row[f'{key}_fen'])}" for key, name in _PAYERS.items())
    return Explanation(
        f"设备 {device_no}（{row['enterprise']}）{run.year} 年度，第 {run.id} 号运行（{STATE_NAMES[run.state]}）",
        f"设备补贴 {wan_words(row['subsidy_fen'])}" if row["subsidy_fen"] else "无设备补贴",
        [
            *sources.points(connection, lineage.of_rows(run, rows), lineage.LINEAGE),
            *judged(law.CONDITIONS, row, figures),
            Point("金额", "设备补贴", NOTE, "第四条", "", amount),
            Point("分担", "三级分担", NOTE, "第五条", "", shares),
        ],
    )


_PAYERS = {"province": "省级", "city": "市级", "county": "县级"}


def totals(run: RunRecord) -> Iterator[str | Table]:
    """The totals of a run."""
    subsidy = money.wan_text(run.summary["subsidy_fen"])
    yield f"第 {run.id} 号运行：设备 {run.summary['devices']} 台。单位：万元"
    yield Table("合计", ("", "设备", "补贴"), [("合计", str(run.summary["devices"]), subsidy)], 1)
