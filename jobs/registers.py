"""What is kept on file for all documents, by the clock: the LPR, the enterprises' qualifications (名录), the banks' partnerships."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import workday_from
from jobs.words import lines
from ledger import models
from ledger.counties import ALL_COUNTIES, COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.workdays import Calendar, day_date

ANNOUNCED_DAY = 20  # the central bank's custom, not the city's law: the 20th, or the next working day
CUSTOM_SINCE = (2019, 8)  # before that month the LPR was announced on other days, or every day
Month = tuple[int, int]

# --- the LPR: announced on a fixed day of every month, and missed when it is not on file ------------------------------


def lpr_missing(context: Context) -> Outcome:
    """The months whose announcement was due by the day and is not on file, since the first that is on file.

    A month is there with any announcement of it, on whatever day: the custom has been departed from.
    """
    with db.reading(context.engine) as connection:
        announced = [day_date(number) for number in positions.lpr(connection)["announced_on"]]
        calendar = positions.calendar(connection)
    known = {(day.year, day.month) for day in announced if day <= context.day}
    months = [month for month in _months(known, context.day) if month not in known]
    unknown = None
    if months and months[-1] == (context.day.year, context.day.month):
        try:
            months = months if workday_from(calendar, _nominal(months[-1])) <= context.day else months[:-1]
        except Refused as refusal:
            months, unknown = months[:-1], refusal
            if not months:
                raise
    if not months:
        return Outcome("LPR 齐全", {"missing": 0})
    text = lines(
        "以下各次一年期 LPR 应已公布，尚未入库：",
        [f"{_when(calendar, month)}公布的 LPR" for month in months],
        "请在「LPR」表录入后导入；缺少期间发放的贷款会标 R_LPR 待核实。",
        *([f"本月的一次是否应已公布，无法推算：{unknown}"] if unknown else []),
    )
    subject = f"LPR 尚缺 {len(months)} 次"
    return Outcome(f"缺 {len(months)} 次 LPR", {"missing": len(months)}, [Notice("lpr", CITY, subject, text)])


def _months(known: Collection[Month], day: date) -> list[Month]:
    """The months to be looked at: from the first known one to the day's own, which counts from its 20th on."""
    last = (day.year, day.month)
    year, month = max(min(known, default=last), CUSTOM_SINCE)
    found = []
    while (year, month) <= last and _nominal((year, month)) <= day:
        found.append((year, month))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _nominal(month: Month) -> date:
    return date(*month, ANNOUNCED_DAY)


def _when(calendar: Calendar, month: Month) -> str:
    """When a month's announcement was to be expected; only the month where the calendar does not say."""
    try:
        return f"{workday_from(calendar, _nominal(month))} "
    except Refused:
        return f"{month[0]} 年 {month[1]} 月"


# --- what is about to end ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Period:
    """A period on file: of which subject (periods of one subject follow each other), both ends included, and in words."""

    subject: tuple[int | str, ...]
    first: date
    last: date | None
    who: str
    what: str = ""
    county: str = ""


@dataclass(frozen=True)
class _Ending:
    """Something that ends and is not followed by its like."""

    ends_on: date
    who: str
    what: str
    county: str


def rosters_ending(context: Context) -> Outcome:
    """Qualifications and partnerships that come within one of the notice-ahead days of their end, unless renewed."""
    with db.reading(context.engine) as connection:
        qualifications = _qualifications(connection, context)
        partnerships = _partnerships(connection, context)
    notices = []
    for county in [name for name in ALL_COUNTIES if any(one.county == name for one in qualifications)]:
        part = [one for one in qualifications if one.county == county]
        text = lines(
            f"以下 {len(part)} 项企业资质到期，尚无续期；到期后发放的贷款不符合第四条：",
            [f"{one.ends_on}　{one.who}　{one.what}" for one in part],
            "已重新认定的，请在「资质」表补录新的有效期。",
        )
        notices.append(
            Notice("roster", county if county in COUNTIES else CITY, f"{len(part)} 项企业资质到期提醒", text)
        )
    for one in partnerships:
        text = lines(
            f"{one.who}的合作期到 {one.ends_on} 为止，尚无续期；此后发放的贷款不符合第六条。",
            "已续签的，请在「合作银行」表补录新的合作期。",
        )
        notices += [Notice("partnership", to, f"{one.who}合作期 {one.ends_on} 到期", text) for to in (one.who, CITY)]
    words = f"到期提醒：企业资质 {len(qualifications)} 项，合作银行 {len(partnerships)} 家"
    return Outcome(words, {"qualifications": len(qualifications), "partnerships": len(partnerships)}, notices)


def _qualifications(connection: Connection, context: Context) -> list[_Ending]:
    fact, company = models.QualificationFact, models.EnterpriseFact
    query = (
        select(fact.enterprise_id, fact.category, fact.valid_from, fact.valid_to, company.name, company.county)
        .join(company, (company.enterprise_id == fact.enterprise_id) & company.retired_by.is_(None))
        .where(fact.retired_by.is_(None), (fact.valid_to.is_(None)) | (fact.valid_to > context.since))
    )
    periods = (
        _Period((row.enterprise_id, row.category), row.valid_from, row.valid_to, row.name, row.category, row.county)
        for row in connection.execute(query)
    )
    return _ending(periods, context)


def _partnerships(connection: Connection, context: Context) -> list[_Ending]:
    fact, bank = models.PartnershipFact, models.Bank
    query = (
        select(fact.bank_id, fact.starts_on, fact.ends_on, bank.name)
        .join(bank, bank.id == fact.bank_id)
        .where(fact.retired_by.is_(None), fact.starts_on.is_not(None))
    )
    periods = (_Period((row.bank_id,), row.starts_on, row.ends_on, row.name) for row in connection.execute(query))
    return _ending(periods, context)


def _ending(periods: Iterable[_Period], context: Context) -> list[_Ending]:
    """Those whose end has come within a notice-ahead count since the last look, and that no other of theirs carries on."""
    by_subject: dict[tuple[int | str, ...], list[_Period]] = {}
    for period in periods:
        by_subject.setdefault(period.subject, []).append(period)
    ahead = [timedelta(days=days) for days in context.settings.notice_days]
    found = [
        _Ending(one.last, one.who, one.what, one.county)
        for same in by_subject.values()
        for one in same
        if one.last is not None
        and any(context.since + days < one.last <= context.day + days for days in ahead)
        and not any(_carries_on(other, one.last) for other in same)
    ]
    return sorted(found, key=lambda one: (one.ends_on, one.who, one.what))


def _carries_on(period: _Period, end: date) -> bool:
    """Whether a period reaches beyond a day without leaving a gap after it."""
    return period.first <= end + timedelta(days=1) and (period.last is None or period.last > end)
