"""出口信保: the document, and which years and days it reviews."""

from datetime import date

from ledger.errors import Refused
from ledger.law.document import Values, document

DOCUMENT = document("export_credit")
FUND = "出口信保"  # as sheet 资金总量 calls the year's money
KEY_RATE, OTHER_RATE = "信保重点市场", "信保其他市场"  # as sheet 年度比例 calls the rates


def year_end(year: int) -> date:
    """December 31, the last day whose payments a review looks at."""
    return date(year, 12, 31)


def values_of(year: int) -> Values:
    """The values of the document for a year."""
    return DOCUMENT.values(year_end(year))


def life() -> str:
    """The document's life, in words."""
    return f"{DOCUMENT.number}自 {DOCUMENT.starts} 起实施，有效期至 {DOCUMENT.ends}"


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The as-of date of a review; Refused for a year or a date that the document does not know."""
    if not (1 <= year <= 9999 and DOCUMENT.in_force(year_end(year))):
        years = f"可审核的年度为 {DOCUMENT.starts.year} 至 {DOCUMENT.ends.year}"
        raise Refused(f"{year} 年度不能按{DOCUMENT.number}审核：{life()}，{years}")
    as_of = as_of or today
    between = f"应在 {year_end(year)} 与今天之间"
    if as_of > today:
        raise Refused(f"截止日 {as_of} 在今天（{today}）之后；{between}")
    if as_of < year_end(year):
        raise Refused(f"截止日 {as_of} 早于当年12月31日，{year} 年的缴费尚未完结；{between}")
    return as_of
