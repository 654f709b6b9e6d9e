"""What a mark is: a cell, what kind of thing is said of it, and the sentence; and how our sentences are known again.

A comment of ours has one line for each sentence, each with a heading by which it is known in the next round, whoever saved
the workbook meanwhile (LibreOffice forgets the authors of comments). Lines without a heading are a person's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ledger.workbooks.sheet_xml import address, column_index

Kind = Literal["problem", "look", "warning"]  # look: what is wrong is how the cell looks, so it keeps its ground
Place = tuple[int, int]  # a cell's row and column, from 0

AUTHOR = "贴息"
FORMER_AUTHOR = "tiexi"  # of marks without headings, which earlier versions made
BY_WEIGHT: tuple[Kind, ...] = ("problem", "look", "warning")  # a cell looks like the first of its marks
_HEADINGS: dict[Kind, str] = {"problem": "【贴息】", "look": "【贴息】", "warning": "【贴息提示】"}
_OURS = re.compile(r"\s*【贴息(提示)?】")
# What the sentences of earlier versions have: those of import a semicolon, those of reconcile one of the words.
_FORMER = re.compile("；|系统|来件|缺少|多出|改名|移动|导出|没有")
_FORMER_FINDING = re.compile("；.*(应|请)")
_MOST_LINES = 40  # of one comment; a spreadsheet program shows no more than a screen of it


@dataclass(frozen=True)
class Mark:
    """One sentence about one cell; row and column as Excel counts them, from 1."""

    sheet: str
    row: int
    column: int
    kind: Kind
    text: str

    @property
    def place(self) -> Place:
        """The cell, from 0."""
        return self.row - 1, self.column - 1

    @property
    def cell(self) -> str:
        """The cell's address."""
        return address(*self.place)


def mark_at(sheet: str, cell: str, kind: Kind, text: str) -> Mark:
    """A mark by the address of its cell, such as J2."""
    row = int("".join(filter(str.isdigit, cell)) or "1")
    return Mark(sheet, row, column_index(cell) + 1, kind, text)


def weightiest(kinds: Iterable[Kind]) -> Kind:
    """The kind as which a cell is shown that has marks of several."""
    return min(kinds, key=BY_WEIGHT.index)


def comment_text(marks: Iterable[Mark]) -> str:
    """What is said of one cell: a line for each sentence, each once, and how many more there are."""
    lines = list(dict.fromkeys(_HEADINGS[mark.kind] + " ".join(mark.text.split()) for mark in marks))
    more = len(lines) - _MOST_LINES
    if more > 0:
        lines[_MOST_LINES:] = [f"{_HEADINGS['problem']}另有 {more} 条，见命令的输出"]
    return "\n".join(lines)


def foreign_lines(text: str, former: bool) -> list[bool]:
    """For each line of a comment whether a person wrote it.

    former: the comment is one of an earlier version, where a person's own lines stand before all of ours.
    """
    lines = text.split("\n")
    if any(_OURS.match(line) for line in lines) or not former:
        return [not _OURS.match(line) for line in lines]
    first = next((number for number, line in enumerate(lines) if _FORMER.search(line)), 0)
    return [number < first for number in range(len(lines))]


def is_former(author: str, text: str, on_ground: bool) -> bool:
    """Whether a comment was made by an earlier version; on_ground: its cell has the ground or the frame of a mark."""
    if author == FORMER_AUTHOR:
        return True
    return not author.strip() and on_ground and _FORMER_FINDING.search(text) is not None
