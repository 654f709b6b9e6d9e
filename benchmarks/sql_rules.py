"""The rules of one year in memory: our columns, and DuckDB's SQL for the same on the same columns.

A loan counts when its rate is at most the LPR + 0.90, its term at least 360 days, its enterprise of one of the categories, and its
balance above 0. Each enterprise's loans take their turn by disbursement, bank and note until 20,000,000 yuan are used; what a loan
takes of it earns the year's rate for its months, rounded half up to the fen. Both sides begin with the same columns in memory and end
with two columns, which must be the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import median
from time import perf_counter

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measure import pandas_as_installed
from ledger import money
from ledger.law.document import document
from ledger.law.turns import take_turns
from ledger.programmes.tech_branch import law as policy
from ledger.workdays import day_number

YEAR, MARGIN, TERM_DAYS, CAP_FEN, RATE_E4 = 2024, 9_000, 360, 20_000_000 * 100, 10_000
BANKS, PER_ENTERPRISE = 20, 20
_CODES = ("R_CATEGORY", "R_RATE", "R_TERM")


def draw_loans(count: int, seed: int = 1) -> pd.DataFrame:
    """Invented loans near every threshold, by (bank, note): fen, e4, day numbers and one flag."""
    draw = np.random.default_rng(seed)
    disbursed_on = draw.integers(day_number(date(2022, 1, 1)), day_number(date(2024, 12, 31)), count)
    return pd.DataFrame(
        {
            "enterprise": draw.integers(0, max(1, count // PER_ENTERPRISE), count),
            "bank": np.sort(draw.integers(0, BANKS, count)),
            "note": np.arange(count),
            "disbursed_on": disbursed_on,
            "end_on": disbursed_on + draw.integers(340, 1_100, count),
            "rate_e4": draw.integers(300, 460, count) * 100,
            "lpr_e4": draw.choice(np.array([34_500, 35_500, 33_500, 31_000]), count),
            "qualified": draw.random(count) < 0.9,
            "balance": draw.integers(0, 40_000, count) * 10_007,
        }
    )


def in_columns(loans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What each loan takes of its enterprise's cap, and the interest on it (fen), by the product's own functions."""
    values = document("tech_branch").values(date(YEAR, 12, 31))
    conditions = [condition for condition in policy.CONDITIONS if condition.code in _CODES]
    met = [condition.holds(loans, values) for condition in conditions]
    balance = loans["balance"].to_numpy()
    months = policy.months_of_year(
        YEAR, loans["disbursed_on"].to_numpy(), loans["end_on"].to_numpy(), values["year_months"]
    )["months"].to_numpy()
    passing = np.logical_and.reduce([*met, balance > 0, months > 0])
    _, base = take_turns(loans, balance, passing, CAP_FEN)
    return base, money.times_ratio_half_up(base, RATE_E4 * months, money.E4_PER_ONE * values["year_months"])


_SQL = f"""
WITH days AS (
    SELECT *, DATE '1970-01-01' + CAST(disbursed_on AS INTEGER) AS first, DATE '1970-01-01' + CAST(end_on AS INTEGER) AS last
    FROM loans
    WHERE rate_e4 <= lpr_e4 + {MARGIN} AND end_on - disbursed_on >= {TERM_DAYS} AND qualified AND balance > 0
), span AS (
    SELECT *, {YEAR} - year(first) + 1 AS year_end_no,
        (year(last) - year(first)) * 12 + month(last) - month(first) - 12 AS beyond
    FROM days
), counted AS (
    SELECT *, CASE WHEN year_end_no = 1 THEN 12 ELSE least(greatest(
        greatest(beyond - CAST(first + to_months(CAST(12 + beyond AS INTEGER)) > last AS INTEGER), 0) - 12 * (year_end_no - 2), 0), 12) END AS months
    FROM span
), turns AS (
    SELECT note, months, least(balance, {CAP_FEN}) AS wanted,
        sum(least(balance, {CAP_FEN})) OVER (PARTITION BY enterprise ORDER BY disbursed_on, bank, note ROWS UNBOUNDED PRECEDING) AS used
    FROM counted WHERE months > 0
), taken AS (
    SELECT note, months, CAST(greatest(least(wanted, {CAP_FEN} - (used - wanted)), 0) AS BIGINT) AS base FROM turns
)
SELECT l.note, coalesce(base, 0) AS base,
    coalesce((2 * base * {RATE_E4} * months + 12 * {money.E4_PER_ONE}) // (2 * 12 * {money.E4_PER_ONE}), 0) AS interest
FROM loans l LEFT JOIN taken USING (note) ORDER BY l.note
"""  # noqa: S608


def in_sql(connection: duckdb.DuckDBPyConnection) -> tuple[np.ndarray, np.ndarray]:
    """The same by DuckDB."""
    found = connection.execute(_SQL).fetchnumpy()
    return found["base"], found["interest"]


@dataclass(frozen=True)
class Found:
    """Medians by the clock (seconds): our columns, DuckDB with all processors and with one, and plain copies of the bytes that either
    side must at least read and write; bytes: how many these are."""

    ours: float
    duckdb: float
    duckdb_alone: float
    copies: float
    bytes: int


def compare(count: int, turns: int) -> Found:
    """Both over the same loans, taking turns; every figure must be the same."""
    pandas_as_installed()
    loans = draw_loans(count)
    connection = duckdb.connect()
    connection.register("given", loans)
    connection.execute("CREATE TABLE loans AS SELECT * FROM given")
    threads = connection.execute("SELECT current_setting('threads')").fetchone()
    base, interest = in_sql(connection)
    mine = in_columns(loans)
    assert np.array_equal(base, mine[0]) and np.array_equal(interest, mine[1]), "columns and SQL differ"
    assert 0.2 < (interest > 0).mean() < 0.8, "hardly anything to compare"
    copied = [np.ascontiguousarray(loans[name].to_numpy()) for name in loans.columns if name != "note"] + list(mine)
    into = [np.empty_like(column) for column in copied]
    times: dict[str, list[float]] = {name: [] for name in ("ours", "duckdb", "duckdb_alone", "copies")}
    for _ in range(turns + 1):  # the first turn warms all up
        times["ours"].append(_seconds(lambda: in_columns(loans)))
        times["duckdb"].append(_seconds(lambda: in_sql(connection)))
        connection.execute("SET threads = 1")
        times["duckdb_alone"].append(_seconds(lambda: in_sql(connection)))
        connection.execute(f"SET threads = {threads[0] if threads else 1}")
        times["copies"].append(_seconds(lambda: [np.copyto(*pair) for pair in zip(into, copied, strict=True)]))
    medians = {name: median(found[1:]) for name, found in times.items()}
    return Found(**medians, bytes=sum(column.nbytes for column in copied))


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
