"""Runs and their lines: what was decided, with everything that explains it. Lines never change.

The model of a run's lines says what people call them (WORDS), which column numbers them (NUMBER), and by what one is known
besides (KNOWN_BY: the column that names its fact, then that fact's columns), where it is not of a loan. Seals, guards and
the words of an audit go by that.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, false

from ledger.models.base import Base, Id, Mapped, mapped_column, once_where, one_of

RUN_STATES = ("trial", "approved")


class Run(Base):
    """One settlement of a programme's year: the values and facts it used, and its state. Its lines never change."""

    __tablename__ = "runs"
    WORDS, AT = "运行", "made_at"
    WITH_APPROVAL = ("state", "approved_by", "approved_document", "approved_at", "solo")  # what an approval writes
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
    last_paper_state_id: Mapped[int] = mapped_column(
        server_default="0"
    )  # of the papers and what became of them, likewise
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
