"""威政办发〔2023〕8号 第十五条 (绩效评价): the indicators of the yearly evaluation as a workbook: figures, and no scores."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.counties import ALL_COUNTIES, CITY_FULL_NAME, OFFICES
from ledger.errors import Refused
from ledger.programmes.chokepoint.year import DOCUMENT
from ledger.runs.settlement import RunRecord, choose_run
from ledger.workdays import today
from reports.chokepoint.lines import GRANTS, INVESTMENTS, LOANS, POLICIES
from reports.money.leg_days import from_allotment, how_far
from reports.report import Written
from reports.runs import run_lines
from reports.writing.indicators import (
    READING,
    Indicator,
    Measure,
    Values,
    indicator_page,
    last_year_words,
    parts_page,
    quotient,
    share_e4,
)
from reports.writing.notes import run_notes
from reports.writing.pages import Column, Page, Plot, write_pages

_LOANS, _POLICIES, _BOOKS = "新增贷款（new-loans）", "保费补贴（premiums）", "账簿（journal）"
INDICATORS: Sequence[Indicator] = (
    Indicator("loans", "贷", "审核的卡脖子攻关贷", "笔", "count", "上次审核以后到本次截止日发放的笔数", f"{_LOANS}；第二条"),
    Indicator("lent", "贷", "发放金额", "万元", "fen", "上述贷款的金额之和", f"{_LOANS}；第二条"),
    Indicator("balance", "贷", "截止日余额", "万元", "fen", "上述贷款截止日余额之和", f"{_LOANS}；第二条"),
    Indicator("filed", "贷", "备案额度", "万元", "fen", "通过审核的贷款在单户额度以内的金额之和", f"{_LOANS}；第二条"),
    Indicator("rate", "贷", "平均年利率", "%", "percent", "Σ（年利率 × 贷款金额）÷ Σ 贷款金额，不含 LPR 待核实的", f"{_LOANS}；第二条"),
    Indicator("lpr", "贷", "适用 LPR 平均", "%", "percent", "Σ（适用 LPR × 贷款金额）÷ Σ 贷款金额", f"{_LOANS}；第二条"),
    Indicator("spread", "贷", "平均年利率高于 LPR", "百分点", "percent", "平均年利率 - 适用 LPR 平均；负数为低于", f"{_LOANS}；第二条"),
    Indicator("risk", "贷", "风险补助", "万元", "fen", "各笔风险资金补助之和", f"{_LOANS}；第二条"),
    Indicator("lent_per_yuan", "贷", "每元风险补助对应的贷款余额", "元", "ratio", "有补助的贷款截止日余额之和 ÷ 风险补助", _LOANS),
    Indicator("policies", "保", "审核的保单", "份", "count", "上次审核以后到本次截止日缴费的保单", f"{_POLICIES}；第二条"),
    Indicator("premium", "保", "实缴保费", "万元", "fen", "上述保单实缴保费之和", f"{_POLICIES}；第二条"),
    Indicator("premium_subsidy", "保", "保费补贴", "万元", "fen", "各份保费补贴之和", f"{_POLICIES}；第二条"),
    Indicator("premium_share", "保", "保费补贴占实缴保费", "%", "percent", "保费补贴 ÷ 实缴保费", _POLICIES),
    Indicator("grants", "拨", "研发补助", "项", "count", "批准日在审核范围内、补助大于零的项目年度", "台账（register）；第二条"),
    Indicator("grant", "拨", "研发补助金额", "万元", "fen", "上述研发补助之和", "台账（register）；第二条"),
    Indicator("spent_per_yuan", "拨", "每元研发补助对应的研发投入", "元", "ratio", "上述项目的研发投入之和 ÷ 研发补助", "「研发补助」表"),
    Indicator("investments", "投", "股权投资", "笔", "count", "投资日在审核范围内的笔数", "台账（register）；第二条"),
    Indicator("invested", "投", "投资金额", "万元", "fen", "上述投资金额之和，含未通过审核的", "台账（register）；第二条"),
    Indicator("recognised", "投", "认定金额", "万元", "fen", "Σ（投资金额 × 认定系数），未通过审核的不计", "台账（register）；第十五条"),
    Indicator("helped", "联动", "得到支持的企业", "户", "count", "拨、投、贷、保有一项大于零的企业，一个代码计一户", "台账（register）；第二条"),
    Indicator("linked", "联动", "两项以上联动的企业", "户", "count", "拨、投、贷、保有两项以上大于零的企业", "台账（register）；第二条"),
    Indicator("given", "资金", "财政补助合计", "万元", "fen", "风险补助 + 保费补贴 + 研发补助", "拨付计划（payments）；第十五条"),
    Indicator("allotted", "资金", "下达率", "%", "percent", "已下达 ÷ 财政补助合计，截至数据截止日", f"{_BOOKS}；第十五条"),
    Indicator("arrived", "资金", "到位率", "%", "percent", "已到收款单位 ÷ 财政补助合计，截至数据截止日", f"{_BOOKS}；第十五条"),
    Indicator("days", "资金", "从下达到收款单位", "天", "tenths", "Σ［金额 ×（拨付日 - 最后一次下达日）］÷ Σ 金额，冲销的不计", f"{_BOOKS}；第十五条"),
)  # fmt: skip
_ITEMS = ("risk", "premium", "grant")


@dataclass
class YearFigures:
    """All figures of a year: of all by the indicators' keys, and of every county and bank."""

    run: RunRecord
    values: dict[str, int | None]
    counties: dict[str, Values]
    banks: dict[str, Values]


def figures(connection: Connection, run: RunRecord) -> YearFigures:
    """The figures of a run's year."""
    loans, policies, grants, investments = (
        run_lines.read(connection, lines, run.id, printed=True) for lines in (LOANS, POLICIES, GRANTS, INVESTMENTS)
    )
    granted = [row for row in grants if row["granted_fen"]]
    kinds = (("贷", loans, "subsidy_fen"), ("保", policies, "subsidy_fen"), ("拨", granted, "granted_fen"), ("投", investments, "recognised_fen"))  # fmt: skip
    got: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for kind, rows, name in kinds:
        for row in rows:
            if row[name]:
                got[row["uscc"]].add(kind)
                places[row["county"]].add(row["uscc"])
    values: dict[str, int | None] = {
        **_lent(loans),
        "policies": len(policies), "premium": _sum(policies, "premium_fen"), "premium_subsidy": _sum(policies, "subsidy_fen"),
        "premium_share": share_e4(_sum(policies, "subsidy_fen"), _sum(policies, "premium_fen")),
        "grants": len(granted), "grant": _sum(granted, "granted_fen"),
        "spent_per_yuan": quotient(_sum(granted, "spending_fen"), _sum(granted, "granted_fen"), 100),
        "investments": len(investments), "invested": _sum(investments, "amount_fen"),
        "recognised": _sum(investments, "recognised_fen"),
        "helped": len(got), "linked": sum(len(kinds) > 1 for kinds in got.values()),
        "given": _sum(loans, "subsidy_fen") + _sum(policies, "subsidy_fen") + _sum(granted, "granted_fen"),
        **how_far(connection, run), "days": from_allotment(connection, run, _ITEMS, "").tenths,
    }  # fmt: skip
    counties: dict[str, Values] = {
        county: _of_county(county, len(places[county]), loans, policies, granted, investments)
        for county in ALL_COUNTIES
        if any(row["county"] == county for rows in (loans, policies, granted, investments) for row in rows)
    }
    banks: dict[str, Values] = {name: _lent([row for row in loans if row["bank"] == name]) for name in sorted({row["bank"] for row in loans})}  # fmt: skip
    return YearFigures(run, values, counties, banks)


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)


def _lent(loans: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """The figures of some loans."""
    rated = [row for row in loans if row["lpr_percent"] is not None]
    weight = _sum(rated, "amount_fen")
    rate, lpr = (quotient(sum(row[name] * row["amount_fen"] for row in rated), weight) for name in ("rate_percent", "lpr_percent"))  # fmt: skip
    risk = _sum(loans, "subsidy_fen")
    helped = _sum([row for row in loans if row["subsidy_fen"]], "balance_fen")
    return {
        "loans": len(loans), "lent": _sum(loans, "amount_fen"), "balance": _sum(loans, "balance_fen"),
        "filed": _sum(loans, "filed_fen"), "risk": risk, "rate": rate, "lpr": lpr,
        "spread": None if rate is None or lpr is None else rate - lpr, "lent_per_yuan": quotient(helped, risk, 100),
    }  # fmt: skip


def _of_county(county: str, helped: int, *kinds: Sequence[Mapping[str, Any]]) -> Values:
    loans, policies, grants, investments = ([row for row in rows if row["county"] == county] for rows in kinds)
    return {
        "helped": helped, "lent": _sum(loans, "amount_fen"), "invested": _sum(investments, "amount_fen"),
        "given": _sum(loans, "subsidy_fen") + _sum(policies, "subsidy_fen") + _sum(grants, "granted_fen"),
    }  # fmt: skip


def write(connection: Connection, run: RunRecord, path: Path) -> Written:
    """Writes the workbook of a run's year beside the year before."""
    now = figures(connection, run)
    try:
        before = figures(connection, choose_run(connection, run.programme, run.year - 1))
    except Refused:  # that year was never reviewed
        before = None
    pages, plots = _pages(now, before)
    write_pages(path, pages, plots, _notes(now, before), today())
    return Written([(path, f"{len(INDICATORS)} 项指标")])


_COUNTY = (
    Measure("helped", "企业户数", "count", True), Measure("lent", "贷款", "fen", True),
    Measure("invested", "投资", "fen", True), Measure("given", "补助", "fen", True),
)  # fmt: skip
_BANK = (
    Measure("lent", "贷款", "fen", True),
    Measure("rate", "平均利率(%)", "percent"),
    Measure("risk", "风险补助", "fen", True),
)


def _pages(now: YearFigures, before: YearFigures | None) -> tuple[list[Page], list[Plot]]:
    year = now.run.year
    title = f"{CITY_FULL_NAME}“拨投贷保”绩效指标（{year} 年度）"
    head = (OFFICES["science_bureau"], f"数据截止 {today()}", "金额单位：万元")
    last = before or YearFigures(now.run, {}, {}, {})
    banks = sorted({*now.banks, *last.banks})
    counties = [county for county in ALL_COUNTIES if county in now.counties or county in last.counties]
    indicators = indicator_page("绩效指标", title, head, year, INDICATORS, now.values, last.values)
    by_county = parts_page(
        "按区市", f"{title}：按区市", head, Column("区市", 12), year, _COUNTY, now.counties, last.counties, counties, total="合计"
    )  # fmt: skip
    by_bank = parts_page(
        "按银行", f"{title}：按银行", head, Column("银行", 30), year, _BANK, now.banks, last.banks, banks, total="合计"
    )
    plots = [
        Plot("各区市补助（万元）", "column", by_county, "区市", (f"补助 {year}", f"补助 {year - 1}"), "万元"),
        Plot("各区市得到支持的企业（户）", "column", by_county, "区市", (f"企业户数 {year}", f"企业户数 {year - 1}"), "户"),
        Plot("各银行发放金额（万元）", "bar", by_bank, "银行", (f"贷款 {year}", f"贷款 {year - 1}"), "万元"),
        Plot("各银行平均年利率（%）", "bar", by_bank, "银行", (f"平均利率(%) {year}",), "%"),
    ]  # fmt: skip
    return [indicators, by_county, by_bank], plots


def _notes(now: YearFigures, before: YearFigures | None) -> list[tuple[str, str]]:
    last = last_year_words(None if before is None else before.run)
    return [
        ("报表", f"绩效指标（{now.run.year} 年度）"),
        *run_notes(now.run),
        ("依据", f"{DOCUMENT.number} 第十五条（绩效评价）"),
        ("上年", last),
        ("数据截止", f"{today()}：业务取自运行当时的明细；拨付取自账簿，截至这一天"),
        ("年度", "上年审核截止日的次日至本年审核截止日（第十四条）"),
        *READING,
        ("舍入", "比例四舍五入到万分之一个百分点，天数到 0.1 天"),
    ]  # fmt: skip
