"""Rows of a worksheet that are written while its file is, so that a sheet of a million rows takes no memory.

XlsxWriter keeps every cell as an object until the workbook is closed, or (constant_memory) writes them twice; said cell by
cell, a row of forty cells takes it a hundred microseconds. Here a sheet is told how its rows look and gets them, one by one,
at the moment when its file is written. What it writes of a row is what XlsxWriter would have written.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import _preserve_whitespace as keeps_blanks
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ledger.errors import Refused

LAST_ROW = 1_048_576  # of a sheet; XlsxWriter leaves out without a word what is beyond
_SHARED_ROWS = (
    20_000  # up to so many rows the texts are kept once for all, which every program reads; that table takes memory
)
_AT_ONCE = 500  # rows in one write
_DEFAULT_HEIGHT = 20  # pixels

Row = tuple[
    float | None, Sequence[Any]
]  # height in points (None: the usual), and a value for each column (None for none)


@dataclass(frozen=True)
class Look:
    """How the cells of a column are written. number: they hold numbers, otherwise texts. shown: a value as its cell holds it, where
    that is something else. empty: the format of a cell without a value or with an empty text; without one no cell is written for none."""

    format: Format | None
    number: bool
    shown: Callable[[Any], Any] | None = None
    empty: Format | None = None


class Texts(SharedStringTable):
    """The texts of a workbook, to which more may come while its sheets are written."""

    def _sort_string_data(self) -> None:
        self.string_array = list(self.string_table)


class RowSheet(Worksheet):
    """A worksheet with runs of rows that are written as they come; all else is said to it as to any other."""

    def __init__(self) -> None:
        super().__init__()
        self.dim_rowmin: int | None
        self.dim_rowmax: int | None
        self._runs: list[tuple[int, int, Sequence[Look], Callable[[], Iterable[Row]]]] = []

    def write_run(self, first: int, count: int, looks: Sequence[Look], rows: Callable[[], Iterable[Row]]) -> None:
        """From row `first` (from 0) on, `count` rows, which `rows` gives when the file is written.

        Runs are said from the top down. Refused where a sheet has no room for them.
        """
        if first + count > LAST_ROW:
            raise Refused(f"工作表「{self.name}」要写 {first + count:,} 行，超过一张工作表的上限 {LAST_ROW:,} 行")
        if count:
            self._check_dimensions(first, 0)
            self._check_dimensions(first + count - 1, len(looks) - 1)
            self._runs.append((first, count, looks, rows))

    def _calculate_spans(self) -> None:
        """An optional hint of each row, which its cells may belie: none is given."""
        self.row_spans: dict[int, str] = {}

    def _write_rows(self) -> None:
        top, bottom = self.dim_rowmin or 0, self.dim_rowmax or 0
        for first, count, looks, rows in self._runs:
            self._write_said(top, first - 1)
            written = self._rows(first, looks, rows(), shared=count <= _SHARED_ROWS)
            while piece := list(islice(written, _AT_ONCE)):
                self.fh.write("".join(piece))
            top = first + count
        self._write_said(top, bottom)
        self.str_table._sort_string_data()

    def _write_said(self, top: int, bottom: int) -> None:
        """The rows that were said cell by cell, from one to another."""
        whole = self.dim_rowmin, self.dim_rowmax
        self.dim_rowmin, self.dim_rowmax = top, bottom
        super()._write_rows()
        self.dim_rowmin, self.dim_rowmax = whole

    def _rows(self, first: int, looks: Sequence[Look], rows: Iterable[Any], shared: bool) -> Iterator[str]:
        text: Callable[[Any], str] = self._shared if shared else self._inline
        cells = []
        for place, look in enumerate(looks):
            letters = xl_col_to_name(place)
            empty = "" if look.empty is None else f'"{_style(look.empty)}/>'
            write: Callable[[Any], str] = _number if look.number else text
            cells.append((f'<c r="{letters}', f'"{_style(look.format)}', empty, _of_shown(write, look.shown)))
        for number, (height, values) in enumerate(rows, start=first + 1):
            row = str(number)
            said = [f'<row r="{row}"{_height(height)}>']
            for (start, style, empty, write), value in zip(cells, values, strict=True):
                if value is not None and (value != "" or not empty):
                    said.append(start + row + style + write(value))
                elif empty:
                    said.append(start + row + empty)
            said.append("</row>")
            yield "".join(said)

    def _shared(self, text: str) -> str:
        return f' t="s"><v>{self.str_table._get_shared_string_index(text)}</v></c>'

    def _inline(self, text: str) -> str:
        escaped = self._escape_data(self._escape_control_characters(text))
        kept = ' xml:space="preserve"' if keeps_blanks(text) else ""
        return f' t="inlineStr"><is><t{kept}>{escaped}</t></is></c>'


def _of_shown(write: Callable[[Any], str], shown: Callable[[Any], Any] | None) -> Callable[[Any], str]:
    return write if shown is None else lambda value: write(shown(value))


def _number(value: float) -> str:
    return f"><v>{value:.16G}</v></c>"


def _style(look: Format | None) -> str:
    """The attribute of a cell's format, numbered as XlsxWriter numbers them."""
    number = look._get_xf_index() if look is not None else 0
    return f' s="{number}"' if number else ""


def _height(points: float | None) -> str:
    if points is None:
        return ""
    pixels = int(points * 4 / 3 + 0.5)  # as XlsxWriter rounds it
    return "" if pixels == _DEFAULT_HEIGHT else f' ht="{pixels * 0.75:.16g}" customHeight="1"'
