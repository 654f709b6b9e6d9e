"""A sheet's grid as typed columns: headers matched, rows kept with their Excel numbers, every cell read once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell, Cell
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.not_data import blank, filled_rows, without_footers
from ledger.workbooks.sheet import NOTES_MARK, Column, Sheet
from ledger.workbooks.sheet_xml import column_letter
from ledger.workbooks.workbook import Grid


@dataclass
class Rows:
    """The rows of one sheet: their Excel numbers, and per field the parsed values (None where empty or bad)."""

    file: str
    sheet: Sheet
    numbers: list[int]
    columns: dict[str, list[Any]]
    raw: dict[str, list[Cell | None]]
    letters: dict[str, str]
    report: Report
    examples: list[int] = field(default_factory=list)  # Excel numbers of the example rows, which are not among these
    bad: set[int] = field(default_factory=set)  # rows (by position) with a finding
    bad_cells: set[tuple[int, str]] = field(default_factory=set)  # (position, field) with a finding
    _positions: dict[tuple[Any, ...], int] | None = None  # by key, made when first asked for

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, name: str) -> list[Any]:
        """A field's values; all None where the column is absent."""
        if name not in self.columns:
            self.columns[name] = [None] * len(self)
        return self.columns[name]

    def find(self, position: int, name: str, problem: str, expected: str) -> None:
        """Reports a finding on one cell (name: a field) or, with name '', on the row."""
        self.bad.add(position)
        self.bad_cells.add((position, name))
        column = self.sheet.column(name) if name else None
        value = self.raw[name][position] if name in self.raw else None
        self.report(
            Finding(
                self.file,
                self.sheet.name,
                self.numbers[position],
                column.header if column else "",
                self.letters.get(name, ""),
                cells.shown(value),
                problem,
                expected,
            )
        )

    def position_of(self, key: tuple[Any, ...]) -> int | None:
        """Where the row with this key (the columns of the model's KEY) is, None if it is not in this sheet."""
        if self._positions is None:
            keys = zip(*(self.values(name) for name in self.sheet.model.KEY), strict=True)
            self._positions = {}
            for position, found in enumerate(keys):
                self._positions.setdefault(found, position)
        return self._positions.get(key)

    def good(self) -> Iterable[int]:
        """The positions without a finding so far."""
        return (position for position in range(len(self)) if position not in self.bad) if self.bad else range(len(self))


def unknown_sheet(file: str, name: str, known: Sequence[str]) -> Finding:
    """A sheet that is not declared, with the likely one named."""
    near = difflib.get_close_matches("".join(cells.half_width(name).split()), list(known), 1, 0.5)
    hint = f"是否为「{near[0]}」？" if near else ""
    return Finding(
        file,
        name,
        None,
        "",
        "",
        "",
        f"不是已知的工作表（{hint}）" if hint else "不是已知的工作表",
        f"应为以下之一：{'、'.join(known)}；备注请放在名称以「{NOTES_MARK}」开头的工作表中",
    )


def read_rows(file: str, grid: Grid, sheet: Sheet, report: Report) -> Rows | None:
    """The rows of a sheet, every bad header and cell reported; None when its headers cannot be used."""
    if all(blank(value) for row in grid.rows for value in row):
        return None
    kept, examples = filled_rows(grid.rows)
    places = _match_headers(file, sheet, grid.rows[0], kept, report)
    if places is None:
        return None
    kept = without_footers(file, sheet, kept, places, report)
    numbers = [number for number, _ in kept]
    width = max(places.values(), default=0) + 1
    padded = [row if len(row) >= width else [*row, *[None] * (width - len(row))] for _, row in kept]
    by_place: list[tuple[Cell | None, ...]] = list(zip(*padded, strict=False)) or [()] * width
    raw = {name: list(by_place[place]) for name, place in places.items()}
    letters = {name: column_letter(place) for name, place in places.items()}
    rows = Rows(file, sheet, numbers, {}, raw, letters, report, examples)
    for column in sheet.columns:
        if column.field in raw:
            rows.columns[column.field] = _read_column(rows, column)
    return rows


def _match_headers(
    file: str, sheet: Sheet, header: list[Cell | None], kept: list[tuple[int, list[Cell | None]]], report: Report
) -> dict[str, int] | None:
    """Where each field's column is; None after reporting unknown, repeated, missing or nameless ones."""

    def find(place: int | None, value: str, problem: str, expected: str) -> None:
        letter = column_letter(place) if place is not None else ""
        report(Finding(file, sheet.name, 1, "", letter, value, problem, expected))

    known = {"".join(column.header.split()): column for column in sheet.columns}
    places: dict[str, int] = {}
    sound = True
    for place, value in enumerate(header):
        if blank(value):
            if any(place < len(row) and not blank(row[place]) for _, row in kept):
                sound = False
                find(place, "", f"{column_letter(place)} 列有内容但没有表头", "请补上表头，或删除该列内容")
            continue
        text = "".join(cells.half_width(value if isinstance(value, str) else cells.shown(value)).split())
        column = known.get(text)
        if column is None:
            sound = False
            near = difflib.get_close_matches(text, list(known), 1, 0.5)
            hint = f"（是否为「{near[0]}」？）" if near else ""
            find(place, cells.shown(value), f"不是本表的表头{hint}", f"本表的表头为：{'、'.join(known)}")
        elif column.field in places:
            sound = False
            find(place, cells.shown(value), "表头重复", "每个表头只能出现一次")
        else:
            places[column.field] = place
    longest = max((len(row) for _, row in kept), default=0)
    for place in range(len(header), longest):
        if any(place < len(row) and not blank(row[place]) for _, row in kept):
            sound = False
            find(place, "", f"{column_letter(place)} 列有内容但没有表头", "请补上表头，或删除该列内容")
    for column in sheet.columns:
        if not column.optional and column.field not in places:
            sound = False
            find(None, "", f"缺少表头「{column.header}」", "第一行应为表头，必填列不能缺少")
    return places if sound else None


def _read_column(rows: Rows, column: Column) -> list[Any]:
    """Every cell of a column read; equal cells are read once."""
    raw = rows.raw[column.field]
    if bool in set(map(type, raw)):
        parsed = [_read_cell(column, value) for value in raw]  # TRUE equals 1 in Python, but is not the same cell
    else:
        read = {value: _read_cell(column, value) for value in set(raw)}
        parsed = list(map(read.__getitem__, raw))
    if BadCell in set(map(type, parsed)):
        for position, result in enumerate(parsed):
            if result.__class__ is BadCell:
                rows.find(position, column.field, result.problem, result.expected)
                parsed[position] = None
    return parsed


def _read_cell(column: Column, value: Cell | None) -> Any:
    """The parsed value, None for an empty cell that may be empty, or the BadCell."""
    try:
        if value is None or blank(value):
            return None if column.optional else BadCell("不能为空", f"应填写：{column.hint}")
        result = column.read(value)
        if result == "":
            return None if column.optional else BadCell("不能为空", f"应填写：{column.hint}")
        return result
    except BadCell as bad:
        return bad
