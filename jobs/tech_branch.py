"""科技支行贷款 (威财金〔2023〕2号) by the clock.

The trial of last year and the counties' filing in January (第十七条), papers whose time runs out (第十七条), terms that fell
short and the years enjoyed (第五条).
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from jobs.job import LISTED, Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import LawDay, workday_from
from jobs.trials import trial_of_the_day
from jobs.words import lines, listed, rows
from ledger import lifecycle, models
from ledger.counties import COUNTIES, COUNTY_RANK
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions, receipts
from ledger.facts.approved import is_approved
from ledger.facts.of_lines import with_loans
from ledger.facts.receipts import Starts
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.claims import paid_before
from ledger.programmes.tech_branch.law import EVENT_KINDS, granted_until
from ledger.programmes.tech_branch.papers import without_papers
from ledger.programmes.tech_branch.positions import years_enjoyed
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workdays import Days, day_date, day_number
from reports.tech_branch import annexes
from reports.tech_branch.lines import lines_csv
from reports.writing.files import write_text

FILING = LawDay("tech_branch", "filing")
_KEY = "tech_branch"

# --- the trial of last year -------------------------------------------------------------------------------------------


def trial(context: Context) -> Outcome:
    """Settles last year as of the day and writes every county's 附件1, 附件2 and the lines."""
    year = context.day.year - 1
    run = trial_of_the_day(context, PROGRAMMES[_KEY], year, context.day)
    if isinstance(run, str):
        return Outcome(run)
    folder = context.folder("年末试算", f"{year}年度-{context.day}")
    with db.reading(context.engine) as connection:
        counts = {
            county: annexes.annex1(connection, run, county, folder / f"附件1-{county}-{year}.xlsx")
            for county in annexes.annex1_counties(connection, run)
        }
        listed_count = annexes.annex2(connection, run, folder / f"附件2-{year}.xlsx")
        write_text(folder / f"明细-{year}.csv", lines_csv(connection, run.id))
    deadline = FILING.of(context.day.year)
    notices = [
        Notice("trial", CITY, f"{year} 年度科技支行贷款试算（第 {run.id} 号运行）", _totals(run, listed_count, folder))
    ]
    notices += [
        Notice(
            "annex1",
            county,
            f"{year} 年度附件1 待核对（{count} 笔）",
            lines(
                f"{year} 年度试算（第 {run.id} 号运行，截止日 {run.as_of}）已完成，本区市列入附件1 {count} 笔。",
                f"附件1：{folder / f'附件1-{county}-{year}.xlsx'}",
                f"请核对后初审签署：tiexi sign {run.id} --county {county} --by 姓名 --document 文号",
                f"报送截止 {deadline}（第十七条）。",
            ),
        )
        for county, count in counts.items()
        if county in COUNTIES
    ]
    figures = {"run": run.id, "year": year, "loans": run.summary["loans"], "annexes": len(counts) + 1}
    return Outcome(f"{year} 年度试算完成（第 {run.id} 号运行），写出附件 {len(counts) + 1} 份", figures, notices)


def _totals(run: RunRecord, listed_count: int, folder: Path) -> str:
    totals = run.summary
    return lines(
        f"截止日 {run.as_of}：{totals['loans']} 笔贷款，其中 {totals['paid_loans']} 笔有补助，附件2 列 {listed_count} 笔。",
        f"贴息 {wan_words(totals['interest_fen'])}，奖补 {wan_words(totals['bonus_fen'])}，追缴 {wan_words(totals['claims_fen'])}。",
        f"附件与明细：{folder}",
    )


# --- the filing in January --------------------------------------------------------------------------------------------


def filing(context: Context) -> Outcome:
    """What each county has signed of last year's latest run, and what is missing for the filing."""
    year, deadline = context.day.year - 1, FILING.of(context.day.year)
    if not PROGRAMMES[_KEY].document.in_force(date(year, 12, 31)):
        return Outcome(f"无事可做：{year} 年度不在{PROGRAMMES[_KEY].document.number}有效期内")
    with db.reading(context.engine) as connection:
        if (approved := settlement.approved_run(connection, _KEY, year)) is not None:
            return Outcome(f"无事可做：{year} 年度已审核通过（第 {approved.id} 号运行）")
        try:
            run = settlement.choose_run(connection, _KEY, year)
        except Refused as refusal:
            text = lines(f"{_left(context.day, deadline)}。", f"{refusal}。")
            notice = Notice("filing", CITY, f"{year} 年度专项资金申请表尚无试算", text)
            return Outcome(f"{year} 年度还没有试算", {"year": year}, [notice])
        signatures = lifecycle.signatures(connection, run)
    by_state = {
        state: [one for one in signatures if one.state == state]
        for state in (lifecycle.SIGNED, lifecycle.RETURNED, lifecycle.MISSING)
    }
    open_ = [one for one in signatures if one.state != lifecycle.SIGNED]
    totals = {part["county"]: part for part in run.summary["counties"]}
    overview = lines(
        f"第 {run.id} 号运行，截止日 {run.as_of}。{_left(context.day, deadline)}。",
        f"已签署：{listed([f'{one.county}（{one.made_by}，{one.document_no}）' for one in by_state[lifecycle.SIGNED]])}",
        f"已退回：{listed([f'{one.county}（{one.made_by}：{one.reason}）' for one in by_state[lifecycle.RETURNED]])}",
        f"未签署：{listed([one.county for one in by_state[lifecycle.MISSING]])}",
    )
    notices = [Notice("filing", CITY, f"{year} 年度专项资金申请表报送情况", overview)] if open_ else []
    for one in open_:
        part = totals.get(one.county)
        state = "尚未初审签署" if one.state == lifecycle.MISSING else f"已由 {one.made_by} 退回：{one.reason}"
        text = lines(
            f"第 {run.id} 号运行（截止日 {run.as_of}）中本区市的部分{state}。{_left(context.day, deadline)}。",
            *([f"本区市 {part['loans']} 笔：贴息 {wan_words(part['interest_fen'])}，奖补 {wan_words(part['bonus_fen'])}。"] if part else []),
            f"请核对附件1 后运行：tiexi sign {run.id} --county {one.county} --by 姓名 --document 文号",
        )  # fmt: skip
        notices.append(Notice("filing", one.county, f"{year} 年度专项资金申请表（附件1）待签署报送", text))
    figures = {"run": run.id, "year": year, **{state: len(found) for state, found in by_state.items()}}
    words = f"{len(by_state[lifecycle.SIGNED])} 个区市已签署，{len(open_)} 个未签署或已退回"
    return Outcome(f"{year} 年度第 {run.id} 号运行：{words}", figures, notices)


def _left(day: date, deadline: date) -> str:
    """How long there is until a deadline."""
    days = (deadline - day).days
    left = f"还有 {days} 天" if days > 0 else "今天到期" if days == 0 else f"已逾期 {-days} 天"
    return f"报送截止 {deadline}（第十七条），{left}"


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
        events = without_papers(connection, loans, day, day_number(day - timedelta(weeks=allowed)))
        begun = receipts.starts(connection)
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
            "逾期未传的，由企业、银行自行承担不能享受贴息的责任。" + _already_there(begun),
        )
        notices.append(Notice("papers", str(bank), f"{len(found)} 项业务资料即将到期（{day}）", text))
    today_count = int((events["due_on"] == day_number(day)).sum())
    figures = {"due_today": today_count, "due_next": len(events) - today_count, "banks": len(notices)}
    return Outcome(
        f"资料未上传：今天到期 {today_count} 项，下一工作日到期 {len(events) - today_count} 项", figures, notices
    )


def _already_there(begun: Starts) -> str:
    """What to do about papers that were uploaded already."""
    reported = "已上传的请把资料上传日报送入库。"
    return reported if begun.none else f"平台启用以后的业务，请在资料平台上传；启用以前的，{reported}"


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
        loans = loans[~loans["key"].isin(context.listed_before(connection))]
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
    line, fact, run = tables.TechBranchLine, models.LoanFact, models.Run
    paid = func.sum(line.interest_fen + line.bonus_fen)
    query = (
        with_loans(select(fact.loan_id, paid), line)
        .join_from(line, run, run.id == line.run_id)
        .where(is_approved(), run.programme == DOCUMENT.programme)
        .group_by(fact.loan_id)
        .having(paid > 0)
    )
    return {loan_id: int(fen) for loan_id, fen in connection.execute(query)}


# --- the years enjoyed ------------------------------------------------------------------------------------------------


def years_limit(context: Context) -> Outcome:
    """Enterprises with a balance now, by the years enjoyed before this year: at the limit, or in their last year."""
    day = context.day
    year, limit = day.year, DOCUMENT.number_near("years_limit", day)
    with db.reading(context.engine) as connection:
        loans = positions.loans(connection, PRODUCT, date.min, day)
        balance = positions.balances(loans, positions.repayments(connection, loans, day), day)
        loans = loans[balance > 0].reset_index(drop=True)
        enjoyed, waived = years_enjoyed(
            connection, loans, year, paid_before(connection, DOCUMENT.programme, year, loans)
        )
    borrowers = loans.assign(enjoyed=enjoyed, waived=waived).drop_duplicates("enterprise")
    full = borrowers[(borrowers["enjoyed"] >= limit) & ~borrowers["waived"]]
    last = borrowers[borrowers["enjoyed"] == limit - 1]
    notices = []
    for county in sorted({*full["county"], *last["county"]}, key=COUNTY_RANK.__getitem__):
        text = lines(
            f"按 {day} 的贷款余额和 {year} 年度以前已享受的年限推算（第五条：一般不超过 {limit} 年）。",
            f"已满 {limit} 年，{year} 年度不再贴息（经批准可录「年限豁免」）：{'' if _has(full, county) else '无'}",
            _names(full, county),
            f"已享受 {limit - 1} 年，{year} 年度为最后一年：{'' if _has(last, county) else '无'}",
            _names(last, county),
        )
        to = county if county in COUNTIES else CITY
        notices.append(Notice("years", to, f"{county}企业累计贴息年限预测（{year} 年度）", text))
    figures = {"year": year, "enterprises": len(borrowers), "at_limit": len(full), "last_year": len(last)}
    words = f"{year} 年度：已满 {limit} 年的企业 {len(full)} 家，最后一年的 {len(last)} 家"
    if notices:
        counts = lines(
            words + "。",
            [f"{name}：已满 {_count(full, name)} 家，最后一年 {_count(last, name)} 家" for name in COUNTIES],
        )
        notices.append(Notice("years", CITY, f"累计贴息年限预测（{year} 年度）", counts))
    return Outcome(words, figures, notices)


def _of(borrowers: pd.DataFrame, county: str) -> pd.DataFrame:
    return borrowers[borrowers["county"] == county]


def _has(borrowers: pd.DataFrame, county: str) -> bool:
    return bool(len(_of(borrowers, county)))


def _count(borrowers: pd.DataFrame, county: str) -> int:
    return len(_of(borrowers, county))


def _names(borrowers: pd.DataFrame, county: str) -> list[str]:
    return [
        f"{row.enterprise_name}　已享受 {row.enjoyed} 年"
        for row in rows(_of(borrowers, county), "enterprise_name", "uscc")
    ]
