"""拨投贷保 (威政办发〔2023〕8号): the quarterly returns, the yearly review, and the archives whose term is over."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import LawDay
from jobs.trials import trial_of_the_day
from jobs.words import lines, rows
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.chokepoint import positions as reviewed
from ledger.programmes.chokepoint.year import DOCUMENT, PRODUCT, window
from ledger.runs import settlement
from ledger.workdays import NO_DATE, Days, add_months, day_date, day_number
from reports.chokepoint import lists
from reports.chokepoint.returns import Quarter, quarter_of, write_returns

CUT_OFF = LawDay("chokepoint", "review")
_MONTHS_OF_A_YEAR = 12
_KEY = "chokepoint"


# --- the quarter ------------------------------------------------------------------------------------------------------


def returns(context: Context) -> Outcome:
    """The returns of the last quarter that is over: each bank's, insurer's and investor's, and the city's total."""
    quarter = _quarter_before(context.day)
    try:
        quarter = quarter_of(quarter.year, quarter.number, context.day)
    except Refused as refusal:
        return Outcome(f"无事可做：{refusal}")
    folder = context.folder("季报", quarter.name)
    with db.reading(context.engine) as connection:
        written = write_returns(connection, quarter, folder)
    count_of_rows = sum(count for _, count in written[:-1])
    text = lines(
        f"{quarter.name}季报已按在库事实编制（截至 {quarter.last}）：",
        [f"{path}（{count} 行）" for path, count in written],
    )
    figures = {"quarter": quarter.name, "files": len(written), "rows": count_of_rows}
    return Outcome(
        f"{quarter.name}季报 {len(written)} 份，共 {count_of_rows} 行",
        figures,
        [Notice("returns", CITY, f"{quarter.name}季报已编制", text)],
    )


def _quarter_before(day: date) -> Quarter:
    number = (day.month - 1) // 3
    return Quarter(day.year, number) if number else Quarter(day.year - 1, 4)


# --- the year ---------------------------------------------------------------------------------------------------------


def reminder(context: Context) -> Outcome:
    """What is on file for the review to come, for those who must complete it before the cut-off."""
    day = context.day
    year = day.year if day <= CUT_OFF.of(day.year) else day.year + 1
    try:
        span = window(year)
    except Refused as refusal:
        return Outcome(f"无事可做：{refusal}")
    with db.reading(context.engine) as connection:
        if (approved := settlement.approved_run(connection, _KEY, year)) is not None:
            return Outcome(f"无事可做：{year} 年度已审核通过（第 {approved.id} 号运行）")
        until = min(day, span.cut_off)
        loans = positions.loans(connection, PRODUCT, span.after, until)
        policies = reviewed.policies(connection, span.after, until)
        counts = {
            "loans": len(loans),
            "policies": len(policies),
            "grants": len(reviewed.grants(connection, span.after, until)),
            "investments": len(reviewed.investments(connection, span.after, until)),
        }
    text = lines(
        f"{year} 年度集中审核截止日为 {span.cut_off}（第十四条），还有 {(span.cut_off - day).days} 天。",
        f"已入库：卡脖子攻关贷 {counts['loans']} 笔，保单 {counts['policies']} 份，"
        f"研发补助 {counts['grants']} 项，股权投资 {counts['investments']} 项。",
        "请在截止日前补齐贷款、还款、展期、保单、研发补助和投资。",
    )
    subject = f"{year} 年度拨投贷保集中审核将于 {span.cut_off} 截止"
    to = [CITY, *sorted({*loans["bank"], *policies["insurer"]})]
    notices = [
        Notice("review", who, subject, text if who == CITY else _own_text(who, span.cut_off, loans, policies))
        for who in to
    ]
    return Outcome(f"{year} 年度集中审核还有 {(span.cut_off - day).days} 天", {"year": year, **counts}, notices)


def _own_text(who: str, cut_off: date, loans: pd.DataFrame, policies: pd.DataFrame) -> str:
    lent, insured = int((loans["bank"] == who).sum()), int((policies["insurer"] == who).sum())
    have = [f"卡脖子攻关贷 {lent} 笔"] * bool(lent) + [f"保单 {insured} 份"] * bool(insured)
    return lines(f"贵机构本年度已入库：{'，'.join(have)}。", f"尚未报送的请在 {cut_off} 前补齐（第十四条）。")


def review(context: Context) -> Outcome:
    """A trial review of the year whose cut-off came last, and its two tables."""
    day = context.day
    year = day.year if day >= CUT_OFF.of(day.year) else day.year - 1
    run = trial_of_the_day(context, PROGRAMMES[_KEY], year, None)
    if isinstance(run, str):
        return Outcome(run)
    folder = context.folder("集中审核", f"{year}年度-{day}")
    with db.reading(context.engine) as connection:
        loans = lists.write_list(connection, run, folder / f"{lists.NEW_LOANS.title}-{year}.xlsx", lists.NEW_LOANS)
        policies = lists.write_list(connection, run, folder / f"{lists.PREMIUMS.title}-{year}.xlsx", lists.PREMIUMS)
    text = lines(
        f"第 {run.id} 号运行（试算），截止日 {run.as_of}：贷款通过 {loans} 笔，拟补助 {wan_words(run.summary['subsidy_fen'])}；"
        f"保单通过 {policies} 份，拟补贴 {wan_words(run.summary['premium_subsidy_fen'])}。",
        f"明细表：{folder}",
        f"核对后审核：tiexi approve {run.id} --by 姓名 --document 文号",
    )
    figures = {"run": run.id, "year": year, "loans": loans, "policies": policies}
    notice = Notice("review", CITY, f"{year} 年度拨投贷保集中审核（第 {run.id} 号运行）", text)
    return Outcome(f"{year} 年度集中审核试算完成（第 {run.id} 号运行）", figures, [notice])


# --- the archives -------------------------------------------------------------------------------------------------------


def archives(context: Context) -> Outcome:
    """Loans paid off and policies expired for longer than their records must be kept. Listed; nothing is deleted."""
    years = DOCUMENT.number_near("archive_years", context.day)
    with db.reading(context.engine) as connection:
        loans = positions.loans(connection, PRODUCT, date.min, context.day)
        paid_off_on = positions.paid_off_on(loans, positions.repayments(connection, loans, context.day))
        policies = reviewed.policies(connection, date.min, context.day)
    ended = [
        *_ended(loans.assign(ended_on=paid_off_on), "bank", "note_no", "贷款", "结清", years, context.day),
        *_ended(
            policies.assign(ended_on=policies["expiry"]), "insurer", "policy_no", "保单", "到期", years, context.day
        ),
    ]
    by_keeper: dict[str, list[str]] = {}
    for keeper, text in ended:
        by_keeper.setdefault(keeper, []).append(text)
    notices = [
        Notice(
            "archives",
            keeper,
            f"{len(found)} 份业务档案已满留存年限（{keeper}）",
            lines(
                f"以下 {len(found)} 份业务档案留存已满 {years} 年（{DOCUMENT.duties['archive_years'].article}规定至少 {years} 年）：",
                found,
                "本系统只列示，不删除任何记录；是否销毁由档案管理部门决定。",
            ),
        )
        for keeper, found in sorted(by_keeper.items())
    ]
    figures = {"records": len(ended), "keepers": len(by_keeper)}
    return Outcome(f"已满 {years} 年留存期的业务档案 {len(ended)} 份（只列示，不删除）", figures, notices)


def kept_until(ended_on: Days, years: int) -> Days:
    """第十二条, 第十三条: the last day on which the records of business that ended on a day must be kept."""
    return add_months(ended_on, years * _MONTHS_OF_A_YEAR)


def _ended(
    frame: pd.DataFrame, keeper: str, number: str, what: str, how: str, years: int, day: date
) -> Iterable[tuple[str, str]]:
    """(keeper, line) of what ended so long ago, by keeper and number."""
    frame = frame[frame["ended_on"] != NO_DATE]
    frame = frame.assign(until=kept_until(frame["ended_on"].to_numpy(dtype=np.int64), years))
    frame = frame[frame["until"] < day_number(day)]
    for row in rows(frame, keeper, number):
        said = f"{what} {getattr(row, number)}　{day_date(row.ended_on)} {how}，留存至 {day_date(row.until)}"
        yield getattr(row, keeper), said
