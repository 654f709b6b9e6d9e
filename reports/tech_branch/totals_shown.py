"""What a settlement's totals hold, for whoever reads them by a program."""

from typing_extensions import TypedDict


class Sums(TypedDict):
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


class OfCounty(Sums):
    """A county's."""

    county: str


class OfBank(Sums):
    """A bank's, with the structure of its loans by 第七条."""

    bank: str
    pledged_fen: int
    unsecured_fen: int


class ClaimSums(TypedDict):
    """Number of claims, and what they claim (fen)."""

    claims: int
    interest_fen: int
    bonus_fen: int
    city_fen: int
    county_fen: int


class ClaimsOfCounty(ClaimSums):
    """A county's claims."""

    county: str


class Claims(ClaimSums):
    """All claims."""

    counties: list[ClaimsOfCounty]


class Totals(Sums):
    """The totals of a run; stopped: loans by the code that stopped them."""

    enterprises: int
    interest_rate_e4: int
    stopped: dict[str, int]
    counties: list[OfCounty]
    banks: list[OfBank]
    claims_fen: int
    claims: Claims
