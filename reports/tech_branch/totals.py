"""The totals of a settlement: by county and by bank, how many loans each code stopped, and what is claimed back."""

from collections.abc import Iterator
from typing import Any

from ledger import money
from ledger.programmes.tech_branch.programme import PROGRAMME
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.report import Table


def totals(run: RunRecord) -> Iterator[str | Table]:
    """A settlement's totals by county and by bank, and how many loans each code stopped."""
    summary = run.summary
    yield (
        f"{PROGRAMME.name} {run.year} 年度，第 {run.id} 号运行（{STATE_NAMES[run.state]}），"
        f"截止日 {run.as_of}：{summary['loans']} 笔贷款，其中 {summary['paid_loans']} 笔有补助，"
        f"贴息比例 {money.percent_text(summary['interest_rate_e4'])}%。单位：万元"
    )
    headers = ("笔数", "有补助", "年末余额", "贴息需求", "贴息", "其中市级", "其中县级", "奖补需求", "奖补")
    total = ("合计", *_sums(summary))
    yield (
        Table(
            "按区市",
            ("区市", *headers),
            [*((part["county"], *_sums(part)) for part in summary["counties"]), total],
            1,
            True,
            ("贴息需求", "奖补需求", "有补助"),
        )
    )
    law = run.law
    bank_headers = ("银行", "笔数", "有补助", "年末余额", "贴息", "奖补", "知识产权/股权质押", "其他新型/信用")
    rows = [
        (
            part["bank"], str(part["loans"]), str(part["paid_loans"]), money.wan_text(part["balance_fen"]),
            money.wan_text(part["interest_fen"]), money.wan_text(part["bonus_fen"]),
            _floor_text(part["pledged_fen"], part["balance_fen"], law["pledge_floor"]),
            _floor_text(part["unsecured_fen"], part["balance_fen"], law["unsecured_floor"]),
        )
        for part in summary["banks"]
    ]  # fmt: skip
    floors = f"（第七条：占比不低于 {money.percent_text(law['pledge_floor'], 0)}%、{money.percent_text(law['unsecured_floor'], 0)}%，* 为未达到）"
    yield (Table("按银行" + floors, bank_headers, rows, 1))
    conditions = {condition.code: condition for condition in PROGRAMME.conditions}
    if summary["stopped"]:
        stopped = [
            (
                code,
                conditions[code].title,
                conditions[code].article,
                "待核实" if conditions[code].held else "",
                str(count),
            )
            for code, count in summary["stopped"].items()
        ]
        yield (Table("未通过的条件（一笔可有多条）", ("代码", "条件", "条款", "", "笔数"), stopped, 4))
    else:
        yield ("没有未通过条件的贷款")
    yield from _claims(summary)


def signed(run: RunRecord, county: str | None) -> str:
    """The figures that a county signs, or that the city approves: in a sentence."""
    part = run.summary
    if county is not None:
        part = next((one for one in run.summary["counties"] if one["county"] == county), {})
    if not part:
        return f"{county}没有贷款"
    claims = run.summary["claims"]
    claimed = f"，追缴 {money.wan_text(claims['interest_fen'] + claims['bonus_fen'])}" if county is None else ""
    return (
        f"{county or '全市'} {part['loans']} 笔贷款，{part['paid_loans']} 笔有补助（万元）：年末余额 {money.wan_text(part['balance_fen'])}，"
        f"贴息 {money.wan_text(part['interest_fen'])}（市级 {money.wan_text(part['interest_city_fen'])}，"
        f"县级 {money.wan_text(part['interest_county_fen'])}），奖补 {money.wan_text(part['bonus_fen'])}{claimed}"
    )


def _claims(summary: dict[str, Any]) -> Iterator[str | Table]:
    """What a settlement claims back of earlier years' payments, by the county that paid."""
    claims = summary["claims"]
    if not claims["claims"]:
        yield "没有需要追缴的以前年度补助"
        return
    rows = [(part["county"], *_claim_sums(part)) for part in claims["counties"]]
    headers = ("区市", "条数", "追缴贴息", "追缴奖补", "合计", "其中市级", "其中县级")
    yield (Table("追缴以前年度补助（每笔每支付年度一条）", headers, [*rows, ("合计", *_claim_sums(claims))], 1, True))


def _claim_sums(part: dict[str, Any]) -> tuple[str, ...]:
    amounts = (part["interest_fen"], part["bonus_fen"], part["interest_fen"] + part["bonus_fen"])
    return str(part["claims"]), *(money.wan_text(fen) for fen in (*amounts, part["city_fen"], part["county_fen"]))


def _sums(part: dict[str, Any]) -> tuple[str, ...]:
    amounts = ("balance", "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus")
    return str(part["loans"]), str(part["paid_loans"]), *(money.wan_text(part[f"{name}_fen"]) for name in amounts)


def _floor_text(part: int, whole: int, floor_e4: int) -> str:
    below = part * money.E4_PER_ONE < floor_e4 * whole
    return money.share_text(part, whole) + ("*" if below else " ")
