"""What generators of random worlds share: somebody who picks, the scene that is being built, the plainest of its parts."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st
from stdnum.cn import uscc as uscc_check

from programmes.tech_branch.oracle_figures import Workdays

T = TypeVar("T")
Row = dict[str, Any]
MutableWorld = dict[str, list[Row]]

GUARANTEES = ("信用", "知识产权质押", "股权质押", "其他新型抵质押", "保证", "抵押", "质押")
FEN = Decimal("0.000001")  # in 万元
DAY = timedelta(days=1)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class Picker(Protocol):
    """Someone who makes choices. The first option and the lower end are the simplest."""

    def choose(self, options: Sequence[T]) -> T: ...

    def integer(self, low: int, high: int) -> int: ...

    def chance(self, percent: int) -> bool: ...


class RandomPicker:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def choose(self, options: Sequence[T]) -> T:
        return options[self.random.randrange(len(options))]

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent


class DrawnPicker:
    """Choices by hypothesis, which can simplify them."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def choose(self, options: Sequence[T]) -> T:
        picked: T = self.draw(st.sampled_from(options))
        return picked

    def integer(self, low: int, high: int) -> int:
        picked: int = self.draw(st.integers(low, high))
        return picked

    def chance(self, percent: int) -> bool:
        picked: bool = self.draw(st.integers(0, 99)) >= 100 - percent
        return picked


@dataclass
class Scene:
    """What a world under construction knows about itself."""

    pick: Picker
    year: int
    workdays: Workdays
    sheets: MutableWorld = field(default_factory=dict)

    @property
    def limit(self) -> date:
        """No fact is later than this."""
        return date(self.year + 1, 3, 31)

    def put(self, sheet: str, row: Row) -> None:
        """Adds a row."""
        self.sheets.setdefault(sheet, []).append(row)


def usc_code(n: int) -> str:
    """The n-th 统一社会信用代码 of a row of valid ones."""
    body = f"{n:08d}"
    digit = 11 - sum(int(c) * w for c, w in zip(body, ORGANISATION_WEIGHTS, strict=True)) % 11
    number = "91371000" + body + {10: "X", 11: "0"}.get(digit, str(digit))
    return number + str(uscc_check.calc_check_digit(number))


def near(scene: Scene, day: date, days: int = 1) -> date:
    """A day, or one close to it."""
    return day + timedelta(days=scene.pick.integer(-days, days))


def part_of(scene: Scene, left: Decimal) -> Decimal:
    """Some of what is left, to the fen."""
    return scene.pick.integer(0, int(left / FEN)) * FEN
