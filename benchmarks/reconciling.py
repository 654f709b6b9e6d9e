"""An untouched 附件2 held against its run: a fresh one is written, both are read and compared; and XlsxWriter alone writing its cells."""

from pathlib import Path
from time import perf_counter

from benchmarks.annexes import write_annex, write_bare
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
    """The medians of the comparison and of the bare writing."""
    path = folder / "附件2.xlsx"
    write_annex(database, path, 2)
    return taking_turns(
        lambda: reconcile_annex2(database, path),
        lambda: write_bare(database, folder / "又一份.xlsx", 2).seconds,
        turns,
    )
