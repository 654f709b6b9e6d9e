"""What counties and the city write to each other: 奖补资金申请报告 (第八条) and 资金分配意见 (第九条).

Every figure comes from the stored lines of a run.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.counties import COUNTIES, OFFICES
from ledger.errors import Refused
from ledger.money import wan_text, wan_words
from ledger.programmes.farm_insurance.conditions import CONDITIONS
from ledger.programmes.farm_insurance.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.farm_insurance.lines import LEVELS, LINES
from reports.farm_insurance.official_templates import FOLDER
from reports.report import Written
from reports.runs import run_lines
from reports.runs.run_lines import Row
from reports.writing import letters

_COMMON = ("年度", "办法", "文号", "主送", "落款", "依据", "附件")
KNOWN = {
    "cover": (*_COMMON, "区市", "补贴", "险种表", "申请", "申请表"),
    "proposal": (*_COMMON, "概况", "未通过", "分配", "区市表", "提示"),
}
NEEDED: dict[str, Sequence[str]] = {
    "cover": ("年度", "区市", "险种表", "申请"),
    "proposal": ("年度", "分配", "区市表"),
}
_HEADERS = {"province": "省级", "city": "市级", "central": "中央"}


def cover(connection: Connection, run: RunRecord, path: Path, county: str, template: Path | None = None) -> Written:
    """A county's 奖补资金申请报告, with its 审核明细表."""
    if county not in COUNTIES:
        raise Refused(f"{county}没有奖补资金申请报告；应为以下之一：{'、'.join(COUNTIES)}")
    form = letters.Template(template or FOLDER / "cover.docx", KNOWN["cover"], NEEDED["cover"])
    rows = [row for row in run_lines.read(connection, LINES, run.id) if row["county"] == county]
    if not rows:
        raise Refused(f"{run.year} 年度第 {run.id} 号运行中没有{county}的险种")
    asked = [row for row in rows if any(row[f"{key}_fen"] for key in LEVELS)]
    sums = {name: sum(row[name] for row in rows) for name in ("premium_fen", "farmer_fen", "county_paid_fen")}
    values = {
        **_common(run),
        "区市": county,
        "主送": f"{OFFICES['finance_bureau']}和市级行业主管部门",
        "落款": f"{county}财政局",
        "附件": f"{county}{run.year}年度地方优势特色农产品保险奖补资金审核明细表",
        "补贴": f"共 {len(rows)} 个险种，保费 {wan_words(sums['premium_fen'])}，农户承担 {wan_words(sums['farmer_fen'])}，"
        f"截至 {run.as_of} 区市财政已补贴 {wan_words(sums['county_paid_fen'])}。",
        "险种表": [_insured(row) for row in rows],
        "申请": f"申请奖补的 {len(asked)} 个险种：{_moneys_words(asked)}。" if asked else "没有可以申请奖补的险种。",
        "申请表": [{"险种": row["product"], **_moneys(row)} for row in asked],
    }
    letters.write(path, form, values)
    return Written([(path, f"{len(asked)} 个险种")])


def proposal(connection: Connection, run: RunRecord, path: Path, template: Path | None = None) -> Written:
    """The city's 资金分配意见, with its 汇总表."""
    form = letters.Template(template or FOLDER / "proposal.docx", KNOWN["proposal"], NEEDED["proposal"])
    rows, total = run_lines.read(connection, LINES, run.id), run.summary
    stopped = {one.code: total["stopped"][one.code] for one in CONDITIONS if total["stopped"].get(one.code)}
    titles = {one.code: f"{one.title}（{one.article}）" for one in CONDITIONS}
    parts = [(part["county"], part) for part in total["counties"]]
    paid = sum(1 for row in rows if any(row[f"{key}_fen"] for key in LEVELS))
    values = {
        **_common(run),
        "主送": OFFICES["finance_bureau"],
        "落款": "市级行业主管部门",
        "附件": f"{run.year}年度地方优势特色农产品保险奖补资金汇总表",
        "概况": f"全市共 {total['lines']} 个险种，保费 {wan_words(total['premium_fen'])}，区市财政已补贴 "
        f"{wan_words(total['county_paid_fen'])}；{paid} 个险种有奖补。",
        "未通过": "有条件不符合的：" + "；".join(f"{titles[code]} {count} 个" for code, count in stopped.items()) + "。"
        if stopped else "没有不符合条件的险种。",
        "分配": f"{_moneys_words([total])}，合计 {wan_words(sum(total[f'{key}_fen'] for key in LEVELS))}；"
        f"中央资金剩余 {wan_words(total['central_left_fen'])}。",
        "区市表": [_shared(name, part) for name, part in (*parts, ("合计", total))],
        "提示": f"没有在一个季度内拨付到位的申请 {total['late_count']} 笔，{wan_words(total['late_fen'])}（第十二条）；"
        f"连续两年平均赔付率偏低的险种 {total['loss_low']} 个（第十三条）。",
    }  # fmt: skip
    letters.write(path, form, values)
    return Written([(path, f"{len(parts)} 个区市，{paid} 个险种")])


def _common(run: RunRecord) -> dict[str, Any]:
    approved = f"，{run.approved_document}" if run.approved_document else ""
    return {
        "年度": run.year,
        "办法": DOCUMENT.title,
        "文号": DOCUMENT.number,
        "依据": f"第 {run.id} 号运行（{run.standing}，截止日 {run.as_of}）{approved}",
    }


def _insured(row: Row) -> dict[str, Any]:
    return {
        "险种": row["product"], "机构": row["insurers"], "数量": row["quantity"] or "", "户数": row["households"] or "",
        "保费": wan_text(row["premium_fen"]), "农户": wan_text(row["farmer_fen"]), "区市": wan_text(row["county_paid_fen"]),
    }  # fmt: skip


def _moneys(part: Mapping[str, Any]) -> dict[str, str]:
    return {_HEADERS[key]: wan_text(part[f"{key}_fen"]) for key in LEVELS}


def _moneys_words(rows: Sequence[Mapping[str, Any]]) -> str:
    return "，".join(f"{name} {wan_words(sum(row[f'{key}_fen'] for row in rows))}" for key, name in LEVELS.items())


def _shared(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "区市": name, "笔数": part["lines"], "保费": wan_text(part["premium_fen"]), **_moneys(part),
        "合计": wan_text(sum(part[f"{key}_fen"] for key in LEVELS)),
    }  # fmt: skip
