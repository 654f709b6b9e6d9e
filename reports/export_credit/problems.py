"""The premiums of a review that got nothing, or less than their own net premium and rate alone would give, and why."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.money import wan_words
from ledger.programmes.export_credit import law as policy
from ledger.programmes.export_credit.year import FUND
from ledger.runs.settlement import RunRecord
from reports.export_credit.contents import CONTENTS
from reports.export_credit.explain import conditions_of
from reports.export_credit.lines import LINES
from reports.runs import seen
from reports.runs.problems import Problem, Why, line_problem, of_points
from reports.runs.run_lines import Row, read_whole

_ARTICLE = "第11条"
_CONDITIONS = {condition.code: condition for condition in policy.CONDITIONS}


def problems(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[Problem]:
    """In line order. scope: whose eyes they are for."""
    for row in read_whole(connection, LINES, run.id, *seen.lines_seen(connection, LINES, run.programme, scope)):
        why = of_points(conditions_of(run, row), _CONDITIONS, CONTENTS.gives) if row["reasons"] else []
        why += _less(run, row, scope)
        full = money.half_up(max(row["net_fen"], 0) * row["rate_percent"], money.E4_PER_ONE)
        if not why and not row["subsidy_fen"]:
            text = f"净保费 {wan_words(row['net_fen'])}，按比例计算后四舍五入不足 1 分"
            why.append(Why("", _ARTICLE, "金额", text, "属实，不用处理。"))
        if why:
            yield line_problem(LINES, row, "", full, row["subsidy_fen"], why)


def _less(run: RunRecord, row: Row, scope: Scope) -> Iterator[Why]:
    """What there is for the year gave less than was asked. An institution is not told the sum: it holds what others asked."""
    if row["subsidy_fen"] < row["demand_fen"]:
        asked = "" if scope.of_institution else f"全部应支持 {wan_words(run.summary['demand_fen'])}，"
        text = (
            f"{asked}超过资金总量 {wan_words(run.law['budget'])}：本笔由 {wan_words(row['demand_fen'])} 调整为 "
            f"{wan_words(row['subsidy_fen'])}"
        )
        cure = "总量控制所致，数据无误的不用处理；总量录错的，更正「资金总量」表后重新审核。"
        yield Why("", _ARTICLE, f"{FUND}资金总量", text, cure)
