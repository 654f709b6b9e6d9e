"""“拨投贷保”: the tables of its own facts (see ledger.models for what they all are) and of its runs' lines."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index

from ledger.models import Fact
from ledger.models.base import Base, Mapped, mapped_column, not_negative, ordered, positive, within
from ledger.models.facts import in_force_once


class ProjectFact(Fact, Base):
    """项目库: a project is in the library from the first to the last day, both included."""

    __tablename__ = "project_facts"
    SHEET = "项目库"
    KEY = ("project_id",)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    listed_on: Mapped[date]
    delisted_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "project_id"),
        ordered("listed_on", "delisted_on"),
        CheckConstraint("length(name) > 0", name="name_given"),
    )


class PolicyFact(Fact, Base):
    """保单."""

    __tablename__ = "policy_facts"
    SHEET = "保单"
    KEY = ("insurer", "policy_no")
    insurer: Mapped[str]
    policy_no: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    coverages: Mapped[str]
    inception: Mapped[date]
    expiry: Mapped[date]
    paid_on: Mapped[date]
    premium_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "insurer", "policy_no"), positive("premium_fen"), ordered("inception", "expiry")
    )


class GrantFact(Fact, Base):
    """研发补助."""

    __tablename__ = "grant_facts"
    SHEET = "研发补助"
    KEY = ("project_id", "year")
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    year: Mapped[int]
    spending_fen: Mapped[int]
    ratio_e4: Mapped[int]
    approved_on: Mapped[date]
    approved_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "project_id", "year"),
        positive("spending_fen"),
        within("ratio_e4", 0, 1_000_000),
        not_negative("approved_fen"),
        within("year", 1990, 2100),
    )


class InvestmentFact(Fact, Base):
    """股权投资."""

    __tablename__ = "investment_facts"
    SHEET = "股权投资"
    KEY = ("investor", "investment_no")
    investor: Mapped[str]
    investment_no: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    invested_on: Mapped[date]
    amount_fen: Mapped[int]
    factor_e4: Mapped[int | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "investor", "investment_no"), positive("amount_fen"), positive("factor_e4")
    )


class ChokepointLoanLine(Base):
    """One judged loan of a yearly review of 拨投贷保, with everything that explains it."""

    __tablename__ = "chokepoint_loan_lines"
    WORDS, NUMBER = "贷款审核明细", "line_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in line order
    loan_fact_id: Mapped[int] = mapped_column(ForeignKey("loan_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    qualification_fact_id: Mapped[int | None] = mapped_column(ForeignKey("qualification_facts.id"))
    project_fact_id: Mapped[int | None] = mapped_column(ForeignKey("project_facts.id"))
    due_on: Mapped[date]
    latest_due_on: Mapped[date]
    balance_fen: Mapped[int]  # at the cut-off
    revoked_on: Mapped[date | None]
    enterprise_barred_on: Mapped[date | None]
    bank_barred_on: Mapped[date | None]
    workday_before: Mapped[date]
    lpr_announced_on: Mapped[date | None]
    lpr_e4: Mapped[int | None]
    quota_before_fen: Mapped[int | None]  # filed by earlier turns of the enterprise
    filed_fen: Mapped[int]
    base_fen: Mapped[int]
    subsidy_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        CheckConstraint("base_fen >= 0 AND base_fen <= filed_fen AND base_fen <= balance_fen", name="base_within"),
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= base_fen", name="subsidy_within_base"),
        CheckConstraint("reasons = '' OR filed_fen = 0", name="stopped_is_not_filed"),
        Index("ix_chokepoint_loan_lines_loan", "loan_fact_id"),
    )


class ChokepointPolicyLine(Base):
    """One judged policy of a yearly review of 拨投贷保; the enterprise's sums are those of the policies that pass."""

    __tablename__ = "chokepoint_policy_lines"
    WORDS, NUMBER = "保单审核明细", "line_no"
    KNOWN_BY = ("policy_fact_id", "insurer", "policy_no")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in line order
    policy_fact_id: Mapped[int] = mapped_column(ForeignKey("policy_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    qualification_fact_id: Mapped[int | None] = mapped_column(ForeignKey("qualification_facts.id"))
    project_fact_id: Mapped[int | None] = mapped_column(ForeignKey("project_facts.id"))
    enterprise_barred_on: Mapped[date | None]
    other_coverages: Mapped[str]  # those named that are none of the document's
    enterprise_premium_fen: Mapped[int]
    enterprise_uncapped_fen: Mapped[int]
    enterprise_subsidy_fen: Mapped[int]
    subsidy_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= enterprise_subsidy_fen", name="subsidy_within_total"),
        CheckConstraint("enterprise_subsidy_fen <= enterprise_uncapped_fen", name="total_within_uncapped"),
        CheckConstraint("reasons = '' OR subsidy_fen = 0", name="stopped_gets_nothing"),
        Index("ix_chokepoint_policy_lines_policy", "policy_fact_id"),
    )


class ChokepointGrantLine(Base):
    """One grant approved in the window of a yearly review of 拨投贷保."""

    __tablename__ = "chokepoint_grant_lines"
    WORDS, NUMBER = "研发补助明细", "line_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, by (project number, year)
    grant_fact_id: Mapped[int] = mapped_column(ForeignKey("grant_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    project_fact_id: Mapped[int] = mapped_column(ForeignKey("project_facts.id"))
    granted_before_fen: Mapped[int]  # of the project, in earlier approvals
    granted_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        not_negative("granted_before_fen"),
        not_negative("granted_fen"),
        CheckConstraint("reasons = '' OR granted_fen = 0", name="stopped_gets_nothing"),
        Index("ix_chokepoint_grant_lines_grant", "grant_fact_id"),
    )


class ChokepointInvestmentLine(Base):
    """One investment of the window of a yearly review of 拨投贷保, and what is recognised of it."""

    __tablename__ = "chokepoint_investment_lines"
    WORDS, NUMBER = "股权投资明细", "line_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, by (investor, investment number)
    investment_fact_id: Mapped[int] = mapped_column(ForeignKey("investment_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    factor_e4: Mapped[int]  # as used, in 0.0001
    recognised_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        positive("factor_e4"),
        not_negative("recognised_fen"),
        CheckConstraint("reasons = '' OR recognised_fen = 0", name="stopped_is_not_recognised"),
        Index("ix_chokepoint_investment_lines_investment", "investment_fact_id"),
    )


FACTS = (ProjectFact, PolicyFact, GrantFact, InvestmentFact)
ALL = (ChokepointLoanLine, ChokepointPolicyLine, ChokepointGrantLine, ChokepointInvestmentLine, *FACTS)
