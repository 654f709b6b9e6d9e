"""出口信保 (威商务发〔2023〕1号 第11条): the yearly review, once the year's premiums are paid."""

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.rules import YearDay
from jobs.trials import trial_of_the_day
from jobs.words import lines
from ledger.database import db
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from reports.export_credit import lists

REVIEW = YearDay(1, 31)  # the city's own arrangement: refunds of the year are in by then
_KEY = "export_credit"


def review(context: Context) -> Outcome:
    """A trial review of the year that is over, and its workbook."""
    year = context.day.year - 1
    run = trial_of_the_day(context, PROGRAMMES[_KEY], year, context.day)
    if isinstance(run, str):
        return Outcome(run)
    target = context.folder("出口信保", f"{year}年度-{context.day}") / f"保费支持明细表-{year}.xlsx"
    with db.reading(context.engine) as connection:
        passed = lists.write_list(connection, run, target)
    summary = run.summary
    text = lines(
        f"第 {run.id} 号运行（试算），截止日 {run.as_of}：保费 {summary['lines']} 行，通过 {passed} 行，"
        f"应支持 {wan_words(summary['demand_fen'])}，支持 {wan_words(summary['subsidy_fen'])}；"
        f"退费追缴 {summary['claims']['claims']} 条，{wan_words(summary['claims_fen'])}。",
        f"明细表：{target}",
        f"核对后审核：tiexi approve {run.id} --by 姓名 --document 文号",
    )
    figures = {"run": run.id, "year": year, "lines": summary["lines"], "passed": passed}
    notice = Notice("credit", CITY, f"{year} 年度出口信保审核（第 {run.id} 号运行）", text)
    return Outcome(f"{year} 年度出口信保试算完成（第 {run.id} 号运行）", figures, [notice])
