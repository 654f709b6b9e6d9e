"""附件1 and 附件2 from the stored lines, and XlsxWriter alone writing the same cells from rows that sqlite3 alone reads.

XlsxWriter is asked as it costs the least: row by row (constant_memory), a format for each column. Its time has no fingerprint, no
widths and no heights in it; the cells of both workbooks must be the same.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks import bare
from benchmarks.measure import Cost, cost_so_far
from benchmarks.world import YEAR
from ledger.database import db
from ledger.runs import settlement
from reports.tech_branch import annexes
from reports.tech_branch.lines import COLUMNS, PLACE
from reports.writing.forms import FormColumn

_READ = f"SELECT {bare.LINE_COLUMNS} FROM {bare.JOINED} WHERE t.run_id = ? AND "
_LISTED = {
    1: "(t.interest_base_fen > 0 OR t.bonus_base_fen > 0) AND ef.county = ?",
    2: "(t.interest_fen > 0 OR t.bonus_fen > 0)",
}
_FORMS: dict[int, tuple[Sequence[FormColumn], Sequence[str], str]] = {
    1: (
        annexes.ANNEX1_COLUMNS,
        ("bank", "enterprise", "amount_fen", "", "rate_percent", "guarantee", "years_enjoyed", "balance_fen",
         "interest_base_fen", "bonus_base_fen"),
        "bank",
    ),
    2: (
        annexes.ANNEX2_COLUMNS,
        ("county", "bank", "enterprise", "amount_fen", "", "rate_percent", "guarantee", "years_enjoyed", "balance_fen",
         "interest_fen", "interest_city_fen", "interest_county_fen", "bonus_fen"),
        "county",
    ),
}  # fmt: skip
_SCALE = {"fen": 1_000_000, "percent": 10_000}


def write_annex(database: Path, path: Path, number: int, year: int = YEAR, county: str = "") -> Cost:
    """The product's export, from the database to the file. number: 附件1 of a county, or 附件2."""
    engine = db.open_engine(f"sqlite:///{database}")
    with cost_so_far() as cost, db.reading(engine) as connection:
        run = settlement.choose_run(connection, "tech_branch", year)
        if number == 1:
            annexes.annex1(connection, run, county, path)
        else:
            annexes.annex2(connection, run, path)
    engine.dispose()
    return cost[0]


def write_bare(database: Path, path: Path, number: int, year: int = YEAR, county: str = "") -> Cost:
    """The same cells by sqlite3 and XlsxWriter alone."""
    connection = sqlite3.connect(database)
    order = "SELECT max(id) FROM runs WHERE year = ?"
    run_id = connection.execute(order, [year]).fetchone()[0]
    query, asked = f"{_READ}{_LISTED[number]} ORDER BY t.line_no", [run_id, county][: 3 - number]
    with cost_so_far() as cost, xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        _write_form(book, connection.execute(query, asked), *_FORMS[number])
        _write_data(book, connection.execute(query, asked))
    connection.close()
    return cost[0]


def _write_form(book: Any, rows: Iterator[Any], columns: Sequence[FormColumn], names: Sequence[str], by: str) -> None:
    sheet = book.add_worksheet()
    boxed, summed = book.add_format({"border": 1}), [column.kind == "fen" for column in columns]
    row, block, before, blocks = 5 if any(column.group for column in columns) else 4, 0, None, []
    first = row
    for values in rows:
        key = values[PLACE[by]]
        if before is not None and key != before:
            _write_sum(sheet, row, summed, first, boxed)
            blocks.append(row)
            row, block, first = row + 1, 0, row + 1
        before, block = key, block + 1
        for place, (column, name) in enumerate(zip(columns, names, strict=True)):
            if not name:
                sheet.write_string(row, place, f"{values[PLACE['disbursed_on']]}—{values[PLACE['due_on']]}", boxed)
            elif column.kind in ("text", "middle"):
                text = values[PLACE[name]]
                sheet.write_string(row, place, f"{block}\u3000{text}" if column.numbered else text, boxed)
            else:
                sheet.write_number(row, place, values[PLACE[name]] / _SCALE.get(column.kind, 1), boxed)
        row += 1
    _write_sum(sheet, row, summed, first, boxed)
    _write_sum(sheet, row + 1, summed, first, boxed)


def _write_sum(sheet: Any, row: int, summed: Sequence[bool], first: int, boxed: Any) -> None:
    for place, adds_up in enumerate(summed):
        if adds_up:
            sheet.write_formula(row, place, f"=SUM(A{first}:A{row})", boxed, 0)


def _write_data(book: Any, rows: Iterator[Any]) -> None:
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, column.header)
    kinds = [column.kind for column in COLUMNS]
    for row, values in enumerate(rows, start=1):
        for place, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            if value is None:
                continue
            if kind == "text":
                sheet.write_string(row, place, value)
            elif kind == "date":
                sheet.write_datetime(row, place, datetime.fromisoformat(value), day)
            else:
                sheet.write_number(row, place, value / _SCALE.get(kind, 1))


def same_cells(ours: Path, bare: Path, number: int) -> bool:
    """Whether the rows of data, and the rows of the form above its sums, are the same in both workbooks."""
    mine, other = (CalamineWorkbook.from_path(str(path)) for path in (ours, bare))
    first = 5 if number == 2 else 4
    printed = [
        [row for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)[first:] if _is_of_a_loan(row)]
        for book in (mine, other)
    ]
    data = [book.get_sheet_by_index(1).to_python()[1:] for book in (mine, other)]
    return printed[0] == printed[1] and data[0] == data[1] and len(data[0]) > 0


def _is_of_a_loan(row: Sequence[Any]) -> bool:
    return sum(isinstance(value, str) and value != "" for value in row) >= 3 or any(isinstance(v, date) for v in row)
