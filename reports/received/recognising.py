"""What a workbook says of itself: which report it is, of which run, year and county, and its data rows as values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ledger.errors import Refused
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workbooks.sheet_xml import address
from reports.programmes import kinds
from reports.received.reading import NUMBERS, Book, Received, exact_fen, read_day, taken
from reports.report import DATA, NOTES, Kind, LineColumn, named
from reports.writing.forms import VERSION_NOTE, rows_fingerprint, version_text
from reports.writing.tidy import Data

Rows: TypeAlias = Sequence[tuple[Any, ...]]


def note_row(book: Book, name: str) -> int | None:
    """The row of sheet 说明 that speaks of a name."""
    sheet = book.get(NOTES)
    return next((row for row in sheet.filled_rows() if taken(sheet.value(row, 0), "text") == name), None)


def note(book: Book, name: str) -> str:
    """What sheet 说明 says of a name; '' when it does not."""
    row = note_row(book, name)
    return "" if row is None else taken(book[NOTES].value(row, 1), "text")


def most(book: Book, kind: Kind, name: str) -> str:
    """What most rows of 数据 hold in a column."""
    header = next(column.header for column in kind.columns if column.name == name)
    place = next(place for place, column in enumerate(kind.columns) if column.name == name)
    cells = book.get(DATA).content.cells.items()
    found = Counter(held.text.strip() for (_, column), held in cells if column == place)
    del found[header]
    return found.most_common(1)[0][0] if found else ""


def recognised(file_name: str, book: Book) -> list[Kind]:
    """The kinds that a workbook may be, by what 说明 says, else by its sheets; Refused when it is none."""
    report = note(book, "报表")
    known = kinds()
    said = [kind for kind in known if report and report.startswith(kind.report.partition("（")[0])]
    seen = [kind for kind in known if kind.forms[0].sheet in book]
    found = seen if seen and not any(kind in seen for kind in said) else said
    if not found and report:
        titles = "、".join(dict.fromkeys(kind.report.partition("（")[0] for kind in known))
        raise Refused(f"{file_name}：「{NOTES}」写明是「{report}」，不是可以核对的表；可以核对的有{titles}")
    if not found:
        raise Refused(f"{file_name}：不是本系统导出的附件或明细表（没有认得的表，「{NOTES}」中也没有报表名称）")
    return found


def of_this_form(book: Book) -> bool:
    """Whether 说明 names the version of the form that is exported today."""
    return note(book, VERSION_NOTE) == version_text()


def said_county(book: Book) -> str:
    """The county that 说明 names."""
    return note(book, "报表").partition("（")[2].rstrip("）")


# --- data rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataRows:
    """The rows of 数据 as values of its columns, with the place of each; `unreadable`: (cell, what is wrong)."""

    header: int
    places: Sequence[int]
    columns: dict[str, int]  # name -> column
    rows: Sequence[tuple[Any, ...]]
    unreadable: Sequence[tuple[str, str]]


def data_rows(book: Book, columns: Sequence[LineColumn], name: str = DATA) -> DataRows:
    """Reads sheet 数据, or another tidy one, as it stands; a column is found by its header, wherever it is."""
    sheet = book.get(name)
    filled = sheet.filled_rows()
    header = filled[0] if filled else 0
    where = {taken(sheet.value(header, place), "text"): place for place in range(sheet.width)}
    found = {column.name: where[column.header] for column in columns if column.header in where}
    bad = [("", f"缺少「{column.header}」列") for column in columns if column.name not in found]
    rows, places = [], filled[1:]
    for row in places:
        values: list[Any] = []
        for column in columns:
            place = found.get(column.name)
            try:
                values.append(_typed(sheet, row, place, column))
            except BadCell as error:
                values.append(None)
                bad.append((address(row, place or 0), f"{column.header}{error.problem}"))
        rows.append(tuple(values))
    return DataRows(header, places, found, rows, bad)


def _typed(sheet: Received, row: int, place: int | None, column: LineColumn) -> Any:
    value = sheet.value(row, place)
    if value is None:
        if sheet.filled(row, place):
            raise BadCell("是公式，没有保存结果", "")
        if column.kind == "text":
            return ""
        if column.optional:
            return None
        raise BadCell("为空", "")
    if column.kind == "fen":
        fen = exact_fen(value)
        if fen is None:
            raise BadCell("不是精确到分的万元数", "")
        return fen
    if column.kind in NUMBERS:
        number = cells.read_number(value).scaleb(4 if column.kind == "percent" else 0)
        if number != number.to_integral_value() or number.adjusted() > 18:
            raise BadCell("不是可用的数", "")
        return int(number)
    return read_day(value) if column.kind == "date" else taken(value, "text")


def own_fingerprint(book: Book, kind: Kind, county: str) -> str | None:
    """The fingerprint of the data rows as they stand; None when some cannot be read."""
    found, more = data_rows(book, kind.columns), more_rows(book, kind)
    unreadable = found.unreadable or any(each.unreadable for each in more)
    if unreadable or not all(name in book for name in (DATA, *(tidy.sheet for tidy in kind.more))):
        return None
    return fingerprint_of(kind, county, found.rows, [each.rows for each in more])


def more_rows(book: Book, kind: Kind) -> list[DataRows]:
    """The rows of the tidy sheets beside 数据, in their order."""
    return [data_rows(book, tidy.columns, tidy.sheet) for tidy in kind.more]


def as_data(kind: Kind, rows: Rows, more: Sequence[Rows]) -> list[Data]:
    """The tidy sheets of a workbook, to be written."""
    others = [Data(tidy.sheet, tidy.columns, each) for tidy, each in zip(kind.more, more, strict=True)]
    return [Data(DATA, kind.columns, rows), *others]


def fingerprint_of(kind: Kind, county: str, rows: Rows, more: Sequence[Rows]) -> str:
    """The fingerprint that the rows of a workbook's tidy sheets have."""
    data, *others = as_data(kind, rows, more)
    return rows_fingerprint(kind.mark.format(county=county), data.columns, data.rows, *others)


def as_dicts(found: DataRows, columns: Sequence[LineColumn]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row of the sheet, its values by name)."""
    for place, row in zip(found.places, found.rows, strict=True):
        yield place, named(columns, row)


def whole_number(text: str) -> int | None:
    """A run's or year's number; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
