"""Rates that a year may have of its own, below the ceiling of its document (最高不超过)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ledger import money
from ledger.law.document import Document

if TYPE_CHECKING:
    from ledger.workbooks.rows import Rows


@dataclass(frozen=True)
class Rate:
    """One 补助项目 whose rate a year may set: the value of the law that is its ceiling, and the day as of which a year asks for it."""

    item: str
    document: Document
    value: str
    day: Callable[[int], date]

    def ceiling(self, year: int) -> int:
        """The ceiling that the year is judged by, or that of the nearest day on which the document was in force. e4."""
        return self.document.number_near(self.value, self.day(year))


def refuse_above_ceiling(rows: Rows, position: int, rate: Rate, year: int, rate_e4: int) -> None:
    """Reports a row's rate (field rate_e4) that is above the ceiling of its year."""
    ceiling = rate.ceiling(year)
    if rate_e4 > ceiling:
        law = rate.document
        expected = f"应不超过 {money.percent_text(ceiling)}%（{law.number} {law.parameters[rate.value].article}）"
        rows.find(position, "rate_e4", f"{rate.item}比例超过上限", expected)
