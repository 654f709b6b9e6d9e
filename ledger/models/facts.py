"""What was said of whom (facts, in versions), with the file that each fact came in.

A fact row is never changed: a correction retires the version (`retired_by`) and adds the next one; a withdrawal only
retires it. Every fact names the intake (file, SHA-256, uploader, time) and the row it came from.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from ledger.models.base import (
    Base,
    Id,
    Mapped,
    given,
    mapped_column,
    not_negative,
    once_where,
    one_of,
    ordered,
    positive,
    within,
)

QUALIFICATIONS = ("科技型中小企业", "高新技术企业", "科技领军企业", "专精特新中小企业", "一企一技术研发中心")
GUARANTEES = ("知识产权质押", "股权质押", "其他新型抵质押", "信用", "保证", "抵押", "质押")
BANK_CHANGES = ("更名", "承继")
DAY_KINDS = ("放假", "上班")

# --- where facts come from --------------------------------------------------------------------------------------------


class Intake(Base):
    """One file taken in whole: its name, fingerprint, uploader and time.

    sheet: what a CSV file was taken as. account: the account that acted. The same bytes come again only after the file
    was withdrawn.
    """

    __tablename__ = "intakes"
    WORDS, GUARD, SEALED, AT, KNOWN_BY = "文件登记", "row", "file", "received_at", ("file_name",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    uploader: Mapped[str]
    received_at: Mapped[datetime]
    amend_reason: Mapped[str | None]
    sheet: Mapped[str | None]
    account: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        Index("ix_intakes_sha256", "sha256"),
    )


class Change(Base):
    """Why versions were retired: an amendment by a file, or a withdrawal by hand, of a row or of all that a file brought."""

    __tablename__ = "changes"
    WORDS, GUARD, SEALED, AT = "更正与撤回登记", "row", "file", "made_at"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intakes.id"))
    withdrawn_intake_id: Mapped[int | None] = mapped_column(ForeignKey("intakes.id"))
    account: Mapped[str | None]
    __table_args__ = (one_of("kind", ("amend", "void")), CheckConstraint("length(reason) > 0", name="reason_given"))


# --- facts, one table per intake sheet --------------------------------------------------------------------------------


class Fact:
    """What every fact row carries: where it came from, its version, and whether it still counts. SHEET: its sheet."""

    GUARD, SEALED = "fact", "file"
    SHEET: ClassVar[str]
    KEY: tuple[str, ...] = ()  # the columns that make a fact one fact

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sheet_row: Mapped[int]
    version: Mapped[int]
    intake_id: Mapped[int] = mapped_column(ForeignKey("intakes.id"))
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("changes.id"))

    @classmethod
    def constraints(cls, *checks: CheckConstraint | Index | UniqueConstraint) -> tuple[Any, ...]:
        """The checks of every fact beside its own."""
        return (
            CheckConstraint("sheet_row > 0", name="sheet_row_positive"),
            CheckConstraint("version > 0", name="version_positive"),
            *checks,
        )


def in_force_once(table: str, *columns: str) -> Index:
    """At most one version in force per key; its index serves the look-ups by key too."""
    return once_where(f"uq_{table}_in_force", "retired_by IS NULL", *[text(c) if "(" in c else c for c in columns])


def looked_up(table: str, column: str) -> Index:
    """Serves who asks for all versions of what one anchor has: without it one answer reads the whole table."""
    return Index(f"ix_{table}_{column.removesuffix('_id')}", column)


class EnterpriseFact(Fact, Base):
    """企业."""

    __tablename__ = "enterprise_facts"
    SHEET = "企业"
    KEY = ("enterprise_id",)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    name: Mapped[str]
    county: Mapped[str]
    code_check: Mapped[str | None]  # 已核验: a genuine code whose check character is wrong
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "enterprise_id"),
        looked_up(__tablename__, "enterprise_id"),
        given("county"),
        CheckConstraint("length(name) > 0", name="name_given"),
    )


class QualificationFact(Fact, Base):
    """资质: valid from the first to the last day, both included; no last day is open."""

    __tablename__ = "qualification_facts"
    SHEET = "资质"
    KEY = ("enterprise_id", "category", "valid_from")
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    category: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "enterprise_id", "category", "valid_from"),
        looked_up(__tablename__, "enterprise_id"),
        one_of("category", QUALIFICATIONS),
        ordered("valid_from", "valid_to"),
    )


class PartnershipFact(Fact, Base):
    """合作银行: without a first day the bank is on the register but no 合作银行."""

    __tablename__ = "partnership_facts"
    SHEET = "合作银行"
    KEY = ("bank_id", "starts_on")
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "bank_id", "starts_on"),
        once_where("uq_partnership_facts_register", "retired_by IS NULL AND starts_on IS NULL", "bank_id"),
        ordered("starts_on", "ends_on"),
        CheckConstraint("starts_on IS NOT NULL OR ends_on IS NULL", name="end_needs_start"),
    )


class BankChangeFact(Fact, Base):
    """银行变更: a bank goes on under another name (更名), or in another bank (承继: its successor)."""

    __tablename__ = "bank_change_facts"
    SHEET = "银行变更"
    KEY = ("old_name",)
    old_name: Mapped[str]
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))  # which was so called
    changed_on: Mapped[date]
    kind: Mapped[str]
    new_name: Mapped[str]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "old_name"),
        one_of("kind", BANK_CHANGES),
        CheckConstraint("length(old_name) > 0 AND length(new_name) > 0", name="names_given"),
        CheckConstraint("(kind = '承继') = (successor_id IS NOT NULL)", name="successor_of_takeover"),
    )


class CalendarFact(Fact, Base):
    """工作日历."""

    __tablename__ = "calendar_facts"
    SHEET = "工作日历"
    KEY = ("day",)
    day: Mapped[date]
    kind: Mapped[str]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "day"), one_of("kind", DAY_KINDS))


class LprFact(Fact, Base):
    """LPR: the 1-year rate of an announcement."""

    __tablename__ = "lpr_facts"
    SHEET = "LPR"
    KEY = ("announced_on",)
    announced_on: Mapped[date]
    rate_e4: Mapped[int]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "announced_on"), within("rate_e4", 0, 1_000_000))


class LoanFact(Fact, Base):
    """贷款."""

    __tablename__ = "loan_facts"
    SHEET = "贷款"
    KEY = ("loan_id",)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    contract_no: Mapped[str | None]
    product: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    amount_fen: Mapped[int]
    disbursed_on: Mapped[date]
    due_on: Mapped[date]
    rate_e4: Mapped[int]
    guarantee: Mapped[str]
    uploaded_on: Mapped[date | None]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "loan_id"),
        looked_up(__tablename__, "loan_id"),
        looked_up(__tablename__, "enterprise_id"),
        given("product"),
        one_of("guarantee", GUARANTEES),
        positive("amount_fen"),
        within("rate_e4", 0, 1_000_000),
        ordered("disbursed_on", "due_on"),
    )


class RepaymentFact(Fact, Base):
    """还款."""

    __tablename__ = "repayment_facts"
    SHEET = "还款"
    KEY = ("loan_id", "paid_on")
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    paid_on: Mapped[date]
    principal_fen: Mapped[int]
    interest_fen: Mapped[int | None]
    uploaded_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "loan_id", "paid_on"),
        looked_up(__tablename__, "loan_id"),
        not_negative("principal_fen"),
        not_negative("interest_fen"),
        CheckConstraint("principal_fen + coalesce(interest_fen, 0) > 0", name="something_paid"),
    )


class ExtensionFact(Fact, Base):
    """展期."""

    __tablename__ = "extension_facts"
    SHEET = "展期"
    KEY = ("loan_id", "extended_on")
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    extended_on: Mapped[date]
    new_due_on: Mapped[date]
    uploaded_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "loan_id", "extended_on"),
        looked_up(__tablename__, "loan_id"),
        ordered("extended_on", "new_due_on"),
    )


class ReportedBalanceFact(Fact, Base):
    """年末余额: what the bank reports for December 31."""

    __tablename__ = "reported_balance_facts"
    SHEET = "年末余额"
    KEY = ("year", "loan_id")
    year: Mapped[int]
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    balance_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "loan_id"),
        looked_up(__tablename__, "loan_id"),
        not_negative("balance_fen"),
        within("year", 1990, 2100),
    )


class UploadWaiverFact(Fact, Base):
    """上传豁免: the papers of one day of a loan are excused."""

    __tablename__ = "upload_waiver_facts"
    SHEET = "上传豁免"
    KEY = ("loan_id", "event_on")
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    event_on: Mapped[date]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "loan_id", "event_on"), looked_up(__tablename__, "loan_id")
    )


class RevocationFact(Fact, Base):
    """撤销: the loan loses the support."""

    __tablename__ = "revocation_facts"
    SHEET = "撤销"
    KEY = ("loan_id",)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    found_on: Mapped[date]
    document_no: Mapped[str]
    cause: Mapped[str]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "loan_id"), looked_up(__tablename__, "loan_id"))


class DisqualificationFact(Fact, Base):
    """取消资格: an enterprise or a bank loses the support from a date on."""

    __tablename__ = "disqualification_facts"
    SHEET = "取消资格"
    KEY = ("enterprise_id", "bank_id")
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"))
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    barred_on: Mapped[date]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(
        in_force_once("disqualification_facts_enterprise", "enterprise_id"),
        in_force_once("disqualification_facts_bank", "bank_id"),
        CheckConstraint("(enterprise_id IS NULL) <> (bank_id IS NULL)", name="one_subject"),
    )


class FundTotalFact(Fact, Base):
    """资金总量: how much of a fund there is for a year, as decided by whoever gives it."""

    __tablename__ = "fund_total_facts"
    SHEET = "资金总量"
    KEY = ("year", "fund")
    year: Mapped[int]
    fund: Mapped[str]
    amount_fen: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "fund"),
        given("fund"),
        not_negative("amount_fen"),
        within("year", 1990, 2100),
    )


class YearRateFact(Fact, Base):
    """年度比例: a year's own rate below the ceiling."""

    __tablename__ = "year_rate_facts"
    SHEET = "年度比例"
    KEY = ("year", "item")
    year: Mapped[int]
    item: Mapped[str]
    rate_e4: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "item"),
        given("item"),
        within("rate_e4", 0, 1_000_000),
        within("year", 1990, 2100),
    )
