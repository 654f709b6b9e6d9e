"""How a document's money goes: what is paid (items), who bears it (payers), and over which legs it gets there.

All of it is data that a document declares; the books, the sheets of payments and the reports read it from the register
(ledger.programmes.chart).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Place(NamedTuple):
    """What a posting speaks of beside its account."""

    item: str
    county: str
    bank_id: int | None = None
    enterprise_id: int | None = None


@dataclass(frozen=True)
class Account:
    """An account of the journal: its key there, its name, and its name among the subjects of bookkeeping (root:code name).

    kept_by: whom it is kept by, so what its postings speak of: a county; a bank (of a county's money); or a creditor.
    """

    key: str
    name: str
    subject: str
    kept_by: Literal["county", "bank", "creditor"] = "county"

    def place(self, place: Place) -> Place:
        """What a posting on it speaks of, of what is spoken of."""
        if self.kept_by == "county":
            return Place(place.item, place.county)
        return place._replace(enterprise_id=None) if self.kept_by == "bank" else place


CITY_TREASURY = Account("city_treasury", "市财政", "Assets:1001市财政")
COUNTY_TREASURY = Account("county_treasury", "区市财政", "Assets:1002区市财政")
COUNTY_REGULATOR = Account("county_regulator", "区市金融监管部门", "Assets:1003区市金融监管部门")
BANK = Account("bank", "银行待兑付", "Assets:1004银行待兑付", "bank")
PAYABLE = Account("payable", "应付补助", "Liabilities:2241应付补助", "creditor")
RECEIVABLE = Account("claim_receivable", "应收追缴", "Assets:1221应收追缴", "creditor")


@dataclass(frozen=True)
class Payer:
    """Who bears a part of what is due. It has accounts of its own for its expense, budget, claims, and what came back.

    number: its place among the payers, in subjects. treasury: where its part stands once it is allotted.
    """

    key: str
    name: str
    number: int
    treasury: Account

    @property
    def expense(self) -> Account:
        return self._own("expense", f"{self.name}支出", "Expenses:5001补助支出")

    @property
    def budget(self) -> Account:
        return self._own("budget", f"{self.name}预算", "Equity:4001预算拨款")

    @property
    def claim(self) -> Account:
        return self._own("claim", f"{self.name}追缴", "Income:6001追缴")

    @property
    def returned(self) -> Account:
        return self._own("returned", f"缴回{self.name}", "Equity:4002追缴缴回")

    def _own(self, what: str, name: str, subject: str) -> Account:
        return Account(f"{what}_{self.key}", name, f"{subject}:{self.number}{self.name}")


CITY_PAYS = Payer("city", "市级", 1, CITY_TREASURY)
# the county's own part stands in its own budget, so it is in its treasury from the allotment on
COUNTY_PAYS = Payer("county", "县级", 2, COUNTY_TREASURY)


@dataclass(frozen=True)
class Item:
    """What is paid under a document: its code in the journal, and its 补助项目 in words."""

    key: str
    name: str


@dataclass(frozen=True)
class Leg:
    """One leg of the way: the kind of its entries, its name, from which account to which, and of whom its rows speak.

    target: None where it comes back to the payers, each by its share. items: what it carries. bank, enterprise: the
    items whose rows name a bank, an enterprise. ends: the items that have reached their creditor with it. receipts:
    whether banks report it on 兑付回单. reported_by: the roles, or kinds of institutions, that report it once there are
    accounts.
    """

    kind: str
    name: str
    source: Account
    target: Account | None
    items: tuple[str, ...]
    bank: tuple[str, ...] = ()
    enterprise: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    receipts: bool = False
    reported_by: tuple[str, ...] = ()

    @property
    def returns(self) -> bool:
        """Whether it brings back what was claimed."""
        return self.target is None

    def target_of(self, item: str) -> Account:
        """Where an item goes; AssertionError for one that comes back to the payers."""
        assert self.target is not None, self.kind
        return PAYABLE if item in self.ends else self.target

    def speaks_of(self, place: Place) -> Place:
        """What its rows say of a place: the bank and enterprise only where they name them."""
        return Place(
            place.item,
            place.county,
            place.bank_id if place.item in self.bank else None,
            place.enterprise_id if place.item in self.enterprise else None,
        )


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
