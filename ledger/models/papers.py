"""Papers of loans that were sent to the platform: what came and when, and as what each counts since.

Rows are added and never changed: what a paper is filed as, and whether it counts, says its last state.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index

from ledger.models.base import Base, Id, Mapped, given, mapped_column, one_of, positive, within
from ledger.models.facts import Fact, in_force_once

PAPER_EVENTS = ("发放", "还款", "展期")
PAPER_STATES = ("kept", "withdrawn", "scanning")


class Paper(Base):
    """A file as it came: for a note of a bank, or a bank's report of a year; its bytes, by their SHA-256, are in the store.

    received_at: when the last byte was on disk, by the server's clock; received_on: that day, which is what counts. login: None where there were no accounts.
    """

    __tablename__ = "papers"
    WORDS, GUARD, SEALED, AT, KNOWN_BY = "资料登记", "row", "step", "received_at", ("file_name",)
    LINKS = ("paper",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    note_no: Mapped[str | None]
    year: Mapped[int | None]  # of a report
    file_name: Mapped[str]
    sha256: Mapped[str]
    sm3: Mapped[str | None]  # None where this machine's library has no SM3
    size: Mapped[int]  # bytes
    media: Mapped[str]
    pages: Mapped[int]
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    sent_by: Mapped[str]  # the name of the person
    login: Mapped[str | None]
    account: Mapped[str]
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("length(sm3) = 64", name="sm3_length"),
        CheckConstraint("(note_no IS NULL) <> (year IS NULL)", name="note_or_year"),
        given("note_no"),
        given("media"),
        positive("size"),
        positive("pages"),
        within("year", 1990, 2100),
        Index("ix_papers_note", "bank_id", "note_no"),
        Index("ix_papers_sha256", "sha256"),
        Index("ix_papers_size", "bank_id", "size"),  # how many bytes a bank has sent is asked at each paper
    )


class PaperState(Base):
    """As what a paper counts from now on: of which event, as which kinds of paper (、 between them), kept or not.

    The first comes with the paper, each later one is a relabelling, a withdrawal or the word of the virus scanner.
    """

    __tablename__ = "paper_states"
    WORDS, GUARD, SEALED, AT = "资料经过", "row", "step", "made_at"
    LINKS = ("paper",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    state: Mapped[str]
    event: Mapped[str | None]  # None: a report of a year
    event_on: Mapped[date | None]
    kinds: Mapped[str]
    reason: Mapped[str | None]
    made_by: Mapped[str]
    account: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        one_of("state", PAPER_STATES),
        one_of("event", PAPER_EVENTS),
        given("kinds"),
        CheckConstraint("(event IS NULL) = (event_on IS NULL)", name="event_whole"),
        CheckConstraint("state <> 'withdrawn' OR reason IS NOT NULL", name="withdrawal_has_reason"),
        Index("ix_paper_states_paper", "paper_id"),
    )


class PlatformStartFact(Fact, Base):
    """资料平台启用: from when on the platform's own receipts decide, in the whole city or for a bank.

    extent: 全市, or the name under which the bank first came.
    """

    __tablename__ = "platform_start_facts"
    SHEET = "资料平台启用"
    KEY = ("extent",)
    extent: Mapped[str]
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    starts_on: Mapped[date]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "extent"), given("extent"))
