"""What is wrong with a file: one finding, one line, naming the place, the value and what would be right."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ledger.workbooks.visible import spelled

_FIGURES = re.compile(r"[0-9][0-9,.:-]*")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where (file, sheet, Excel row, column), the value, why, and what would be right."""

    file: str
    sheet: str
    row: int | None  # None: the sheet or the file as a whole
    column: str  # the header, '' for the whole row
    letter: str  # the column's letter in the workbook, '' where there is none
    value: str
    problem: str
    expected: str

    def line(self) -> str:
        """The finding as one Chinese line."""
        place = [spelled(self.file), spelled(self.sheet)]
        if self.row is not None:
            place.append(f"第 {self.row} 行")
        if self.column:
            place.append(f"{self.column}列" + (f"（{self.letter}{self.row}）" if self.letter and self.row else ""))
        value = f"「{self.value}」" if self.value else ""
        return f"{' | '.join(place)}：{value}{self.problem}；{self.expected}"

    @property
    def kind(self) -> tuple[str, str, str]:
        """What findings of one kind share: sheet, column and the problem but for its figures and dates."""
        return self.sheet, self.column, _FIGURES.sub("", self.problem)

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return dict(vars(self))


Report = Callable[[Finding], None]
