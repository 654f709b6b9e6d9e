"""A set of numbers of rows, small enough to go with a task: a bit for each number up to the largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ledger.lazy import np


@dataclass(frozen=True)
class NumberSet:
    """Numbers from 0 on, as bits."""

    bits: bytes

    @classmethod
    def of(cls, numbers: np.ndarray) -> Self:
        """The set of some numbers, none below 0."""
        there = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=bool)
        there[numbers] = True
        return cls(np.packbits(there).tobytes())

    def has(self, numbers: np.ndarray) -> np.ndarray:
        """Which of these are in it; any integers."""
        there = np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8)).view(bool)
        known = (numbers >= 0) & (numbers < there.size)
        found = np.zeros(numbers.size, dtype=bool)
        found[known] = there[numbers[known]]
        return found
