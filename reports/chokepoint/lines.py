"""The lines of a review of all four kinds, for the CSV, the workbooks and the explanations alike."""

from typing import Any

from sqlalchemy import Select

from ledger import models
from ledger.facts.of_lines import with_enterprises, with_loans
from ledger.programmes.chokepoint import tables
from reports.report import LineColumn
from reports.runs.run_lines import Lines

run, enterprise, enterprise_fact = models.Run, models.Enterprise, models.EnterpriseFact
project, project_fact = models.Project, tables.ProjectFact
loan_line, loan_fact, loan, bank = tables.ChokepointLoanLine, models.LoanFact, models.Loan, models.Bank
policy_line, policy_fact = tables.ChokepointPolicyLine, tables.PolicyFact
grant_line, grant_fact = tables.ChokepointGrantLine, tables.GrantFact
investment_line, investment_fact = tables.ChokepointInvestmentLine, tables.InvestmentFact


def _of_run(line: Any, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The lines with their run and enterprise."""
    return with_enterprises(query, line).join_from(line, run, run.id == line.run_id)


def _joined_loans(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        with_loans(_of_run(loan_line, query), loan_line)
        .outerjoin_from(loan_fact, project, project.id == loan_fact.project_id)
        .outerjoin_from(loan_line, project_fact, project_fact.id == loan_line.project_fact_id)
    )


def _joined_policies(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        _of_run(policy_line, query)
        .join(policy_fact, policy_fact.id == policy_line.policy_fact_id)
        .join(project, project.id == policy_fact.project_id)
        .outerjoin(project_fact, project_fact.id == policy_line.project_fact_id)
    )


def _joined_grants(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        _of_run(grant_line, query)
        .join(grant_fact, grant_fact.id == grant_line.grant_fact_id)
        .join(project, project.id == grant_fact.project_id)
        .join(project_fact, project_fact.id == grant_line.project_fact_id)
    )


def _joined_investments(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return _of_run(investment_line, query).join(
        investment_fact, investment_fact.id == investment_line.investment_fact_id
    )


def _head(line: Any) -> tuple[LineColumn, ...]:
    return (
        LineColumn("run", "运行号", "count", line.run_id),
        LineColumn("year", "年度", "count", run.year),
        LineColumn("county", "区市", "text", enterprise_fact.county),
    )


_ENTERPRISE = (
    LineColumn("uscc", "统一社会信用代码", "text", enterprise.uscc),
    LineColumn("enterprise", "企业名称", "text", enterprise_fact.name),
)
_IDS = (enterprise.id.label("enterprise_id"), project.id.label("project_id"))
_PROJECT_NO = LineColumn("project_no", "项目编号", "text", project.project_no, optional=True)
_PROJECT = LineColumn("project", "项目名称", "text", project_fact.name)


def _reasons(line: Any) -> LineColumn:
    return LineColumn("reasons", "不符合原因", "text", line.reasons)


LOANS = Lines(
    loan_line,
    (
        *_head(loan_line),
        LineColumn("bank", "银行名称", "text", bank.name),
        *_ENTERPRISE,
        LineColumn("note_no", "借据编号", "text", loan.note_no),
        _PROJECT_NO,
        LineColumn("amount_fen", "贷款金额", "fen", loan_fact.amount_fen),
        LineColumn("disbursed_on", "发放日", "date", loan_fact.disbursed_on),
        LineColumn("due_on", "到期日", "date", loan_line.due_on),
        LineColumn("rate_percent", "年利率(%)", "percent", loan_fact.rate_e4),
        LineColumn("guarantee", "担保方式", "text", loan_fact.guarantee),
        LineColumn("lpr_percent", "LPR(%)", "percent", loan_line.lpr_e4, optional=True),
        LineColumn("balance_fen", "截止日余额", "fen", loan_line.balance_fen),
        LineColumn("filed_fen", "备案额度", "fen", loan_line.filed_fen),
        LineColumn("subsidy_fen", "风险资金补助", "fen", loan_line.subsidy_fen),
        _reasons(loan_line),
    ),
    (_PROJECT, LineColumn("base_fen", "补助基数", "fen", loan_line.base_fen)),
    (loan.id.label("loan_id"), loan.bank_id, *_IDS),
    _joined_loans,
    "贷款",
    ("bank", "note_no"),
    ("subsidy_fen",),
    listed="new-loans",
    shown=(
        "county",
        "bank",
        "enterprise",
        "note_no",
        "project_no",
        "amount_fen",
        "disbursed_on",
        "due_on",
        "rate_percent",
        "balance_fen",
        "filed_fen",
        "subsidy_fen",
        "reasons",
    ),  # fmt: skip
)
POLICIES = Lines(
    policy_line,
    (
        *_head(policy_line),
        LineColumn("insurer", "保险公司", "text", policy_fact.insurer),
        LineColumn("policy_no", "保单号", "text", policy_fact.policy_no),
        *_ENTERPRISE,
        _PROJECT_NO,
        LineColumn("coverages", "险种", "text", policy_fact.coverages),
        LineColumn("inception", "保险起期", "date", policy_fact.inception),
        LineColumn("expiry", "保险止期", "date", policy_fact.expiry),
        LineColumn("paid_on", "缴费日", "date", policy_fact.paid_on),
        LineColumn("premium_fen", "实缴保费", "fen", policy_fact.premium_fen),
        LineColumn("subsidy_fen", "保费补贴", "fen", policy_line.subsidy_fen),
        _reasons(policy_line),
    ),
    (
        _PROJECT,
        LineColumn("enterprise_premium_fen", "企业保费合计", "fen", policy_line.enterprise_premium_fen),
        LineColumn("enterprise_subsidy_fen", "企业补贴合计", "fen", policy_line.enterprise_subsidy_fen),
    ),
    _IDS,
    _joined_policies,
    "保单",
    ("insurer", "policy_no"),
    ("subsidy_fen",),
    listed="premiums",
    shown=(
        "county",
        "insurer",
        "policy_no",
        "enterprise",
        "project_no",
        "coverages",
        "inception",
        "expiry",
        "paid_on",
        "premium_fen",
        "subsidy_fen",
        "reasons",
    ),  # fmt: skip
)
GRANTS = Lines(
    grant_line,
    (
        *_head(grant_line),
        *_ENTERPRISE,
        _PROJECT_NO,
        LineColumn("grant_year", "补助年度", "count", grant_fact.year),
        LineColumn("spending_fen", "研发投入", "fen", grant_fact.spending_fen),
        LineColumn("ratio_percent", "补助比例(%)", "percent", grant_fact.ratio_e4),
        LineColumn("approved_on", "批准日", "date", grant_fact.approved_on),
        LineColumn("granted_before_fen", "此前累计补助", "fen", grant_line.granted_before_fen),
        LineColumn("approved_fen", "批准金额", "fen", grant_fact.approved_fen),
        LineColumn("granted_fen", "研发补助", "fen", grant_line.granted_fen),
        _reasons(grant_line),
    ),
    (_PROJECT,),
    _IDS,
    _joined_grants,
    "研发补助",
    ("project_no", "grant_year"),
    ("granted_fen",),
)
INVESTMENTS = Lines(
    investment_line,
    (
        *_head(investment_line),
        LineColumn("investor", "投资机构", "text", investment_fact.investor),
        LineColumn("investment_no", "投资编号", "text", investment_fact.investment_no),
        *_ENTERPRISE,
        LineColumn("invested_on", "投资日", "date", investment_fact.invested_on),
        LineColumn("amount_fen", "投资金额", "fen", investment_fact.amount_fen),
        LineColumn("factor", "认定系数", "percent", investment_line.factor_e4),
        LineColumn("recognised_fen", "认定金额", "fen", investment_line.recognised_fen),
        _reasons(investment_line),
    ),
    (),
    _IDS[:1],
    _joined_investments,
    "股权投资",
    ("investor", "investment_no"),
    ("recognised_fen",),
)
ALL = (LOANS, POLICIES, GRANTS, INVESTMENTS)
