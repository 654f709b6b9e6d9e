"""What a simulation's figures hold, for whoever reads them by a program."""

from typing_extensions import TypedDict

from reports.tech_branch.totals_shown import Sums


class Figures(Sums):
    """The sums of some lines, and what is paid of both kinds together."""

    total_fen: int


class Compared(TypedDict):
    """Figures before, after, and the difference."""

    before: Figures
    after: Figures
    difference: Figures


class OfCounty(Compared):
    """A county's."""

    county: str


class OfBank(Compared):
    """A bank's."""

    bank: str


class Gains(TypedDict):
    """How many get more, less, the same."""

    gain: int
    lose: int
    same: int


class Code(TypedDict):
    """How many loans a code stops before and after, how many newly, how many no longer."""

    code: str
    before: int
    after: int
    newly: int
    no_longer: int


class Simulated(Compared):
    """All of it. enterprises: by their interest subsidies; bonus_banks: by their bonuses."""

    counties: list[OfCounty]
    banks: list[OfBank]
    enterprises: Gains
    bonus_banks: Gains
    codes: list[Code]
