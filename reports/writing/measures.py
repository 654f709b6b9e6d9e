"""How much room a text takes in print: column units for its width, points for the height of its lines.

Programs measure with the fonts that they have; what is reckoned here leaves room for the wider ones. A unit is a column's:
the width of one digit of the workbook's default font.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations

_CHINESE, _DIGIT = 1.8, 1.15  # units of a Chinese character and of a digit in print of 10 points
_BORDER = 0.7  # units that a cell keeps free beside its borders
INDENT = 1.5  # units of one step of indentation
_LINE_HEIGHT, _PADDING = 14.0, 6.0  # points of a line of print of 10 points, and around the lines of a row
ROW_HEIGHT = 20.0  # points of a row of one line


def units(text: str) -> float:
    """How wide a text is: at 10 points a Chinese character takes about 1.8 units, anything else one."""
    chinese = (len(text.encode()) - len(text)) // 2
    return len(text) - chinese + _CHINESE * chinese


def figure_width(length: int) -> float:
    """The width of a column that holds a figure of so many characters, in bold and indented."""
    return _DIGIT * length + _BORDER + INDENT


def lines_needed(text: str, width: float, indent: int = 0, size: float = 10.0) -> int:
    """How many lines a text takes in a column of a width, each of its own lines broken where it is full."""
    room = max(width - _BORDER - indent * INDENT, 1.0)
    return sum(max(math.ceil(units(line) * size / 10 / room), 1) for line in text.split("\n"))


def height_needed(lines: int) -> float:
    """The height of a row with so many lines of print."""
    return ROW_HEIGHT if lines <= 1 else _LINE_HEIGHT * lines + _PADDING


def text_height(size: Decimal) -> Decimal:
    """The height in points that one line of print of a size takes, in the tightest of programs."""
    return size * _TIGHTEST


_TIGHTEST = Decimal("1.15")  # of a font's size


def spread(texts: Sequence[str], widths: Sequence[float]) -> list[tuple[int, int]]:
    """The columns (first, last) that each of some texts side by side gets, so that all fit and the rest is shared evenly."""
    needs, even = [1.1 * units(text) + _BORDER for text in texts], sum(widths) / len(texts)

    def room(edges: Iterable[int]) -> list[float]:
        ends = [0, *edges, len(widths)]
        return [sum(widths[start:end]) for start, end in zip(ends, ends[1:], strict=False)]

    def cost(edges: tuple[int, ...]) -> tuple[float, float]:
        rooms = room(edges)
        short = sum(max(need - has, 0) for need, has in zip(needs, rooms, strict=True))
        return short, sum(abs(has - even) for has in rooms)

    edges = min(combinations(range(1, len(widths)), len(texts) - 1), key=cost)
    return list(zip([0, *edges], [*(edge - 1 for edge in edges), len(widths) - 1], strict=True))
