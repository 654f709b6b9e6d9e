"""What every explanation says of its evidence: the row that a fact came from, a qualification, a revocation, an LPR."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.policies.conditions import Condition
from reports.steps import NOTE, Step

Row = Mapping[str, Any]


def sources(connection: Connection, facts: Sequence[tuple[str, Any, int | None]]) -> Iterator[Step]:
    """Where the facts came from: (sheet, model, identifier), those that are not there left out."""
    for sheet, model, identifier in facts:
        if identifier is not None:
            yield Step("来源", sheet, NOTE, "", "", _source(connection, sheet, model, identifier))


def _source(connection: Connection, sheet: str, model: Any, identifier: int) -> str:
    intake = models.Intake
    found = connection.execute(
        select(intake.file_name, intake.sha256, intake.uploader, intake.received_at, model.sheet_row, model.version)
        .join(intake, intake.id == model.intake_id)
        .where(model.id == identifier)
    ).one()
    version = f"，第 {found.version} 版" if found.version > 1 else ""
    return (
        f"{found.file_name} 表「{sheet}」第 {found.sheet_row} 行{version}，{found.uploader} 于 "
        f"{found.received_at:%Y-%m-%d %H:%M} 上传，文件 SHA-256 {found.sha256[:16]}…"
    )


def rows_behind(sheet: str, facts: Sequence[Row]) -> Iterator[Step]:
    """Where rows about a loan came from, one step for each file: its name, and the rows on the sheet."""
    for (file_name, sha256), rows in groupby(facts, key=lambda fact: (fact["file_name"], fact["sha256"])):
        numbers = "、".join(str(fact["sheet_row"]) for fact in rows)
        text = f"{file_name} 表「{sheet}」第 {numbers} 行，文件 SHA-256 {sha256[:16]}…"
        yield Step("来源", sheet, NOTE, "", "", text)


def qualification(connection: Connection, identifier: int | None) -> str:
    """The qualification that was found, with its period."""
    fact = models.QualificationFact
    found = connection.execute(
        select(fact.category, fact.valid_from, fact.valid_to).where(fact.id == identifier)
    ).one_or_none()
    return "没有" if found is None else f"{found.category}（{found.valid_from} 至 {found.valid_to or '长期'}）"


_LOST = (
    ("revoked_on", "本笔贷款于 {} 认定撤销"),
    ("enterprise_barred_on", "企业于 {} 被取消资格"),
    ("bank_barred_on", "银行于 {} 被取消资格"),
)


def revocation(row: Row) -> str:
    """When the support was lost, if it was."""
    found = [text.format(row[name]) for name, text in _LOST if row.get(name) is not None]
    return "；".join(found) or "没有撤销或取消资格的记录"


def lpr(row: Row, gap_days: int) -> str:
    """The LPR that a loan is measured by, or why there is none."""
    announced_on = row["lpr_announced_on"]
    if announced_on is None:
        return "没有查到"
    if row["lpr_e4"] is None:
        days = (row["workday_before"] - announced_on).days
        return f"最近一次在 {announced_on}，早了 {days} 天，超过 {gap_days} 天，LPR 表有缺口"
    return f"{announced_on} 公布，{money.percent_text(row['lpr_e4'])}%"


def stopped_by(reasons: Sequence[str], conditions: Mapping[str, Condition]) -> str:
    """The end of a conclusion: which conditions were not met, and what to do about those that are held."""
    text = ""
    if reasons:
        named = "、".join(f"{code} {conditions[code].title}（{conditions[code].article}）" for code in reasons)
        text += f"。未通过：{named}"
    if any(conditions[code].held for code in reasons):
        text += "。其中待核实的，核实后重新试算即可"
    return text
