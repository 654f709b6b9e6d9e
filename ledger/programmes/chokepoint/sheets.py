"""The intake sheets that only 威政办发〔2023〕8号 reads, and what their rows must fulfil."""

from datetime import date

from ledger import money
from ledger.counties import CITY_NAME
from ledger.law.document import document
from ledger.programmes.chokepoint import tables
from ledger.programmes.chokepoint.library import GRANTS, INVESTMENTS
from ledger.programmes.chokepoint.window import cut_off
from ledger.programmes.rates import Rate
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.row_checks import in_order
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import CITY_REGULATOR, Column, Sender, Sheet

_LAW = document("chokepoint")


def _cut_off(year: int) -> date:
    return cut_off(_LAW, year)


RATES = (Rate("风险补助", _LAW, "risk_rate", _cut_off), Rate("保费补贴", _LAW, "premium_rate", _cut_off))
_FLOOR, _CEILING = (
    money.percent_text(_LAW.number_near(name, _LAW.ends), 0) for name in ("factor_floor", "factor_ceiling")
)


def factor_in_range(rows: Rows, today: date) -> None:
    """第十五条: how far an investment may be counted up, as of the day on which it was made."""
    law = document("chokepoint")
    for position, (day, factor) in enumerate(zip(rows.values("invested_on"), rows.values("factor_e4"), strict=True)):
        if day is None or factor is None:
            continue
        low, high = (law.number_near(name, day) for name in ("factor_floor", "factor_ceiling"))
        if not low <= factor <= high:
            span = f"{money.percent_text(low, 0)} 至 {money.percent_text(high, 0)}"
            article = law.parameters["factor_ceiling"].article
            rows.find(position, "factor_e4", "认定系数超出范围", f"应在 {span} 之间（{law.number} {article}）")


_OF_SCIENCE = (CITY_REGULATOR, Sender("tech"))  # 第七、十四、十五条: the science office runs it whole

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "项目库",
        "“卡脖子”攻关项目库",
        tables.ProjectFact,
        (
            columns.project(key=True),
            Column("项目名称", "name", "name", cells.read_name, "样例关键部件攻关", "入库项目名称"),
            columns.uscc(),
            columns.day("入库日", "listed_on", "2023-03-15", "入库第一天"),
            columns.day("出库日", "delisted_on", "2024-12-31", "在库最后一天；仍在库留空", optional=True),
        ),
        defines="project",
        checks=(in_order("listed_on", "delisted_on", "出库日早于入库日"),),
        invariants=(GRANTS, INVESTMENTS),
        refuses=("出库日早于入库日。", "更正在库期间后，已入库的研发补助、股权投资落在期间以外。"),
        senders=_OF_SCIENCE,
    ),
    Sheet(
        "保单",
        "卡脖子研发损失险保单",
        tables.PolicyFact,
        (
            Column(
                "保险公司", "insurer", "name", cells.read_name, f"样例财产保险{CITY_NAME}公司", "承保公司名称", key=True
            ),
            Column("保单号", "policy_no", "code", cells.read_code, "BD2023-0001", "保单号（文本）", key=True),
            columns.uscc(),
            columns.project(),
            Column(
                "险种", "coverages", "text", cells.read_name, "研发设备损失保险、研发费用损失保险", "多个险种以 、 分隔"
            ),
            columns.day("保险起期", "inception", "2023-06-01", "保险责任第一天"),
            columns.day("保险止期", "expiry", "2024-05-31", "保险责任最后一天"),
            columns.day("缴费日", "paid_on", "2023-05-30", "实际缴纳保费的日期"),
            columns.wan("实缴保费(万元)", "premium_fen", 12, "实际支出的保费"),
            columns.enterprise_name(),
        ),
        checks=(in_order("inception", "expiry", "保险止期早于保险起期"),),
        refuses=("保险止期早于保险起期。", "企业名称（可以不填）不是该代码的企业现在或曾经登记的名称。"),
        amount="premium_fen",
        senders=(*_OF_SCIENCE, Sender("insurer", "insurer")),
    ),
    Sheet(
        "研发补助",
        "项目研发投入补助",
        tables.GrantFact,
        (
            columns.project(key=True),
            columns.year(),
            columns.wan("研发投入(万元)", "spending_fen", 200, "项目当年研发投入"),
            columns.percent("补助比例(%)", "ratio_e4", 10, "批准的补助比例"),
            columns.day("批准日", "approved_on", "2023-10-10", "批准补助的日期"),
            columns.wan("批准金额(万元)", "approved_fen", 20, "批准的补助金额", least=0),
        ),
        invariants=(GRANTS,),
        refuses=(
            "批准金额超过 研发投入 × 补助比例（四舍五入到分）。",
            "该项目各年累计批准金额超过上限（见[条件与代码](条件与代码.md)中的政策数值）。",
            "批准日项目不在库。",
        ),
        amount="approved_fen",
        senders=_OF_SCIENCE,
    ),
    Sheet(
        "股权投资",
        "投资机构对攻关企业的股权投资",
        tables.InvestmentFact,
        (
            Column(
                "投资机构", "investor", "name", cells.read_name, "样例创业投资管理有限公司", "投资机构名称", key=True
            ),
            Column("投资编号", "investment_no", "code", cells.read_code, "TZ2023-0001", "投资编号（文本）", key=True),
            columns.uscc(),
            columns.day("投资日", "invested_on", "2023-09-01", "投资款到位日"),
            columns.wan("投资金额(万元)", "amount_fen", 500, "实际投资额"),
            Column(
                "认定系数",
                "factor_e4",
                "factor",
                cells.read_factor,
                1.5,
                f"{_FLOOR} 至 {_CEILING} 之间，留空按 {_FLOOR} 认定",
                optional=True,
            ),
        ),
        checks=(factor_in_range,),
        invariants=(INVESTMENTS,),
        refuses=("认定系数不在规定的范围内。", "投资日企业没有在库的项目。"),
        amount="amount_fen",
        senders=(*_OF_SCIENCE, Sender("investor", "investor")),
    ),
)
