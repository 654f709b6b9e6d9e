"""Rows of a sheet that are no data: empty ones and examples are passed over, what people write below a table is refused."""

from collections.abc import Mapping, Sequence

from ledger.workbooks import cells
from ledger.workbooks.cells import Cell
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.sheet import EXAMPLE_MARK, NOTES_MARK, Sheet
from ledger.workbooks.sheet_xml import column_letter

NumberedRow = tuple[int, list[Cell | None]]  # with its number in Excel

_DELETE = "请删除这一行"
_ELSEWHERE = f"{_DELETE}；备注可以写在名称以「{NOTES_MARK}」开头的工作表中"
_FOOT_WORDS = {"合计": _DELETE, "小计": _DELETE, "总计": _DELETE, "备注": _ELSEWHERE, "说明": _ELSEWHERE}
_FIRST_CHARACTERS = frozenset(word[0] for word in _FOOT_WORDS)


def blank(value: Cell | None) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (value.__class__ is str and not value.strip())


def filled_rows(rows: Sequence[list[Cell | None]]) -> tuple[list[NumberedRow], list[int]]:
    """The rows below the header that hold something, and the numbers of the examples among them, which are left out."""
    kept: list[NumberedRow] = []
    examples = []
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        first = row[0]
        text = first.strip() if first.__class__ is str else first
        if text is None or text == "":
            if any(not blank(value) for value in row):
                kept.append((number, row))
        elif text.__class__ is str and text.startswith(EXAMPLE_MARK):
            examples.append(number)
        else:
            kept.append((number, row))
    return kept, examples


def without_footers(
    file: str, sheet: Sheet, rows: list[NumberedRow], places: Mapping[str, int], report: Report
) -> list[NumberedRow]:
    """The rows without totals and notes, each of which is one finding instead of one for every cell that it lacks.

    Such a row begins with one of their words and lacks at least half of what must be filled in; places: the column of
    each field.
    """
    footers = {}
    required = [places[column.field] for column in sheet.columns if not column.optional]
    headers = {places[column.field]: column.header for column in sheet.columns if column.field in places}
    for number, row in rows:
        found = _foot_word(row)
        if found is None:
            continue
        place, word = found
        others = [row[other] if other < len(row) else None for other in required if other != place]
        if not others:  # all that the sheet asks for is a name: a footer has nothing beside it
            others = [value for other, value in enumerate(row) if other != place and not blank(value)]
        if 2 * sum(map(blank, others)) >= len(others):
            footers[number] = Finding(
                file,
                sheet.name,
                number,
                headers.get(place, ""),
                column_letter(place),
                cells.shown(row[place]),
                f"{word}行不能导入",
                _FOOT_WORDS[word],
            )
    for finding in footers.values():
        report(finding)
    return [(number, row) for number, row in rows if number not in footers] if footers else rows


def _foot_word(row: list[Cell | None]) -> tuple[int, str] | None:
    """The place of the row's first filled cell and the word of a footer with which it begins, None without one."""
    first = row[0]
    if first.__class__ is str and first[:1].strip() and first[0] not in _FIRST_CHARACTERS:
        return None  # nearly every row, so without a closer look
    place = 0 if not blank(row[0]) else next(place for place, value in enumerate(row) if not blank(value))
    first = row[place]
    if not isinstance(first, str) or first.lstrip()[0] not in _FIRST_CHARACTERS:
        return None
    text = "".join(first.split())
    return next(((place, word) for word in _FOOT_WORDS if text.startswith(word)), None)
