"""The totals of a review: by county and market, and what each code stopped."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger import money
from ledger.programmes.export_credit import law
from ledger.programmes.export_credit.programme import PROGRAMME
from ledger.programmes.export_credit.year import KEY_RATE, OTHER_RATE
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.report import Table

_COUNTY = {"county": "区市", "lines": "行数", "net_fen": "净保费", "demand_fen": "应支持", "subsidy_fen": "支持金额"}
_MARKET = {"market": "市场", **{name: header for name, header in _COUNTY.items() if name != "county"}}
_CLAIMS = {"county": "区市", "claims": "条数", "claims_fen": "追缴"}


def totals(run: RunRecord) -> Iterator[str | Table]:
    """A review's totals by county and market, what each code stopped, and what is claimed back."""
    summary = run.summary
    key, other = (money.percent_text(summary[name]) for name in ("key_rate_e4", "other_rate_e4"))
    yield (
        f"{PROGRAMME.name} {run.year} 年度审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}），截止日 {run.as_of}："
        f"保费 {summary['lines']} 行，企业 {summary['enterprises']} 个；{KEY_RATE} {key}%，{OTHER_RATE} {other}%。单位：万元"
    )
    yield Table("按区市", tuple(_COUNTY.values()), [*_rows(summary["counties"], _COUNTY), _total(summary)], 1, True)
    if summary["markets"]:
        yield Table("按市场", tuple(_MARKET.values()), _rows(summary["markets"], _MARKET), 1)
    if "budget_fen" in summary:  # a part of the lines says nothing of the whole year's money
        yield _budget(summary)
    if summary.get("over_fen"):
        over = money.wan_words(summary["over_fen"])
        yield f"市级支持与区市配套合计超出净保费 {over}（只列报，见保费支持明细表的「配套」表）"
    claims = summary["claims"]
    if claims["claims"]:
        total = ("合计", str(claims["claims"]), money.wan_text(summary["claims_fen"]))
        rows = [*_rows(claims["counties"], _CLAIMS), total]
        yield Table("追缴（已支持的保费后来退费）", tuple(_CLAIMS.values()), rows, 1, True)
    stopped = [
        (code, condition.title, condition.article, str(count))
        for condition in law.CONDITIONS
        for code, count in summary["stopped"].items()
        if code == condition.code
    ]
    if stopped:
        yield Table("未通过的条件（一行可有多条）", ("代码", "条件", "条款", "行数"), stopped, 3)
    else:
        yield "没有未通过条件的保费"


def _budget(summary: Mapping[str, Any]) -> str:
    budget = summary["budget_fen"]
    if budget is None:
        return "没有录入本年度资金总量，不作控制"
    asked = f"应支持 {money.wan_words(summary['demand_fen'])}，资金总量 {money.wan_words(budget)}"
    return f"{asked}：{'超出，按比例分摊' if summary['demand_fen'] > budget else '足额'}"


def signed(run: RunRecord, county: str | None) -> str:
    """The figures that the city approves, in a sentence. No county signs a review."""
    said = "，".join(f"{header} {_cell(name, run.summary)}" for name, header in list(_COUNTY.items())[1:])
    return f"{county or '全市'}（金额为万元）：{said}，追缴 {money.wan_text(run.summary['claims_fen'])}"


def _total(summary: Mapping[str, Any]) -> tuple[str, ...]:
    return ("合计", *(_cell(name, summary) for name in list(_COUNTY)[1:]))


def _rows(parts: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [tuple(_cell(name, part) for name in columns) for part in parts]


def _cell(name: str, part: Mapping[str, Any]) -> str:
    return money.wan_text(part[name]) if name.endswith("_fen") else str(part[name])
