"""A file that came before, held against what is stored under its name and SHA-256: every cell, and every row.

Compared is each row's version as this file brought it or, for a row that changed nothing, the version then in force. What
was withdrawn or amended since is no difference. The file is read by the reader of today: where that reads it otherwise or
refuses it now, that is a difference; the rules that came later do not judge it again. What a file does not say itself (when it
came, whom its rows speak of, what was verified) is held against its seal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.intake import versions
from ledger.intake.anchors import Register
from ledger.intake.resolving import resolve
from ledger.intake.sheets import BY_NAME, FIELD_OF_LINK, SHEETS
from ledger.seals import content as sealed
from ledger.seals import named
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows, read_rows
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import Workbook


@dataclass(frozen=True)
class Deviation:
    """One place where a file and the store differ; column '' where a whole row is meant."""

    sheet: str
    row: int
    column: str
    in_file: str
    stored: str
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return vars(self)


def deviations(connection: Connection, book: Workbook, intake_id: int) -> list[Deviation]:
    """Where the cells of a file differ from what is stored as its rows, by (sheet, row)."""
    found: list[Deviation] = []
    read: dict[str, Rows] = {}
    findings: list[Finding] = []
    register = Register(connection, ever=True)
    for grid in book.grids:
        name = "".join(grid.name.split())
        if name in BY_NAME and name not in read:
            rows = read_rows(book.file_name, grid, BY_NAME[name], findings.append)
            if rows is not None:
                read[name] = rows
    for sheet in SHEETS:
        if sheet.name in read:
            resolve(read[sheet.name], register)
    found += [
        Deviation(one.sheet, one.row or 0, one.column, one.value, "", f"现在读作：{one.line()}") for one in findings
    ]
    rests: dict[Table, set[int]] = defaultdict(set, {models.table_of(models.Intake): {intake_id}})
    for sheet in SHEETS:
        found += _of_sheet(connection, register, sheet, read.get(sheet.name), intake_id, rests)
    return [*found, *_unlike_sealed(connection, rests, intake_id, {(one.sheet, one.row) for one in found})]


def _unlike_sealed(
    connection: Connection, rests: Mapping[Table, Collection[int]], intake_id: int, told: Collection[tuple[str, int]]
) -> Iterator[Deviation]:
    """Where a row of the store on which the file rests is not as it was sealed; not again for the rows that are told."""
    for table, number, sentence in named.unlike_sealed(connection, rests):
        place = ("", 0)
        if table in sealed.FACTS:
            query = select(table.c.sheet_row).where(table.c.id == number, table.c.intake_id == intake_id)
            own = connection.execute(query).scalar_one_or_none()  # what the file only repeats came with another
            place = (models.Base.MODELS[table].SHEET, own) if own is not None else place
        if place not in told or not place[1]:
            yield Deviation(*place, "", "", "", f"库中的{sentence}")


def _of_sheet(
    connection: Connection,
    register: Register,
    sheet: Sheet,
    rows: Rows | None,
    intake_id: int,
    rests: Mapping[Table, set[int]],
) -> Iterator[Deviation]:
    """rests: takes in the rows of the store on which the file rests."""
    table = models.table_of(sheet.model)
    query = select(table).where(table.c.intake_id == intake_id).order_by(table.c.sheet_row)
    of_row: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for found in connection.execute(query).mappings():
        of_row[found["sheet_row"]].append(dict(found))
    places = {number: position for position, number in enumerate(rows.numbers)} if rows is not None else {}
    brought: dict[int, dict[str, Any]] = {}
    for number, stored_rows in of_row.items():
        if rows is not None and number in places:
            key = _key(rows, places[number])
            own = next(
                (row for row in stored_rows if tuple(row[name] for name in sheet.model.KEY) == key), stored_rows[0]
            )
            brought[number] = own
            stored_rows.remove(own)
        for row in stored_rows:
            what = f"（{_described(register, sheet, row)}）"
            sentence = f"「{sheet.name}」第 {number} 行{what}在库中记为本文件所报，文件中没有"
            yield Deviation(sheet.name, number, "", "", "有", sentence)
    if rows is None:
        return
    names = [*sheet.model.KEY, *versions.content_names(sheet.model)]
    repeated = [position for position in rows.good() if rows.numbers[position] not in brought]
    before = _in_force_then(connection, rows, repeated, intake_id) if repeated else {}
    for position in rows.good():
        number = rows.numbers[position]
        stored = brought.get(number) or before.get(_key(rows, position))
        if stored is None:
            yield Deviation(sheet.name, number, "", "有", "", f"「{sheet.name}」第 {number} 行在文件中，库中没有")
            continue
        rests[table].add(stored["id"])
        for name, anchors in register.by_link.items():
            if stored.get(name) is not None:
                rests[anchors.table].add(stored[name])
        yield from _of_row(register, sheet, rows, position, names, stored)


def _key(rows: Rows, position: int) -> tuple[Any, ...]:
    return tuple(rows.values(name)[position] for name in rows.sheet.model.KEY)


def _described(register: Register, sheet: Sheet, row: Mapping[str, Any]) -> str:
    """What makes a stored row one fact, in words."""
    return " ".join(versions.shown(register, name, row[name]) for name in sheet.model.KEY)


def _of_row(
    register: Register, sheet: Sheet, rows: Rows, position: int, names: Sequence[str], stored: Mapping[str, Any]
) -> Iterator[Deviation]:
    kept = {column.field for column in sheet.columns if column.kept}
    for name in names:
        value = rows.values(name)[position]
        if value == stored[name] or (value is None and name in kept):
            continue
        field = FIELD_OF_LINK.get(name, name)
        header = next((column.header for column in sheet.columns if column.field == field), name)
        theirs, ours = (versions.shown(register, name, one) or "空" for one in (value, stored[name]))
        number = rows.numbers[position]
        sentence = f"「{sheet.name}」第 {number} 行「{header}」：文件为 {theirs}，库中为 {ours}"
        yield Deviation(sheet.name, number, header, theirs, ours, sentence)


def _in_force_then(
    connection: Connection, rows: Rows, positions: Sequence[int], intake_id: int
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """By key, the version in force when the file came, of rows that brought nothing new."""
    model = rows.sheet.model
    table = models.table_of(model)
    wanted = {_key(rows, position) for position in positions}
    query = select(table).where(table.c.intake_id < intake_id).order_by(table.c.version)
    found = {}
    for row in versions.near(connection, query, rows, positions):
        key = tuple(row._mapping[name] for name in model.KEY)
        if key in wanted:
            found[key] = dict(row._mapping)
    return found
