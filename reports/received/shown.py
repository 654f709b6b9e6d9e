"""Whether what a received workbook shows and prints is what its cells hold.

A form can be made to say something else without touching a value: by hiding, by a number format, by the colour of its
print, by a print area, or by another sheet in front. Whoever stamps the print signs what it shows.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ledger.workbooks.cells import Cell
from ledger.workbooks.sheet_xml import Position, address, column_letter
from reports.received.appearance import EVERYWHERE, Area, within
from reports.received.differences import Difference, Findings
from reports.received.number_format import TOO_FEW, colour_of, misshown
from reports.received.reading import Received, shown
from reports.received.styles import Look, alike
from reports.report import NOTES

_SMALLEST = 4.0  # points of print that can still be read


def check_shown(
    book: Mapping[str, Received],
    forms: Iterable[str],
    known: Iterable[str],
    found: Findings,
    said: Iterable[Difference] = (),
) -> None:
    """What the sheets of a workbook do not show as they hold it.

    forms: the sheets that are printed and stamped, by their names in the workbook; known: all sheets that belong to it;
    said: differences of values, which are not told again as what an edited cell cannot show or print.
    """
    printed, own = set(forms), set(known)
    told = {(difference.sheet, difference.cell) for difference in said}
    for sheet in book.values():
        if sheet.name in printed:
            found.differences.extend(_form(sheet, {cell for name, cell in told if name == sheet.name}))
            found.remarks.extend(_form_remarks(sheet))
        elif sheet.name in own:
            found.remarks.extend(_hidden_remarks(sheet))
        elif sheet.hidden or sheet.name.startswith(NOTES) or not (sheet.filled_rows() or sheet.appearance.drawn):
            found.remarks.append(f"{sheet.name}　多出的工作表，没有核对")
        else:
            text = "多出一张看得见的工作表，不是本系统导出的，内容没有核对；要附说明，工作表名请以「说明」开头"
            found.add("sheet_added", sheet.name, "", text)


# --- a form -------------------------------------------------------------------------------------------------------------


def _form(sheet: Received, edited: Collection[str]) -> Iterator[Difference]:
    """edited: cells of which it was said that their value differs."""
    if sheet.hidden:
        yield Difference("hidden", sheet.name, "", "表所在的工作表被隐藏")
    if sheet.appearance.damaged:
        yield Difference("not_shown", sheet.name, "", "样式受损，无法核对它所显示的是不是所存的")
    filled = [(row, column) for row in sheet.filled_rows() for column in sheet.filled_columns(row)]
    yield from _hidden_lines(sheet, filled)
    if formula := sheet.appearance.print_formula:
        yield Difference("print_area", sheet.name, "", f"打印区域是公式 {formula}，无法核对打印出来的是不是整张表")
    if sheet.appearance.print_area is not None:
        table = [place for place in filled if address(*place) not in edited]
        yield from _not_printed(sheet, table, sheet.appearance.print_area)
    for area in sheet.appearance.merged:
        covered = [place for place in filled if within(place, area) and place != area[:2]]
        if covered:
            text = f"被合并单元格 {_named(area)} 遮住，看不见 {shown(sheet.value(*covered[0]), 'text')}"
            yield Difference("covered", sheet.name, address(*covered[0]), text)
    yield from _unreadable(sheet, filled, edited)
    for condition in sheet.appearance.conditions:
        inside = (place for place in filled if any(within(place, area) for area in condition.areas))
        for place in inside:
            wrong = "隐去数值" if condition.hides else _wrong(sheet, place, condition.overlay.over(_look(sheet, place)))
            if wrong and not _wrong(sheet, place, _look(sheet, place)):
                yield Difference("not_shown", sheet.name, address(*place), f"条件格式会使它所显示的不是所存的：{wrong}")
                break


def _hidden_lines(sheet: Received, filled: Sequence[Position]) -> Iterator[Difference]:
    rows = sorted({row for row, _ in filled} & set(sheet.hidden_rows))
    for first, last in _runs(rows):
        column = min(column for row, column in filled if row == first)
        yield Difference("hidden", sheet.name, address(first, column), f"表中第 {_span(first + 1, last + 1)} 行被隐藏")
    columns = sorted({column for _, column in filled} & set(sheet.hidden_columns))
    for first, last in _runs(columns):
        row = min(row for row, column in filled if column == first)
        text = f"表中 {_span(column_letter(first), column_letter(last))} 列被隐藏"
        yield Difference("hidden", sheet.name, address(row, first), text)


def _not_printed(sheet: Received, filled: Sequence[Position], areas: Sequence[Area]) -> Iterator[Difference]:
    """One finding for all that the print area leaves out."""
    left_out = [place for place in filled if not any(within(place, area) for area in areas)]
    if not left_out:
        return
    inside = [place for place in filled if any(within(place, area) for area in areas)]
    rows = sorted({row for row, _ in left_out} - {row for row, _ in inside})
    columns = sorted({column for row, column in left_out if row not in rows})
    parts = [f"第 {_span(first + 1, last + 1)} 行" for first, last in _runs(rows)]
    parts += [f"{_span(column_letter(first), column_letter(last))} 列" for first, last in _runs(columns)]
    printed = "、".join(map(_named, areas))
    text = f"打印区域 {printed} 没有包括表中的{'、'.join(parts)}，打印出来缺少这些"
    yield Difference("print_area", sheet.name, address(*left_out[0]), text)


def _unreadable(sheet: Received, filled: Sequence[Position], edited: Collection[str]) -> Iterator[Difference]:
    for place in filled:
        wrong = _wrong(sheet, place, _look(sheet, place)) or _wrong_in_part(sheet, place)
        if wrong and not (TOO_FEW in wrong and address(*place) in edited):  # an edit may be finer than ours ever is
            value = sheet.value(*place)
            held = f"，所存的是 {shown(value, 'text')}" if value is not None else ""
            yield Difference("not_shown", sheet.name, address(*place), f"{wrong}{held}")


def _look(sheet: Received, place: Position) -> Look:
    return sheet.appearance.looks.get(place, Look())


def _wrong(sheet: Received, place: Position, look: Look) -> str | None:
    """Why a cell with such a look does not show what it holds."""
    stored = sheet.value(*place)
    value: Cell = 1 if stored is None else stored  # a formula without a result: as any number
    if wrong := misshown(value, look.code):
        return f"数字格式「{look.code}」使它{wrong}"
    ink = colour_of(value, look.code) or look.ink
    if look.ground is not None and alike(ink, look.ground):
        return f"字的颜色（{ink}）与底色（{look.ground}）几乎相同，看不见"
    return f"字号 {look.size:g} 磅，看不见" if look.size < _SMALLEST else None


def _wrong_in_part(sheet: Received, place: Position) -> str | None:
    """Why a part of a cell's text cannot be read."""
    runs = sheet.appearance.runs.get(place, ())
    wrong = next(filter(None, (_wrong(sheet, place, run.over(_look(sheet, place))) for run in runs)), None)
    return f"有一段文字看不清：{wrong}" if wrong else None


# --- remarks ------------------------------------------------------------------------------------------------------------


def _form_remarks(sheet: Received) -> Iterator[str]:
    if sheet.appearance.drawn:
        yield f"{sheet.name}　表上放有图片、文本框或图表，没有核对它们遮住了什么"
    if sheet.appearance.zeros_hidden:
        yield f"{sheet.name}　设为不显示零值"


def _hidden_remarks(sheet: Received) -> Iterator[str]:
    """What of a sheet that nobody stamps is not to be seen."""
    if sheet.hidden:
        yield f"{sheet.name}　工作表被隐藏"
    if sheet.hidden_rows:
        yield f"{sheet.name}　隐藏了第 {'、'.join(str(row + 1) for row in sheet.hidden_rows)} 行"
    if sheet.hidden_columns:
        yield f"{sheet.name}　隐藏了 {'、'.join(map(column_letter, sheet.hidden_columns))} 列"


# --- words --------------------------------------------------------------------------------------------------------------


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Consecutive numbers as first and last."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def _span(first: object, last: object) -> str:
    return f"{first}" if first == last else f"{first}—{last}"


def _named(area: Area) -> str:
    """A1:B2; of whole rows or columns 1:2 or A:B."""
    top, left, bottom, right = area
    if right == EVERYWHERE:
        return f"{top + 1}:{bottom + 1}"
    return (
        f"{column_letter(left)}:{column_letter(right)}"
        if bottom == EVERYWHERE
        else f"{address(top, left)}:{address(bottom, right)}"
    )
