"""The full rules in memory: the product's columns, and the plain loop over loans."""

import gc
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import plain
from benchmarks.measure import pandas_as_installed, taking_turns
from benchmarks.world import AS_OF, YEAR
from ledger.database import db
from ledger.programmes.tech_branch import law
from ledger.programmes.tech_branch.positions import read_positions
from ledger.programmes.tech_branch.year import DOCUMENT, year_end


def read(database: Path) -> law.Positions:
    """The facts of the year, as both sides are given them."""
    engine = db.open_engine(f"sqlite:///{database}")
    with db.reading(engine) as connection:
        positions, _ = read_positions(connection, YEAR, AS_OF)
    engine.dispose()
    return positions


def compare(database: Path, turns: int) -> tuple[float, float]:
    """The medians of columns and loop on the same facts; every figure of every line must be the same."""
    pandas_as_installed()
    positions, values = read(database), DOCUMENT.values(year_end(YEAR))
    facts = plain.prepare(positions)
    gc.collect()
    gc.freeze()  # the facts must not be searched for garbage again and again
    lines, _ = law.settle(positions, values)

    def time_loop() -> float:
        start = perf_counter()
        found = plain.settle(facts)
        seconds = perf_counter() - start
        differing = plain.differing_columns(found, lines)
        assert not differing, f"loop and columns differ in {differing}"
        return seconds

    return taking_turns(lambda: time_columns(positions), time_loop, turns)


def time_columns(positions: law.Positions) -> float:
    """Seconds that the columns take."""
    values = DOCUMENT.values(year_end(YEAR))
    start = perf_counter()
    law.settle(positions, values)
    return perf_counter() - start


def columns_alone(database: Path, turns: int) -> float:
    """The median of the columns on a database's facts."""
    pandas_as_installed()
    positions = read(database)
    time_columns(positions)  # warm
    return median(time_columns(positions) for _ in range(turns))
