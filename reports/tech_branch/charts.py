"""Seven charts of a settled year as pictures: where the subsidy goes, what stopped loans, how fast the money was.

The figures are those of the evaluation (`performance_figures`) and of the run's summary; here they are only drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from ledger import money
from ledger.counties import ALL_COUNTIES, CITY
from ledger.programmes.tech_branch.law import CONDITIONS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.report import Table, Written
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
    written = drawings.write(of_run(connection, run), path)
    kinds = {".svg": "矢量图", ".png": "图片"}
    return Written([(one, kinds[one.suffix]) for one in written])


def of_run(connection: Connection, run: RunRecord, most: int | None = None) -> Iterator[Picture]:
    """The charts of a run's year. most: of banks that are told apart, the largest; None: all."""
    return pictures(connection, figures(connection, run), most)


def pictures(connection: Connection, found: YearFigures, most: int | None = None) -> Iterator[Picture]:
    """The charts, in their order."""
    run = found.run
    about = f"{DOCUMENT.name} {run.year} 年度，第 {run.id} 号运行（{run.standing}）"
    wan, settled = f"{about}，单位：万元", [*settled_years(connection, run.year), run][-YEARS:]
    before = year_before(connection, run)
    counties = {name: found.counties[name] for name in ALL_COUNTIES if name in found.counties}
    for number, (key, name, subtitle, part, front) in enumerate(
        (
            ("counties", "各区市补助", wan, _given("区市", counties), True),
            ("banks", "各银行补助", wan, _given("银行", _largest(found.banks, most)), True),
            ("budget", "预算使用", wan, _budgets(found), True),
            ("stopped", "各代码拦下的笔数", f"{about}，一笔可有多条", _stopped(run), True),
            ("years", "五年补助", f"{DOCUMENT.name}最近 {YEARS} 年中已结算的，单位：万元", _years(settled), True),
            ("rates", "利率与LPR", f"{about}，按发放月份：竖条为最低至最高，圆点为按余额加权的平均", _rates(connection, run), False),
            ("legs", "拨付各环节天数", f"{about}，按金额加权", _legs(found, before), False),
        ),
        start=1,
    ):  # fmt: skip
        table = part.table._replace(title=f"{name}（{subtitle.rpartition('，')[2]}）")
        yield Picture(
            key, f"{number}-{name}-{run.year}", name, subtitle, table, f"{name}：{part.said}", part.draw, front
        )


class _Part(NamedTuple):
    """A chart in the making: the rows in words, what they show in a sentence, and what draws them."""

    table: Table
    said: str
    draw: Callable[[], object]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1, total: bool = False) -> Table:
    return Table("", headers, rows, texts, total)


def _nothing(headers: Sequence[str], said: str) -> _Part:
    """Where there is nothing to draw."""
    return _Part(_table(headers, []), said, lambda: drawings.sentence(said))


def _bar(name: str, series: str, fen: int) -> Bar:
    return Bar(name, series, in_wan(fen), money.wan_text(fen))


def _largest(parts: dict[str, Values], most: int | None) -> dict[str, Values]:
    """The parts by name; beyond so many the smallest are one part."""
    if most is None or len(parts) <= most:
        return dict(sorted(parts.items()))
    ranked = sorted(parts, key=lambda name: (-(parts[name]["given"] or 0), name))
    others = [parts[name] for name in ranked[most - 1 :]]
    rest = {key: sum(part[key] or 0 for part in others) for key in ("interest", "bonus", "given")}
    return {name: parts[name] for name in ranked[: most - 1]} | {f"其余 {len(others)} 家": rest}


def _given(what: str, parts: dict[str, Values]) -> _Part:
    """Interest and bonus of each part, with their sum in figures."""
    headers, kinds = (what, "贴息", "奖补", "合计"), {"interest": "贴息", "bonus": "奖补"}
    if not parts:
        return _nothing(headers, "没有贷款")
    sums = {key: sum(part[key] or 0 for part in parts.values()) for key in (*kinds, "given")}
    rows = [
        (name, *(money.wan_text(part[key] or 0) for key in (*kinds, "given")))
        for name, part in (*parts.items(), ("合计", sums))
    ]
    stacked = [_bar(name, words, part[key] or 0) for name, part in parts.items() for key, words in kinds.items()]
    totals = [_bar(name, "贴息", part["given"] or 0) for name, part in parts.items()]
    most = max(parts, key=lambda name: parts[name]["given"] or 0)
    said = (
        f"{len(parts)} 条横条，{most}最多，{money.wan_text(parts[most]['given'] or 0)} 万元，合计 {rows[-1][-1]} 万元"
    )
    return _Part(_table(headers, rows, total=True), said, lambda: drawings.bars(stacked, "万元", True, totals))


def _budgets(found: YearFigures) -> _Part:
    """What each budget of the run gave, and what was left of it."""
    headers, budgets = ("范围", "预算", "已用", "结余", "使用率"), found.run.law.get("budgets", {})
    stacked, totals, rows = [], [], []
    for scope in (scope for scope in (CITY, *ALL_COUNTIES) if scope in budgets):
        used = (found.values if scope == CITY else found.counties.get(scope, {})).get("given") or 0
        share, amounts = share_e4(used, budgets[scope]), (budgets[scope], used, budgets[scope] - used)
        percent = "" if share is None else f"{money.percent_text(share)}%"
        stacked += [_bar(scope, "已用", used), _bar(scope, "结余", budgets[scope] - used)]
        words = f"{money.wan_text(used)} / {money.wan_text(budgets[scope])}" + (f"，{percent}" if percent else "")
        totals.append(Bar(scope, "已用", in_wan(budgets[scope]), words))
        rows.append((scope, *map(money.wan_text, amounts), percent))
    if not rows:
        return _nothing(headers, f"{found.run.year} 年度没有录入预算")
    said = f"{rows[0][0]}预算 {rows[0][1]} 万元，已用 {rows[0][4] or rows[0][2]}，共 {len(rows)} 条横条"
    return _Part(_table(headers, rows), said, lambda: drawings.bars(stacked, "万元", True, totals))


def _stopped(run: RunRecord) -> _Part:
    """How many loans each code stopped."""
    headers, titles = ("代码", "条件", "笔数"), {condition.code: condition.title for condition in CONDITIONS}
    stopped = run.summary["stopped"]
    if not stopped:
        return _nothing(headers, "没有未通过条件的贷款")
    parts = [Bar(f"{code} {titles[code]}", "笔数", count, str(count)) for code, count in stopped.items()]
    rows = [(code, titles[code], str(count)) for code, count in stopped.items()]
    most = max(stopped, key=lambda code: stopped[code])
    said = f"{len(rows)} 条横条，{most} {titles[most]}最多，{stopped[most]} 笔"
    return _Part(_table(headers, rows, 2), said, lambda: drawings.bars(parts, "笔", True))


def _years(runs: Sequence[RunRecord]) -> _Part:
    """Interest, bonus and their sum over the years."""
    points, rows = [], []
    for run in runs:
        amounts = {"贴息": run.summary["interest_fen"], "奖补": run.summary["bonus_fen"], "合计": given(run.summary)}
        rows.append((f"{run.year}", *(money.wan_text(fen) for fen in amounts.values())))
        points += [
            Point(str(run.year), words, in_wan(amounts[words]), money.wan_text(amounts[words]))
            for words in ("合计", "贴息", "奖补")
        ]
    said = f"{len(rows)} 年的三条折线，{rows[-1][0]} 年度合计 {rows[-1][-1]} 万元"
    return _Part(_table(("年度", "贴息", "奖补", "合计"), rows), said, lambda: drawings.lines(points, "万元"))


def _rates(connection: Connection, run: RunRecord) -> _Part:
    """Rates by month of disbursement against the LPR and the ceiling that applied; of several in a month, the highest."""
    months: dict[str, list[int]] = {}
    query = joined(select(loan_fact.disbursed_on, loan_fact.rate_e4, line.lpr_e4, line.balance_fen))
    rows = connection.execute(query.where(line.run_id == run.id), execution_options={"yield_per": 5_000})  # fmt: skip
    for day, rate, lpr, fen in rows:
        if lpr is None:
            continue
        low, high, weighted, weight, known = months.get(f"{day:%Y-%m}", [rate, rate, 0, 0, lpr])
        months[f"{day:%Y-%m}"] = [min(low, rate), max(high, rate), weighted + rate * fen, weight + fen, max(known, lpr)]
    headers = ("月份", "最低", "最高", "平均", "适用 LPR", "上限")
    if not months:
        return _nothing(headers, "没有可比的贷款")
    margin = run.law["rate_margin"]

    def percent(e4: int) -> float:
        return e4 / money.E4_PER_PERCENT

    found, steps, told = [], [], []
    for month, (low, high, weighted, weight, lpr) in sorted(months.items()):
        middle = money.half_up(weighted, weight)
        found.append(Span(month, percent(low), percent(high), percent(middle)))
        limits = {"适用 LPR": lpr, f"上限（LPR + {money.percent_text(margin)}）": lpr + margin}
        steps += [Point(month, words, percent(e4)) for words, e4 in limits.items()]
        told.append((month, *(money.percent_text(e4) for e4 in (low, high, middle, lpr, lpr + margin))))
    said = f"{len(told)} 个月的利率范围与两条阶梯线，{told[-1][0]} 平均 {told[-1][3]}%，上限 {told[-1][5]}%"
    return _Part(_table(headers, told), said, lambda: drawings.spans(found, steps, "%"))


def _legs(now: YearFigures, before: YearFigures | None) -> _Part:
    """Days of each leg, this year beside last year."""
    years = [year for year in (now, before) if year is not None]
    headers, parts = ("环节", *(f"{year.run.year} 年度天数" for year in years)), []
    rows: dict[str, list[str]] = {}
    for place, year in enumerate(years):
        for name, leg in year.legs.items():
            if (days := leg["days"]) is not None:
                text = money.format_scaled(days, 1, at_least=1)
                parts.append(Bar(name, f"{year.run.year} 年度", days / 10, f"{text} 天"))
                rows.setdefault(name, [""] * len(years))[place] = text
    if not parts:
        return _nothing(headers, "还没有拨付")
    told = [(name, *texts) for name, texts in rows.items()]
    said = f"{len(told)} 个环节的横条，{parts[0].name} {parts[0].text}"
    return _Part(_table(headers, told), said, lambda: drawings.bars(parts, "天", True, beside=True))
