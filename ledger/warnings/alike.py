"""Which loans and enterprises may be one twice though they lie in different parts: found by a number for each, not by its text,
so that however many are on file they fit into memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger import models
from ledger.database.bulk import raw_rows
from ledger.lazy import np
from ledger.warnings.judging import plain_numbers
from ledger.workdays import Days


@dataclass(frozen=True)
class Shared:
    """Rows whose text may be that of another row: their ids, ascending, and a number that is equal for equal texts."""

    ids: Days
    numbers: Days

    def beside(self, ids: Days) -> set[int]:
        """The rows that may have the text of one of these, and are none of them."""
        own = np.isin(self.ids, ids)
        return set(self.ids[np.isin(self.numbers, self.numbers[own]) & ~own].tolist())


@dataclass(frozen=True)
class Alike:
    """Loans of one bank whose numbers may only look different, and enterprises that may have one name."""

    loans: Shared
    enterprises: Shared


_NOTHING = Shared(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
NONE = Alike(_NOTHING, _NOTHING)


def look(connection: Connection) -> Alike:
    """All that is on file looked through once."""
    fact, loan, company = models.LoanFact, models.Loan, models.EnterpriseFact
    notes = select(fact.loan_id, loan.bank_id, loan.note_no).join(loan, loan.id == fact.loan_id)
    names = select(company.enterprise_id, company.name).where(company.retired_by.is_(None))
    loans, companies = [], []
    for rows in raw_rows(connection, notes.where(fact.retired_by.is_(None))):
        ids, banks, texts = zip(*rows, strict=True)
        loans.append(_numbered(ids, zip(banks, plain_numbers(texts), strict=True)))
    for rows in raw_rows(connection, names):
        companies.append(_numbered(*zip(*rows, strict=True)))
    return Alike(_shared(loans), _shared(companies))


def _numbered(ids: object, texts: object) -> Days:
    """Ids and numbers of their texts, which are equal for equal texts within this process."""
    return np.array([list(ids), list(map(hash, texts))], dtype=np.int64)  # type: ignore[call-overload]


def _shared(parts: list[Days]) -> Shared:
    if not parts:
        return _NOTHING
    ids, numbers = np.concatenate(parts, axis=1)
    order = np.argsort(numbers)
    equal = numbers[order[1:]] == numbers[order[:-1]]
    rows = order[np.append(equal, False) | np.append(False, equal)]
    rows = rows[np.argsort(ids[rows])]
    return Shared(ids[rows], numbers[rows])
