"""What is on file of a device, and the lines of a run."""

import os
from datetime import date

from sqlalchemy import ForeignKey, text

from ledger.database import db, guards
from ledger.database.migrating import migrate
from ledger.models.base import Base, Mapped, mapped_column, not_negative, positive, table_of
from ledger.models.facts import Fact, in_force_once


class DeviceFact(Fact, Base):
    """样例设备: bought by an enterprise."""

    __tablename__ = "toy_device_facts"
    SHEET = "样例设备"
    KEY = ("device_no",)
    device_no: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    bought_on: Mapped[date]
    price_fen: Mapped[int]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "device_no"), positive("price_fen"))


class DeviceLine(Base):
    """One judged device of a yearly settlement, and what each payer bears."""

    __tablename__ = "toy_device_lines"
    WORDS, NUMBER = "样例设备明细", "line_no"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    device_fact_id: Mapped[int] = mapped_column(ForeignKey("toy_device_facts.id"))
    enterprise_fact_id: Mapped[int] = mapped_column(ForeignKey("enterprise_facts.id"))
    reasons: Mapped[str]
    subsidy_fen: Mapped[int]
    province_fen: Mapped[int]
    city_fen: Mapped[int]
    county_fen: Mapped[int]
    __table_args__ = (not_negative("subsidy_fen"),)


ALL = (DeviceFact, DeviceLine)


def make() -> None:
    """What a migration of a real document would do: its tables, and the triggers that guard its lines."""
    own = [table_of(model) for model in ALL]
    engine = db.open_engine(os.environ["TIEXI_DATABASE_URL"])
    migrate(engine)
    with db.writing(engine) as connection:
        Base.metadata.create_all(connection, tables=own)
        for name, statement in guards.sqlite_guards().items():
            if any(name.startswith(f"tr_{table.name}_") for table in own):
                connection.execute(text(statement))
    engine.dispose()
