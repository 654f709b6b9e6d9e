"""The turn of the year (威财金〔2023〕2号 第十七条): the trial run of last year, and the counties' filing in January."""

from datetime import date
from pathlib import Path

from sqlalchemy import Connection, select

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import LawDay
from jobs.words import lines, listed
from ledger import lifecycle, models
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Programme
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workdays import today
from reports.tech_branch import annexes
from reports.tech_branch.lines import lines_csv
from reports.writing.files import write_text

FILING = LawDay("tech_branch", "filing")
_KEY = "tech_branch"


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


def trial_of_the_day(context: Context, programme: Programme, year: int, as_of: date | None) -> RunRecord | str:
    """The job's trial run for its day, the one on file where there is one; a sentence where the year needs none."""
    try:
        programme.settlement_day(year, as_of, today())
    except Refused as refusal:
        return f"无事可做：{refusal}"
    with db.reading(context.engine) as connection:
        approved = approved_run(connection, programme.key, year)
        if approved is not None:
            return f"无事可做：{year} 年度已审核通过（第 {approved} 号运行）"
        run = models.Run
        made = connection.execute(
            select(run.id).where(run.programme == programme.key, run.year == year, run.made_by == context.made_by)
        ).scalars()
        on_file = max(made, default=None)
        if on_file is not None and not context.again:
            return settlement.read_run(connection, on_file)
    return settlement.settle(context.engine, programme, year, as_of, context.made_by)


def approved_run(connection: Connection, programme: str, year: int) -> int | None:
    """The number of a year's approved run, None if there is none."""
    run = models.Run
    query = select(run.id).where(run.programme == programme, run.year == year, run.approved_at.is_not(None))
    return connection.execute(query).scalar_one_or_none()


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
        if (approved := approved_run(connection, _KEY, year)) is not None:
            return Outcome(f"无事可做：{year} 年度已审核通过（第 {approved} 号运行）")
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
