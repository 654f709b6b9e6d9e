"""Files that were sent through the portal's one door: what came, what became of it step by step, and every finding.

Rows are added and never changed: what state a file is in follows from its last step.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index

from ledger.models.base import Base, Id, Mapped, given, mapped_column, not_negative, one_of, within

UPLOAD_KINDS = ("facts", "payments", "checklist")
# in the order in which a file goes through them; `received` is the row itself
UPLOAD_STATES = ("received", "judging", "checked", "refused", "known", "taken", "to_city", "returned", "withdrawn")


class Upload(Base):
    """A file as it came: its name, bytes (by their SHA-256, in the store), who sent it in which role, and what for."""

    __tablename__ = "uploads"
    WORDS, GUARD, SEALED, AT, KNOWN_BY = "报送文件", "row", "step", "received_at", ("file_name",)
    LINKS = ("upload",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]  # bytes
    login: Mapped[str]
    sent_by: Mapped[str]  # the name of the person
    unit: Mapped[str]
    role: Mapped[str]
    scope_kind: Mapped[str | None]
    scope_name: Mapped[str | None]
    received_at: Mapped[datetime]
    amend_reason: Mapped[str | None]
    year: Mapped[int | None]  # of payments
    programme: Mapped[str | None]
    run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("runs.id"))  # of a check list
    check_only: Mapped[bool]
    __table_args__ = (
        one_of("kind", UPLOAD_KINDS),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        not_negative("size"),
        given("login"),
        given("role"),
        CheckConstraint("(scope_kind IS NULL) = (scope_name IS NULL)", name="scope_whole"),
        CheckConstraint("(kind = 'payments') = (year IS NOT NULL)", name="payments_of_year"),
        CheckConstraint("(kind = 'checklist') = (run_id IS NOT NULL)", name="checklist_of_run"),
        within("year", 1990, 2100),
        Index("ix_uploads_sha256", "sha256"),
        Index("ix_uploads_unit", "scope_name", "role", "scope_kind", "size"),  # what a unit has sent in all
    )


class UploadStep(Base):
    """A step of a file: judged, confirmed, taken, given back, withdrawn. The last one is its state.

    made_by: the person; None where the program judged. result: what would be or was taken, in the words of `--json`.
    changes: the first cells that it amends; apart, since a list of files does without them.
    """

    __tablename__ = "upload_steps"
    WORDS, GUARD, SEALED, AT = "报送经过", "row", "step", "made_at"
    LINKS = ("upload",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"))
    state: Mapped[str]
    made_by: Mapped[str | None]
    account: Mapped[str]
    made_at: Mapped[datetime]
    reason: Mapped[str | None]
    refusal: Mapped[str | None]  # a sentence on the file as a whole
    findings: Mapped[int]  # how many
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intakes.id"))  # as which it was taken, or is known
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    __table_args__ = (
        one_of("state", UPLOAD_STATES[1:]),
        CheckConstraint("state <> 'returned' OR reason IS NOT NULL", name="return_has_reason"),
        not_negative("findings"),
        Index("ix_upload_steps_state", "upload_id", "id", "state"),  # the last one is the state of the file
        Index("ix_upload_steps_intake", "intake_id"),
    )


class UploadFinding(Base):
    """A finding of a step, kept for good."""

    __tablename__ = "upload_findings"
    WORDS, GUARD, PART_OF = "报送问题", "line", ("step_id", "number")
    step_id: Mapped[int] = mapped_column(ForeignKey("upload_steps.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1, in the order in which they are listed
    file: Mapped[str]
    sheet: Mapped[str]
    row: Mapped[int | None]
    header: Mapped[str]
    letter: Mapped[str]
    value: Mapped[str]
    problem: Mapped[str]
    expected: Mapped[str]
