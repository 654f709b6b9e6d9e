"""Runs and their lines: what was decided, with everything that explains it. Lines never change.

The model of a run's lines says what people call them (WORDS), which column numbers them (NUMBER), and by what one is known
besides (KNOWN_BY: the column that names its fact, then that fact's columns), where it is not of a loan. Seals, guards and
the words of an audit go by that.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, false

from ledger.models.base import Base, Id, Mapped, mapped_column, not_negative, once_where, one_of, positive

RUN_STATES = ("trial", "approved")


class Run(Base):
    """One settlement of a programme's year: the values and facts it used, and its state. Its lines never change."""

    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    programme: Mapped[str]
    year: Mapped[int]
    as_of: Mapped[date]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    code_version: Mapped[str]
    fingerprint: Mapped[str]  # of the facts and values used, and of the lines they gave
    law: Mapped[dict[str, Any]]  # the values of the law and the year's own rates
    last_intake_id: Mapped[int]  # of the facts on file when the run was made, the last to come
    last_change_id: Mapped[int] = mapped_column(server_default="0")  # of the amendments and withdrawals, likewise
    line_count: Mapped[int]
    summary: Mapped[dict[str, Any]]  # the totals of its lines, as printed when the run was made
    approved_by: Mapped[str | None]
    approved_document: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    solo: Mapped[bool] = mapped_column(server_default=false())  # approved without signatures and second person
    account: Mapped[str | None]  # the account that made the trial
    __table_args__ = (
        one_of("state", RUN_STATES),
        once_where("uq_runs_approved", "state = 'approved'", "programme", "year"),
        CheckConstraint(
            "(state = 'approved') = (approved_by IS NOT NULL AND approved_document IS NOT NULL AND approved_at IS NOT NULL)",
            name="approval_complete",
        ),
    )


class RunBudget(Base):
    """What one budget did in a run: the sums it met and which amount it cut."""

    __tablename__ = "run_budgets"
    WORDS, NUMBER = "预算步骤", "step"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    budget_fen: Mapped[int]
    interest_fen: Mapped[int]
    bonus_fen: Mapped[int]
    cut: Mapped[str]
    __table_args__ = (one_of("cut", ("", "interest", "bonus")),)


class TechBranchLine(Base):
    """One judged loan of a yearly settlement of 科技支行贷款, with everything that explains it."""

    __tablename__ = "tech_branch_lines"
    WORDS, NUMBER = "结算明细", "line_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in line order
    loan_fact_id: Mapped[int] = mapped_column(ForeignKey("loan_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    qualification_fact_id: Mapped[int | None] = mapped_column(ForeignKey("qualification_facts.id"))
    partnership_fact_id: Mapped[int | None] = mapped_column(ForeignKey("partnership_facts.id"))
    due_on: Mapped[date]
    paid_off_on: Mapped[date | None]
    end_on: Mapped[date]
    balance_fen: Mapped[int]
    reported_balance_fen: Mapped[int | None]
    revoked_on: Mapped[date | None]
    enterprise_barred_on: Mapped[date | None]
    bank_barred_on: Mapped[date | None]
    workday_before: Mapped[date]
    lpr_announced_on: Mapped[date | None]
    lpr_e4: Mapped[int | None]
    papers_checked: Mapped[int]
    papers_late: Mapped[int]
    upload_due_on: Mapped[date | None]
    late_kind: Mapped[int | None]
    late_on: Mapped[date | None]
    late_due_on: Mapped[date | None]
    late_uploaded_on: Mapped[date | None]
    years_enjoyed: Mapped[int]
    years_waived: Mapped[bool]
    year_end_no: Mapped[int]
    extra_months: Mapped[int]
    months: Mapped[int]
    cap_before_fen: Mapped[int | None]
    interest_base_fen: Mapped[int]
    interest_demand_fen: Mapped[int]
    interest_after_county_fen: Mapped[int]
    interest_fen: Mapped[int]
    interest_city_fen: Mapped[int]
    interest_county_fen: Mapped[int]
    bonus_base_fen: Mapped[int]
    bonus_rate_e4: Mapped[int]
    bonus_demand_fen: Mapped[int]
    bonus_after_county_fen: Mapped[int]
    bonus_fen: Mapped[int]
    bonus_city_fen: Mapped[int]
    bonus_county_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        CheckConstraint("interest_city_fen + interest_county_fen = interest_fen", name="interest_shared"),
        CheckConstraint("bonus_city_fen + bonus_county_fen = bonus_fen", name="bonus_shared"),
        CheckConstraint("interest_fen >= 0 AND interest_fen <= interest_demand_fen", name="interest_within_demand"),
        CheckConstraint("bonus_fen >= 0 AND bonus_fen <= bonus_demand_fen", name="bonus_within_demand"),
        Index("ix_tech_branch_lines_loan", "loan_fact_id"),
    )


class TechBranchClaim(Base):
    """追缴: what a settlement claims back of what one line of an earlier approved run paid, with all that explains it."""

    __tablename__ = "tech_branch_claims"
    WORDS, NUMBER = "追缴", "claim_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    claim_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in line order
    paid_run_id: Mapped[int]
    paid_line_no: Mapped[int]
    loan_fact_id: Mapped[int] = mapped_column(ForeignKey("loan_facts.id"))  # the version that this run went by
    code: Mapped[str]
    due_on: Mapped[date]
    paid_off_on: Mapped[date | None]
    end_on: Mapped[date]
    revoked_on: Mapped[date | None]
    true_months: Mapped[int]
    before_interest_fen: Mapped[int]  # claimed before by approved runs
    before_interest_city_fen: Mapped[int]
    before_bonus_fen: Mapped[int]
    before_bonus_city_fen: Mapped[int]
    interest_fen: Mapped[int]
    interest_city_fen: Mapped[int]
    interest_county_fen: Mapped[int]
    bonus_fen: Mapped[int]
    bonus_city_fen: Mapped[int]
    bonus_county_fen: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(
            ["paid_run_id", "paid_line_no"],
            ["tech_branch_lines.run_id", "tech_branch_lines.line_no"],
            name="fk_tech_branch_claims_paid_line",
        ),
        UniqueConstraint("run_id", "paid_run_id", "paid_line_no"),
        one_of("code", ("R_REVOKED", "R_TERM", "R_MONTHS")),
        CheckConstraint("interest_city_fen + interest_county_fen = interest_fen", name="interest_shared"),
        CheckConstraint("bonus_city_fen + bonus_county_fen = bonus_fen", name="bonus_shared"),
        CheckConstraint("interest_fen + bonus_fen > 0", name="something_claimed"),
        *(
            not_negative(f"{name}_fen")
            for name in (
                "interest_city", "interest_county", "bonus_city", "bonus_county",
                "before_interest", "before_interest_city", "before_bonus", "before_bonus_city",
            )
        ),
    )  # fmt: skip


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
