"""Rows of a sheet that are no data: empty ones and examples are passed over, what people write below a table is refused."""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from ledger.workbooks import cells
from ledger.workbooks.cells import Cell
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.sheet import EXAMPLE_MARK, NOTES_MARK, Sheet
from ledger.workbooks.sheet_xml import column_letter

NumberedRow = tuple[int, list[Cell | None]]  # with its number in Excel

_DELETE = "请删除这一行"
_ELSEWHERE = f"{_DELETE}；备注可以写在名称以「{NOTES_MARK}」开头的工作表中"
# what people write below a table: its name, what is right, and how it looks without blanks in half-width characters
_FOOTERS = (
    ("合计", _DELETE, re.compile("(?P<word>合计|小计|总计|共计|累计|汇总|平均)")),
    (
        "备注",
        _ELSEWHERE,
        re.compile(r"(?P<word>备注|说明|附注|附:|附件|注\d*[:.、]|填[表报]说明|以上|特此|单位:|第\d+页|\*)"),
    ),
    (
        "签署",
        _DELETE,
        re.compile(
            "(?P<word>制[表单]|填[表报制]|编制|复核|审[核批]|经办|校对|负责人|主管|主办|法定代表人|联系|电话|手机|传真|邮箱"
            "|签[字名章]|盖章|公章|[(]?(盖章|公章)[)]?$|(打印|填报|制表|报送)?日期:|(单位|部门|财务|会计|出纳)[^:]{0,6}[:(])"
        ),
    ),
)

_ONE_CELL = f"请填写整行；不是数据的，{_ELSEWHERE}"
_MANY = 3  # columns that must be filled in: a row with a single cell is then said once, not once for each that it lacks
_ALONE = re.compile("[:*]|^(本页|本表)?(合计|小计|总计|共计|累计|汇总|平均)$")  # what no name has


def blank(value: Cell | None) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (value.__class__ is str and not value.strip())


def filled_rows(rows: Sequence[list[Cell | None]], header: int = 0) -> tuple[list[NumberedRow], list[int]]:
    """The rows below the header (its place, from 0) that hold something, and the numbers of the examples among them,
    which are left out."""
    kept: list[NumberedRow] = []
    examples = []
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
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
    """The rows without sums, notes and signatures, each of which is one finding instead of one for every cell that it
    lacks.

    Such a row has one of their words in any of its cells and lacks, but for cells with such words, at least half of
    what must be filled in; or it has a single cell, where many must be filled in. places: the column of each field.
    """
    required = [places[column.field] for column in sheet.columns if not column.optional and column.field in places]
    headers = {places[column.field]: column.header for column in sheet.columns if column.field in places}
    footers: set[int] = set()
    for number, row in _lacking(rows, required) if len(required) > 1 else rows:
        words = {place: found for place, value in enumerate(row) if (found := _foot_word(value)) is not None}
        if not words:
            filled = [place for place, value in enumerate(row) if not blank(value)]
            if len(required) > _MANY and len(filled) == 1:
                (place,) = filled
                header, letter, value = headers.get(place, ""), column_letter(place), cells.shown(row[place])
                report(Finding(file, sheet.name, number, header, letter, value, "这一行只有这一格有内容", _ONE_CELL))
                footers.add(number)
            continue
        first = min(words)
        lacking = [place >= len(row) or blank(row[place]) or place in words for place in required if place != first]
        if len(lacking) > 1 or (lacking and first in required):
            is_footer = 2 * sum(lacking) >= len(lacking)
        else:  # all that the sheet asks for is a name, which may begin with such a word: a footer has nothing beside it
            alone = all(place in words or blank(value) for place, value in enumerate(row))
            is_footer = alone and _ALONE.search("".join(cells.half_width(str(row[first])).split())) is not None
        if is_footer:
            footers.add(number)
            word, expected = words[first]
            header, letter = headers.get(first, ""), column_letter(first)
            value = cells.shown(row[first])
            report(Finding(file, sheet.name, number, header, letter, value, f"{word}行不能导入", expected))
    return [(number, row) for number, row in rows if number not in footers] if footers else rows


def _lacking(rows: list[NumberedRow], required: list[int]) -> list[NumberedRow]:
    """The rows that lack something that must be filled in, which few do: found column by column."""
    found: set[int] = set()
    columns = list(zip_longest(*(row for _, row in rows)))
    for place in required:
        column = columns[place] if place < len(columns) else (None,) * len(rows)
        if blanks := [value for value in set(column) if blank(value)]:
            found.update(position for position, value in enumerate(column) if value in blanks)
    return [rows[position] for position in sorted(found)]


def _foot_word(value: Cell | None) -> tuple[str, str] | None:
    """The word of a footer that a cell holds, and what is right; a sum's word anywhere, another where the cell begins."""
    if value.__class__ is not str:
        return None
    text = "".join(cells.half_width(value).split())
    for name, expected, pattern in _FOOTERS:
        found = pattern.search(text) if name == "合计" else pattern.match(text)
        if found:
            return (found["word"] if name == "合计" else name, expected)
    return None
