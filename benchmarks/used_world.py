"""A database as it is used: so many loans, and three years that were settled and approved one after the other.

Making a large one takes minutes, so it is kept on disk, brought up to date when the schema has moved on, and taken again by every
later run.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from benchmarks import importing, world
from ledger import lifecycle
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.setup import initialise

KEPT_IN = "TIEXI_BENCH_WORLDS"  # the environment's variable for another folder
PROGRAMME = PROGRAMMES["tech_branch"]
YEARS = (2023, 2024, 2025)
YEAR = YEARS[-1]
ROWS = 200  # of an ordinary file
_MAKING = 1  # another way of making them is another number
_SEED_BEFORE, _SEED_NEXT = 11, 12


@dataclass(frozen=True)
class UsedWorld:
    """The files of a kept world. trial: the database before the last year's approval, with its trial; approved: after it.

    imported: a workbook that was taken before the first year; next: one that is still to come.
    """

    folder: Path

    @property
    def trial(self) -> Path:
        return self.folder / "trial.db"

    @property
    def approved(self) -> Path:
        return self.folder / "approved.db"

    @property
    def imported(self) -> Path:
        return self.folder / "imported.xlsx"

    @property
    def next(self) -> Path:
        return self.folder / "next.xlsx"


def kept(loans: int) -> UsedWorld:
    """The world of so many loans: the one on disk, else a new one."""
    home = Path(os.environ.get(KEPT_IN) or Path(tempfile.gettempdir()) / "tiexi-worlds")
    folder = home / f"{loans}-{_MAKING}"
    if not folder.exists():
        home.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=home, prefix=".making-"))
        try:
            make(UsedWorld(making), loans)
            making.rename(folder)  # whole or not at all
        finally:
            shutil.rmtree(making, ignore_errors=True)
    found = UsedWorld(folder)
    for database in (found.trial, found.approved):
        engine = db.open_engine(f"sqlite:///{database}")
        initialise(engine)
        engine.dispose()
    return found


def make(made: UsedWorld, loans: int) -> None:
    """Writes the files of a world of so many loans."""
    enterprises = max(10, loans // world.LOANS_PER_ENTERPRISE)
    importing.write_loans(made.imported, ROWS, enterprises, _SEED_BEFORE, mark="VR")
    importing.write_loans(made.next, ROWS, enterprises, _SEED_NEXT, mark="ZR")
    world.make_database(made.trial, loans)
    engine = db.open_engine(f"sqlite:///{made.trial}")
    outcome = import_file(engine, made.imported, "性能测试")
    assert not outcome.refused, outcome.findings[:3]
    for year in YEARS:
        run = settlement.settle(engine, PROGRAMME, year, date(year + 1, 1, 31), "性能测试")
        if year == YEAR:
            _keep(engine, made.trial, made.approved)
            engine.dispose()
            engine = db.open_engine(f"sqlite:///{made.approved}")
        lifecycle.approve(engine, run.id, "审核人", f"威样例〔{year + 1}〕9号", solo=True)
    engine.dispose()


def _keep(engine: Engine, database: Path, copy: Path) -> None:
    """Copies a database that has just been written, without its journal."""
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    shutil.copy(database, copy)
