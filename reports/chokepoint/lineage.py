"""Lineage of a review of 拨投贷保: its lines of all four kinds, and the rule of every sheet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.programmes.chokepoint import year as chokepoint
from ledger.runs.settlement import RunRecord
from reports.chokepoint.lines import GRANTS, INVESTMENTS, LOANS, POLICIES
from reports.lineage import rules
from reports.lineage.rules import Fact, Found, Line, NotUsed, Row, Rule, RunLines, Use
from reports.runs.run_lines import Lines, read_whole

# kind, its lines, what each gives, where it is listed, and how it is named
_KINDS: Mapping[str, tuple[Lines, str, str, str]] = {
    "贷款": (LOANS, "subsidy_fen", "新增贷款明细", "{bank} 借据 {note_no}"),
    "保单": (POLICIES, "subsidy_fen", "保费补贴明细", "{insurer} 保单 {policy_no}"),
    "研发补助": (GRANTS, "granted_fen", "研发补助", "{grant_year} 年度研发补助"),
    "股权投资": (INVESTMENTS, "recognised_fen", "股权投资", "{investor} 投资 {investment_no}"),
}


def run_lines(connection: Connection, run: RunRecord) -> RunLines:
    """The lines of a review, of all four kinds."""
    rows = ((kind, row) for kind, (lines, *_) in _KINDS.items() for row in read_whole(connection, lines, run.id))
    return RunLines(rules.Scope(run), [_line(kind, row) for kind, row in rows])


def lines_of_rows(run: RunRecord, kind: str, rows: Sequence[Row]) -> RunLines:
    """Lines of a kind that have been read."""
    return RunLines(rules.Scope(run), [_line(kind, row) for row in rows])


def _line(kind: str, row: Row) -> Line:
    _, paid, listed, named = _KINDS[kind]
    return Line(
        counted=not row["reasons"],
        codes=row["reasons"],
        where=f"{listed}第 {row['line_no']} 笔",
        who=named.format_map(row),
        amounts={"subsidy": row[paid]},
        row={**row, "kind": kind},
    )


def unjudged(connection: Connection, known: RunLines, loan_ids: Collection[int]) -> dict[int, NotUsed]:
    """Why each of some loans has no line in the review, by the facts that the run saw."""
    wanted = [identifier for identifier in loan_ids if not known.by("loan_id", identifier)]
    return {fact["loan_id"]: _why_unjudged(fact) for fact in rules.known_facts(connection, known.scope, "贷款", wanted)}


def _why_unjudged(fact: Fact) -> NotUsed:
    if fact["product"] != chokepoint.PRODUCT:
        return NotUsed(f"业务品种为{fact['product']}，不属于本办法")
    return NotUsed("发放日不在审核期间", f"{fact['disbursed_on']} 发放")


def spans(connection: Connection, known: RunLines) -> list[tuple[date, date, Line]]:
    """The days over which working days were counted: before each disbursement."""
    return [
        (each.row["workday_before"], each.row["disbursed_on"], each)
        for each in known.lines
        if each.row["kind"] == "贷款"
    ]


# --- the rule of every sheet ------------------------------------------------------------------------------------------


def _of_loan(idle: rules.Idle) -> Rule:
    def rule(fact: Fact, known: RunLines) -> Found:
        lines = known.by("loan_id", fact["loan_id"])
        if not lines:
            return known.unjudged_loan(fact["loan_id"])
        why = idle(fact, lines[0].row, known.scope)
        return NotUsed(why) if why else Use(lines)

    return rule


def _idle_repayment(fact: Fact, line: Row, scope: rules.Scope) -> str:
    if fact["paid_on"] > scope.as_of:
        return "还款日在截止日之后"
    return "" if fact["principal_fen"] else "只付利息，不影响余额"


def _idle_extension(fact: Fact, line: Row, scope: rules.Scope) -> str:
    if fact["extended_on"] > scope.as_of:
        return "展期日在截止日之后"
    return "" if fact["new_due_on"] == line["due_on"] else "其后又展期，以后一次为准"


def _loan(fact: Fact, known: RunLines) -> Found:
    lines = known.by("loan_fact_id", fact["id"])
    return Use(lines) if lines else known.unjudged_loan(fact["loan_id"])


def _disqualification(fact: Fact, known: RunLines) -> Found:
    if fact["barred_on"] > known.scope.as_of:
        return NotUsed("取消日在截止日之后")
    who = "enterprise" if fact["enterprise_id"] is not None else "bank"
    lines = [each for each in known.by(f"{who}_id", fact[f"{who}_id"]) if each.row.get(f"{who}_barred_on") is not None]
    return rules.of_lines(lines, "本期没有所涉的贷款、保单")


_RATES = {"风险补助": "贷款", "保费补贴": "保单"}


def _year_rate(fact: Fact, known: RunLines) -> Found:
    if fact["item"] not in _RATES:
        return NotUsed("不属于本办法的补助项目")
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    lines = [each for each in known.lines if each.row["kind"] == _RATES[fact["item"]] and each.counted]
    return rules.of_lines(lines, "没有贷款、保单用到这一比例")


def _reason(text: str) -> Any:
    return lambda fact, known: text


RULES: Mapping[str, Rule] = {
    "企业": rules.named("enterprise_fact_id", _reason("企业本期没有贷款、保单、补助或投资")),
    "资质": rules.named("qualification_fact_id", _reason("没有贷款、保单以这项资质为依据")),
    "工作日历": rules.calendar_day,
    "LPR": rules.announcement,
    "贷款": _loan,
    "还款": _of_loan(_idle_repayment),
    "展期": _of_loan(_idle_extension),
    "撤销": _of_loan(rules.idle_revocation),
    "取消资格": _disqualification,
    "年度比例": _year_rate,
    "项目库": rules.named("project_fact_id", _reason("没有贷款、保单、补助以这个项目为依据")),
    "保单": rules.named("policy_fact_id", _reason("缴费日不在审核期间")),
    "研发补助": rules.named("grant_fact_id", _reason("批准日不在审核期间")),
    "股权投资": rules.named("investment_fact_id", _reason("投资日不在审核期间")),
}
LINEAGE = rules.Lineage(
    RULES,
    frozenset({"贷款", "企业", "资质", "项目库", "保单", "研发补助", "股权投资"}),
    run_lines,
    unjudged,
    spans,
)
