"""What a sheet is: its columns, how each is read, and the marks by which rows and sheets are passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ledger.workbooks import cells
from ledger.workbooks.cells import Reader

EXAMPLE_MARK = "示例"  # a row whose first cell begins so is skipped
NOTES_MARK = "说明"  # a sheet whose name begins so is skipped

Shape = Literal["code", "name", "text", "choice", "date", "time", "wan", "percent", "factor", "year", "count"]
Anchor = Literal["enterprise", "bank", "loan", "project"]


@dataclass(frozen=True)
class Column:
    """One column: its header, the field it fills, how a cell is read, and what the blank workbook says about it."""

    header: str
    field: str
    shape: Shape
    read: Reader
    example: str | int | float
    hint: str
    key: bool = False
    optional: bool = False
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, columns and table, and which anchor its rows bring into being, if any."""

    name: str
    purpose: str
    model: Any  # the table of facts that its rows fill
    columns: tuple[Column, ...]
    defines: Anchor | None = None

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
