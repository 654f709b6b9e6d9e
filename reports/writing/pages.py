"""Workbooks of figures: a sheet for each table, ready to print, a sheet of charts that the spreadsheet draws itself, and 说明.

Other than the forms they are not stamped and sent, so they have no blocks and are not read back. Every page is A4, one page
wide. Sums are live formulas that carry their computed value. Charts are told apart without colour, by pattern and dash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from ledger import money
from reports.writing.measures import ROW_HEIGHT, figure_width, height_needed, lines_needed, spread, units
from reports.writing.packing import new_book
from reports.writing.tidy import MONEY_FORMAT, PAGE_NUMBER, write_notes

Kind = Literal["text", "count", "fen", "percent", "tenths", "ratio", "yuan"]
# of an integer: its scale, the format that shows it, and how many decimals that is at least
_SCALES: dict[Kind, tuple[int, str]] = {
    "count": (1, "#,##0"),
    "fen": (money.FEN_PER_WAN, MONEY_FORMAT),  # 万元
    "percent": (money.E4_PER_PERCENT, "0.00##"),
    "tenths": (10, "0.0"),
    "ratio": (100, "#,##0.00"),
    "yuan": (100, "#,##0.00"),
}
_FONT, _TITLE_FONT = "宋体", "方正小标宋简体"
_TITLE_SIZE = 18  # points
CHARTS = "图表"


class Figure(NamedTuple):
    """A figure of another kind than its column's: an integer, counted as its kind says."""

    value: int | None
    kind: Kind


@dataclass(frozen=True)
class Column:
    """A column of a page: header, least width, what it holds, and whether the page's total sums it up."""

    header: str
    width: float
    kind: Kind = "text"
    summed: bool = False


@dataclass(frozen=True)
class Page:
    """One printed table. head: side by side above it; total: the words before its sums, none where empty; remarks: below.

    None in a row is an empty cell.
    """

    sheet: str
    title: str
    head: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    total: str = ""
    remarks: Sequence[str] = ()


class Plot(NamedTuple):
    """A chart of a page's columns: of all rows, or of those from `first` up to and without `end`. names: the column of the
    words under it; headers: of what is drawn, one series each; unit: of the axis."""

    title: str
    shape: Literal["column", "bar", "line"]
    page: Page
    names: str
    headers: Sequence[str]
    unit: str
    stacked: bool = False
    first: int = 0
    end: int | None = None


def write_pages(
    path: Path, pages: Sequence[Page], plots: Sequence[Plot], notes: Sequence[tuple[str, str]], dated: date
) -> None:
    """Writes the pages, the charts and the notes into one workbook, whole or not at all; the first page gives the title."""
    with new_book(path, dated, pages[0].title) as book:
        book.set_calc_mode("auto")
        formats = _Formats(book)
        for page in pages:
            _write_page(book, page, formats)
        drawn = [plot for plot in plots if _span(plot)[1] > _span(plot)[0]]
        if drawn:
            _write_plots(book, drawn)
        write_notes(book, notes)


# --- a page -------------------------------------------------------------------------------------------------------------

_FIRST = 3  # the row (from 0) under title, head and header
_MARGIN = {"left": 0.5, "right": 0.5, "top": 0.6, "bottom": 0.7}


class _Formats:
    """The cell formats of a book, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}
        plain = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
        self.title = book.add_format(
            {"font_name": _TITLE_FONT, "font_size": _TITLE_SIZE, "bold": True, "align": "center", "valign": "vcenter"}
        )
        self.head = {side: book.add_format({**plain, "align": side}) for side in ("left", "center", "right")}
        self.remark = book.add_format({**plain, "align": "left", "text_wrap": True})

    def cell(self, kind: str, bold: bool = False) -> Any:
        """Of a kind of cell, or of a header ("header")."""
        if (kind, bold) not in self._made:
            look: dict[str, Any] = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1, "bold": bold}
            if kind == "header":
                look |= {"bold": True, "align": "center", "text_wrap": True}
            elif kind == "text":
                look |= {"align": "left", "indent": 1, "text_wrap": True}
            else:
                look |= {"align": "right", "indent": 1, "num_format": _SCALES[kind][1]}  # type: ignore[index]
            self._made[kind, bold] = self._book.add_format(look)
        return self._made[kind, bold]


def _write_page(book: xlsxwriter.Workbook, page: Page, formats: _Formats) -> None:
    sheet = book.add_worksheet(page.sheet)
    widths = _widths(page)
    last = len(widths) - 1
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.merge_range(0, 0, 0, last, page.title, formats.title)
    sheet.set_row(0, 32)
    for number, ((first, end), text) in enumerate(zip(spread(page.head, widths), page.head, strict=True)):
        side = "left" if number == 0 else "right" if end == last else "center"
        if first == end:
            sheet.write_string(1, first, text, formats.head[side])
        else:
            sheet.merge_range(1, first, 1, end, text, formats.head[side])
    sheet.set_row(1, 24)
    for place, column in enumerate(page.columns):
        sheet.write_string(2, place, column.header, formats.cell("header"))
    lines = max(lines_needed(column.header, width) for column, width in zip(page.columns, widths, strict=True))
    sheet.set_row(2, max(30.0, height_needed(lines)))
    row = _FIRST
    for values in page.rows:
        _write_row(sheet, row, page, widths, values, formats)
        row += 1
    if page.total:
        _write_total(sheet, row, page, formats)
        row += 1
    for remark in page.remarks:
        sheet.set_row(row, height_needed(lines_needed(remark, sum(widths), size=11)))
        sheet.merge_range(row, 0, row, last, remark, formats.remark)
        row += 1
    _set_up(sheet)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.print_area(0, 0, max(row - 1, _FIRST), last)
    sheet.freeze_panes(_FIRST, 1)


def _set_up(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(**_MARGIN)
    sheet.center_horizontally()
    sheet.set_footer(f"&C{PAGE_NUMBER}")
    sheet.set_start_page(1)


def _figure(column: Column, value: Any) -> Figure:
    return value if isinstance(value, Figure) else Figure(value, column.kind)


def _shown(figure: Figure) -> int:
    """How many characters a figure takes at most."""
    if figure.kind == "fen":
        return len(money.wan_text(figure.value or 0))
    scale, form = _SCALES[figure.kind]
    return len(f"{abs(figure.value or 0) // scale:,}") + len(form.partition(".")[2].rstrip("#")) + 2


def _widths(page: Page) -> list[float]:
    """The columns' widths, with room for every figure, for the sums, and side by side for the title and the head."""
    found = []
    for place, column in enumerate(page.columns):
        figures = [_figure(column, row[place]) for row in page.rows if row[place] is not None]
        lengths = [_shown(figure) for figure in figures if figure.kind != "text"]
        if column.summed:
            lengths.append(_shown(Figure(sum(figure.value or 0 for figure in figures), column.kind)))
        found.append(max(column.width, figure_width(max(lengths, default=0))))
    needed = max(units(page.title) * _TITLE_SIZE / 10, 1.1 * sum(units(text) + 2 for text in page.head))
    wider = max(1.0, needed / sum(found))
    return [width * wider for width in found]


def _write_row(
    sheet: Any, row: int, page: Page, widths: Sequence[float], values: Sequence[Any], formats: _Formats
) -> None:
    lines = 1
    for place, (column, given) in enumerate(zip(page.columns, values, strict=True)):
        value, kind = _figure(column, given)
        if value is None or value == "":
            sheet.write_blank(row, place, None, formats.cell("text"))
        elif isinstance(value, str):
            lines = max(lines, lines_needed(value, widths[place], 1))
            sheet.write_string(row, place, value, formats.cell("text"))
        else:
            sheet.write_number(row, place, value / _SCALES[kind][0], formats.cell(kind))
    sheet.set_row(row, height_needed(lines))


def _write_total(sheet: Any, row: int, page: Page, formats: _Formats) -> None:
    sheet.set_row(row, ROW_HEIGHT)
    for place, column in enumerate(page.columns):
        look = formats.cell(column.kind, bold=True)
        if place == 0:
            sheet.write_string(row, place, page.total, formats.cell("text", bold=True))
        elif column.summed and page.rows:
            total = sum(_figure(column, values[place]).value or 0 for values in page.rows)
            letter = xl_col_to_name(place)
            formula = f"=SUM({letter}{_FIRST + 1}:{letter}{row})"
            sheet.write_formula(row, place, formula, look, total / _SCALES[column.kind][0])
        else:
            sheet.write_blank(row, place, None, look)


# --- charts -------------------------------------------------------------------------------------------------------------

_ACROSS, _WIDTH, _HEIGHT, _GAP = 2, 620, 400, 16  # charts in a row of the sheet; pixels
_COLUMN, _ROW = 64, 20  # pixels of a column and a row that nobody has set
_FILLS: tuple[dict[str, dict[str, str]], ...] = (  # told apart in print without colour
    {"fill": {"color": "#404040"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#404040", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#C8C8C8"}},
    {"pattern": {"pattern": "small_grid", "fg_color": "#404040", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#FFFFFF"}},
)
_DASHES = ("solid", "dash", "round_dot", "long_dash_dot")
_MARKERS = ("circle", "square", "triangle", "diamond")


def _span(plot: Plot) -> tuple[int, int]:
    """The rows of its page that a chart draws."""
    return plot.first, len(plot.page.rows) if plot.end is None else plot.end


def _write_plots(book: xlsxwriter.Workbook, plots: Sequence[Plot]) -> None:
    sheet = book.add_worksheet(CHARTS)
    for number, plot in enumerate(plots):
        down, across = divmod(number, _ACROSS)
        place = {"x_offset": across * (_WIDTH + _GAP), "y_offset": down * (_HEIGHT + _GAP), "object_position": 3}
        sheet.insert_chart(0, 0, _chart(book, plot), place)
    rows = -(-len(plots) // _ACROSS)
    _set_up(sheet)
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 1)
    right, bottom = _ACROSS * (_WIDTH + _GAP) // _COLUMN, rows * (_HEIGHT + _GAP) // _ROW
    sheet.print_area(0, 0, bottom, right)


def _chart(book: xlsxwriter.Workbook, plot: Plot) -> Any:
    line = plot.shape == "line"
    chart = book.add_chart({"type": plot.shape, **({"subtype": "stacked"} if plot.stacked else {})})
    for series in _series(plot):
        chart.add_series(series)
    font, small = {"name": _FONT, "size": 12}, {"name": _FONT, "size": 9}
    chart.set_title({"name": plot.title, "name_font": {**font, "bold": True}, "overlay": False})
    names: dict[str, Any] = {"num_font": small}
    values: dict[str, Any] = {**names, "major_gridlines": {"visible": True, "line": {"color": "#D0D0D0"}}}
    values |= {"name": plot.unit, "name_font": {**small, "bold": False}, **({} if line else {"min": 0})}
    chart.set_x_axis(names)
    chart.set_y_axis(values)
    if plot.shape == "bar":  # the first row on top
        chart.set_x_axis(values)
        chart.set_y_axis({**names, "reverse": True, "crossing": "max"})
    chart.set_legend({"none": True} if len(plot.headers) == 1 else {"position": "bottom", "font": small})
    chart.set_size({"width": _WIDTH, "height": _HEIGHT})
    return chart


def _series(plot: Plot) -> Iterator[dict[str, Any]]:
    headers = [column.header for column in plot.page.columns]
    first, end = _span(plot)

    def cells(header: str) -> list[Any]:
        place = headers.index(header)
        return [plot.page.sheet, _FIRST + first, place, _FIRST + end - 1, place]

    for number, header in enumerate(plot.headers):
        series: dict[str, Any] = {
            "name": [plot.page.sheet, _FIRST - 1, headers.index(header)],
            "categories": cells(plot.names),
            "values": cells(header),
        }
        if plot.shape == "line":
            mark = {"type": _MARKERS[number % len(_MARKERS)], "size": 7, "fill": {"color": "#FFFFFF"}}
            series["line"] = {"color": "#202020", "width": 1.75, "dash_type": _DASHES[number % len(_DASHES)]}
            series["marker"] = {**mark, "border": {"color": "#202020"}}
        else:
            series |= {**_FILLS[number % len(_FILLS)], "border": {"color": "#202020"}, "gap": 60}
        if len(plot.headers) == 1:
            series["data_labels"] = {"value": True, "num_format": "#,##0.##", "font": {"name": _FONT, "size": 9}}
        yield series
