"""What a sheet is: its columns, how each is read, what its rows must fulfil, and the marks of what is passed over."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ledger.workbooks import cells
from ledger.workbooks.cells import Reader

EXAMPLE_MARK = "示例"  # a row whose first cell begins so is skipped
NOTES_MARK = "说明"  # a sheet whose name begins so is skipped

Shape = Literal["code", "name", "text", "choice", "date", "time", "wan", "percent", "factor", "year", "count"]
Anchor = Literal["enterprise", "bank", "loan", "project", "product"]
Link = Literal["enterprise_id", "bank_id", "loan_id", "project_id", "product_id"]
RowCheck = Callable[[Any, date], None]  # (rows.Rows, today): judges each row by itself and reports what it finds


@dataclass(frozen=True)
class Column:
    """One column: its header, the field it fills, how a cell is read, and what the blank workbook says about it.

    kept: what a version on file says stays said where a later row leaves the cell empty. in_yuan: how a cell is read
    where the file's header says (元) instead of (万元).
    """

    header: str
    field: str
    shape: Shape
    read: Reader
    example: str | int | float
    hint: str
    key: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    kept: bool = False
    in_yuan: Reader | None = None


@dataclass(frozen=True)
class Invariant:
    """What must hold between facts on file, whatever was entered, amended or withdrawn last.

    link: the column that says for what it is judged: an identifier, or words in the keys of rows that refer to each other
    by them (a country, a voucher). check(facts.violations.Facts, its values) looks at the facts in force that concern
    those, gives every facts.violations.Violation and raises nothing. The importer runs it on what a file touched, a
    withdrawal on what it would touch.
    """

    link: str
    check: Callable[[Any, Collection[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Sender:
    """Who may send a sheet, once there are accounts, and which of its rows: all, or those of a column that name his own
    institution or county, or one of some words.

    by: a role's key; of an institution the kind of its scope. column: a field; among: the words that it may say. anchor:
    what the field names is of such a kind, and its county must be his own.
    """

    by: str
    column: str = ""
    among: tuple[str, ...] = ()
    anchor: Anchor | None = None


CITY_REGULATOR = Sender("city")  # who may send whatever no other office keeps to itself


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, columns and table, which anchor its rows bring into being, if any, and what they must fulfil.

    checks: within one row. invariants: between facts, on those that its rows concern. refuses: in words for the manual,
    besides what its columns say. amount: the field that says how much a row is about. link: the identifier in the key
    by which its facts are looked up; None where the table is small. senders: who may send it, and which rows.
    """

    name: str
    purpose: str
    model: Any  # the table of facts that its rows fill
    columns: tuple[Column, ...]
    defines: Anchor | None = None
    checks: tuple[RowCheck, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    refuses: tuple[str, ...] = ()
    amount: str | None = None
    link: Link | None = None
    senders: tuple[Sender, ...] = (CITY_REGULATOR,)

    def column(self, field: str) -> Column:
        """The column that fills a field."""
        return next(column for column in self.columns if column.field == field)

    @property
    def keys(self) -> tuple[Column, ...]:
        """The key columns, in the sheet's order."""
        return tuple(column for column in self.columns if column.key)

    def describe_key(self, values: Sequence[object]) -> str:
        """The key columns with their values, for a message."""
        return "，".join(
            f"{column.header} {cells.shown(value) or '（空）'}" for column, value in zip(self.keys, values, strict=True)
        )
