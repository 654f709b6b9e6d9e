"""The loans of a settlement that got nothing, or less than their own balance, months and rate alone would give, and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.counties import CITY
from ledger.facts.receipts import Starts
from ledger.money import wan_words
from ledger.programmes.tech_branch import law, tables
from ledger.runs.settlement import RunRecord
from reports.runs import seen
from reports.runs.problems import Problem, Why, of_points, plain_cure
from reports.tech_branch import lineage
from reports.tech_branch.contents import CONTENTS
from reports.tech_branch.explain import conditions_of
from reports.tech_branch.explain_papers import starts_of
from reports.tech_branch.lines import LINES, line

_CONDITIONS = {condition.code: condition for condition in law.CONDITIONS}
_AMOUNTS = {"interest": "贴息", "bonus": "奖补"}
Row = Mapping[str, Any]


def problems(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[Problem]:
    """In line order. A loan lent in an earlier year has no bonus by itself, and falls short of none. scope: whose eyes they
    are for."""
    budgets, own = _budgets(connection, run), seen.lines_seen(connection, LINES, run.programme, scope)
    begun = starts_of(connection, run)
    for row in lineage.explained(connection, run, or_(*_short_at_first_sight()), *own):
        full = _full(run, row)
        short = [name for name in _AMOUNTS if row[f"{name}_fen"] < full[name]]
        got = row["interest_fen"] + row["bonus_fen"]
        if row["reasons"] or short or not got:
            yield Problem(
                "贷款", f"{row['bank']} {row['note_no']}", row["county"], row["anchor"], row["uscc"], row["enterprise_name"],
                sum(full.values()), got, _why(connection, run, row, budgets, scope, begun),
            )  # fmt: skip


def _short_at_first_sight() -> list[Any]:
    """What no line without a problem is: stopped, capped, cut by a budget, or without any amount."""
    capped = (line.cap_before_fen.is_not(None)) & (line.interest_base_fen < line.balance_fen)
    cut = (line.interest_fen < line.interest_demand_fen) | (line.bonus_fen < line.bonus_demand_fen)
    return [line.reasons != "", capped, cut, line.interest_fen + line.bonus_fen == 0]


def _full(run: RunRecord, row: Row) -> dict[str, int]:
    """第六条: what balance, months and rate alone give. Fen."""
    rate, year = run.law["interest_rate_used"], run.law["year_months"]
    newly_lent = row["year_end_no"] == 1
    return {
        "interest": money.half_up(row["balance_fen"] * rate * row["months"], money.E4_PER_ONE * year),
        "bonus": money.half_up(row["balance_fen"] * row["bonus_rate_e4"], money.E4_PER_ONE) if newly_lent else 0,
    }


def _why(
    connection: Connection, run: RunRecord, row: Row, budgets: Sequence[Row], scope: Scope, begun: Starts
) -> list[Why]:
    found = []
    if row["reasons"]:
        found += of_points(conditions_of(connection, run, row, begun), _CONDITIONS, CONTENTS.gives)
    if row["cap_before_fen"] is not None and 0 < row["interest_base_fen"] < row["balance_fen"]:
        cap = _CONDITIONS["R_CAP"]
        text = (
            f"年末余额 {wan_words(row['balance_fen'])}，单户上限 {wan_words(run.law['interest_cap'])}，轮到本笔之前已用 "
            f"{wan_words(row['cap_before_fen'])}，贴息基数只有 {wan_words(row['interest_base_fen'])}"
        )
        found.append(Why("", cap.article, cap.title, text, plain_cure(cap), _AMOUNTS["interest"]))
    found += _cut(row, budgets, scope)
    if not found:
        text = f"基数 {wan_words(row['interest_base_fen'])}，按比例计算后四舍五入不足 1 分"
        found.append(Why("", "第六条", "金额", text, "属实，不用处理。"))
    return found


def _budgets(connection: Connection, run: RunRecord) -> list[Row]:
    """The budgets that cut something, in their order."""
    budget = tables.RunBudget
    query = select(budget).where(budget.run_id == run.id, budget.cut != "").order_by(budget.step)
    return [dict(row) for row in connection.execute(query).mappings()]


def cut_words(connection: Connection, run: RunRecord) -> list[str]:
    """What each budget that cut something did to a run as a whole, in a sentence."""
    told = {"interest": "贴息已超预算，按占比压缩，奖补为 0", "bonus": "优先保障贴息，奖补按占比压缩"}
    return [
        f"总额控制（第六条）：{step['scope']}预算 {wan_words(step['budget_fen'])}，贴息合计 {wan_words(step['interest_fen'])}、奖补合计 "
        f"{wan_words(step['bonus_fen'])}，{told[step['cut']]}。"
        for step in _budgets(connection, run)
    ]


def _cut(row: Row, budgets: Sequence[Row], scope: Scope) -> Iterator[Why]:
    """第六条: what each budget took from a line. An institution is not told the sums: they hold what others were granted."""
    before = {name: row[f"{name}_demand_fen"] for name in _AMOUNTS}
    for step in budgets:
        if step["scope"] not in (row["county"], CITY):
            continue
        after = {name: row[f"{name}_fen" if step["scope"] == CITY else f"{name}_after_county_fen"] for name in _AMOUNTS}
        lost = [name for name in _AMOUNTS if after[name] < before[name]]
        if lost:
            sums = (
                f"{step['scope']}预算 {wan_words(step['budget_fen'])}，贴息合计 {wan_words(step['interest_fen'])}、奖补合计 "
                f"{wan_words(step['bonus_fen'])}："
            )
            text = ("" if scope.of_institution else sums) + "，".join(
                f"本笔{_AMOUNTS[name]}由 {wan_words(before[name])} 调整为 {wan_words(after[name])}" for name in lost
            )
            cure = "总额控制所致，数据无误的不用处理；预算录错的，更正「预算」表后重新试算。"
            yield Why("", "第六条", f"{step['scope']}预算", text, cure, "、".join(_AMOUNTS[name] for name in lost))
        before = after
