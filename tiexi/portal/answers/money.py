"""What is answered of money: where it is, entries taken back, a year with other values."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from reports.money.balance import stage_names
from tiexi.portal.answers.plain import DayText, Sealed, one_of, shape
from tiexi.portal.answers.runs import State

Stages = shape("Stages", {f"{stage}_fen": NotRequired[int] for stage in stage_names()})


class Waiting(TypedDict):
    """Money that waits: in which account, for which item, since when, for how many days by then."""

    place: str
    county: str
    bank: str
    item: str
    amount_fen: int
    since: DayText
    days: int


class Claimed(TypedDict):
    """A claim that has not come back."""

    county: str
    bank: str
    enterprise: str
    item: str
    amount_fen: int


class Balance(TypedDict):
    """Where every fen of a year is at the end of a day."""

    run: int
    programme: str
    year: int
    state: State
    solo: bool
    as_of: DayText
    owed_fen: int
    stages: Stages
    waiting: list[Waiting]
    claims: list[Claimed]
    claimed_fen: int
    returned_fen: int


class Reversed(TypedDict):
    """An entry, its opposite, and the seal over it."""

    reversed: int
    entry: int
    seal: Sealed


# --- a year with other values -------------------------------------------------------------------------------------------


class Figures(TypedDict):
    """Numbers of loans, and fen."""

    loans: int
    paid_loans: int
    balance_fen: int
    interest_demand_fen: int
    interest_fen: int
    interest_city_fen: int
    interest_county_fen: int
    bonus_demand_fen: int
    bonus_fen: int
    bonus_city_fen: int
    bonus_county_fen: int
    total_fen: int


class Before(TypedDict):
    """Figures before, after, and the difference."""

    before: Figures
    after: Figures
    difference: Figures


class OfCounty(Before):
    """A county's."""

    county: str


class OfBank(Before):
    """A bank's."""

    bank: str


class Gains(TypedDict):
    """How many get more, less, the same."""

    gain: int
    lose: int
    same: int


class Change(TypedDict):
    """A value that was set."""

    name: str
    unit: str
    before: Any
    after: Any
    beyond_the_law: bool


class Code(TypedDict):
    """What a code stops, before and after."""

    code: str
    before: int
    after: int
    newly: int
    no_longer: int


Simulated = shape(
    "Simulated",
    {
        "programme": str, "year": int, "as_of": DayText, "open_year": bool, "basis": one_of(("law", "approved")),
        "run": int | None, "facts_changed": bool, "set": list[Change], **Before.__annotations__,
        "counties": list[OfCounty], "banks": list[OfBank], "enterprises": Gains, "bonus_banks": Gains, "codes": list[Code],
    },
)  # fmt: skip
