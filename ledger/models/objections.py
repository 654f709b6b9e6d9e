"""What enterprises object to within the public notice, and what came of it."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey

from ledger.models.base import Base, Mapped, mapped_column, ordered, within
from ledger.models.facts import Fact, in_force_once


class ObjectionFact(Fact, Base):
    """异议: open while it has no outcome; outcome, its day and its document come together."""

    __tablename__ = "objection_facts"
    SHEET = "异议"
    KEY = ("year", "enterprise_id", "received_on")
    year: Mapped[int]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    received_on: Mapped[date]
    matter: Mapped[str]
    outcome: Mapped[str | None]
    settled_on: Mapped[date | None]
    document_no: Mapped[str | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "enterprise_id", "received_on"),
        within("year", 1990, 2100),
        ordered("received_on", "settled_on"),
        CheckConstraint("length(matter) > 0", name="matter_given"),
        CheckConstraint(
            "(outcome IS NULL) = (settled_on IS NULL) AND (outcome IS NULL) = (document_no IS NULL)",
            name="settled_whole",
        ),
    )
