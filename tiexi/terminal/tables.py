"""Tables in lines: as wide as the window lets them be, no figure ever broken, and no column left out without a word."""

from collections.abc import Iterator, Sequence

from reports.report import Table
from tiexi.terminal.width import cell_len, folded, longest_word

_GAP = "  "
_COMFORTABLE = 18  # columns that a long text keeps before a column of figures is left out for it
_NARROW = (8, 6)  # columns that it keeps, as names and words do, before a text that stays whole is folded for it


def laid_out(table: Table, room: int | None) -> Iterator[str]:
    """The table's lines, within so many columns; None: as wide as it is.

    Where it is too wide, long texts are folded first, then columns are left out: those that the table can spare, then
    figures from the right. What was left out is named below the table.
    """
    shown = list(range(len(table.headers)))
    left_out: list[int] = []
    while room is not None and _least_width(table, shown) > room and (place := _spare(table, shown)) is not None:
        shown.remove(place)
        left_out.append(place)
    widths = _widths(table, shown, room)
    yield from [table.title] if room is None else folded(table.title, room)
    headers = [_even(table.headers[place], width) for place, width in zip(shown, widths, strict=True)]
    yield from _row(headers, widths, _figures(table, shown))
    rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    yield rule
    for number, row in enumerate(table.rows):
        if table.total and number == len(table.rows) - 1:
            yield rule
        cells = [
            [row[place]] if cell_len(row[place]) <= width else list(folded(row[place], width))
            for place, width in zip(shown, widths, strict=True)
        ]
        yield from _row(cells, widths, _figures(table, shown))
    if left_out:
        names = "、".join(table.headers[place] for place in sorted(left_out))
        yield from folded(f"（窗口较窄，未列：{names}；全部列出请加 --wide）", room or 0)
    yield ""


def _even(header: str, width: int) -> list[str]:
    """A header in lines of about one length."""
    lines = -(-cell_len(header) // max(width, 1)) or 1
    return list(folded(header, max(-(-cell_len(header) // lines), longest_word(header))))


def _figures(table: Table, shown: Sequence[int]) -> list[bool]:
    return [place >= table.texts for place in shown]


def _spare(table: Table, shown: Sequence[int]) -> int | None:
    """The column that is left out next; None when all that are left must stay."""
    for header in table.spare:
        place = table.headers.index(header)
        if place in shown:
            return place
    figures = [place for place in shown if place >= table.texts]
    return figures[-1] if len(figures) > 1 else None


def _natural(table: Table, place: int) -> int:
    return max(map(cell_len, [table.headers[place], *(row[place] for row in table.rows)]))


def _least(table: Table, place: int, comfortable: int) -> int:
    """The least width of a column: figures whole, their header in two lines if need be; texts as far as they fold well."""
    cells = [row[place] for row in table.rows]
    half = (cell_len(table.headers[place]) + 1) // 2
    if cell_len(table.headers[place]) > len(table.headers[place]):
        half += half % 2  # a Chinese character takes two
    header = max(longest_word(table.headers[place]), half)
    if place >= table.texts:
        return max([header, *map(cell_len, cells)])
    return max([header, *map(longest_word, cells), min(_natural(table, place), comfortable)])


def _least_width(table: Table, shown: Sequence[int]) -> int:
    return sum(_least(table, place, _COMFORTABLE) for place in shown) + len(_GAP) * (len(shown) - 1)


def _widths(table: Table, shown: Sequence[int], room: int | None) -> list[int]:
    """The columns' widths: what they need, or, where there is no room for that, the widest narrowed step by step; those
    whose texts stay whole last."""
    widths = [_natural(table, place) for place in shown]
    if room is None:
        return widths
    whole = {table.headers.index(header) for header in table.whole}
    for comfortable, kept in ((_COMFORTABLE, whole), *((narrow, whole) for narrow in _NARROW), (0, set[int]())):
        least = [_natural(table, place) if place in kept else _least(table, place, comfortable) for place in shown]
        while sum(widths) + len(_GAP) * (len(widths) - 1) > room:
            narrowed = max(range(len(widths)), key=lambda one: (widths[one] > least[one], widths[one]))
            if widths[narrowed] <= least[narrowed]:
                break
            widths[narrowed] -= 1
    return widths


def _row(cells: Sequence[Sequence[str]], widths: Sequence[int], figures: Sequence[bool]) -> Iterator[str]:
    """A row in as many lines as its longest cell has."""
    for number in range(max(map(len, cells))):
        line = []
        for lines, width, figure in zip(cells, widths, figures, strict=True):
            text = lines[number] if number < len(lines) else ""
            blank = " " * (width - cell_len(text))
            line.append(blank + text if figure else text + blank)
        yield _GAP.join(line).rstrip()
