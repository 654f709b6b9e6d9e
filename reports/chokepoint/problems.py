"""The loans, policies, grants and investments of a review that got nothing, or less than by themselves, and why."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.facts.bank_names import bank_names_of
from ledger.money import wan_words
from ledger.programmes.chokepoint import law
from ledger.runs.settlement import RunRecord
from reports.chokepoint import explain
from reports.chokepoint.contents import CONTENTS
from reports.chokepoint.lines import GRANTS, INVESTMENTS, LOANS, POLICIES
from reports.lineage.explanation import Point
from reports.runs import seen
from reports.runs.problems import Problem, Why, line_problem, of_points, plain_cure
from reports.runs.run_lines import Lines, Row, read_whole

_CONDITIONS = {
    condition.code: condition
    for condition in (
        *law.LOAN_CONDITIONS,
        *law.POLICY_CONDITIONS,
    )
}


class _Kind(NamedTuple):
    """A kind of line: how it is judged, what it would have by itself, what it has (fen), and what made that less."""

    lines: Lines
    conditions: Callable[[Connection, RunRecord, Row], list[Point]]
    full: Callable[[RunRecord, Row], int]
    got: str
    less: Callable[[RunRecord, Row], Iterator[Why]]


def problems(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[Problem]:
    """Kind by kind, in line order. scope: whose eyes they are for."""
    names = bank_names_of(connection, run)
    for kind in _KINDS:
        for row in read_whole(
            connection, kind.lines, run.id, *seen.lines_seen(connection, kind.lines, run.programme, scope)
        ):
            why = (
                of_points(kind.conditions(connection, run, row), _CONDITIONS, CONTENTS.gives) if row["reasons"] else []
            )
            why += kind.less(run, row)
            if not why and not row[kind.got]:
                text = f"按比例计算为 {wan_words(kind.full(run, row))}，实得 0"
                why.append(Why("", "第二条", "金额", text, "核对金额、余额；属实的不用处理。"))
            if why:
                bank = row.get("bank") or ""
                shown = {**row, "bank": names.printed_of(bank)} if bank else row
                yield line_problem(kind.lines, shown, bank, kind.full(run, row), row[kind.got], why)


def _full_loan(run: RunRecord, row: Row) -> int:
    return money.half_up(row["balance_fen"] * run.law["risk_rate_used"], money.E4_PER_ONE)


def _less_loan(run: RunRecord, row: Row) -> Iterator[Why]:
    """The filing quota left less than the balance."""
    quota = _CONDITIONS["C_QUOTA"]
    if 0 < row["filed_fen"] < row["balance_fen"]:
        text = (
            f"余额 {wan_words(row['balance_fen'])}，单户企业年度备案额度 {wan_words(run.law['filing_quota'])}，轮到本笔之前已用 "
            f"{wan_words(row['quota_before_fen'])}，只备案 {wan_words(row['filed_fen'])}"
        )
        yield Why("", quota.article, quota.title, text, plain_cure(quota))


def _full_policy(run: RunRecord, row: Row) -> int:
    return money.half_up(row["premium_fen"] * run.law["premium_rate_used"], money.E4_PER_ONE)


def _less_policy(run: RunRecord, row: Row) -> Iterator[Why]:
    """The enterprise's cap cut what its policies share."""
    if not row["reasons"] and row["enterprise_subsidy_fen"] < row["enterprise_uncapped_fen"]:
        text = (
            f"企业保费合计 {wan_words(row['enterprise_premium_fen'])}，按比例为 {wan_words(row['enterprise_uncapped_fen'])}，"
            f"上限 {wan_words(run.law['premium_cap'])}；本保单分得 {wan_words(row['subsidy_fen'])}"
        )
        yield Why("", "第二条", "企业补贴上限", text, "上限所致，数据无误的不用处理。")


def _nothing_less(run: RunRecord, row: Row) -> Iterator[Why]:
    yield from ()


_KINDS = (
    _Kind(LOANS, explain.loan_conditions, _full_loan, "subsidy_fen", _less_loan),
    _Kind(POLICIES, explain.policy_conditions, _full_policy, "subsidy_fen", _less_policy),
    _Kind(GRANTS, explain.grant_conditions, lambda run, row: int(row["approved_fen"]), "granted_fen", _nothing_less),
    _Kind(
        INVESTMENTS, explain.investment_conditions,
        lambda run, row: money.half_up(row["amount_fen"] * row["factor"], money.E4_PER_PERCENT), "recognised_fen",
        _nothing_less,
    ),
)  # fmt: skip
