"""科技支行贷款: the document, its product, which years and days it settles, and which papers it asks for."""

from datetime import date

from ledger.errors import Refused
from ledger.law.document import document

PRODUCT = "科技支行贷款"
DOCUMENT = document("tech_branch")
# 第十七条: the papers of each event without which it is not complete; others may come beside them and count for nothing
REQUIRED = {"发放": ("贷款合同", "放款通知书"), "还款": ("还本付息凭证",), "展期": ("展期协议",)}


def year_end(year: int) -> date:
    """December 31, the day whose balance earns the subsidy."""
    return date(year, 12, 31)


def require_in_force(year: int) -> None:
    """Refused for a year that the document does not know."""
    if not (1 <= year <= 9999 and DOCUMENT.in_force(year_end(year))):
        raise Refused(
            f"{year} 年度不能按{DOCUMENT.number}结算：该办法自 {DOCUMENT.starts} 起执行，有效期至 {DOCUMENT.ends}"
            f"（{DOCUMENT.life_article}），可结算的年度为 {DOCUMENT.starts.year} 至 {DOCUMENT.ends.year - 1}"
        )


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The as-of date of a settlement; Refused for a year or a date that the document does not know."""
    require_in_force(year)
    as_of = as_of or today
    if as_of > today:
        raise Refused(f"截止日 {as_of} 在今天（{today}）之后；应在 {year_end(year)} 与今天之间")
    if as_of < year_end(year):
        raise Refused(
            f"截止日 {as_of} 早于 {year_end(year)}，{year} 年末余额尚未形成；应在 {year_end(year)} 与今天之间"
        )
    return as_of
