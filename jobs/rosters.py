"""What is about to end: the enterprises' qualifications (名录) and the banks' partnerships."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.words import lines
from ledger import models
from ledger.counties import ALL_COUNTIES, COUNTIES
from ledger.database import db


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


def ending(context: Context) -> Outcome:
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
