"""What a document gives to a simulation: its years settled with other numbers, beside what stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.lazy import pd
from ledger.programmes.assumptions import Assumptions


@dataclass(frozen=True)
class Assuming:
    """settled and stored give frames of the same columns, one row per line, in line order; amounts are fen.

    amounts: the columns that are amounts. day(year, as_of): the as-of date, and whether the year is still open; Refused
    for one that cannot be settled. settled(connection, year, as_of, assumptions); stored(connection, run id).
    own_rates(connection, year): how many banks have a rate of their own, which the year's does not touch.
    number(connection, year, parameter, 补助项目): what is gone by without an assumption; law(year, parameter): the law's
    own value; budget(connection, year, scope): the one on file, None for none.
    """

    amounts: tuple[str, ...]
    day: Callable[[int, date | None], tuple[date, bool]]
    settled: Callable[[Connection, int, date, Assumptions], pd.DataFrame]
    stored: Callable[[Connection, int], pd.DataFrame]
    own_rates: Callable[[Connection, int], int]
    number: Callable[[Connection, int, str, str], int]
    law: Callable[[int, str], int]
    budget: Callable[[Connection, int, str], int | None]
