"""Cells that are no plain value, as the readers of workbooks and CSV files hand them on."""

from dataclasses import dataclass
from decimal import Decimal

EXCEL_DIGITS = 15


def fifteen_digits(value: float) -> Decimal:
    """A numeric cell at the 15 digits that Excel keeps."""
    return Decimal(f"{value:.{EXCEL_DIGITS}g}")


@dataclass(frozen=True)
class FormulaWithoutValue:
    """A formula whose result was never stored in the file."""

    def __str__(self) -> str:
        return "公式"


@dataclass(frozen=True)
class ErrorValue:
    """An Excel error such as #N/A."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class PercentNumber:
    """A number in a cell with a percent format: 0.0435, shown as 4.35%."""

    value: float

    def __str__(self) -> str:
        return f"{fifteen_digits(self.value) * 100:f}%"


@dataclass(frozen=True)
class UnclearNumber:
    """A number whose format leaves open what is shown: its code."""

    value: float
    code: str

    def __str__(self) -> str:
        return f"{fifteen_digits(self.value):f}"


@dataclass(frozen=True)
class FormulaField:
    """A field of a CSV file that a spreadsheet would take for a formula."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Covered:
    """A cell of a merged area of which another cell is shown; what it holds itself nobody sees."""

    def __str__(self) -> str:
        return "合并单元格"


Mark = FormulaWithoutValue | FormulaField | ErrorValue | PercentNumber | UnclearNumber | Covered
