"""A simulation in words: the settings, what stands and what would be beside it, and the codes that stop loans."""

from collections.abc import Iterator, Mapping

from ledger import money
from ledger.programmes.tech_branch.law import CONDITIONS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.simulation import Change, Simulation
from reports.report import Simulated, Table
from reports.tech_branch import simulation as figures
from reports.tech_branch.simulation import Comparison
from reports.writing.notes import value_text


def words(found: Simulation) -> Iterator[str | Table]:
    """The settings, and the tables of before, after and difference."""
    yield (
        f"{DOCUMENT.name} {found.year} 年度测算，截止日 {found.as_of}，未写入数据库。调整前：{_basis(found)}。单位：万元"
    )
    if found.open_year:
        yield (
            f"注意：{found.year} 年度尚未结束，以今天（{found.as_of}）的余额当作 12 月 31 日的余额，只供编制预算参考（第十六条）"
        )
    if found.facts_changed:
        yield f"注意：{_drift(found)}；加 --as-of {found.as_of} 可按同一数据比较"
    if found.changes:
        rows = [_change_row(change) for change in found.changes]
        yield Table("换用的数值", ("名称", "含义", "原来", "改为", ""), rows, 5)
    else:
        yield "没有换用任何数值（--set）"
    if found.banks_with_own_rate and any(change.key == "bonus.rate" for change in found.changes):
        yield f"{found.banks_with_own_rate} 家银行有差别化奖补比例，仍按其自己的比例"
    total = figures.overall(found)
    yield Table("合计", ("", "调整前", "调整后", "差额"), _total_rows(total), 1)
    for title, head, column in (("按区市", "区市", "county"), ("按银行", "银行", "bank")):
        rows = [_row(part, found.printed_banks) for part in (*figures.by(found, column), total)]
        headers = (head, "贴息前", "贴息后", "贴息差额", "奖补前", "奖补后", "奖补差额", "合计差额")
        yield Table(title, headers, rows, 1, True)
    enterprises, banks = figures.gains(found, "uscc", "interest"), figures.gains(found, "bank", "bonus")
    yield f"贴息：{enterprises['gain']} 户企业增加，{enterprises['lose']} 户减少，{enterprises['same']} 户不变"
    yield f"奖补：{banks['gain']} 家银行增加，{banks['lose']} 家减少，{banks['same']} 家不变"
    yield _codes(found)


def _basis(found: Simulation) -> str:
    if found.run is None:
        return "同样的数据按现行规定结算"
    return f"第 {found.run.id} 号运行（{found.run.approved_by} 审核通过，{found.run.approved_document}）"


def _drift(found: Simulation) -> str:
    """How much of the difference is news of the facts."""
    drift = Comparison("", figures.figures_of(found.before), figures.figures_of(found.unset))
    amounts = "、".join(
        f"{label} {_signed(drift.of(name)[2])}" for name, label in (("interest_fen", "贴息"), ("bonus_fen", "奖补"))
    )
    return f"审核通过后数据有变动，下列差额含数据变动的影响（{amounts} 万元）"


def _change_row(change: Change) -> tuple[str, ...]:
    mark = ""
    if change.beyond is not None:
        limit = value_text(change.beyond, change.unit)
        mark = f"超过现行上限 {limit}" if change.looser > 0 else f"低于现行下限 {limit}"
    return change.key, change.meaning, _shown(change.before, change.unit), _shown(change.after, change.unit), mark


def _shown(value: int | None, unit: str) -> str:
    return "无" if value is None else value_text(value, unit)


_TOTALS = {
    "loans": "贷款笔数", "paid_loans": "有补助的笔数", "balance_fen": "年末余额", "interest_demand_fen": "贴息需求",
    "interest_fen": "贴息", "interest_city_fen": "　其中市级", "interest_county_fen": "　其中县级",
    "bonus_demand_fen": "奖补需求", "bonus_fen": "奖补", "bonus_city_fen": "　其中市级", "bonus_county_fen": "　其中县级",
    "total_fen": "贴息、奖补合计",
}  # fmt: skip


def _total_rows(total: Comparison) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, label in _TOTALS.items():
        before, after, difference = total.of(name)
        if name.endswith("_fen"):
            rows.append((label, money.wan_text(before), money.wan_text(after), _signed(difference)))
        else:
            rows.append((label, str(before), str(after), f"{difference:+d}" if difference else "0"))
    return rows


def _row(part: Comparison, called: Mapping[str, str]) -> tuple[str, ...]:
    cells = [called.get(part.name, part.name)]
    for name in ("interest_fen", "bonus_fen"):
        before, after, difference = part.of(name)
        cells += [money.wan_text(before), money.wan_text(after), _signed(difference)]
    return (*cells, _signed(part.of("total_fen")[2]))


def _signed(fen: int) -> str:
    return ("+" if fen > 0 else "") + money.wan_text(fen)


def _codes(found: Simulation) -> str | Table:
    titles = {condition.code: condition for condition in CONDITIONS}
    rows = [
        (row["code"], titles[row["code"]].title, titles[row["code"]].article,
         *(str(row[name]) for name in ("before", "after", "newly", "no_longer")))
        for row in figures.codes(found)
    ]  # fmt: skip
    if not rows:
        return "前后都没有未通过条件的贷款"
    headers = ("代码", "条件", "条款", "调整前笔数", "调整后笔数", "新增未通过", "不再受阻")
    return Table("未通过的条件（一笔可有多条）", headers, rows, 3)


SIMULATED = Simulated(words, figures.as_dict, figures.simulation_csv, lambda found: len(figures.pairs(found)))
