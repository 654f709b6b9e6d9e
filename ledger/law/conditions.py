"""What a condition is, and the few look-ups that every document's conditions share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledger.counties import COUNTIES
from ledger.law.document import Values
from ledger.workdays import NO_DATE, Calendar, Days

Truth = npt.NDArray[np.bool_]
UNKNOWN = -1  # in columns of money and rates: not on file


@dataclass(frozen=True)
class Condition:
    """One condition of an article: a test over columns, and the sentence that explains its outcome for one line.

    `holds(lines, values)` is True where the condition is met. `sentence` is a Chinese template that is filled from
    the stored line; it gives the figures and dates and reads well whether the condition holds or not. `held` marks a
    condition whose failure means 待核实 (to be cleared up) rather than refused.
    """

    code: str
    article: str
    title: str
    holds: Callable[[pd.DataFrame, Values], Truth]
    sentence: str
    held: bool = False


def judge(conditions: Sequence[Condition], lines: pd.DataFrame, values: Values) -> pd.DataFrame:
    """One boolean column per condition code: True where the line meets it."""
    return pd.DataFrame({condition.code: condition.holds(lines, values) for condition in conditions}, index=lines.index)


def reason_texts(met: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The codes that each line fails, in the order of the columns, joined by ';'."""
    failed = ~met.to_numpy(dtype=bool)
    packed = failed @ (1 << np.arange(failed.shape[1], dtype=np.int64))
    masks, inverse = np.unique(packed, return_inverse=True)
    codes = list(met.columns)
    texts = [";".join(code for bit, code in enumerate(codes) if int(mask) >> bit & 1) for mask in masks]
    return np.array(texts, dtype=object)[inverse]


def look_up_lpr(
    disbursed_on: Days, announced_on: Days, rates_e4: Days, calendar: Calendar, gap_days: int
) -> pd.DataFrame:
    """The 1-year LPR for each disbursement: the latest one announced on or before the working day before.

    Columns: workday_before, lpr_announced_on (NO_DATE if none), lpr_e4 (UNKNOWN if none, or if the latest is more than
    `gap_days` before that working day: the table has a gap, and a stale rate judges nobody).
    `announced_on` is ascending.
    """
    workday_before = calendar.previous_workday(disbursed_on)
    position = np.searchsorted(announced_on, workday_before, side="right") - 1
    found = position >= 0
    announced = np.full(disbursed_on.size, NO_DATE, dtype=np.int64)
    announced[found] = announced_on[position[found]]
    rate = np.full(disbursed_on.size, UNKNOWN, dtype=np.int64)
    rate[found] = rates_e4[position[found]]
    rate[workday_before - announced > gap_days] = UNKNOWN
    return pd.DataFrame({"workday_before": workday_before, "lpr_announced_on": announced, "lpr_e4": rate})


# --- conditions that every document has -------------------------------------------------------------------------------


def in_the_city(lines: pd.DataFrame, values: Values) -> Truth:
    """The enterprise is registered in one of the city's counties."""
    return lines["county_rank"].to_numpy() < len(COUNTIES)


def not_barred(lines: pd.DataFrame, *columns: str) -> Truth:
    """None of the columns names a day on which the support was lost."""
    return ~(lines[list(columns)].to_numpy() != NO_DATE).any(axis=1)


def lpr_known(lines: pd.DataFrame, values: Values) -> Truth:
    """An LPR is known for the disbursement; without one the loan is held."""
    return lines["lpr_e4"].to_numpy() != UNKNOWN
