"""The import of a bank's workbook of loans, and the bare reading of its cells."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks import bare
from benchmarks.settling import copy_database, remove_database
from benchmarks.world import BANKS, enterprise_codes, loan_terms, note_numbers
from ledger import models
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.money import E4_PER_PERCENT, FEN_PER_WAN
from ledger.seals import chain, content
from ledger.workdays import optional_date

SHEET = "贷款"


def write_loans(
    path: Path, count: int, enterprises: int, seed: int = 7, banks: Sequence[str] = BANKS, mark: str = "DR"
) -> None:
    """A workbook of new loans to the city's enterprises, as a bank's system would export it: real dates and numbers."""
    headers = [column.header for column in BY_NAME[SHEET].columns if column.field != "enterprise_name"]
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        day_format = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, headers)
        for row, values in enumerate(_rows(count, enterprises, seed, banks, mark), start=1):
            for place, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, place, value)
                elif isinstance(value, int | float):
                    sheet.write_number(row, place, value)
                elif value is not None:
                    sheet.write_datetime(row, place, value, day_format)


def write_amended(path: Path, workbook: Path) -> None:
    """The first row of such a workbook once more, with another number of its contract."""
    header, first = (list(row) for row in islice(openpyxl.load_workbook(workbook)[SHEET].values, 2))
    first[header.index("合同编号")] = "HT-更正"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(SHEET)
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, first)


def _rows(count: int, enterprises: int, seed: int, banks: Sequence[str], mark: str) -> Any:
    draw = np.random.default_rng(seed)
    codes = enterprise_codes(enterprises)
    terms = loan_terms(draw, count)
    columns = (
        draw.choice(np.array(banks, dtype=object), count).tolist(),
        note_numbers(draw, count, mark),
        [f"HT{number:08d}" for number in range(count)],
        ["科技支行贷款"] * count,
        [codes[place] for place in draw.integers(0, enterprises, count).tolist()],
        [fen / FEN_PER_WAN for fen in terms["amount_fen"].tolist()],
        *(map(optional_date, terms[name].tolist()) for name in ("disbursed_on", "due_on")),
        [rate / E4_PER_PERCENT for rate in terms["rate_e4"].tolist()],
        draw.choice(np.array(models.GUARANTEES, dtype=object), count).tolist(),
        map(optional_date, terms["uploaded_on"].tolist()),
        [None] * count,
    )
    return zip(*columns, strict=True)


@dataclass(frozen=True)
class Imported:
    """Seconds of an import, and how many of them its seal took: the look at the chain, the digests of its rows, its link."""

    seconds: float
    sealing: float


def import_loans(database: Path, workbook: Path, count: int) -> Imported:
    """The import into a copy of a database."""
    copy = copy_database(database, database.with_suffix(".import.db"))
    engine = db.open_engine(f"sqlite:///{copy}")
    try:
        with _sealing_timed() as sealing:
            start = perf_counter()
            outcome = import_file(engine, workbook, "性能测试")
            seconds = perf_counter() - start
        assert outcome.taken[SHEET].new == count, [outcome.refusal, outcome.findings[:5]]
        return Imported(seconds, sum(sealing))
    finally:
        engine.dispose()
        remove_database(copy)


@contextmanager
def _sealing_timed() -> Iterator[list[float]]:
    """What a seal takes meanwhile, in seconds, piece by piece."""
    taken: list[float] = []

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                taken.append(perf_counter() - start)

        return call

    with ExitStack() as patches:
        for owner, name in ((chain.Link, "__init__"), (chain.Link, "seal"), (content, "packed_columns")):
            patches.enter_context(patch.object(owner, name, timed(getattr(owner, name))))
        yield taken


def bare_read(workbook: Path, count: int) -> float:
    """Seconds in which python-calamine reads the same cells."""
    start = perf_counter()
    rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_name(SHEET).to_python()
    seconds = perf_counter() - start
    assert len(rows) == count + 1
    return seconds


def bare_store(database: Path, workbook: Path, count: int) -> float:
    """Seconds in which sqlite3 stores the same rows into the same tables."""
    copy, imported = (database.with_suffix(f".{name}.db") for name in ("bare", "rows"))
    try:
        engine = db.open_engine(f"sqlite:///{copy_database(database, imported)}")
        import_file(engine, workbook, "性能测试")
        engine.dispose()
        stored = _new_rows(database, imported)
        connection = bare.connect(str(copy_database(database, copy)))
        start = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in stored.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")
        seconds = perf_counter() - start
        connection.close()
        assert [len(stored[name]) for name in ("loans", "loan_facts")] == [count, count]
        return seconds
    finally:
        remove_database(copy)
        remove_database(imported)


def _new_rows(database: Path, imported: Path) -> dict[str, list[Any]]:
    """What an import added to the tables of files, loans and their facts."""
    connection = bare.connect(str(imported))
    connection.execute("ATTACH ? AS before", [str(database)])
    found = {
        table: connection.execute(
            f"SELECT * FROM {table} WHERE id > (SELECT max(id) FROM before.{table}) ORDER BY id"
        ).fetchall()
        for table in ("intakes", "loans", "loan_facts")
    }
    connection.close()
    return found
