"""Where a sheet's header row is, and which column of the file fills which field."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ledger.workbooks import cells
from ledger.workbooks.cells import Cell
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.not_data import NumberedRow, blank
from ledger.workbooks.sheet import Column, Sheet
from ledger.workbooks.sheet_xml import column_letter

_SEARCHED = 10  # rows: a title may stand above the header
_WAN, _YUAN = "(万元)", "(元)"


@dataclass
class Header:
    """The columns of a file: by field its place (from 0), its header as a message shows it, and how it is read, in the unit
    that the header names; and the fields whose required header is missing, so that every row lacks them."""

    places: dict[str, int] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    sound: bool = True


def known_headers(sheet: Sheet) -> dict[str, Column]:
    """Every header that a sheet takes, by its text without blanks: amounts in 元 beside those in 万元."""
    known = {"".join(column.header.split()): column for column in sheet.columns}
    for column in sheet.columns:
        if column.in_yuan is not None:
            known[column.header.removesuffix(_WAN) + _YUAN] = column
    return known


def _in_unit(column: Column, text: str) -> Column:
    """The column as it is read under a header (as header_text gives it): in 元 where that says so."""
    return replace(column, read=column.in_yuan) if column.in_yuan is not None and text.endswith(_YUAN) else column


def header_text(value: Cell | None) -> str:
    """A header as it is compared: half-width, without blanks and line breaks."""
    return "" if value is None or blank(value) else "".join(cells.half_width(str(value)).split())


def header_row(rows: Sequence[list[Cell | None]], sheet: Sheet) -> int:
    """The place (from 0) of the header row: the first row, or the first of the next nine that holds every required
    header; where none does, the one that holds most of the sheet's headers."""
    known = known_headers(sheet)
    required = {column.field for column in sheet.columns if not column.optional}
    most, best = 0, 0
    for place, row in enumerate(rows[:_SEARCHED]):
        found = {known[text].field for value in row if (text := header_text(value)) in known}
        if required <= found:
            return place
        if len(found) > most:
            most, best = len(found), place
    return best


def match(
    file: str, sheet: Sheet, number: int, header: list[Cell | None], below: Sequence[NumberedRow], report: Report
) -> Header:
    """Where each field's column is; unknown, repeated, missing and nameless ones are reported. number: the header's row."""
    found = Header()

    def find(place: int | None, value: str, problem: str, expected: str) -> None:
        found.sound = False
        letter = column_letter(place) if place is not None else ""
        report(Finding(file, sheet.name, number, "", letter, value, problem, expected))

    known = known_headers(sheet)
    longest = max((len(row) for _, row in below), default=0)
    for place in range(max(len(header), longest)):
        value = header[place] if place < len(header) else None
        text = header_text(value)
        column = known.get(text)
        if not text:
            if any(place < len(row) and not blank(row[place]) for _, row in below):
                find(place, "", f"{column_letter(place)} 列有内容但没有表头", "请补上表头，或删除该列内容")
        elif column is None:
            alike = [one for one in known if one.endswith(_YUAN) == text.endswith(_YUAN)]
            near = difflib.get_close_matches(text, alike, 1, 0.5)
            hint = f"（是否为「{near[0]}」？）" if near else ""
            headers = "、".join("".join(each.header.split()) for each in sheet.columns)
            find(place, cells.shown(value), f"不是本表的表头{hint}", f"本表的表头为：{headers}")
        elif column.field in found.places:
            first = found.written[column.field]
            if header_text(first) == text:
                find(place, cells.shown(value), "表头重复", "每个表头只能出现一次")
            else:
                both = f"「{first}」与「{cells.shown(value)}」是同一列"
                find(place, cells.shown(value), both, "万元和元只能用一种，请删去其中一列")
        else:
            found.places[column.field] = place
            found.written[column.field] = cells.shown(value)
            found.columns[column.field] = _in_unit(column, text)
    for column in sheet.columns:
        if not column.optional and column.field not in found.places:
            found.missing.append(column.field)
            where = "第一行" if number == 1 else f"第 {number} 行"
            find(None, "", f"缺少表头「{column.header}」", f"{where}应为表头，必填列不能缺少")
    return found


def without_repeats(
    file: str, sheet: Sheet, number: int, rows: list[NumberedRow], header: Header, report: Report
) -> list[NumberedRow]:
    """The rows without headers that stand among them once more, as where sheets were put together: each is one finding.
    number: the header's row. Such a row has headers in two of its cells at least, and in half of those that it fills."""
    known = known_headers(sheet)
    begin = {text[0] for text in known}  # so that few values are looked at closely
    first = min(header.places.values())
    repeats = set()
    for above, row in rows:
        value = row[first] if first < len(row) else None
        if value.__class__ is not str or value.lstrip()[:1] not in begin or header_text(value) not in known:
            continue
        filled = [one for one in row if not blank(one)]
        named = sum(header_text(one) in known for one in filled)
        if named > 1 and 2 * named >= len(filled):
            repeats.add(above)
            written = next(header.written[name] for name, place in header.places.items() if place == first)
            expected = f"请删除这一行；其下各行须与第 {number} 行表头的列次序相同"
            report(
                Finding(
                    file,
                    sheet.name,
                    above,
                    written,
                    column_letter(first),
                    cells.shown(value),
                    "表头在数据中又出现一次",
                    expected,
                )
            )
    return [(above, row) for above, row in rows if above not in repeats] if repeats else rows
