"""An untouched 附件2 held against its run, and the export of the same lines: what is written once is written, read twice and
compared."""

from pathlib import Path
from time import perf_counter

from benchmarks.annexes import write_annex2
from benchmarks.measure import taking_turns
from ledger.database import db
from reports.received.reconcile import reconcile


def reconcile_annex2(database: Path, path: Path) -> float:
    """Seconds of the product's comparison, from the files to the outcome."""
    engine = db.open_engine(f"sqlite:///{database}")
    start = perf_counter()
    with db.reading(engine) as connection:
        outcome = reconcile(connection, path)
    seconds = perf_counter() - start
    engine.dispose()
    assert outcome.same, outcome.differences[:3]
    return seconds


def compare(database: Path, folder: Path, turns: int) -> tuple[float, float]:
    """The medians of the comparison and of the export."""
    path = folder / "附件2.xlsx"
    write_annex2(database, path)
    return taking_turns(
        lambda: reconcile_annex2(database, path), lambda: write_annex2(database, folder / "又一份.xlsx"), turns
    )
