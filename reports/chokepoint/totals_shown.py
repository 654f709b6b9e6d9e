"""What a review's totals hold, for whoever reads them by a program."""

from typing_extensions import TypedDict


class OfCounty(TypedDict):
    """A county's loans, policies, grants and investments (fen)."""

    county: str
    loans: int
    filed_fen: int
    subsidy_fen: int
    policies: int
    premium_fen: int
    premium_subsidy_fen: int
    grant_fen: int
    recognised_fen: int


class OfBank(TypedDict):
    """A bank's loans (fen)."""

    bank: str
    lines: int
    loan_fen: int
    balance_fen: int
    filed_fen: int
    subsidy_fen: int


class OfInsurer(TypedDict):
    """An insurer's policies (fen)."""

    insurer: str
    lines: int
    premium_fen: int
    premium_subsidy_fen: int


class OfInvestor(TypedDict):
    """An investor's investments (fen)."""

    investor: str
    lines: int
    investment_fen: int
    recognised_fen: int


class Totals(TypedDict):
    """The totals of a review: numbers of its four kinds of lines, fen, and what each code stopped of each kind."""

    loans: int
    policies: int
    grants: int
    investments: int
    stopped: dict[str, int]
    stopped_loans: dict[str, int]
    stopped_policies: dict[str, int]
    stopped_grants: dict[str, int]
    stopped_investments: dict[str, int]
    risk_rate_e4: int
    premium_rate_e4: int
    loan_fen: int
    balance_fen: int
    filed_fen: int
    base_fen: int
    subsidy_fen: int
    premium_fen: int
    premium_subsidy_fen: int
    grant_fen: int
    investment_fen: int
    recognised_fen: int
    counties: list[OfCounty]
    banks: list[OfBank]
    insurers: list[OfInsurer]
    investors: list[OfInvestor]
