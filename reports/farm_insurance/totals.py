"""The totals of a review: the three moneys by county and class, what each code stopped, what is late or pays too little."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger import money
from ledger.programmes.farm_insurance.conditions import CONDITIONS
from ledger.programmes.farm_insurance.programme import PROGRAMME
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.report import Table

_MONEYS = {"province_fen": "省级奖补", "city_fen": "市级奖补", "central_fen": "中央奖补"}
_COLUMNS = {
    "lines": "险种",
    "premium_fen": "保费",
    "county_paid_fen": "区市已补",
    **_MONEYS,
    "county_net_fen": "净负担",
}


def totals(run: RunRecord) -> Iterator[str | Table]:
    """A review's totals for people."""
    summary = run.summary
    yield (
        f"{PROGRAMME.name} {run.year} 年度审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}），截止日 {run.as_of}："
        f"险种 {summary['lines']} 个；第三类市级比例 {money.percent_text(run.law['city_rate_used'])}%，"
        f"第一类中央比例 {money.percent_text(run.law['central_rate_used'])}%。单位：万元"
    )
    total = ("合计", *(_cell(name, summary) for name in _COLUMNS))
    headers = ("区市", *_COLUMNS.values())
    yield Table("按区市", headers, [*_rows(summary["counties"], "county"), total], 1, True)
    if summary["classes"]:
        yield Table("按类别", ("类别", *_COLUMNS.values()), _rows(summary["classes"], "class"), 1)
    rows = [
        (condition.code, condition.title, condition.article, _what(condition.bars, condition.held), str(count))
        for condition in CONDITIONS
        if (count := summary["stopped"].get(condition.code))
    ]
    if rows:
        yield Table("未通过的条件（一个险种可有多条）", ("代码", "条件", "条款", "", "险种"), rows, 4)
    else:
        yield "没有未通过条件的险种"
    if "central_left_fen" in summary:  # a part of the lines says nothing of it
        yield f"中央奖补资金剩余 {money.wan_words(summary['central_left_fen'])}"
    yield (
        f"一个季度内没有拨付到位的申请 {summary['late_count']} 笔、"
        f"{money.wan_words(summary['late_fen'])}（第十二条）；连续两年平均赔付率偏低的险种 {summary['loss_low']} 个（第十三条）"
    )


def _what(bars: Sequence[str], held: bool) -> str:
    """What alone a code stops, or that it is held."""
    only = "、".join(_MONEYS[f"{given}_fen"] for given in bars)
    return f"只停{only}" if only else "待核实" if held else ""


def signed(run: RunRecord, county: str | None) -> str:
    """The figures that the city approves, in a sentence. No county signs a review."""
    said = "，".join(f"{name} {_cell(key, run.summary)}" for key, name in _COLUMNS.items())
    return f"{county or '全市'}（金额为万元）：{said}"


def _rows(parts: Sequence[Mapping[str, Any]], who: str) -> list[tuple[str, ...]]:
    return [(part[who], *(_cell(name, part) for name in _COLUMNS)) for part in parts]


def _cell(name: str, part: Mapping[str, Any]) -> str:
    return money.wan_text(part[name]) if name.endswith("_fen") else str(part[name])
