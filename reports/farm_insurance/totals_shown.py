"""What a review's totals hold, for whoever reads them by a program."""

from typing_extensions import TypedDict


class Sums(TypedDict):
    """The number of lines, and fen."""

    lines: int
    premium_fen: int
    county_paid_fen: int
    farmer_share_fen: int
    province_fen: int
    city_fen: int
    central_fen: int
    county_net_fen: int


class OfCounty(Sums):
    """A county's."""

    county: str


# a key that is no name in Python
OfClass = TypedDict("OfClass", {**Sums.__annotations__, "class": str})  # type: ignore[misc]


class Totals(Sums):
    """The totals of a review; stopped: lines by the code that stopped them."""

    stopped: dict[str, int]
    central_left_fen: int
    late_count: int
    late_fen: int
    loss_low: int
    counties: list[OfCounty]
    classes: list[OfClass]
