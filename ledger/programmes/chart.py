"""The chart of accounts and what moves between them: every item, payer, leg, account and kind of entry of the register.

Read anew each time, so that it always is what the documents declare.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.programmes import PROGRAMMES
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Account, Item, Leg

# the kinds of entries that follow from a run, and how an entry is taken back; the others are legs
_OF_A_RUN = {"accrual": "计提", "claim": "追缴", "allotment": "下达"}
_TAKEN_BACK = {"reversal": "冲销"}


class Way(NamedTuple):
    """A leg, and the key of the programme whose money goes it."""

    programme: str
    leg: Leg


def items() -> dict[str, Item]:
    """Every item by its code."""
    return {item.key: item for programme in PROGRAMMES.values() for item in programme.items}


def item_names() -> dict[str, str]:
    """What people call each item."""
    return {item.key: item.name for item in items().values()}


def ways() -> list[Way]:
    """Every leg of every programme: down the way, then back."""
    found = [Way(key, leg) for key, programme in PROGRAMMES.items() for leg in programme.legs]
    return sorted(found, key=lambda way: way.leg.returns)


def way(programme: str, kind: str) -> Way:
    """A programme's leg of a kind."""
    return next(one for one in ways() if one.programme == programme and one.leg.kind == kind)


def leg_names() -> dict[str, str]:
    """What people call each kind of leg, in their order."""
    return {one.leg.kind: one.leg.name for one in ways()}


def returning() -> tuple[str, ...]:
    """The kinds of legs that bring claims back."""
    return tuple(dict.fromkeys(one.leg.kind for one in ways() if one.leg.returns))


def entry_names() -> dict[str, str]:
    """What people call each kind of entry."""
    return {**_OF_A_RUN, **leg_names(), **_TAKEN_BACK}


def in_hand() -> tuple[str, ...]:
    """The accounts on which money waits on its way, in its order."""
    return tuple(account.key for account in _waiting())


def _waiting() -> list[Account]:
    found: dict[str, Account] = {}
    for _, leg in ways():
        for account in (leg.source, leg.target):
            if account is not None and account.key not in (PAYABLE.key, RECEIVABLE.key):
                found.setdefault(account.key, account)
    return list(found.values())


def accounts() -> dict[str, Account]:
    """Every account by its key: where money waits, what is owed and claimed, and those of the payers."""
    return {account.key: account for account in (*_waiting(), RECEIVABLE, PAYABLE, *_of_payers())}


def _of_payers() -> Iterator[Account]:
    payers = {payer.key: payer for programme in PROGRAMMES.values() for payer in programme.payers}
    for payer in payers.values():
        yield from (payer.treasury, payer.budget, payer.returned, payer.claim, payer.expense)
