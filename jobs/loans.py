"""Loans day by day (威财金〔2023〕2号): papers whose time runs out (第十七条), and terms that fell short (第五条)."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.record import LISTED, listed_before
from jobs.rules import workday_from
from jobs.words import lines, rows
from ledger import models
from ledger.database import db
from ledger.facts import positions
from ledger.money import wan_words
from ledger.programmes.tech_branch.law import EVENT_KINDS, granted_until
from ledger.programmes.tech_branch.programme import DOCUMENT, PRODUCT
from ledger.workdays import NO_DATE, Days, day_date, day_number

# --- papers -----------------------------------------------------------------------------------------------------------


def papers_due(context: Context) -> Outcome:
    """Events whose papers are missing and whose time ends today or on the next working day, by bank.

    The next working day is tomorrow, but for the days before a weekend or a holiday, when tomorrow would be too late.
    """
    day, allowed = context.day, DOCUMENT.number_near("upload_workdays", context.day)
    with db.reading(context.engine) as connection:
        calendar = positions.calendar(connection)
        following = workday_from(calendar, day + timedelta(days=1))
        loans = positions.loans(connection, PRODUCT, date.min, day)
        # of what happened longer ago the time is over: so many weeks have more working days than are allowed
        events = _without_papers(connection, loans, context, day_number(day - timedelta(weeks=allowed)))
    event_on = events["event_on"].to_numpy()
    before = calendar.count_workdays(event_on, _same(event_on, day_number(day) - 1))
    until = calendar.count_workdays(event_on, _same(event_on, day_number(following)))
    events = events[(before < allowed) & (until >= allowed)]
    events = events.assign(due_on=calendar.add_workdays(events["event_on"].to_numpy(), allowed))
    calendar.require_known()
    events = events.sort_values(["bank", "due_on", "event_on", "note_no", "kind"])
    notices = []
    for bank, part in events.groupby("bank", sort=True):
        found = [
            f"{row.note_no}　{row.enterprise_name}　{EVENT_KINDS[row.kind]} {day_date(row.event_on)}，"
            f"资料最迟 {day_date(row.due_on)} 上传"
            for row in rows(part)
        ]
        text = lines(
            f"以下 {len(found)} 项业务的资料尚未上传，期限为业务发生后 {allowed} 个工作日（第十七条），今天或下一工作日到期：",
            found,
            "逾期未传的，由企业、银行自行承担不能享受贴息的责任。已上传的请把资料上传日报送入库。",
        )
        notices.append(Notice("papers", str(bank), f"{len(found)} 项业务资料即将到期（{day}）", text))
    today_count = int((events["due_on"] == day_number(day)).sum())
    figures = {"due_today": today_count, "due_next": len(events) - today_count, "banks": len(notices)}
    return Outcome(
        f"资料未上传：今天到期 {today_count} 项，下一工作日到期 {len(events) - today_count} 项", figures, notices
    )


def _without_papers(connection: Connection, loans: pd.DataFrame, context: Context, since: int) -> pd.DataFrame:
    """The disbursements, repayments and extensions since a day number whose papers are neither uploaded nor excused."""
    repaid = positions.repayments(connection, loans, context.day)
    extended = positions.extensions(connection, loans, context.day)
    whole = loans.assign(loan=np.arange(len(loans)))
    parts = (
        (whole, "disbursed_on"),
        (repaid, "paid_on"),
        (extended, "extended_on"),
    )
    events = pd.concat(
        [
            pd.DataFrame(
                {
                    "loan": part["loan"].to_numpy(dtype=np.int64),
                    "kind": kind,
                    "event_on": part[column].to_numpy(dtype=np.int64),
                    "uploaded_on": part["uploaded_on"].to_numpy(dtype=np.int64),
                }
            )
            for kind, (part, column) in enumerate(parts)
        ],
        ignore_index=True,
    )
    events = events[events["event_on"] >= since]
    events = events[(events["uploaded_on"] == NO_DATE) | (events["uploaded_on"] > day_number(context.day))]
    excused = positions.waived(connection, loans, events["loan"].to_numpy(), events["event_on"].to_numpy())
    events = events[~excused].reset_index(drop=True)
    named = loans[["bank", "note_no", "enterprise_name"]].iloc[events["loan"].to_numpy()].reset_index(drop=True)
    return pd.concat([events, named], axis=1)


def _same(like: Days, value: int) -> Days:
    return np.full_like(like, value)


# --- terms that fell short --------------------------------------------------------------------------------------------


def fell_short(context: Context) -> Outcome:
    """Loans agreed for a full year that were paid off too early, in the document's life, and were not reported before.

    Banks report after the fact, and may correct what they reported. So what counts is neither a repayment's date nor when
    it came on file, but whether a run that is done has said so; a loan that is on file with another end is said again.
    """
    day, wanted = context.day, DOCUMENT.number_near("term_days", context.day)
    with db.reading(context.engine) as connection:
        loans = positions.loans(connection, PRODUCT, date.min, day)
        repaid = positions.repayments(connection, loans, day)
        paid_off_on = positions.paid_off_on(loans, repaid)
        due_on = positions.due_on(loans, positions.extensions(connection, loans, day))
        lent_on = loans["disbursed_on"].to_numpy()
        days = granted_until(paid_off_on, due_on) - lent_on
        short = (paid_off_on >= day_number(DOCUMENT.starts)) & (due_on - lent_on >= wanted) & (days < wanted)
        loans = loans.assign(paid_off_on=paid_off_on, days=days, key=_keys(loans["loan_id"], paid_off_on))[short]
        loans = loans[~loans["key"].isin(listed_before(connection, context.name, context.day))]
        paid = _paid(connection)
    notices = []
    for bank, part in loans.groupby("bank", sort=True):
        found = [
            f"{row.note_no}　{row.enterprise_name}（{row.county}）　{day_date(row.disbursed_on)} 发放，"
            f"{day_date(row.paid_off_on)} 结清，实际占用 {row.days} 天"
            + (f"；已付贴息、奖补 {wan_words(paid[row.loan_id])}，将在下次结算追缴" if paid.get(row.loan_id) else "")
            for row in rows(part, "paid_off_on", "note_no")
        ]
        text = lines(
            f"以下 {len(found)} 笔贷款提前结清，实际占用不足 {wanted} 天，不符合期限要求（第五条）：",
            found,
            "还款录入有误的请更正；属实的不享受补助。",
        )
        subject = f"{len(found)} 笔贷款实际占用不足 {wanted} 天（{bank}）"
        notices += [Notice("short", str(bank), subject, text), Notice("short", CITY, subject, text)]
    claimed = loans["loan_id"].isin(paid.keys())
    figures = {"loans": len(loans), "paid_before": int(claimed.sum()), LISTED: sorted(loans["key"])}
    return Outcome(
        f"新知悉实际占用不足 {wanted} 天的贷款 {len(loans)} 笔，其中已付过补助 {int(claimed.sum())} 笔",
        figures,
        notices,
    )


def _keys(loan_ids: pd.Series, paid_off_on: Days) -> list[str]:
    """What makes a loan that fell short the same: the loan and the day on which it was paid off."""
    return [f"{loan_id}:{day}" for loan_id, day in zip(loan_ids, paid_off_on, strict=True)]


def _paid(connection: Connection) -> dict[int, int]:
    """What approved settlements paid on each loan, interest and bonus together. Fen."""
    line, fact, run = models.TechBranchLine, models.LoanFact, models.Run
    paid = func.sum(line.interest_fen + line.bonus_fen)
    query = (
        select(fact.loan_id, paid)
        .join(line, line.loan_fact_id == fact.id)
        .join(run, run.id == line.run_id)
        .where(run.state == "approved", run.programme == DOCUMENT.programme)
        .group_by(fact.loan_id)
        .having(paid > 0)
    )
    return {loan_id: int(fen) for loan_id, fen in connection.execute(query)}
