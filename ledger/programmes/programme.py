"""What a document gives, so that it is one folder: its words, its judgement, its tables, its money, its roles.

Everything general (intake, runs, books, seals, audit, jobs, reports, commands) reads a document through this and names
none. A document's programme.py loads no pandas: what judges is loaded when something is judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

from ledger.law.document import Document
from ledger.programmes.flow import Due, Item, Leg, Payer
from ledger.programmes.rates import Rate
from ledger.workbooks.sheet import Sheet

if TYPE_CHECKING:
    from ledger.law.conditions import Condition


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
class SpotCheck:
    """How a document's lines are spot-checked: by which article, the model of its lines of loans, and what each is paid.

    paid(line model) is the column expression of what a line is paid (fen).
    """

    article: str
    line: type[Any]
    paid: Callable[[Any], Any]


@dataclass(frozen=True)
class Assumable:
    """A number of the document that a simulation may set: the document's name for it, and what people write.

    looser: 1 where more gives more (a ceiling), -1 where less does (a floor), 0 where neither. item: the 补助项目 of the
    year's own rate that it stands for.
    """

    parameter: str
    alias: str
    chinese: str
    looser: int = 0
    least: int = 0
    item: str = ""


@dataclass(frozen=True)
class Programme:
    """One document's programme.

    name: what people call it. command: what a person types for a trial run. usual: whether commands speak of it when
    they are told no programme. products: the 业务品种 of its loans.
    settlement_day(year, as_of, today) gives the as-of date to use, or raises Refused. judge(connection, year, as_of)
    reads the facts and judges them; it writes nothing. owed and claimed(connection, run id) give what a run's lines pay
    and claim, in a fixed order.
    sheets: the intake sheets that only its document asks for. tables: the models of its facts and lines. rates: the
    补助项目 of sheet 年度比例 whose ceilings stand in the document.
    items, payers, legs: what is paid, who bears it, which way it goes. creditors: whom it is for, in words.
    signed_by, run_by, approved_by: the roles that review it first (none where its document knows no such review), make
    its runs, and approve them. spot_check: None where its document asks for none. assumable: what a simulation may set.
    """

    key: str
    name: str
    command: str
    document: Document
    conditions: "Sequence[Condition]"
    settlement_day: Callable[[int, date | None, date], date]
    judge: Callable[[Connection, int, date], Judged]
    owed: Callable[[Connection, int], list[Due]]
    claimed: Callable[[Connection, int], list[Due]]
    items: tuple[Item, ...]
    payers: tuple[Payer, ...]
    legs: tuple[Leg, ...]
    creditors: tuple[str, ...] = ("银行", "企业")
    usual: bool = False
    products: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    tables: tuple[type[Any], ...] = ()
    rates: tuple[Rate, ...] = ()
    signed_by: tuple[str, ...] = ()
    run_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    spot_check: SpotCheck | None = None
    assumable: tuple[Assumable, ...] = ()

    @property
    def option(self) -> str:
        """What a command must be told to speak of it, a blank first; '' where it does so by itself."""
        return "" if self.usual else f" --programme {self.name}"
