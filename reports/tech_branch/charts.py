"""Seven charts of a settled year as pictures: where the subsidy goes, what stopped loans, how fast the money was.

The figures are those of the evaluation (`performance_figures`) and of the run's summary; here they are only drawn.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from ledger import money
from ledger.counties import ALL_COUNTIES, CITY
from ledger.programmes.tech_branch.law import CONDITIONS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.report import Written
from reports.tech_branch.lines import joined, line, loan_fact
from reports.tech_branch.performance_figures import YearFigures, figures, year_before
from reports.tech_branch.settled_years import given, settled_years
from reports.writing import drawings
from reports.writing.drawings import Bar, Picture, Point, Span
from reports.writing.indicators import Values, share_e4
from reports.writing.tidy import in_wan

YEARS = 5  # of the curve


def write(connection: Connection, run: RunRecord, path: Path) -> Written:
    """Writes the charts of a run's year into a folder, each as SVG and PNG."""
    drawings.library()  # says at once what is missing
    found = figures(connection, run)
    written = drawings.write(pictures(connection, found), path)
    kinds = {".svg": "矢量图", ".png": "图片"}
    return Written([(one, kinds[one.suffix]) for one in written])


def pictures(connection: Connection, found: YearFigures) -> Iterator[Picture]:
    """The charts, in their order."""
    run = found.run
    about = f"{DOCUMENT.name} {run.year} 年度，第 {run.id} 号运行（{run.standing}）"
    wan, settled = f"{about}，单位：万元", [*settled_years(connection, run.year), run][-YEARS:]
    before = year_before(connection, run)
    for number, (name, subtitle, chart) in enumerate(
        (
            ("各区市补助", wan, _given(found.counties, ALL_COUNTIES)),
            ("各银行补助", wan, _given(found.banks, sorted(found.banks), across=True)),
            ("预算使用", wan, _budgets(found)),
            ("各代码拦下的笔数", f"{about}，一笔可有多条", _stopped(run)),
            ("五年补助", f"{DOCUMENT.name}最近 {YEARS} 年中已结算的，单位：万元", _years(settled)),
            ("利率与LPR", f"{about}，按发放月份：竖条为最低至最高，圆点为按余额加权的平均", _rates(connection, run)),
            ("拨付各环节天数", f"{about}，按金额加权", _legs(found, before)),
        ),
        start=1,
    ):  # fmt: skip
        yield Picture(f"{number}-{name}-{run.year}", name, subtitle, chart)


def _bar(name: str, series: str, fen: int) -> Bar:
    return Bar(name, series, in_wan(fen), money.wan_text(fen))


def _given(parts: dict[str, Values], order: Sequence[str], across: bool = False) -> object:
    """Interest and bonus of each part, with their sum in figures."""
    names = [name for name in order if name in parts]
    stacked = [
        _bar(name, words, parts[name][key] or 0)
        for name in names
        for key, words in (("interest", "贴息"), ("bonus", "奖补"))
    ]
    totals = [_bar(name, "贴息", parts[name]["given"] or 0) for name in names]
    return drawings.bars(stacked, "万元", across, totals) if names else drawings.sentence("没有贷款")


def _budgets(found: YearFigures) -> object:
    """What each budget of the run gave, and what was left of it."""
    budgets = found.run.law.get("budgets", {})
    stacked, totals = [], []
    for scope in (scope for scope in (CITY, *ALL_COUNTIES) if scope in budgets):
        used = (found.values if scope == CITY else found.counties.get(scope, {})).get("given") or 0
        share = share_e4(used, budgets[scope])
        stacked += [_bar(scope, "已用", used), _bar(scope, "结余", budgets[scope] - used)]
        words = f"{money.wan_text(used)} / {money.wan_text(budgets[scope])}" + (f"，{money.percent_text(share)}%" if share is not None else "")  # fmt: skip
        totals.append(Bar(scope, "已用", in_wan(budgets[scope]), words))
    return (
        drawings.bars(stacked, "万元", True, totals)
        if stacked
        else drawings.sentence(f"{found.run.year} 年度没有录入预算")
    )


def _stopped(run: RunRecord) -> object:
    """How many loans each code stopped."""
    titles = {condition.code: condition.title for condition in CONDITIONS}
    parts = [Bar(f"{code} {titles[code]}", "笔数", count, str(count)) for code, count in run.summary["stopped"].items()]
    return drawings.bars(parts, "笔", True) if parts else drawings.sentence("没有未通过条件的贷款")


def _years(runs: Sequence[RunRecord]) -> object:
    """Interest, bonus and their sum over the years."""
    points = []
    for run in runs:
        summary = run.summary
        amounts = {"合计": given(summary), "贴息": summary["interest_fen"], "奖补": summary["bonus_fen"]}
        points += [Point(str(run.year), words, in_wan(fen), money.wan_text(fen)) for words, fen in amounts.items()]
    return drawings.lines(points, "万元")


def _rates(connection: Connection, run: RunRecord) -> object:
    """Rates by month of disbursement against the LPR and the ceiling that applied; of several in a month, the highest."""
    months: dict[str, list[int]] = {}
    query = joined(select(loan_fact.disbursed_on, loan_fact.rate_e4, line.lpr_e4, line.balance_fen))
    rows = connection.execute(query.where(line.run_id == run.id), execution_options={"yield_per": 5_000})  # fmt: skip
    for day, rate, lpr, fen in rows:
        if lpr is None:
            continue
        low, high, weighted, weight, known = months.get(f"{day:%Y-%m}", [rate, rate, 0, 0, lpr])
        months[f"{day:%Y-%m}"] = [min(low, rate), max(high, rate), weighted + rate * fen, weight + fen, max(known, lpr)]
    if not months:
        return drawings.sentence("没有可比的贷款")
    margin = run.law["rate_margin"]

    def percent(e4: int) -> float:
        return e4 / money.E4_PER_PERCENT

    found, steps = [], []
    for month, (low, high, weighted, weight, lpr) in sorted(months.items()):
        found.append(Span(month, percent(low), percent(high), percent(money.half_up(weighted, weight))))
        limits = {"适用 LPR": lpr, f"上限（LPR + {money.percent_text(margin)}）": lpr + margin}
        steps += [Point(month, words, percent(e4)) for words, e4 in limits.items()]
    return drawings.spans(found, steps, "%")


def _legs(now: YearFigures, before: YearFigures | None) -> object:
    """Days of each leg, this year beside last year."""
    parts = []
    for year in (now, before):
        for name, leg in (year.legs if year else {}).items():
            days = leg["days"]
            if year and days is not None:
                parts.append(
                    Bar(name, f"{year.run.year} 年度", days / 10, f"{money.format_scaled(days, 1, at_least=1)} 天")
                )
    return drawings.bars(parts, "天", True, beside=True) if parts else drawings.sentence("还没有拨付")
