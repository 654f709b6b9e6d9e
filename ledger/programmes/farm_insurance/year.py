"""特色农产品保险奖补: the document, and which years it reviews, by which day and with which values."""

from datetime import date

from ledger.errors import Refused
from ledger.law.document import Values, document

DOCUMENT = document("farm_insurance")


def cut_off(year: int) -> date:
    """第八条: the day by which the applications of a year's insurance are in, in the year after."""
    month, day = (DOCUMENT.number_near(f"application_{part}", year_end(year)) for part in ("month", "day"))
    return date(year + 1, month, day)


def year_end(year: int) -> date:
    """The last day of the year insured, by which its values are asked for."""
    return date(year, 12, 31)


def values_of(year: int) -> Values:
    """The values of the law for a year's insurance; OutsideLife for a year that the document does not know."""
    return DOCUMENT.values(year_end(year))


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The cut-off of a year's review; Refused for a year that the document does not know, or a cut-off to come.

    第十六条: what was insured from January 1 of its first year to its end.
    """
    known = range(DOCUMENT.starts.year, DOCUMENT.ends.year + 1)
    if year not in known:
        years = "、".join(map(str, known))
        raise Refused(
            f"{year} 年度不能审核：{DOCUMENT.number}自 {DOCUMENT.starts} 起施行，有效期至 {DOCUMENT.ends}，"
            f"{known[0]}-01-01 以后的保险参照执行（{DOCUMENT.life_article}），可审核的年度为 {years}"
        )
    found = cut_off(year)
    if as_of not in (None, found):
        raise Refused(f"{year} 年度审核的截止日为 {found}（第八条），不能另定为 {as_of}")
    if found > today:
        raise Refused(f"{year} 年度的申请截止日 {found}（第八条）在今天（{today}）之后，届时再审核")
    return found
