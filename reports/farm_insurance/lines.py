"""The lines of a review, for the CSV, the workbooks and the explanations alike."""

from typing import Any

from sqlalchemy import Select

from ledger import models
from ledger.programmes.farm_insurance.tables import ApplicationFact, FarmLine, ProductFact
from reports.report import LineColumn
from reports.runs.run_lines import Lines

line, product, anchor, application, run = FarmLine, ProductFact, models.InsuranceProduct, ApplicationFact, models.Run
LEVELS = {"province": "省级奖补", "city": "市级奖补", "central": "中央奖补"}


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(line)
        .join(run, run.id == line.run_id)
        .join(product, product.id == line.product_fact_id)
        .join(anchor, anchor.id == product.product_id)
    )


LINES = Lines(
    line,
    (
        LineColumn("run", "运行号", "count", line.run_id),
        LineColumn("year", "年度", "count", run.year),
        LineColumn("county", "区市", "text", product.county),
        LineColumn("product_no", "险种编号", "text", anchor.product_no),
        LineColumn("product", "险种名称", "text", product.name),
        LineColumn("class", "类别", "count", line.class_no),
        LineColumn("object", "标的", "text", product.object),
        LineColumn("insurers", "承保机构", "text", line.insurers),
        LineColumn("started_on", "首单起期", "date", line.started_on),
        LineColumn("policies", "保单件数", "count", line.policies),
        LineColumn("premium_fen", "保费规模", "fen", line.premium_fen),
        LineColumn("farmer_fen", "农户保费", "fen", line.farmer_fen),
        LineColumn("county_paid_fen", "区市财政已补贴", "fen", line.county_paid_fen),
        LineColumn("received_on", "申请收到日", "date", line.received_on, optional=True),
        LineColumn("city_rate_percent", "市级比例(%)", "percent", line.city_rate_e4, optional=True),
        LineColumn("farmer_share_fen", "农户承担", "fen", line.farmer_share_fen),
        LineColumn("province_fen", LEVELS["province"], "fen", line.province_fen),
        LineColumn("city_demand_fen", "市级需求", "fen", line.city_demand_fen),
        LineColumn("city_fen", LEVELS["city"], "fen", line.city_fen),
        LineColumn("central_fen", LEVELS["central"], "fen", line.central_fen),
        LineColumn("county_net_fen", "区市净负担", "fen", line.county_net_fen),
        LineColumn("late_count", "逾期笔数", "count", line.late_count),
        LineColumn("late_fen", "逾期金额", "fen", line.late_fen),
        LineColumn("loss_percent", "两年平均赔付率(%)", "percent", line.loss_e4, optional=True),
        LineColumn("loss_low", "赔付率偏低", "count", line.loss_low, optional=True),
        LineColumn("reasons", "不符合原因", "text", line.reasons),
    ),
    (
        LineColumn("quantity", "投保数量", "count", line.quantity, optional=True),
        LineColumn("households", "投保户数", "count", line.households, optional=True),
    ),
    (product.product_id,),
    _joined,
    "险种",
    ("product_no",),
    ("province_fen", "city_fen", "central_fen"),
    listed="lines",
)
ALL = (LINES,)
DATA = (*LINES.columns, *LINES.more)  # of sheet 数据: what the CSV has, and what is only printed
