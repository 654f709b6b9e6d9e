"""Banks that go on under another name or in another bank (更名, 承继): which bank a name means, and what it is called.

An anchor keeps the name under which a bank first came; what it is called follows from the changes on file. A bank that was
taken over keeps its loans, its note numbers and its own rate: only the money goes to the successor, which is named beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, select

from ledger import models

RENAMED, TAKEN_OVER = "更名", "承继"


def with_heir(name: str, heir: str) -> str:
    """How a bank that was taken over is named beside the one that goes on: 原名（现名承继）."""
    return f"{name}（{heir}承继）"


class SeenBy(Protocol):
    """A run, as far as it says which rows it can have seen."""

    @property
    def as_of(self) -> date: ...

    @property
    def last_intake_id(self) -> int: ...

    @property
    def last_change_id(self) -> int: ...


@dataclass(frozen=True)
class BankChange:
    """A change on file: the bank that was so called, and its new name or, of a takeover, the successor."""

    bank_id: int
    old_name: str
    changed_on: date
    kind: str
    new_name: str
    successor_id: int | None


class BankNames:
    """What banks are called once these changes are made. With no change on file every bank has the name of its anchor."""

    def __init__(self, anchors: Mapping[int, str], changes: Iterable[BankChange]) -> None:
        self._anchors = dict(anchors)
        self.changes: list[BankChange] = sorted(changes, key=lambda one: (one.changed_on, one.old_name))
        self._by_name: dict[str, int] = {name: number for number, name in self._anchors.items()}
        self._in_force = dict(self._anchors)
        self._taken_over: dict[int, BankChange] = {}
        followed: dict[int, list[BankChange]] = defaultdict(list)
        for one in self.changes:
            followed[one.bank_id].append(one)
        for number, of_bank in followed.items():
            for one in of_bank:
                if one.kind == RENAMED:
                    self._by_name.setdefault(one.new_name, number)
                else:
                    self._taken_over[number] = one
            self._in_force[number] = _last_name(anchors[number], of_bank)
        for number in self._taken_over:
            for own in [name for name, known in self._by_name.items() if known == number]:
                for other in [name for name, known in self._by_name.items() if known in self.successors(number)]:
                    self._by_name.setdefault(with_heir(own, other), number)

    def id_of(self, name: str) -> int | None:
        """The bank that a name means: any that it has had, or 原名（现名承继） for one that was taken over."""
        return self._by_name.get(name)

    def ids(self) -> dict[str, int]:
        """The bank by each of the names that mean one."""
        return dict(self._by_name)

    def in_force(self, bank_id: int) -> str:
        """What a bank is called: of one that was taken over, its own name."""
        return self._in_force[bank_id]

    def printed(self, bank_id: int) -> str:
        """What papers call it: 原名（现名承继） for one that was taken over."""
        heirs = self.successors(bank_id)
        name = self.in_force(bank_id)
        return with_heir(name, self.in_force(heirs[-1])) if heirs else name

    def successors(self, bank_id: int) -> list[int]:
        """Who took a bank over, and who took that one over, in this order."""
        found: list[int] = []
        change = self._taken_over.get(bank_id)
        while change is not None and change.successor_id is not None and change.successor_id not in found:
            found.append(change.successor_id)
            change = self._taken_over.get(change.successor_id)
        return found

    def taken_over_on(self, bank_id: int) -> date | None:
        """The day on which a bank was taken over, None where it was not."""
        change = self._taken_over.get(bank_id)
        return None if change is None else change.changed_on

    def predecessors(self, bank_id: int) -> list[int]:
        """The banks that were taken over by this one, directly or by way of others."""
        return [number for number in self._taken_over if bank_id in self.successors(number)]

    @property
    def unchanged(self) -> bool:
        """Whether every bank has the name of its anchor."""
        return not self.changes

    def anchor_of(self, bank_id: int) -> str:
        """The name under which a bank first came."""
        return self._anchors[bank_id]

    def all_printed(self) -> dict[int, str]:
        """What papers call each bank."""
        return {number: self.printed(number) for number in self._anchors}

    def all_in_force(self) -> dict[int, str]:
        """What each bank is called."""
        return {number: self.in_force(number) for number in self._anchors}

    def in_force_of(self, anchor_name: str) -> str:
        """`in_force` by the name of the anchor."""
        return anchor_name if self.unchanged else self.in_force(self._by_name[anchor_name])

    def printed_of(self, anchor_name: str) -> str:
        """`printed` by the name of the anchor."""
        return anchor_name if self.unchanged else self.printed(self._by_name[anchor_name])


def _last_name(name: str, changes: Sequence[BankChange]) -> str:
    """Where a bank's changes of name lead, from name to name: several may be dated on one day."""
    left = [one for one in changes if one.kind == RENAMED]
    while left:
        following = next((one for one in left if one.old_name == name), left[0])
        left.remove(following)
        name = following.new_name
    return name


def bank_names(connection: Connection, as_of: date | None = None) -> BankNames:
    """What banks are called by the changes in force, all of them or those dated on or before a day."""
    fact = models.BankChangeFact
    return _read(connection, [fact.retired_by.is_(None)], as_of)


def anchor_name(connection: Connection, name: str) -> str:
    """The name of the anchor of the bank that a name means; the name itself where it means none."""
    names = bank_names(connection)
    bank_id = None if names.unchanged else names.id_of(name)
    return name if bank_id is None else names.anchor_of(bank_id)


def bank_names_of(connection: Connection, run: SeenBy) -> BankNames:
    """What banks are called in a run: by the changes on file when it was made and dated on or before its day."""
    fact = models.BankChangeFact
    seen = [
        fact.intake_id <= run.last_intake_id,
        fact.retired_by.is_(None) | (fact.retired_by > run.last_change_id),
    ]
    return _read(connection, seen, run.as_of)


def _read(connection: Connection, conditions: Sequence[Any], as_of: date | None) -> BankNames:
    fact, bank = models.BankChangeFact, models.Bank
    query = select(fact.bank_id, fact.old_name, fact.changed_on, fact.kind, fact.new_name, fact.successor_id).where(
        *conditions
    )
    if as_of is not None:
        query = query.where(fact.changed_on <= as_of)
    changes = [BankChange(*row) for row in connection.execute(query)]
    anchors = {row.id: row.name for row in connection.execute(select(bank.id, bank.name))}
    return BankNames(anchors, changes)
