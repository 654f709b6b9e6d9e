"""Lineage of a review of 拨投贷保: its lines of all four kinds, and the rule of every sheet."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.programmes.chokepoint import programme as chokepoint
from ledger.runs.settlement import RunRecord
from reports.lineage import rules
from reports.lineage.rules import Book, Fact, Found, Line, NotUsed, Row, Rule, Use

enterprise_fact = models.EnterpriseFact

# kind, its lines and facts, the column in which a line names its fact, what it gives, and how a line is named
_KINDS: tuple[tuple[str, Any, Any, str, str, str], ...] = (
    ("贷款", models.ChokepointLoanLine, models.LoanFact, "loan_fact_id", "subsidy_fen", "新增贷款明细"),
    ("保单", models.ChokepointPolicyLine, models.PolicyFact, "policy_fact_id", "subsidy_fen", "保费补贴明细"),
    ("研发补助", models.ChokepointGrantLine, models.GrantFact, "grant_fact_id", "granted_fen", "研发补助"),
    (
        "股权投资",
        models.ChokepointInvestmentLine,
        models.InvestmentFact,
        "investment_fact_id",
        "recognised_fen",
        "股权投资",
    ),
)


def book(connection: Connection, run: RunRecord) -> Book:
    """The lines of a review, of all four kinds."""
    lines = [each for kind in _KINDS for each in _lines(connection, run, *kind)]
    return Book(rules.Scope(run), lines)


def book_of_line(connection: Connection, run: RunRecord, kind: str, line_no: int) -> Book:
    """One line of a kind."""
    (found,) = (each for each in _KINDS if each[0] == kind)
    return Book(rules.Scope(run), list(_lines(connection, run, *found, line_no=line_no)))


def _lines(
    connection: Connection,
    run: RunRecord,
    kind: str,
    line: Any,
    fact: Any,
    link: str,
    paid: str,
    listed: str,
    line_no: int | None = None,
) -> Iterator[Line]:
    """The lines of a kind, or the one with a number."""
    stored = models.table_of(line).c
    more = [
        column for column in models.table_of(fact).c if column.name not in stored and column.name not in _PROVENANCE
    ]  # fmt: skip
    query = (
        select(*stored, *more, enterprise_fact.enterprise_id.label("enterprise_id"), enterprise_fact.county)
        .join(fact, fact.id == stored[link])
        .join(enterprise_fact, enterprise_fact.id == stored.enterprise_fact_id)
        .where(stored.run_id == run.id, *([] if line_no is None else [stored.line_no == line_no]))
        .order_by(stored.line_no)
    )
    who: dict[int, tuple[int, str]] = _loan_names(connection, run) if kind == "贷款" else {}
    for row in connection.execute(query).mappings():
        made: dict[str, Any] = {**row, "kind": kind}
        if kind == "贷款":
            made["bank_id"], name = who[row["loan_id"]]
        else:
            name = _name(kind, row)
        yield Line(
            counted=not row["reasons"],
            codes=row["reasons"],
            where=f"{listed}第 {row['line_no']} 笔",
            who=name,
            amounts={"subsidy": row[paid]},
            row=made,
        )


_PROVENANCE = ("id", "sheet_row", "version", "intake_id", "retired_by", "enterprise_id")


def _loan_names(connection: Connection, run: RunRecord) -> dict[int, tuple[int, str]]:
    """Each judged loan's bank, and what people call it."""
    line, fact, loan, bank = models.ChokepointLoanLine, models.LoanFact, models.Loan, models.Bank
    query = (
        select(loan.id, loan.bank_id, bank.name, loan.note_no)
        .join(bank, bank.id == loan.bank_id)
        .join(fact, fact.loan_id == loan.id)
        .join(line, line.loan_fact_id == fact.id)
        .where(line.run_id == run.id)
    )
    return {row.id: (row.bank_id, f"{row.name} 借据 {row.note_no}") for row in connection.execute(query)}


def _name(kind: str, row: Row) -> str:
    if kind == "保单":
        return f"{row['insurer']} 保单 {row['policy_no']}"
    return f"{row['investor']} 投资 {row['investment_no']}" if kind == "股权投资" else f"{row['year']} 年度研发补助"


def unjudged(connection: Connection, known: Book, loan_ids: Collection[int]) -> dict[int, NotUsed]:
    """Why each of some loans has no line in the review, by the facts that the run saw."""
    wanted = [identifier for identifier in loan_ids if not known.by("loan_id", identifier)]
    return {fact["loan_id"]: _why_unjudged(fact) for fact in rules.known_facts(connection, known.scope, "贷款", wanted)}


def _why_unjudged(fact: Fact) -> NotUsed:
    if fact["product"] != chokepoint.PRODUCT:
        return NotUsed(f"业务品种为{fact['product']}，不属于本办法")
    return NotUsed("发放日不在审核期间", f"{fact['disbursed_on']} 发放")


def spans(connection: Connection, known: Book) -> list[tuple[date, date, Line]]:
    """The days over which working days were counted: before each disbursement."""
    return [
        (each.row["workday_before"], each.row["disbursed_on"], each)
        for each in known.lines
        if each.row["kind"] == "贷款"
    ]


# --- the rule of every sheet ------------------------------------------------------------------------------------------


def _of_loan(idle: rules.Idle) -> Rule:
    def rule(fact: Fact, known: Book) -> Found:
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


def _loan(fact: Fact, known: Book) -> Found:
    lines = known.by("loan_fact_id", fact["id"])
    return Use(lines) if lines else known.unjudged_loan(fact["loan_id"])


def _disqualification(fact: Fact, known: Book) -> Found:
    if fact["barred_on"] > known.scope.as_of:
        return NotUsed("取消日在截止日之后")
    who = "enterprise" if fact["enterprise_id"] is not None else "bank"
    lines = [each for each in known.by(f"{who}_id", fact[f"{who}_id"]) if each.row.get(f"{who}_barred_on") is not None]
    return rules.of_lines(lines, "本期没有所涉的贷款、保单")


_RATES = {"风险补助": "贷款", "保费补贴": "保单"}


def _year_rate(fact: Fact, known: Book) -> Found:
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
