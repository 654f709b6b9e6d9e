"""How a document's money goes: what is paid (items), who bears it (payers), and over which legs it gets there.

All of it is data that a document declares; the books, the sheets of payments and the reports read it from the register.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

PAYABLE, RECEIVABLE = "payable", "claim_receivable"  # accounts: what is owed, what is claimed back


class Place(NamedTuple):
    """What a posting speaks of beside its account."""

    item: str
    county: str
    bank_id: int | None = None
    enterprise_id: int | None = None


@dataclass(frozen=True)
class Payer:
    """Who bears a part of what is due. Its accounts are named after it: expense_, budget_, claim_ and returned_<key>.

    treasury: the account that its part stands on once it is allotted.
    """

    key: str
    name: str
    treasury: str

    def account(self, what: str) -> str:
        """Its account for an expense, budget, claim or returned."""
        return f"{what}_{self.key}"


CITY_PAYS = Payer("city", "市级", "city_treasury")
# the county's own part stands in its own budget, so it is in its treasury from the allotment on
COUNTY_PAYS = Payer("county", "县级", "county_treasury")


@dataclass(frozen=True)
class Item:
    """What is paid under a document: its code in the journal, and its 补助项目 in words."""

    key: str
    name: str


@dataclass(frozen=True)
class Leg:
    """One leg of the way: the kind of its entries, its name, from which account to which, and of whom its rows speak.

    items: what it carries. bank, enterprise: the items whose rows name a bank, an enterprise. ends: the items that have
    reached their creditor with it, so that it goes to `payable` instead of `target`. A leg from `claim_receivable`
    brings a claim back; its target is shared among the payers. receipts: whether banks report it on 兑付回单.
    """

    kind: str
    name: str
    source: str
    target: str
    items: tuple[str, ...]
    bank: tuple[str, ...] = ()
    enterprise: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    receipts: bool = False

    @property
    def returns(self) -> bool:
        """Whether it brings back what was claimed."""
        return self.source == RECEIVABLE


@dataclass(frozen=True)
class Due:
    """What a run owes (or claims back) of one item: in which county, through or from which bank, to or from which
    enterprise (None where the bank itself is meant), and what each payer bears of it, by the payer's key. Fen."""

    item: str
    county: str
    bank_id: int | None
    enterprise_id: int | None
    shares: Mapping[str, int]

    @property
    def fen(self) -> int:
        """The whole amount."""
        return sum(self.shares.values())
