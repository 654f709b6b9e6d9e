"""Four rules and one amount over many loans: in our columns, and in OpenFisca-Core, which is the standard for such rules.

A loan is supported when its rate is at most the LPR + 0.90, its term at least 360 days, its enterprise of one of the
categories, and its balance above 0; the subsidy is 1% of the balance. Both sides begin with columns in memory and end
with the column of the subsidy. OpenFisca holds amounts in float32, so its subsidies are only near the right ones.
"""

from dataclasses import dataclass
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from openfisca_core import entities, periods
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.measure import pandas_as_installed
from ledger import money
from ledger.law.conditions import Condition, Truth, judge
from ledger.law.document import Values, document
from ledger.programmes.tech_branch import law as policy

MARGIN, TERM_DAYS, RATE_E4 = 9_000, 360, 10_000
PERIOD = "2024"


@dataclass(frozen=True)
class Loans:
    """The columns that both sides begin with: fen, e4, day numbers and one flag."""

    rate_e4: np.ndarray
    lpr_e4: np.ndarray
    disbursed_on: np.ndarray
    end_on: np.ndarray
    qualified: np.ndarray
    balance: np.ndarray

    def __len__(self) -> int:
        return self.balance.size


def draw_loans(count: int, seed: int = 1) -> Loans:
    """Invented loans, near every threshold."""
    draw = np.random.default_rng(seed)
    disbursed_on = draw.integers(19_600, 19_900, count)
    return Loans(
        rate_e4=draw.integers(300, 460, count) * 100,
        lpr_e4=draw.choice(np.array([34_500, 35_500, 33_500, 31_000]), count),
        disbursed_on=disbursed_on,
        end_on=disbursed_on + draw.integers(340, 400, count),
        qualified=draw.random(count) < 0.9,
        balance=draw.integers(0, 300_000, count) * 10_000,
    )


# --- ours -----------------------------------------------------------------------------------------------------------------


def has_balance(lines: pd.DataFrame, values: Values) -> Truth:
    """The product drops such loans before it judges, so this one condition is written here."""
    return lines["balance"].to_numpy() > 0


CONDITIONS = (
    *(condition for condition in policy.CONDITIONS if condition.code in ("R_CATEGORY", "R_RATE", "R_TERM")),
    Condition("BALANCE", "", "", has_balance, "", "", ""),
)


def in_columns(loans: Loans) -> np.ndarray:
    """The subsidy in fen, by the product's own conditions and rounding."""
    law = document("tech_branch")
    lines = pd.DataFrame(vars(loans), copy=False)
    met = judge(CONDITIONS, lines, law.values(date(2024, 12, 31))).to_numpy(dtype=bool).all(axis=1)
    return money.times_ratio_half_up(np.where(met, loans.balance, 0), RATE_E4, money.E4_PER_ONE)


def time_columns(loans: Loans) -> float:
    """Seconds that our columns take."""
    start = perf_counter()
    in_columns(loans)
    return perf_counter() - start


# --- OpenFisca ------------------------------------------------------------------------------------------------------------

_LOAN = entities.build_entity(key="loan", plural="loans", label="A loan", is_person=True)


def _variable(name: str, kind: type, formula: Any = None) -> type[Variable]:
    fields = {"value_type": kind, "entity": _LOAN, "definition_period": periods.DateUnit.YEAR, "label": name}
    return type(name, (Variable,), fields | ({"formula": formula} if formula else {}))


_INPUTS = {"rate_e4": int, "lpr_e4": int, "disbursed_on": int, "end_on": int, "qualified": bool, "balance": float}


def _rate_within_ceiling(loan: Any, period: Any) -> Any:
    return loan("rate_e4", period) <= loan("lpr_e4", period) + MARGIN


def _term_long_enough(loan: Any, period: Any) -> Any:
    return loan("end_on", period) - loan("disbursed_on", period) >= TERM_DAYS


def _has_balance(loan: Any, period: Any) -> Any:
    return loan("balance", period) > 0


def _supported(loan: Any, period: Any) -> Any:
    rules = ("rate_within_ceiling", "term_long_enough", "qualified", "has_balance")
    return np.all([loan(rule, period) for rule in rules], axis=0)


def _subsidy(loan: Any, period: Any) -> Any:
    return np.floor(loan("balance", period) * 0.01 + 0.5) * loan("supported", period)


def openfisca_system() -> Any:
    """A system of the four rules."""
    system = TaxBenefitSystem([_LOAN])
    for name, kind in _INPUTS.items():
        system.add_variable(_variable(name, kind))
    system.add_variable(_variable("rate_within_ceiling", bool, _rate_within_ceiling))
    system.add_variable(_variable("term_long_enough", bool, _term_long_enough))
    system.add_variable(_variable("has_balance", bool, _has_balance))
    system.add_variable(_variable("supported", bool, _supported))
    system.add_variable(_variable("subsidy", float, _subsidy))
    return system


@dataclass(frozen=True)
class Timing:
    """Seconds of OpenFisca: from the inputs on, and with the building of its population before that."""

    rules: float
    whole: float


def in_openfisca(system: Any, loans: Loans) -> tuple[np.ndarray, Timing]:
    """The subsidy in fen (float32), and the seconds it took."""
    start = perf_counter()
    simulation = SimulationBuilder().build_default_simulation(system, len(loans))
    built = perf_counter()
    for name in _INPUTS:
        simulation.set_input(name, PERIOD, getattr(loans, name))
    subsidy = simulation.calculate("subsidy", PERIOD)
    end = perf_counter()
    return subsidy, Timing(end - built, end - start)


@dataclass(frozen=True)
class Comparison:
    """Medians in seconds, and how many subsidies OpenFisca's float32 got wrong."""

    ours: float
    rules: float
    whole: float
    wrong: int


def compare(count: int, turns: int) -> Comparison:
    """Both over the same loans, taking turns; they must support the same loans."""
    pandas_as_installed()
    loans, system = draw_loans(count), openfisca_system()
    ours: list[float] = []
    timings: list[Timing] = []
    for _ in range(turns + 1):  # the first turn warms both up
        ours.append(time_columns(loans))
        floats, timing = in_openfisca(system, loans)
        timings.append(timing)
    exact = in_columns(loans)
    assert np.array_equal(exact > 0, floats > 0), "the two support different loans"
    return Comparison(
        median(ours[1:]),
        median(timing.rules for timing in timings[1:]),
        median(timing.whole for timing in timings[1:]),
        int((exact != floats.astype(np.int64)).sum()),
    )
