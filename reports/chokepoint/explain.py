"""Why this amount, or why nothing, for what a review of 拨投贷保 looked at: a loan, a policy, a grant, an investment.

Nothing is computed anew: every figure comes from the line and its run as they were stored.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import money
from ledger.accounts import scope as scopes
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import NotFound
from ledger.facts.bank_names import anchor_name, bank_names_of
from ledger.facts.of_lines import on_file
from ledger.law.conditions import Condition
from ledger.money import wan_words
from ledger.programmes.chokepoint import law as policy
from ledger.programmes.chokepoint import tables
from ledger.programmes.chokepoint.programme import PROGRAMME
from ledger.programmes.chokepoint.year import DOCUMENT, PRODUCT, outside_life, window
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.chokepoint import lineage
from reports.chokepoint.lines import (
    GRANTS,
    INVESTMENTS,
    LOANS,
    POLICIES,
    bank,
    enterprise,
    grant_fact,
    investment_fact,
    loan,
    loan_fact,
    loan_line,
    policy_fact,
    policy_line,
    project,
)
from reports.lineage import evidence, sources
from reports.lineage.explanation import NOTE, Explanation, Point, judged
from reports.runs.run_lines import Row, read_whole


def is_own(connection: Connection, bank_name: str, note_no: str) -> bool:
    """Whether a loan on file is a 攻关贷."""
    query = on_file(select(loan_fact.product), anchor_name(connection, bank_name), note_no)
    return connection.execute(query).scalar_one_or_none() == PRODUCT


def explain_loan(
    connection: Connection, run: RunRecord, bank_name: str, note_no: str, scope: Scope = EVERYTHING
) -> Explanation:
    """A 攻关贷; NotFound when it is not on file. scope: whose eyes it is for, as in all of these."""
    anchor = anchor_name(connection, bank_name)
    named = f"{bank_name} 借据 {note_no}"
    rows = read_whole(connection, LOANS, run.id, bank.name == anchor, loan.note_no == note_no)
    if not rows:
        query = on_file(select(loan_fact.disbursed_on, loan_fact.product), anchor, note_no)
        found = _on_file(connection, query, loan_fact, named)
        if found.product != PRODUCT:
            text = f"业务品种为{found.product}，不在{PROGRAMME.name}（{DOCUMENT.number}）的审核范围"
            return Explanation(_subject(run, named), f"未列入本次审核：{text}", [])
        return _outside_window(run, named, "发放日", found.disbursed_on)
    (row,) = rows
    points = [
        *_sources(connection, run, "贷款", row, scope),
        *loan_conditions(connection, run, row),
        *_loan_amount(connection, run, row, scope),
    ]
    amount = f"风险资金补助 {wan_words(row['subsidy_fen'])}" if row["subsidy_fen"] else "无风险资金补助"
    return Explanation(_subject(run, named, row), amount + _stopped(policy.LOAN_CONDITIONS, row), points)


def explain_policy(
    connection: Connection, run: RunRecord, insurer: str, policy_no: str, scope: Scope = EVERYTHING
) -> Explanation:
    """A policy; NotFound when it is not on file."""
    where = (policy_fact.insurer == insurer, policy_fact.policy_no == policy_no)
    named = f"{insurer} 保单 {policy_no}"
    rows = read_whole(connection, POLICIES, run.id, *where)
    if not rows:
        found = _on_file(connection, select(policy_fact.paid_on), policy_fact, named, *where)
        return _outside_window(run, named, "缴费日", found.paid_on)
    (row,) = rows
    points = [
        *_sources(connection, run, "保单", row, scope),
        *policy_conditions(connection, run, row),
        *premium_amount(connection, run, row, scope),
    ]
    amount = f"保费补贴 {wan_words(row['subsidy_fen'])}" if row["subsidy_fen"] else "无保费补贴"
    return Explanation(_subject(run, named, row), amount + _stopped(policy.POLICY_CONDITIONS, row), points)


def explain_grants(connection: Connection, run: RunRecord, project_no: str, scope: Scope = EVERYTHING) -> Explanation:
    """The grants of a project that the review lists; NotFound when the project has none on file."""
    named = f"项目 {project_no} 的研发补助"
    rows = read_whole(connection, GRANTS, run.id, project.project_no == project_no)
    if not rows:
        query = select(grant_fact.approved_on).join(project, project.id == grant_fact.project_id)
        found = _on_file(connection, query, grant_fact, named, project.project_no == project_no)
        return _outside_window(run, named, "批准日", found.approved_on)
    points: list[Point] = []
    for row in rows:
        points += _sources(connection, run, "研发补助", row, scope)
        points += grant_conditions(connection, run, row)
        points.append(grant_amount(run, row))
    total = sum(row["granted_fen"] for row in rows)
    conclusion = f"研发补助 {wan_words(total)}" if total else "无研发补助"
    return Explanation(_subject(run, named, rows[0]), conclusion + _stopped(policy.GRANT_CONDITIONS, *rows), points)


def explain_investment(
    connection: Connection, run: RunRecord, investor: str, investment_no: str, scope: Scope = EVERYTHING
) -> Explanation:
    """An investment; NotFound when it is not on file."""
    where = (investment_fact.investor == investor, investment_fact.investment_no == investment_no)
    named = f"{investor} 投资 {investment_no}"
    rows = read_whole(connection, INVESTMENTS, run.id, *where)
    if not rows:
        found = _on_file(connection, select(investment_fact.invested_on), investment_fact, named, *where)
        return _outside_window(run, named, "投资日", found.invested_on)
    (row,) = rows
    text = "不在办法有效期内，不予认定"
    if not row["reasons"]:
        text = f"{wan_words(row['amount_fen'])} × {money.percent_text(row['factor'], 1)} = {wan_words(row['recognised_fen'])}（四舍五入到分）"
    points = [
        *_sources(connection, run, "股权投资", row, scope),
        *investment_conditions(connection, run, row),
        Point("金额", "认定投资额", NOTE, "第十五条", "", text),
    ]
    conclusion = f"认定投资额 {wan_words(row['recognised_fen'])}" if row["recognised_fen"] else "不予认定"
    return Explanation(_subject(run, named, row), conclusion + _stopped(policy.INVESTMENT_CONDITIONS, row), points)


# --- reading ------------------------------------------------------------------------------------------------------------


def _on_file(
    connection: Connection, query: Select[*tuple[Any, ...]], fact: Any, named: str, *where: ColumnElement[bool]
) -> Any:
    """The fact in force that an explanation is asked for; NotFound when there is none."""
    found = connection.execute(query.where(*where, fact.retired_by.is_(None))).first()
    if found is None:
        raise NotFound(f"没有 {named} 的在库记录；请核对名称与编号")
    return found


def _subject(run: RunRecord, named: str, row: Row | None = None) -> str:
    who = f"（{row['enterprise']}，{row['uscc']}，{row['county']}）" if row else ""
    return f"{named}{who} {run.year} 年度审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"


def _outside_window(run: RunRecord, named: str, what: str, day: date) -> Explanation:
    """Why a fact on file has no line in a review."""
    span = window(run.year)
    if span.after < day <= span.cut_off:
        text = "该笔在审核之后才录入或更正；重新审核后可以解释"
    else:
        text = f"{what} {day} 不在本次审核的范围（{span.after} 之后至 {span.cut_off}，第十四条）"
        if not DOCUMENT.in_force(day):
            text += f"；{outside_life('且不在办法有效期内')}"
    return Explanation(_subject(run, named), f"未列入本次审核：{text}", [])


def _sources(connection: Connection, run: RunRecord, kind: str, row: Row, scope: Scope) -> list[Point]:
    """Where the figures of a line came from."""
    return sources.points(connection, lineage.lines_of_rows(run, kind, [row]), lineage.LINEAGE, scope)


# --- the conditions -----------------------------------------------------------------------------------------------------


def loan_conditions(connection: Connection, run: RunRecord, row: Row) -> list[Point]:
    """Each condition as a stored line of a loan was judged by it, with its figures."""
    return list(judged(policy.LOAN_CONDITIONS, row, _loan_figures(connection, run, row)))


def policy_conditions(connection: Connection, run: RunRecord, row: Row) -> list[Point]:
    """The same of a policy."""
    others = row["other_coverages"]
    figures = {
        **_figures(connection, row, row["inception"]),
        "coverages": row["coverages"],
        "other_coverages": f"，其中 {others} 不属于五大类" if others else "，均属所列险种",
    }
    return list(judged(policy.POLICY_CONDITIONS, row, figures))


def grant_conditions(connection: Connection, run: RunRecord, row: Row) -> list[Point]:
    """The same of a grant."""
    return list(judged(policy.GRANT_CONDITIONS, row, _period_figures(row["approved_on"])))


def investment_conditions(connection: Connection, run: RunRecord, row: Row) -> list[Point]:
    """The same of an investment."""
    return list(judged(policy.INVESTMENT_CONDITIONS, row, _period_figures(row["invested_on"])))


def _codes(row: Row) -> list[str]:
    return row["reasons"].split(";") if row["reasons"] else []


def _stopped(conditions: Sequence[Condition], *rows: Row) -> str:
    by_code = {condition.code: condition for condition in conditions}
    codes = {code for row in rows for code in _codes(row)}
    return evidence.stopped_by([code for code in by_code if code in codes], by_code)


def _period_figures(day: date) -> dict[str, str]:
    life = f"{DOCUMENT.number}自 {DOCUMENT.starts} 起施行，有效期至 {DOCUMENT.ends}"
    return {"day": str(day), "life": life}


def _figures(connection: Connection, row: Row, day: date) -> dict[str, str]:
    """What the sentences that loans and policies share may speak of."""
    return {
        **_period_figures(day),
        "county": row["county"],
        "revocation": evidence.revocation(row),
        "qualification": evidence.qualification(connection, row["qualification_fact_id"]),
        "project": _project(connection, row),
    }


def _project(connection: Connection, row: Row) -> str:
    """The library entry that a line was judged by."""
    fact = tables.ProjectFact
    found = connection.execute(
        select(fact.name, fact.listed_on, fact.delisted_on, enterprise.uscc)
        .join(enterprise, enterprise.id == fact.enterprise_id)
        .where(fact.id == row["project_fact_id"])
    ).one_or_none()
    if found is None:
        return "没有填报项目"
    owner = "本企业" if found.uscc == row["uscc"] else f"其他企业（{found.uscc}）"
    return f"{row['project_no']} {found.name}，{owner}的项目，在库 {found.listed_on} 至 {found.delisted_on or '今'}"


def _loan_figures(connection: Connection, run: RunRecord, row: Row) -> dict[str, str]:
    law = run.law
    return {
        **_figures(connection, row, row["disbursed_on"]),
        "guarantee": row["guarantee"],
        "unsecured": "、".join(law["unsecured"]),
        "disbursed_on": str(row["disbursed_on"]),
        "due_on": str(row["due_on"]),
        "latest_due_on": str(row["latest_due_on"]),
        "term_months": str(law["term_months"]),
        "workday_before": str(row["workday_before"]),
        "lpr": evidence.lpr(row, law["lpr_gap_days"]),
        "rate": money.percent_text(row["rate_percent"]),
        "ceiling": money.percent_text(row["lpr_e4"] or 0),
        "filing_quota": money.wan_text(law["filing_quota"]),
        "quota_before": money.wan_text(row["quota_before_fen"] or 0),
    }


# --- the amounts --------------------------------------------------------------------------------------------------------


def _loan_amount(connection: Connection, run: RunRecord, row: Row, scope: Scope) -> Iterator[Point]:
    if row["quota_before_fen"] is None:
        yield Point("金额", "备案额度", NOTE, "第二条", "", "条件未全部通过，不备案")
        return
    left = run.law["filing_quota"] - row["quota_before_fen"]
    text = f"贷款金额 {wan_words(row['amount_fen'])}，备案额度尚余 {wan_words(left)}，备案取其小者 {wan_words(row['filed_fen'])}"
    yield Point("金额", "备案额度", NOTE, "第二条", "", text + _quota_neighbours(connection, run, row, scope))
    text = f"{run.as_of} 余额 {wan_words(row['balance_fen'])}，与备案额度取其小者 {wan_words(row['base_fen'])}"
    yield Point("金额", "补助基数", NOTE, "第二条", "", text)
    rate = money.percent_text(run.law["risk_rate_used"])
    text = f"{wan_words(row['base_fen'])} × {rate}% = {wan_words(row['subsidy_fen'])}（四舍五入到分），由市级于次年兑现"
    yield Point("金额", "风险资金补助", NOTE, "第二条", "", text)


def _quota_neighbours(connection: Connection, run: RunRecord, row: Row, scope: Scope) -> str:
    """Who used the rest of the enterprise's quota, as the same run stored it; to a bank others' loans are one sum."""
    others = read_whole(
        connection, LOANS, run.id, enterprise.uscc == row["uscc"], loan_line.filed_fen > 0,
        loan_line.loan_fact_id != row["loan_fact_id"],
    )  # fmt: skip
    names, own = bank_names_of(connection, run), scopes.bank_ids(connection, scope)
    others.sort(key=lambda other: other["quota_before_fen"])
    listed = "；".join(
        f"{names.printed_of(other['bank'])} 借据 {other['note_no']}（{other['disbursed_on']} 发放）备案 {wan_words(other['filed_fen'])}"
        for other in others
        if own is None or other["bank_id"] in own
    )
    elsewhere = sum(other["filed_fen"] for other in others if own is not None and other["bank_id"] not in own)
    return evidence.neighbours(listed, elsewhere)


def premium_amount(connection: Connection, run: RunRecord, row: Row, scope: Scope) -> Iterator[Point]:
    if row["reasons"]:
        yield Point("金额", "保费补贴", NOTE, "第二条", "", "条件未全部通过，不计入企业保费合计")
        return
    rate = money.percent_text(run.law["premium_rate_used"])
    others = read_whole(
        connection, POLICIES, run.id, enterprise.uscc == row["uscc"], policy_line.reasons == "",
        policy_line.policy_fact_id != row["policy_fact_id"],
    )  # fmt: skip
    listed = "；".join(
        f"{other['insurer']} 保单 {other['policy_no']} {wan_words(other['premium_fen'])}"
        for other in others
        if scopes.insurer(scope) in (None, other["insurer"])  # an insurer sees the sum of the others alone
    )
    text = (
        f"企业通过审核的保费合计 {wan_words(row['enterprise_premium_fen'])}" + (f"（另有 {listed}）" if listed else "")
        + f" × {rate}% = {wan_words(row['enterprise_uncapped_fen'])}，上限 {wan_words(run.law['premium_cap'])}，"
        f"企业补贴 {wan_words(row['enterprise_subsidy_fen'])}"
    )  # fmt: skip
    yield Point("金额", "企业补贴合计", NOTE, "第二条", "", text)
    text = f"本保单保费 {wan_words(row['premium_fen'])}，按保费占比分摊 {wan_words(row['subsidy_fen'])}（余下的分按小数部分大小逐一补足）"
    yield Point("金额", "保费补贴", NOTE, "第二条", "", text)


def grant_amount(run: RunRecord, row: Row) -> Point:
    """How a grant comes about."""
    spent, most = row["spending_fen"], money.half_up(row["spending_fen"] * row["ratio_percent"], money.E4_PER_ONE)
    text = (
        f"{row['grant_year']} 年度研发投入 {wan_words(spent)} × {money.percent_text(row['ratio_percent'])}% = {wan_words(most)}，"
        f"批准 {wan_words(row['approved_fen'])}；此前累计 {wan_words(row['granted_before_fen'])}，单个项目上限 "
        f"{wan_words(run.law['grant_cap'])}"
    )
    return Point("金额", "研发补助", NOTE, "第二条", "", text)
