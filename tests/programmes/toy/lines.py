"""The lines of a run as they were stored."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import models
from reports.report import LineColumn
from reports.runs.run_lines import Lines
from toy.tables import DeviceFact, DeviceLine

line, fact, company, anchor = DeviceLine, DeviceFact, models.EnterpriseFact, models.Enterprise
COLUMNS = (
    LineColumn("run", "运行号", "count", line.run_id),
    LineColumn("year", "年度", "count", models.Run.year),
    LineColumn("county", "区市", "text", company.county),
    LineColumn("uscc", "统一社会信用代码", "text", anchor.uscc),
    LineColumn("enterprise", "企业名称", "text", company.name),
    LineColumn("device_no", "设备编号", "text", fact.device_no),
    LineColumn("price_fen", "价款", "fen", fact.price_fen),
    LineColumn("subsidy_fen", "补贴", "fen", line.subsidy_fen),
    LineColumn("province_fen", "省级", "fen", line.province_fen),
    LineColumn("city_fen", "市级", "fen", line.city_fen),
    LineColumn("county_fen", "县级", "fen", line.county_fen),
    LineColumn("reasons", "不符合原因", "text", line.reasons),
)


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(line)
        .join(models.Run, models.Run.id == line.run_id)
        .join(fact, fact.id == line.device_fact_id)
        .join(company, company.id == line.enterprise_fact_id)
        .join(anchor, anchor.id == company.enterprise_id)
    )


ALL = (Lines(line, COLUMNS, (), (), _joined, "设备", ("device_no",), ("subsidy_fen",)),)


def read(connection: Connection, run_id: int, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The lines by the names of COLUMNS, with the identifiers of what they speak of."""
    query = (
        _joined(
            select(
                *(column.source.label(column.name) for column in COLUMNS), line.line_no, line.device_fact_id,
                line.enterprise_fact_id, company.enterprise_id,
            )
        )
        .where(line.run_id == run_id, *where)
        .order_by(line.line_no)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]
