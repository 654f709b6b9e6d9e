"""The journal (double entry) and the seals. Both are append-only: triggers of the database refuse anything else.

An entry's postings are written first and the entry last; on its arrival the database sums them and refuses an entry that
does not balance. The link from posting to entry is checked at the end of the transaction, so no posting stays alone.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint

from ledger.models.base import Base, Id, Mapped, coded, given, mapped_column


class JournalEntry(Base):
    """One event of money: what, when, under which document or voucher, by whom, and from which row of which file."""

    __tablename__ = "journal_entries"
    WORDS, GUARD, SEALED, AT = "分录", "row", "step", "made_at"
    LINKS = ("approve", "adopt", "allot", "pay", "reverse")
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    entered_on: Mapped[date]
    document_no: Mapped[str]
    memo: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intakes.id"))
    sheet_row: Mapped[int | None]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entries.id"), unique=True)
    account: Mapped[str | None]
    __table_args__ = (
        coded("kind"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        CheckConstraint("(intake_id IS NULL) = (sheet_row IS NULL)", name="row_of_a_file"),
        CheckConstraint("length(document_no) > 0", name="document_given"),
        Index("ix_journal_entries_run", "run_id"),
    )


class JournalPosting(Base):
    """One side of an entry: debits positive, credits negative (fen)."""

    __tablename__ = "journal_postings"
    WORDS, GUARD, PART_OF = "分录明细", "row", ("entry_id", "posting_no")
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("journal_entries.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    posting_no: Mapped[int] = mapped_column(primary_key=True)  # from 1
    account: Mapped[str]
    item: Mapped[str]
    county: Mapped[str]
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"))
    amount_fen: Mapped[int]
    __table_args__ = (
        coded("account"),
        coded("item"),
        given("county"),
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        Index(
            "ix_journal_postings_account", "entry_id", "account"
        ),  # what an entry owes is many rows, what it moves is few
        # SQLite would take a text or a fraction, and add it up as it sees fit
        CheckConstraint("typeof(amount_fen) = 'integer'", name="amount_whole").ddl_if(dialect="sqlite"),
    )


class Seal(Base):
    """One link of the chain: what was sealed (as text, exactly these bytes), and its hash over that and the link before."""

    __tablename__ = "seals"
    WORDS, GUARD, AT = "封存", "row", "made_at"
    id: Mapped[int] = mapped_column(Id, primary_key=True)  # from 1 without gaps
    kind: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    made_at: Mapped[datetime]
    content: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (
        UniqueConstraint("hash"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
        coded("kind"),
        Index("ix_seals_run", "run_id"),
    )


class SealedRows(Base):
    """The digests of one table's rows under one seal: key and digest of each row in turn, so that a row can be named."""

    __tablename__ = "sealed_rows"
    WORDS, GUARD = "逐行摘要", "row"
    seal_id: Mapped[int] = mapped_column(ForeignKey("seals.id"), primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    digests: Mapped[bytes] = mapped_column(LargeBinary)
