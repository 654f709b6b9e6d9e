"""What a programme is to the settlement: dates it accepts, and a judgement of a year's facts."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, func, null

from ledger import models
from ledger.counties import COUNTY_RANK
from ledger.law.conditions import Condition
from ledger.law.document import Document


@dataclass(frozen=True)
class Judged:
    """A year judged: the lines of each table as columns (without run_id), and what describes the run.

    lines: the tables differ in length. line_count: how many lines were judged. law: the values of the law and the rates used. fingerprint: of the facts and values used and the lines they gave.
    """

    lines: Sequence[tuple[Table, Mapping[str, Sequence[Any]]]]
    line_count: int
    law: dict[str, Any]
    fingerprint: str
    summary: dict[str, Any]


@dataclass(frozen=True)
class Due:
    """What a run owes (or claims back) of one kind: the item, in which county, through or from which bank, to or from
    which enterprise (None where the bank itself is meant), and the city's and the county's part. Fen."""

    item: str  # one of models.ITEMS
    county: str
    bank_id: int | None
    enterprise_id: int | None
    city_fen: int
    county_fen: int

    @property
    def fen(self) -> int:
        """The whole amount."""
        return self.city_fen + self.county_fen


_BY_ITSELF = "tech_branch"  # what commands that take a programme speak of when they are told none


@dataclass(frozen=True)
class Programme:
    """One document's programme. product: its loans' 业务品种; command: what a person types for a trial run.

    settlement_day(year, as_of, today) gives the as-of date to use, or raises Refused. judge(connection, year, as_of)
    reads the facts and judges them; it writes nothing. signed_by_counties: whether its document has the counties review
    their part first. owed and claimed(connection, run id) give what a run's lines pay and claim, in a fixed order.
    """

    key: str
    name: str
    product: str
    command: str
    document: Document
    conditions: Sequence[Condition]
    settlement_day: Callable[[int, date | None, date], date]
    judge: Callable[[Connection, int, date], Judged]
    signed_by_counties: bool
    owed: Callable[[Connection, int], list[Due]]
    claimed: Callable[[Connection, int], list[Due]]

    @property
    def option(self) -> str:
        """What `balance` and `pay --blank` must be told to speak of it, a blank before; '' where they do so by themselves."""
        return "" if self.key == _BY_ITSELF else f" --programme {self.name}"


def dues(item: str, rows: Iterable[Any]) -> list[Due]:
    """Rows of (county, bank_id, enterprise_id, city, county part) as what is due, in the counties' order."""
    found = [Due(item, row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]
    return sorted(found, key=lambda due: COUNTY_RANK[due.county])


def interest_and_bonus(connection: Connection, query: Select[*tuple[Any, ...]], amounts: Any) -> list[Due]:
    """Interest by county, bank and enterprise, then bonus by county and bank.

    query: of nothing yet, over lines joined with the loan, bank, enterprise and enterprise's facts that they speak of;
    amounts: the model that holds interest_city_fen, bonus_county_fen, …
    """
    loan, bank, company, anchor = models.Loan, models.Bank, models.EnterpriseFact, models.Enterprise
    interest = (
        query.add_columns(
            company.county, loan.bank_id, company.enterprise_id, func.sum(amounts.interest_city_fen),
            func.sum(amounts.interest_county_fen),
        )
        .where(amounts.interest_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name, company.enterprise_id, anchor.uscc)
        .order_by(bank.name, anchor.uscc)
    )  # fmt: skip
    bonus = (
        query.add_columns(
            company.county, loan.bank_id, null(), func.sum(amounts.bonus_city_fen), func.sum(amounts.bonus_county_fen)
        )
        .where(amounts.bonus_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name)
        .order_by(bank.name)
    )
    return [*dues("interest", connection.execute(interest)), *dues("bonus", connection.execute(bonus))]


def stopped(conditions: Sequence[Condition], *reasons: pd.Series) -> dict[str, int]:
    """How many lines each code stopped, in the order of the codes, those that stopped none left out."""
    counts = Counter(text for column in reasons for text in column)
    found = {
        condition.code: sum(count for text, count in counts.items() if condition.code in text.split(";"))
        for condition in conditions
    }
    return {code: count for code, count in found.items() if count}


class Fingerprint:
    """SHA-256 over named columns and values, the same for the same content in whichever database it lay."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add_value(self, name: str, value: object) -> None:
        """One value, by its text."""
        self._hash.update(f"{name}={value!r}\n".encode())

    def add_frame(self, name: str, frame: pd.DataFrame) -> None:
        """All columns of a frame, in the order of their names."""
        self.add_value(name, len(frame))
        for column in sorted(frame.columns):
            values = frame[column].to_numpy()
            self._hash.update(f"{name}.{column}\n".encode())
            if values.dtype == object:
                self._hash.update("\x1f".join("" if value is None else value for value in values.tolist()).encode())
            else:
                self._hash.update(np.ascontiguousarray(values, dtype="<i8").tobytes())

    def hexdigest(self) -> str:
        """The fingerprint so far."""
        return self._hash.hexdigest()
