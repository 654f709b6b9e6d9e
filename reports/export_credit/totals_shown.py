"""What a settlement's totals hold, for whoever reads them by a program."""

from typing_extensions import TypedDict


class Sums(TypedDict):
    """The number of lines, and fen."""

    lines: int
    net_fen: int
    demand_fen: int
    subsidy_fen: int


class OfCounty(Sums):
    """A county's."""

    county: str


class OfMarket(Sums):
    """A kind of market's."""

    market: str


class ClaimsOfCounty(TypedDict):
    """A county's claims, and their fen."""

    county: str
    claims: int
    claims_fen: int


class Claims(TypedDict):
    """The number of claims, and by county."""

    claims: int
    counties: list[ClaimsOfCounty]


class Totals(Sums):
    """The totals of a run; stopped: lines by the code that stopped them."""

    enterprises: int
    key_rate_e4: int
    other_rate_e4: int
    budget_fen: int
    matching_fen: int
    over_fen: int
    stopped: dict[str, int]
    counties: list[OfCounty]
    markets: list[OfMarket]
    claims_fen: int
    claims: Claims
