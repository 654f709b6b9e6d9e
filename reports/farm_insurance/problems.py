"""The products of a review that got nothing, or less than by themselves, and why."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.money import wan_words
from ledger.programmes.farm_insurance import law
from ledger.programmes.farm_insurance.conditions import CONDITIONS
from ledger.runs.settlement import RunRecord
from reports.farm_insurance.explain import conditions_of
from reports.farm_insurance.lines import LEVELS, LINES
from reports.runs import seen
from reports.runs.problems import Problem, Why, line_problem, of_points
from reports.runs.run_lines import Row, read_whole

_ARTICLE = "第七条"
_BY_CODE = {condition.code: condition for condition in CONDITIONS}
_FUND = "总量控制所致，数据无误的不用处理；总量录错的，更正「资金总量」表后重新审核。"


def problems(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[Problem]:
    """In line order. What a product with a code would have had is not reckoned. scope: whose eyes they are for."""
    for row in read_whole(connection, LINES, run.id, *seen.lines_seen(connection, LINES, run.programme, scope)):
        why = of_points(conditions_of(connection, run, row), _BY_CODE, LEVELS) if row["reasons"] else []
        why += _less(run, row)
        got = sum(row[name] for name in LINES.gives)
        if not why and not got:
            why.append(
                Why(
                    "", _ARTICLE, "金额", "按比例计算后三项奖补均为 0", "核对保费、区市补贴和资金总量；属实的不用处理。"
                )
            )
        if why:
            yield line_problem(LINES, row, "", None if row["reasons"] else _full(run, row), got, why)


def _province_by_itself(run: RunRecord, row: Row) -> int:
    """第七条(一)3: half of what the county paid, before the ceiling; in the other classes there is none. Fen."""
    if row["class"] != law.CLASS_3:
        return int(row["province_fen"])
    return money.half_up(row["county_paid_fen"] * run.law["class_3_province"], money.E4_PER_ONE)


def _full(run: RunRecord, row: Row) -> int:
    return (
        _province_by_itself(run, row) + int(row["city_demand_fen"]) + max(row["central_want_fen"], row["central_fen"])
    )


def _less(run: RunRecord, row: Row) -> Iterator[Why]:
    """What a ceiling, a sum for the year or what the county bears left less of."""
    by_itself = _province_by_itself(run, row)
    if 0 < row["province_fen"] < by_itself:
        text = (
            f"区市已拨付 {wan_words(row['county_paid_fen'])} 的 {money.percent_text(run.law['class_3_province'])}% 为 "
            f"{wan_words(by_itself)}，上限 {wan_words(run.law['class_3_province_cap'])}"
        )
        yield Why("", _ARTICLE, "省级奖补上限", text, "上限所致，数据无误的不用处理。", LEVELS["province"])
    if row["city_fen"] < row["city_demand_fen"]:
        text = f"市级需求 {wan_words(row['city_demand_fen'])}，按总量调整为 {wan_words(row['city_fen'])}"
        yield Why("", _ARTICLE, "市级资金总量", text, _FUND, LEVELS["city"])
    if row["central_fen"] < row["central_want_fen"]:
        text = f"按本类应得或分得 {wan_words(row['central_want_fen'])}，得 {wan_words(row['central_fen'])}"
        if row["class"] == law.CLASS_1:
            yield Why("", _ARTICLE, "中央资金总量", text, _FUND, LEVELS["central"])
        else:
            cure = "不超过区市还承担的部分，数据无误的不用处理。"
            yield Why("", _ARTICLE, "中央奖补不超过区市承担", text, cure, LEVELS["central"])
