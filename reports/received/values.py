"""What a received workbook holds, against a fresh export: every cell of every sheet.

First whether all is equal, which is all that most workbooks need. Where it is not, rows and columns are matched, so that an
inserted row is said once; and whatever differs that the matching left unsaid is said cell by cell.
"""

from collections.abc import Mapping, Sequence

from ledger.workbooks.cells import Cell
from ledger.workbooks.sheet_xml import Position, address
from reports.received.comparing import compare_data, compare_form, compare_notes
from reports.received.differences import Difference, Findings
from reports.received.reading import Book, Received, fen_of, shown, taken
from reports.received.sheet_reading import NUMBER, TEXT
from reports.report import DATA, NOTES, Kind, Tidy


def names_of_theirs(ours: Book, theirs: Book, found: Findings) -> dict[str, str]:
    """Our sheets -> theirs; says which are missing, renamed or more."""
    missing = [name for name in ours.sheets if name not in theirs]
    more = [name for name in theirs.sheets if name not in ours and not _is_nothing(theirs[name])]
    names = {name: name for name in ours.sheets if name in theirs}
    if len(missing) == len(more) == 1:
        found.add("sheet_renamed", more[0], "", f"工作表「{missing[0]}」被改名为「{more[0]}」")
        return names | {missing[0]: more[0]}
    for name in missing:
        without = "，没有运行号与指纹可以确认来历" if name == NOTES else ""
        found.add("sheet_missing", name, "", f"缺少这张工作表{without}")
    found.remarks += [f"{name}　多出的空工作表" for name in theirs.sheets if name not in {*ours.sheets, *more}]
    for name in more:
        found.add("sheet_added", name, "", "多出的工作表，不是本系统导出的")
    return names


def _is_nothing(sheet: Received) -> bool:
    """Whether a sheet shows and prints nothing: some programs make such sheets for themselves."""
    drawn = any(sheet.content.other(name) is not None for name in ("drawing", "legacyDrawing", "picture", "oleObjects"))
    return sheet.part.kind == "worksheet" and not sheet.content.cells and not drawn


def compare_values(ours: Book, theirs: Book, names: Mapping[str, str], kind: Kind, found: Findings) -> None:
    """Every difference of values. names: their sheets by ours."""
    forms = {shape.sheet: shape for shape in kind.forms}
    tidy = {each.sheet: each for each in _tidy(kind)}
    for name, other in names.items():
        mine, sheet = ours[name], theirs[other]
        left = _differing(mine, sheet, found)
        if not left:
            continue
        if name in forms:
            compare_form(mine, sheet, forms[name], found)
        elif name in tidy:
            compare_data(mine, sheet, tidy[name].columns, tidy[name].identity, found)
        elif name == NOTES:
            compare_notes(mine, sheet, found)
        if name not in found.rearranged:
            told = {each.cell for each in found.differences if each.sheet == sheet.name}
            _say_plainly(mine, sheet, [place for place in left if address(*place) not in told], found)


def compare_earlier(ours: Book, theirs: Book, names: Mapping[str, str], kind: Kind, found: Findings) -> None:
    """The values of the columns of both, of a workbook of an earlier form."""
    for shape in kind.forms:
        if shape.sheet in names:
            compare_form(ours[shape.sheet], theirs[names[shape.sheet]], shape, found, earlier=True)
    for tidy in _tidy(kind):
        if tidy.sheet in names:
            compare_data(ours[tidy.sheet], theirs[names[tidy.sheet]], tidy.columns, tidy.identity, found, earlier=True)


def _tidy(kind: Kind) -> list[Tidy]:
    """The tidy sheets of a kind of workbook."""
    return [Tidy(DATA, kind.columns, kind.identity), *kind.more]


def _differing(ours: Received, theirs: Received, found: Findings) -> list[Position]:
    """The cells that do not hold the same, formulas among it; a formula of ours without its result holds it."""
    mine, other = ours.content, theirs.content
    if mine.cells == other.cells and mine.formulas == other.formulas:
        return []
    differing = []
    for place in sorted({*mine.cells, *other.cells}):
        formula = mine.formulas.get(place)
        if other.formulas.get(place) != formula:
            differing.append(place)
        elif mine.cells.get(place) == other.cells.get(place):
            continue
        elif formula is None:
            differing.append(place)
        elif other.cells[place].kind == "":
            found.uncalculated[theirs.name] += 1
        elif other.cells[place].kind != NUMBER or fen_of(theirs.value(*place)) != fen_of(ours.value(*place)):
            differing.append(place)  # a sum that was calculated anew carries the noise of floating point
    return differing


def _say_plainly(ours: Received, theirs: Received, places: Sequence[Position], found: Findings) -> None:
    for place in places:
        right, said = ours.value(*place), theirs.value(*place)
        cell, other = ours.content.cells.get(place), theirs.content.cells.get(place)
        formula, own = theirs.formulas.get(place), ours.formulas.get(place)
        both = f"{found.theirs} {_shown(said)}，{found.ours} {_shown(right)}"
        kind, text = "cell", both
        if formula != own:
            kind = "formula" if formula else "formula_replaced"
            text = f"换成了公式 {formula}" if formula and own is None else f"公式 {own} 改成了 {formula or '常数'}"
        elif (
            cell and other and cell.kind == NUMBER and other.kind == TEXT and taken(said, "fen") == taken(right, "fen")
        ):
            kind, text = "text_number", "数以文本存放，合计公式不会计入"
        elif _shown(said) == _shown(right):
            text = f"{both}（空格、换行或看不见的字符不同）"
        found.differences.append(Difference(kind, theirs.name, address(*place), text, _shown(said), _shown(right)))


def _shown(value: Cell | None) -> str:
    return shown(value, "text")
