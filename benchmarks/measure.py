"""Measuring: each contestant in a process of its own, the two taking turns, medians, and ratios."""

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from multiprocessing import get_context
from os import sysconf
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import ParamSpec, TypeVar

import pandas as pd

P = ParamSpec("P")
T = TypeVar("T")

TURNS = 3


@dataclass(frozen=True)
class Result:
    """One line of the table: what was measured, both medians (in `unit`), and the bound that the ratio is held to.

    With `at_least` the peer's figure over ours has to reach the target, else ours over the peer's must not exceed it. Without a
    target it says how things are.
    """

    what: str
    ours: float
    peer: float
    target: float | None
    at_least: bool = False
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Peer over ours where the target is a least ratio, else ours over peer."""
        return self.peer / self.ours if self.at_least else self.ours / self.peer

    @property
    def met(self) -> bool:
        """Whether the ratio keeps to the target; always where there is none."""
        if self.target is None:
            return True
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


def taking_turns(ours: Callable[[], float], peer: Callable[[], float], turns: int = TURNS) -> tuple[float, float]:
    """The medians of what two functions report (seconds), called one after the other so often."""
    pairs = [(ours(), peer()) for _ in range(turns)]
    return median(own for own, _ in pairs), median(other for _, other in pairs)


def in_new_process(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result from a fresh interpreter, so that memory is its own and nothing is warm."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of the processor (user and system), and the most memory that the process held (bytes)."""

    seconds: float
    processor: float
    peak: int


@contextmanager
def cost_so_far() -> Iterator[list[Cost]]:
    """What is done inside, as the one entry of a list afterwards; the peak is the process's."""
    cost: list[Cost] = []
    started, before = perf_counter(), process_time()
    yield cost
    cost.append(Cost(perf_counter() - started, process_time() - before, peak_bytes()))


def peak_bytes() -> int:
    """The most memory that this process has held (resident)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def processor_seconds(process_id: int) -> float:
    """Seconds of the processor that a process has used (user and system)."""
    user, system = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / sysconf("SC_CLK_TCK")


def growth(small: float, large: float, small_size: int, large_size: int) -> tuple[float, float]:
    """How much a cost grew, and how much n log n grew."""
    return large / small, large_size * log(large_size) / (small_size * log(small_size))


def pandas_as_installed() -> None:
    """OpenFisca brings numexpr, which pandas would use; users of the product do not have it."""
    pd.set_option("compute.use_numexpr", False)
