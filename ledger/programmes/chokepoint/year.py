"""“拨投贷保”: the document, its product, and which years it reviews, with what of them."""

from datetime import date

from ledger.errors import Refused
from ledger.law.document import OutsideLife, document
from ledger.programmes.chokepoint import window as windows

PRODUCT = "卡脖子攻关贷"
DOCUMENT = document("chokepoint")


def outside_life(what: str) -> str:
    """The sentence that something lies outside the document's life."""
    return f"{what}：{DOCUMENT.number}自 {DOCUMENT.starts} 起施行，有效期至 {DOCUMENT.ends}（{DOCUMENT.life_article}）"


def window(year: int) -> windows.Window:
    """What the review of a year looks at; Refused for a year that the document does not know."""
    try:
        if not date.min.year < year <= date.max.year:
            raise OutsideLife(str(year))
        return windows.window(DOCUMENT, year)
    except OutsideLife as outside:
        known = "、".join(str(other) for other in range(DOCUMENT.starts.year, DOCUMENT.ends.year + 1))
        raise Refused(outside_life(f"{year} 年度不能审核") + f"，可审核的年度为 {known}") from outside


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The cut-off of a year's review; Refused for a year that the document does not know, or a cut-off to come."""
    cut_off = window(year).cut_off
    if as_of not in (None, cut_off):
        raise Refused(f"{year} 年度集中审核的截止日为 {cut_off}（第十四条），不能另定为 {as_of}")
    if cut_off > today:
        raise Refused(f"{year} 年度集中审核的截止日 {cut_off}（第十四条）在今天（{today}）之后，届时再审核")
    return cut_off
