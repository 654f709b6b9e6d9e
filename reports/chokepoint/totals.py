"""The totals of a review: by county, bank, insurer and investor, and what each code stopped."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger import money
from ledger.law.conditions import Condition
from ledger.programmes.chokepoint import law
from ledger.programmes.chokepoint.programme import PROGRAMME
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.report import Table

_COUNTY = {
    "county": "区市", "loans": "贷款笔数", "filed_fen": "备案额度", "subsidy_fen": "风险补助", "policies": "保单数",
    "premium_fen": "保费", "premium_subsidy_fen": "保费补贴", "grant_fen": "研发补助", "recognised_fen": "投资认定",
}  # fmt: skip
_BANK = {
    "bank": "银行", "lines": "笔数", "loan_fen": "发放", "balance_fen": "截止日余额", "filed_fen": "备案额度",
    "subsidy_fen": "风险补助",
}  # fmt: skip
_INSURER = {"insurer": "保险公司", "lines": "保单数", "premium_fen": "保费", "premium_subsidy_fen": "保费补贴"}
_INVESTOR = {"investor": "投资机构", "lines": "笔数", "investment_fen": "投资额", "recognised_fen": "认定额"}
_KINDS: tuple[tuple[str, str, Sequence[Condition]], ...] = (
    ("loans", "贷", law.LOAN_CONDITIONS),
    ("policies", "保", law.POLICY_CONDITIONS),
    ("grants", "拨", law.GRANT_CONDITIONS),
    ("investments", "投", law.INVESTMENT_CONDITIONS),
)


def totals(run: RunRecord) -> Iterator[str | Table]:
    """A review's totals by county, bank, insurer and investor, and what each code stopped."""
    summary = run.summary
    yield (
        f"{PROGRAMME.name} {run.year} 年度集中审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}），截止日 {run.as_of}："
        f"贷款 {summary['loans']} 笔、保单 {summary['policies']} 份、研发补助 {summary['grants']} 项、"
        f"股权投资 {summary['investments']} 笔；风险补助比例 {money.percent_text(summary['risk_rate_e4'])}%，"
        f"保费补贴比例 {money.percent_text(summary['premium_rate_e4'])}%。单位：万元"
    )
    total = ("合计", *(_cell(name, summary) for name in list(_COUNTY)[1:]))
    yield (Table("按区市", tuple(_COUNTY.values()), [*_rows(summary["counties"], _COUNTY), total], 1, True))
    for title, name, columns in (
        ("按银行", "banks", _BANK), ("按保险公司", "insurers", _INSURER), ("按投资机构", "investors", _INVESTOR)
    ):  # fmt: skip
        if summary[name]:
            yield (Table(title, tuple(columns.values()), _rows(summary[name], columns), 1))
    rows = [
        (label, code, condition.title, condition.article, "待核实" if condition.held else "", str(count))
        for name, label, conditions in _KINDS
        for condition in conditions
        for code, count in summary[f"stopped_{name}"].items()
        if code == condition.code
    ]
    if rows:
        yield (Table("未通过的条件（一笔可有多条）", ("", "代码", "条件", "条款", "", "笔数"), rows, 5))
    else:
        yield ("没有未通过条件的贷款、保单")


def signed(run: RunRecord, county: str | None) -> str:
    """The figures that the city approves, in a sentence. No county signs a review."""
    said = "，".join(f"{name} {_cell(key, run.summary)}" for key, name in list(_COUNTY.items())[1:])
    return f"{county or '全市'}（金额为万元）：{said}"


def _rows(parts: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [tuple(_cell(name, part) for name in columns) for part in parts]


def _cell(name: str, part: Mapping[str, Any]) -> str:
    return money.wan_text(part[name]) if name.endswith("_fen") else str(part[name])
