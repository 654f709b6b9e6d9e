"""短期出口信用保险: the tables of its own facts (see ledger.models for what they all are) and of its runs' lines."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint

from ledger.models import Fact
from ledger.models.base import Base, Mapped, given, mapped_column, not_negative, ordered, positive, within
from ledger.models.facts import in_force_once


class CreditMarketFact(Fact, Base):
    """市场名录: a country is of a market from the first to the last day, both included; no last day is open."""

    __tablename__ = "credit_market_facts"
    SHEET = "市场名录"
    KEY = ("country", "market", "listed_on")
    country: Mapped[str]
    market: Mapped[str]
    listed_on: Mapped[date]
    delisted_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "country", "market", "listed_on"),
        given("country"),
        given("market"),
        ordered("listed_on", "delisted_on"),
    )


class CreditPremiumFact(Fact, Base):
    """信保缴费: what one voucher paid for one country."""

    __tablename__ = "credit_premium_facts"
    SHEET = "信保缴费"
    KEY = ("insurer", "voucher_no", "country")
    insurer: Mapped[str]
    voucher_no: Mapped[str]
    country: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    policy_no: Mapped[str]
    kinds: Mapped[str]
    paid_on: Mapped[date]
    premium_fen: Mapped[int]
    currency: Mapped[str | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "insurer", "voucher_no", "country"),
        positive("premium_fen"),
        Index("ix_credit_premium_facts_paid_on", "paid_on"),
    )


class CreditRefundFact(Fact, Base):
    """信保退费: what of one voucher's premium for one country came back."""

    __tablename__ = "credit_refund_facts"
    SHEET = "信保退费"
    KEY = ("insurer", "refund_no", "country")
    insurer: Mapped[str]
    refund_no: Mapped[str]
    country: Mapped[str]
    voucher_no: Mapped[str]
    refunded_on: Mapped[date]
    refund_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "insurer", "refund_no", "country"),
        positive("refund_fen"),
        Index("ix_credit_refund_facts_premium", "insurer", "voucher_no", "country"),
    )


class CreditMatchingFact(Fact, Base):
    """信保配套: all that the county gave an enterprise for a year."""

    __tablename__ = "credit_matching_facts"
    SHEET = "信保配套"
    KEY = ("year", "enterprise_id")
    year: Mapped[int]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    matching_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "enterprise_id"), positive("matching_fen"), within("year", 1990, 2100)
    )


class CreditLine(Base):
    """One judged premium (a voucher and country) of a yearly review, with everything that explains it."""

    __tablename__ = "credit_lines"
    WORDS, NUMBER = "保费审核明细", "line_no"
    KNOWN_BY = ("premium_fact_id", "insurer", "voucher_no", "country")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in line order
    premium_fact_id: Mapped[int] = mapped_column(ForeignKey("credit_premium_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    market_fact_id: Mapped[int | None] = mapped_column(ForeignKey("credit_market_facts.id"))
    market: Mapped[str]
    other_kinds: Mapped[str]  # those named that the document does not support
    refunded_fen: Mapped[int]  # by the as-of date
    net_fen: Mapped[int]
    rate_e4: Mapped[int]  # the market's, whatever the reasons say
    demand_fen: Mapped[int]
    subsidy_fen: Mapped[int]
    reasons: Mapped[str]
    __table_args__ = (
        not_negative("refunded_fen"),
        not_negative("net_fen"),
        CheckConstraint("demand_fen >= 0 AND demand_fen <= net_fen", name="demand_within_net"),
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= demand_fen", name="subsidy_within_demand"),
        CheckConstraint("reasons = '' OR demand_fen = 0", name="stopped_gets_nothing"),
        Index("ix_credit_lines_premium", "premium_fact_id"),
    )


class CreditEnterprise(Base):
    """One enterprise of a yearly review, with what the city and its county give it for the year."""

    __tablename__ = "credit_enterprises"
    WORDS, NUMBER = "配套情况", "enterprise_no"
    KNOWN_BY = ("enterprise_fact_id", "name")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    enterprise_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, by (county, name, code)
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    matching_fact_id: Mapped[int | None] = mapped_column(ForeignKey("credit_matching_facts.id"))
    net_fen: Mapped[int]  # of its lines without a code
    subsidy_fen: Mapped[int]
    matching_fen: Mapped[int]
    over_fen: Mapped[int]  # by which both together pass the premium
    __table_args__ = (
        not_negative("net_fen"),
        not_negative("subsidy_fen"),
        not_negative("matching_fen"),
        not_negative("over_fen"),
    )


class CreditClaim(Base):
    """追缴: what a review claims back of what one line of an earlier approved review paid, with all that explains it."""

    __tablename__ = "credit_claims"
    WORDS, NUMBER = "追缴", "claim_no"
    KNOWN_BY = ("premium_fact_id", "insurer", "voucher_no", "country")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    claim_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, by (line order, paid year)
    paid_run_id: Mapped[int]
    paid_line_no: Mapped[int]
    premium_fact_id: Mapped[int] = mapped_column(ForeignKey("credit_premium_facts.id"))  # the version that this run saw
    refunded_fen: Mapped[int]  # by the as-of date of this run
    net_now_fen: Mapped[int]
    kept_fen: Mapped[int]
    before_fen: Mapped[int]  # claimed before by approved runs
    claim_fen: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(
            ["paid_run_id", "paid_line_no"],
            ["credit_lines.run_id", "credit_lines.line_no"],
            name="fk_credit_claims_paid_line",
        ),
        UniqueConstraint("run_id", "paid_run_id", "paid_line_no"),
        not_negative("refunded_fen"),
        not_negative("net_now_fen"),
        not_negative("kept_fen"),
        not_negative("before_fen"),
        positive("claim_fen"),
    )


FACTS = (CreditMarketFact, CreditPremiumFact, CreditRefundFact, CreditMatchingFact)
ALL = (CreditLine, CreditEnterprise, CreditClaim, *FACTS)
