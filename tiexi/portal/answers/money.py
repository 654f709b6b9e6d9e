"""What is answered of money: where it is, entries taken back, a year with other values."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from ledger.lazy import load
from reports.money.balance import stage_names
from reports.programmes import REPORTS
from tiexi.portal.answers.plain import DayText, Sealed, one_of, one_of_shapes, shape
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


class Change(TypedDict):
    """A value that was set."""

    name: str
    unit: str
    before: Any
    after: Any
    beyond_the_law: bool


_SIMULATED: dict[str, Any] = {
    "programme": str, "year": int, "as_of": DayText, "open_year": bool, "basis": one_of(("law", "approved")),
    "run": int | None, "facts_changed": bool, "set": list[Change],
}  # fmt: skip
Simulated = one_of_shapes(
    shape(f"{key}_simulated", {**_SIMULATED, **load(report.simulation_shown_named).__annotations__})
    for key, report in REPORTS.items()
    if report.simulation_shown_named
)
