"""What a check of a workbook finds: differences of values and of looks, each with its place and both versions, and remarks."""

from collections import Counter
from dataclasses import dataclass, field

# kinds of differences of looks: the values may all be right
LOOKS = frozenset([
    "style", "hidden", "row_height", "column_width", "merged", "page", "sheets", "calculation", "extra", "defined_name",
])  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that differs: what kind, where in their workbook, in words, and both values as shown (and in fen)."""

    kind: str
    sheet: str
    cell: str
    text: str
    theirs: str | None = None
    ours: str | None = None
    theirs_fen: int | None = None
    ours_fen: int | None = None

    @property
    def of_looks(self) -> bool:
        """Whether it is one of how the workbook looks, not of what it holds."""
        return self.kind in LOOKS

    def line(self) -> str:
        """For people."""
        if not self.sheet:
            return f"工作簿　{self.text}"
        return f"{self.sheet}!{self.cell}　{self.text}" if self.cell else f"{self.sheet}　{self.text}"

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return vars(self)


@dataclass
class Findings:
    """What was found so far, and what the two sides are called. rearranged: our sheets whose rows or columns do not stand
    where theirs do."""

    theirs: str = "来件"
    ours: str = "系统"
    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    uncalculated: Counter[str] = field(default_factory=Counter)  # formulas without a stored result, by sheet
    rearranged: set[str] = field(default_factory=set)

    def add(self, kind: str, sheet: str, cell: str, text: str) -> None:
        """A difference that has no two values."""
        self.differences.append(Difference(kind, sheet, cell, text))

    def looks(self, kind: str, sheet: str, where: tuple[str, str], text: str) -> None:
        """A difference of looks. where: the cell, and in words what else looks so; '' for none."""
        cell, more = where
        self.add(kind, sheet, cell, f"{more}　{text}" if more else text)

    def close(self) -> None:
        """Says once what was counted cell by cell."""
        for sheet, count in self.uncalculated.items():
            self.remarks.append(f"{sheet}　{count} 个公式没有保存结果（另存的软件没有计算），已按各行重新计算核对")
