"""The life of a run after its settlement: signatures, spot checks, approval and what follows; all of it append-only.

A run's stage is not stored: it follows from its steps (ledger.lifecycle).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index

from ledger.models.base import ANY_LINK, Base, Id, Mapped, given, mapped_column, one_of, within

STEPS = ("sign", "return", "sample", "approve", "allot", "pay", "close")
OUTCOMES = ("ok", "finding", "resolved")


class RunStep(Base):
    """One step in a run's life: who, when, under which document, and what the figures were then."""

    __tablename__ = "run_steps"
    WORDS, GUARD, SEALED, AT = "经过", "row", "step", "made_at"
    LINKS = (*STEPS, "adopt")  # each with its own
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    kind: Mapped[str]
    county: Mapped[str | None]  # of a signature or a return
    made_by: Mapped[str]  # the name given
    account: Mapped[str]  # the account that the program ran under
    made_at: Mapped[datetime]
    document_no: Mapped[str | None]
    reason: Mapped[str | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    __table_args__ = (
        one_of("kind", STEPS),
        given("county"),
        CheckConstraint("(county IS NOT NULL) = (kind IN ('sign', 'return'))", name="county_signs"),
        CheckConstraint("kind <> 'return' OR reason IS NOT NULL", name="return_has_reason"),
        CheckConstraint(
            "kind NOT IN ('sign', 'approve', 'allot', 'close') OR document_no IS NOT NULL", name="document"
        ),
        Index("ix_run_steps_run", "run_id"),
    )


class SpotCheck(Base):
    """抽查: one drawing of lines of a run, reproducible from its seed and share."""

    __tablename__ = "spot_checks"
    WORDS, GUARD, SEALED, AT = "抽查", "row", "step", "drawn_at"
    LINKS = ("sample",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    share_e4: Mapped[int]
    seed: Mapped[str]
    total_fen: Mapped[int]  # interest and bonus of all lines
    drawn_fen: Mapped[int]
    drawn_by: Mapped[str]
    drawn_at: Mapped[datetime]
    __table_args__ = (
        within("share_e4", 1, 1_000_000),
        CheckConstraint("drawn_fen >= 0 AND drawn_fen <= total_fen", name="drawn_within_total"),
        Index("uq_spot_checks_drawing", "run_id", "share_e4", "seed", unique=True),
    )


class SpotCheckLine(Base):
    """A line that was drawn, and for what: its county, its bank, or the share by amount."""

    __tablename__ = "spot_check_lines"
    WORDS, GUARD, PART_OF = "抽查清单", "row", ("check_id", "order_no")
    check_id: Mapped[int] = mapped_column(ForeignKey("spot_checks.id"), primary_key=True)
    order_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, in the order drawn
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runs.id"))
    line_no: Mapped[int]  # of the document's lines that its spot check draws from
    drawn_for: Mapped[str]
    __table_args__ = (
        one_of("drawn_for", ("county", "bank", "share")),
        Index("uq_spot_check_lines_line", "check_id", "line_no", unique=True),
    )


class SpotCheckResult(Base):
    """What was found on a drawn line; the last entry counts."""

    __tablename__ = "spot_check_results"
    WORDS, GUARD, SEALED, AT = "抽查结果", "row", "step", "made_at"
    LINKS = ("check",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runs.id"))
    line_no: Mapped[int]  # of the document's lines that its spot check draws from
    outcome: Mapped[str]
    remark: Mapped[str | None]
    made_by: Mapped[str]
    account: Mapped[str]  # the account that the program ran under
    made_at: Mapped[datetime]
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        CheckConstraint("outcome = 'ok' OR remark IS NOT NULL", name="finding_has_remark"),
        Index("ix_spot_check_results_line", "run_id", "line_no"),
    )


class ClockWaiver(Base):
    """A change of the books that was made though the machine's clock was behind what is on file, and the rows it wrote."""

    __tablename__ = "clock_waivers"
    WORDS, GUARD, SEALED = "时钟放行登记", "row", "step"
    LINKS = (ANY_LINK,)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    made_at: Mapped[datetime]  # by that clock
    newest_at: Mapped[datetime]  # the newest time on file
    account: Mapped[str]
    rows: Mapped[dict[str, Any]]  # by table, the numbers of the first and the last row


class RunWarning(Base):
    """提示: what somebody was told of a run's facts when it was made. It changes no amount and is no part of the run, but is
    sealed with it: what the signers were told is on record."""

    __tablename__ = "run_warnings"
    WORDS, GUARD, NUMBER = "提示", "line", "number"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    code: Mapped[str]
    bank: Mapped[str | None]
    note_no: Mapped[str | None]
    uscc: Mapped[str | None]
    file: Mapped[str | None]
    sheet: Mapped[str | None]
    row: Mapped[int | None]
    text: Mapped[str]
