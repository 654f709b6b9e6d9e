"""How a document is judged, and what every judgement makes beside its lines: the counts by code, and the fingerprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

from ledger import models
from ledger.facts.partitions import Partition
from ledger.law.conditions import Condition
from ledger.lazy import np, pd
from ledger.programmes.assumptions import Assumptions

if TYPE_CHECKING:
    from ledger.computing.spool import Columns, Spool

Rows = Mapping[str, Sequence[Any]]
"""Columns of plain values, all of one length, as `db.insert_columns` takes them."""


@dataclass(frozen=True)
class Lines:
    """The lines of one table as columns (without run_id), some rows at a time: so many that a year of any size fits.

    names: of the columns. chunks: gives them anew from the first row whenever it is asked.
    """

    count: int
    names: tuple[str, ...]
    chunks: Callable[[], Iterator[Rows]]


def at_once(columns: Rows) -> Lines:
    """Lines that are few enough to lie in memory together."""
    count = len(next(iter(columns.values())))
    return Lines(count, tuple(columns), lambda: iter((columns,) if count else ()))


@dataclass(frozen=True)
class Judged:
    """A year judged: the lines of each table, and what describes the run.

    lines: the tables differ in length. line_count: how many lines were judged. law: the values of the law and the rates used. fingerprint: of the facts and values used and the lines they gave.
    """

    lines: Sequence[tuple[Table, Lines]]
    line_count: int
    law: dict[str, Any]
    fingerprint: str
    summary: dict[str, Any]


def kept_whole(part: Any) -> tuple[Any, Columns]:
    """A part that is small enough to be kept as it is."""
    return part, {}


@dataclass(frozen=True)
class Judging:
    """How a document's facts become lines, in steps, so that parts of the enterprises can be judged apart.

    read(connection, year, as_of, partition, assumptions) gives the facts of a part; judge(facts) its lines, knowing no
    database and no other part; put(part) what of it is small, and the columns that lie in a spool until all parts are there;
    join(what of each part is small, spool) does what needs them all: the order of the lines, the budgets, what is shared
    among them, the fingerprint. conditions: every condition once, in the order of the codes. numbered: the column of facts
    by whose number they are cut into parts.
    """

    read: Callable[[Connection, int, date, Partition, Assumptions], Any]
    judge: Callable[[Any], Any]
    join: Callable[[Sequence[Any], Spool], Judged]
    conditions: tuple[Condition, ...]
    numbered: Any = models.LoanFact.enterprise_id
    put: Callable[[Any], tuple[Any, Columns]] = kept_whole


def stopped(conditions: Sequence[Condition], *reasons: Iterable[str]) -> dict[str, int]:
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
            self.add_column(f"{name}.{column}", (frame[column].to_numpy(),))

    def add_column(self, name: str, chunks: Iterable[np.ndarray]) -> None:
        """A column, however it is cut: the same as the whole of it."""
        self._hash.update(f"{name}\n".encode())
        between = b""
        for values in chunks:
            if values.dtype != object:
                self._hash.update(np.ascontiguousarray(values, dtype="<i8").tobytes())
            elif values.size:
                self._hash.update(between + _joined(values.tolist()).encode())
                between = b"\x1f"

    def hexdigest(self) -> str:
        """The fingerprint so far."""
        return self._hash.hexdigest()


def _joined(texts: list[str | None]) -> str:
    try:
        return "\x1f".join(texts)  # type: ignore[arg-type]
    except TypeError:  # tried first: most columns have no None
        return "\x1f".join(["" if text is None else text for text in texts])
