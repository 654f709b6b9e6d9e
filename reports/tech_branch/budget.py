"""第十六条: what next year's budget needs, by county and bank, from the loans in force today: figures and workbook."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from ledger.counties import ALL_COUNTIES, CITY, CITY_FULL_NAME, OFFICES
from ledger.facts.bank_names import BankNames, bank_names
from ledger.programmes.tech_branch import projection
from ledger.programmes.tech_branch.law import CONDITIONS
from ledger.programmes.tech_branch.positions import budgets_of
from ledger.programmes.tech_branch.projection import Outlook
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.report import Written
from reports.tech_branch import budget_notes
from reports.tech_branch.settled_years import all_names, by_name, given, settled_years
from reports.tech_branch.simulation import figures_of
from reports.tech_branch.simulation_shown import Figures
from reports.writing.indicators import change_e4
from reports.writing.pages import Column, Figure, Page, Plot, write_pages

PERCENTS = (80, 90, 100, 110, 120)  # of today's balances
AS_THEY_STAND = 100
LIMITS = {  # what is taken not to be there: what the row says, and the values of the law meant
    "按现行规定": {},
    "不限累计年限": {"years_limit": True},
    "不限单户上限": {"interest_cap": True},
    "年限、上限均不限": {"years_limit": True, "interest_cap": True},
}  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """What a year asks for: the loans that count, with the demand at each percentage of their balances and without each
    limit; and the settled years before. names: what papers call banks today; on_file: budgets of that year, fen by scope."""

    found: Outlook
    demands: dict[int, pd.DataFrame]
    limits: dict[str, Figures]
    settled: list[RunRecord]
    names: BankNames
    on_file: dict[str, int]

    @property
    def demand(self) -> pd.DataFrame:
        """The demand of the balances as they stand."""
        return self.demands[AS_THEY_STAND]


def forecast(connection: Connection, year: int) -> Budget:
    """What the budget for a year needs; Refused for a year that the document does not know."""
    found = projection.outlook(connection, year)
    names = bank_names(connection)
    printed = {names.in_force(number): names.printed(number) for number in set(names.ids().values())}
    demands = {percent: _named(found.demand(Fraction(percent, 100)), printed) for percent in PERCENTS}
    limits = {
        words: figures_of(found.demand(unlimited=without) if without else demands[AS_THEY_STAND])
        for words, without in LIMITS.items()
    }
    return Budget(found, demands, limits, settled_years(connection, year), names, budgets_of(connection, year))


def _named(lines: pd.DataFrame, printed: dict[str, str]) -> pd.DataFrame:
    return lines.assign(bank=[printed.get(name, name) for name in lines["bank"]])


def write(connection: Connection, year: int, path: Path) -> Written:
    """Writes the workbook."""
    budget = forecast(connection, year)
    pages, plots = _pages(budget)
    write_pages(path, pages, plots, budget_notes.notes(connection, budget), budget.found.as_of)
    return Written([(path, f"{len(budget.demand)} 笔")])


# --- pages --------------------------------------------------------------------------------------------------------------

_DEMAND = (
    Column("贷款笔数", 9, "count", summed=True),
    Column("有补助笔数", 9, "count", summed=True),
    Column("年末余额", 15, "fen", summed=True),
    Column("贴息需求", 14, "fen", summed=True),
    Column("奖补需求", 14, "fen", summed=True),
    Column("合计", 14, "fen", summed=True),
    Column("市级承担", 14, "fen", summed=True),
    Column("县级承担", 14, "fen", summed=True),
)
_AMOUNTS = _DEMAND[2:]


def _demand(figures: Figures) -> tuple[int, ...]:
    return figures["loans"], figures["paid_loans"], *_amounts(figures)


def _amounts(figures: Figures) -> tuple[int, ...]:
    city = figures["interest_city_fen"] + figures["bonus_city_fen"]
    county = figures["interest_county_fen"] + figures["bonus_county_fen"]
    return (
        figures["balance_fen"], figures["interest_fen"], figures["bonus_fen"], figures["total_fen"], city, county
    )  # fmt: skip


def _pages(budget: Budget) -> tuple[list[Page], list[Plot]]:
    """Every page, and the charts of them."""
    found = budget.found
    title = f"{CITY_FULL_NAME}{DOCUMENT.name}专项资金预算测算表（{found.year} 年度）"
    head = (f"{OFFICES['financial_regulator']}：（公章）", f"数据截止 {found.as_of}", "单位：万元")

    def page(sheet: str, what: str, columns: Sequence[Column], rows: Any, **more: Any) -> Page:
        return Page(sheet, f"{title}：{what}", head, columns, list(rows), **more)

    counties = page(
        "按区市", "按区市", (Column("区市", 12), *_DEMAND), _parts(budget.demand, ("county",)), total="合计",
        remarks=_remarks(budget),
    )  # fmt: skip
    banks = page("按银行", "按银行", (Column("银行", 30), *_DEMAND), _parts(budget.demand, ("bank",)), total="合计")
    both = page(
        "按区市银行", "按区市、银行", (Column("区市", 12), Column("银行", 30), *_DEMAND),
        _parts(budget.demand, ("county", "bank")), total="合计",
    )  # fmt: skip
    scenarios = page("增减情景", "余额增减情景", (Column("情形", 16), *_AMOUNTS, _DIFFERENCE), _scenarios(budget))
    of_counties = page(
        "情景按区市", "余额增减情景，各区市贴息、奖补合计",
        (Column("区市", 12), *(Column(_scenario(percent), 14, "fen", summed=True) for percent in PERCENTS)),
        _scenarios_by_county(budget), total="合计",
    )  # fmt: skip
    limits = page(
        "年限与上限", "累计年限与单户上限的影响",
        (Column("情形", 22), Column("有补助笔数", 9, "count"), *_AMOUNTS, _DIFFERENCE), _limits(budget),
        remarks=_limit_remarks(budget),
    )  # fmt: skip
    codes = page(
        "未计补助", "未计补助的贷款",
        (Column("代码", 16), Column("条件", 16), Column("条款", 12), Column("笔数", 9, "count"), Column("年末余额", 15, "fen")),
        _codes(budget.demand), remarks=("一笔贷款可有多条。",),
    )  # fmt: skip
    years = page("历年", "历年结算与本次测算", _YEAR_COLUMNS, _years(budget))
    settled = [
        page(f"历年{word}", f"历年结算{word}", _growth_columns(name, budget), _growth(budget, parts))
        for word, name, parts in (("按区市", "区市", "counties"), ("按银行", "银行", "banks"))
        if budget.settled
    ]
    plots = [
        Plot(f"{found.year} 年度各区市资金需求（万元）", "column", counties, "区市", ("市级承担", "县级承担"), "万元", stacked=True),
        Plot(f"{found.year} 年度各银行资金需求（万元）", "bar", banks, "银行", ("贴息需求", "奖补需求"), "万元", stacked=True),
        Plot("余额增减时的资金需求（万元）", "column", scenarios, "情形", ("合计",), "万元"),
        Plot("历年补助与本次测算（万元）", "column", years, "年度", ("贴息", "奖补"), "万元", stacked=True),
    ]  # fmt: skip
    return [counties, banks, both, scenarios, of_counties, limits, years, *settled, codes], plots


_DIFFERENCE = Column("比现状增减", 14, "fen")


def _parts(lines: pd.DataFrame, by: Sequence[str]) -> list[tuple[Any, ...]]:
    """The demand of each county (in their order), of each bank (by name), or of each bank in each county."""
    rank = {name: place for place, name in enumerate(ALL_COUNTIES)}
    keys = sorted({tuple(row) for row in zip(*(lines[name] for name in by), strict=True)},
                  key=lambda key: tuple(rank[part] if name == "county" else part for name, part in zip(by, key, strict=True)))  # fmt: skip
    return [(*key, *_demand(figures_of(_of(lines, by, key)))) for key in keys]


def _of(lines: pd.DataFrame, by: Sequence[str], key: Sequence[str]) -> pd.DataFrame:
    for name, part in zip(by, key, strict=True):
        lines = lines[(lines[name] == part).to_numpy()]
    return lines


def _scenario(percent: int) -> str:
    change = percent - AS_THEY_STAND
    return "按现状" if change == 0 else f"增加 {change}%" if change > 0 else f"减少 {-change}%"


def _scenarios(budget: Budget) -> Iterable[tuple[Any, ...]]:
    base = figures_of(budget.demand)["total_fen"]
    for percent, lines in budget.demands.items():
        figures = figures_of(lines)
        yield _scenario(percent), *_amounts(figures), figures["total_fen"] - base


def _scenarios_by_county(budget: Budget) -> Iterable[tuple[Any, ...]]:
    for county in (name for name in ALL_COUNTIES if name in set(budget.demand["county"])):
        parts = [_of(lines, ("county",), (county,)) for lines in budget.demands.values()]
        yield county, *(figures_of(part)["total_fen"] for part in parts)


def _limits(budget: Budget) -> Iterable[tuple[Any, ...]]:
    base = next(iter(budget.limits.values()))["total_fen"]
    for words, figures in budget.limits.items():
        yield words, figures["paid_loans"], *_amounts(figures), figures["total_fen"] - base


def _limit_remarks(budget: Budget) -> tuple[str, ...]:
    reasons = [set(text.split(";")) for text in budget.demand["reasons"]]
    years, cap = (sum(code in found for found in reasons) for code in ("R_YEARS", "R_CAP"))
    return (
        f"现状下因累计年限（R_YEARS）不能贴息的 {years} 笔，因单户上限（R_CAP）没有额度的 {cap} 笔；"
        "“比现状增减”即该项限制为预算少安排的金额。",
    )


def _codes(lines: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    reasons = [set(text.split(";")) for text in lines["reasons"]]
    balances = lines["balance"].tolist()
    for condition in CONDITIONS:
        stopped = [fen for found, fen in zip(reasons, balances, strict=True) if condition.code in found]
        if stopped:
            yield condition.code, condition.title, condition.article, len(stopped), sum(stopped)


# --- settled years ------------------------------------------------------------------------------------------------------

_YEAR_COLUMNS = (
    Column("年度", 12), Column("依据", 22), Column("贷款笔数", 9, "count"), Column("企业户数", 9, "count"),
    Column("年末余额", 15, "fen"), Column("余额增长(%)", 10, "percent"), Column("贴息", 14, "fen"), Column("奖补", 14, "fen"),
    Column("合计", 14, "fen"), Column("合计增长(%)", 10, "percent"), Column("市级", 14, "fen"), Column("县级", 14, "fen"),
)  # fmt: skip


def _years(budget: Budget) -> Iterable[tuple[Any, ...]]:
    """Each settled year as it was settled, then the year that is asked for."""
    balance = total = 0
    for run in budget.settled:
        summary = run.summary
        city, county = (summary[f"interest_{part}_fen"] + summary[f"bonus_{part}_fen"] for part in ("city", "county"))
        yield (
            str(run.year), f"第 {run.id} 号运行（{run.standing}）", summary["loans"], summary["enterprises"],
            summary["balance_fen"], change_e4(summary["balance_fen"], balance), summary["interest_fen"],
            summary["bonus_fen"], given(summary), change_e4(given(summary), total), city, county,
        )  # fmt: skip
        balance, total = summary["balance_fen"], given(summary)
    figures, lines = figures_of(budget.demand), budget.demand
    amount, interest, bonus, whole, city, county = _amounts(figures)
    yield (
        f"{budget.found.year}测算", "本次测算（预算前）", figures["loans"], int(lines["uscc"].nunique()), amount,
        change_e4(amount, balance), interest, bonus, whole, change_e4(whole, total), city, county,
    )  # fmt: skip


def _growth_columns(name: str, budget: Budget) -> tuple[Column, ...]:
    columns = [Column(name, 30 if name == "银行" else 12)]
    for run in budget.settled:
        columns += [Column(f"{run.year} 余额", 15, "fen"), Column(f"{run.year} 补助", 14, "fen"), Column(f"{run.year} 补助增长(%)", 10, "percent")]  # fmt: skip
    return tuple(columns)


def _growth(budget: Budget, parts: str) -> Iterable[tuple[Any, ...]]:
    """Balance, subsidy and its growth of each county or bank in each settled year, then of all."""
    names = budget.names if parts == "banks" else None
    years = [by_name(run, parts, names) for run in budget.settled]
    everyone = list(all_names(budget.settled, parts, names))
    everyone.sort(key=(lambda name: ALL_COUNTIES.index(name)) if parts == "counties" else str)
    for name in everyone:
        yield name, *_grown([year.get(name) for year in years])
    yield "合计", *_grown([run.summary for run in budget.settled])


def _grown(years: Sequence[dict[str, Any] | None]) -> Iterable[Any]:
    before = 0
    for part in years:
        total = given(part) if part else 0
        yield from (
            part["balance_fen"] if part else None,
            total if part else None,
            Figure(change_e4(total, before), "percent"),
        )
        before = total


def _remarks(budget: Budget) -> tuple[str, ...]:
    """What stands under the first page."""
    found = budget.found
    on_file = "；".join(f"{scope} {fen}" for scope, fen in budget_notes.budgets(budget.on_file))
    basis = (
        f"按 {found.as_of} 的余额测算：{found.year} 年 12 月 31 日以前到期的 {found.left_out} 笔视为按期还清，不计；新发放的尚未发生，不计。"
        if found.open_year
        else f"{found.year} 年末余额已经形成，按 {found.as_of} 库中的数据判定。"
    )
    return (
        f"{basis}需求为总额控制以前的金额，全部假定见「说明」。",
        f"已录入的 {found.year} 年度预算：{on_file or '无'}（{CITY}合计需求 {budget_notes.wan(figures_of(budget.demand)['total_fen'])} 万元）。",
    )
