"""What a check of a workbook finds: differences, each with its place and both values, and remarks."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


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

    def line(self) -> str:
        """For people."""
        return f"{self.sheet}!{self.cell}　{self.text}" if self.cell else f"{self.sheet}　{self.text}"

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return vars(self)


@dataclass
class Findings:
    """What was found so far, and what the two sides are called."""

    theirs: str = "来件"
    ours: str = "系统"
    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    uncalculated: Counter[str] = field(default_factory=Counter)  # formulas without a stored result, by sheet
    as_text: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, sheet: str, cell: str, text: str) -> None:
        """A difference that has no two values."""
        self.differences.append(Difference(kind, sheet, cell, text))

    def close(self) -> None:
        """Says once what was counted cell by cell."""
        for sheet, count in self.uncalculated.items():
            self.remarks.append(f"{sheet}　{count} 个公式没有保存结果（另存的软件没有计算），已按各行重新计算核对")
        for (sheet, name), found in self.as_text.items():
            self.remarks.append(
                f"{sheet}!{found[0]}　「{name}」列有 {len(found)} 个数以文本存放，数值相同，但合计公式不会计入"
            )
