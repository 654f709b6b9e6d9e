"""What every explanation says of its evidence: a qualification, a revocation, an LPR."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.law.conditions import Condition

Row = Mapping[str, Any]


def qualification(connection: Connection, identifier: int | None) -> str:
    """The qualification that was found, with its period."""
    fact = models.QualificationFact
    found = connection.execute(
        select(fact.category, fact.valid_from, fact.valid_to).where(fact.id == identifier)
    ).one_or_none()
    return qualified(*(found or (None, None, None)))


def qualified(category: str | None, valid_from: date | None, valid_to: date | None) -> str:
    """A qualification with its period; category: None where none was found."""
    return "没有" if category is None else f"{category}（{valid_from} 至 {valid_to or '长期'}）"


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


def neighbours(listed: str, elsewhere: int) -> str:
    """The end of a sentence on what the rest of an enterprise's limit was used by: its other loans that are named, and the sum
    of those at other banks that are not (fen)."""
    named = f"。同一企业其他贷款：{listed}" if listed else ""
    return named + (f"。同一企业在其他银行的贷款共占用 {money.wan_words(elsewhere)}" if elsewhere else "")


def stopped_by(reasons: Sequence[str], conditions: Mapping[str, Condition]) -> str:
    """The end of a conclusion: which conditions were not met, and what to do about those that are held."""
    text = ""
    if reasons:
        named = "、".join(f"{code} {conditions[code].title}（{conditions[code].article}）" for code in reasons)
        text += f"。未通过：{named}"
    if any(conditions[code].held for code in reasons):
        text += "。其中待核实的，核实后重新试算即可"
    return text
