"""科技支行贷款: the tables of its own facts (see ledger.models for what they all are) and of its runs' lines."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text

from ledger.models import Fact
from ledger.models.base import Base, Mapped, given, mapped_column, not_negative, one_of, within
from ledger.models.facts import in_force_once

LISTED = "interest_base_fen > 0 OR bonus_base_fen > 0"  # the lines that the annexes can list


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
        Index(  # to count what the annexes list between two lines
            "ix_tech_branch_lines_listed", "run_id", "line_no", "interest_base_fen", "bonus_base_fen", "interest_fen", "bonus_fen",
            sqlite_where=text(LISTED), postgresql_where=text(LISTED),
        ),
    )  # fmt: skip


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


class PriorYearsFact(Fact, Base):
    """历史享受年限: years enjoyed up to and including a year."""

    __tablename__ = "prior_years_facts"
    SHEET = "历史享受年限"
    KEY = ("enterprise_id",)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    through_year: Mapped[int]
    years: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "enterprise_id"), within("years", 0, 100), within("through_year", 1990, 2100)
    )


class YearsWaiverFact(Fact, Base):
    """年限豁免."""

    __tablename__ = "years_waiver_facts"
    SHEET = "年限豁免"
    KEY = ("enterprise_id", "year")
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    year: Mapped[int]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "enterprise_id", "year"), within("year", 1990, 2100))


class BonusRateFact(Fact, Base):
    """奖补比例: a bank's own rate for a year (差别化)."""

    __tablename__ = "bonus_rate_facts"
    SHEET = "奖补比例"
    KEY = ("year", "bank_id")
    year: Mapped[int]
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    rate_e4: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "bank_id"), within("rate_e4", 0, 1_000_000), within("year", 1990, 2100)
    )


class BudgetFact(Fact, Base):
    """预算: of the city or of one county."""

    __tablename__ = "budget_facts"
    SHEET = "预算"
    KEY = ("year", "scope")
    year: Mapped[int]
    scope: Mapped[str]
    amount_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "scope"),
        given("scope"),
        not_negative("amount_fen"),
        within("year", 1990, 2100),
    )


FACTS = (PriorYearsFact, YearsWaiverFact, BonusRateFact, BudgetFact)
ALL = (RunBudget, TechBranchLine, TechBranchClaim, *FACTS)
