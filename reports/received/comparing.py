"""Two versions of a sheet, theirs and ours: every cell, row and column that differs, and sums that do not add up.

Pure: it reads what both hold and says where they part.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ledger import money
from ledger.workbooks.sheet_xml import address
from reports.received.differences import Findings
from reports.received.page import Page, find_header
from reports.received.reading import NUMBERS, Received, fen_of, summed_cells, taken
from reports.report import FormShape, LineColumn

SUBTOTAL, TOTAL = "小计", "合计"


# --- a printed form -------------------------------------------------------------------------------------------------------


@dataclass
class Layout:
    """The rows of a form by what they are: blocks of data rows, each with its 小计 (None where it has none)."""

    head: list[int]
    header: list[int]
    blocks: list[list[int]]
    subtotals: list[int | None]
    total: int | None
    foot: list[int]

    @property
    def data(self) -> list[int]:
        """All data rows."""
        return [row for block in self.blocks for row in block]


def lay_out(sheet: Received, shape: FormShape, header: list[int], columns: dict[int, int]) -> Layout:
    """Reads a form's structure; a sum row is known by its label, or by the formulas in most of its summed columns."""
    summed = [columns[place] for place, column in enumerate(shape.columns) if column.summed and place in columns]

    def label(row: int) -> str:
        texts = (taken(sheet.value(row, column), "text") for column in range(shape.label_span))
        return "".join(next((text for text in texts if text), "").split())

    def is_sum(row: int) -> bool:
        formulas = sum((row, column) in sheet.formulas for column in summed)
        return label(row) in (SUBTOTAL, TOTAL) or 2 * formulas > len(summed)

    filled = sheet.filled_rows()
    rows = [row for row in filled if row > header[-1]]
    sums = [row for row in rows if is_sum(row)]
    total = None
    if sums:
        last = sums[-1]
        before = max((row for row in rows if row < last), default=None)
        if label(last) != SUBTOTAL or (before is not None and before in sums):
            total = last
    end = sums[-1] if sums else (rows[-1] if rows else 0)
    made = Layout(list(range(header[0])), header, [], [], total, [r for r in rows if r > end])
    block: list[int] = []
    for row in rows:
        if row > end or row == total:
            break
        if row in sums:
            made.blocks.append(block)
            made.subtotals.append(row)
            block = []
        else:
            block.append(row)
    if block:
        made.blocks.append(block)
        made.subtotals.append(None)
    return made


def compare_form(ours: Received, theirs: Received, shape: FormShape, found: Findings, earlier: bool = False) -> None:
    """Every difference of a printed form; of an `earlier` one only the rows and sums, in the columns of both."""
    headers = [column.header for column in shape.columns]
    kinds = [column.kind if column.kind in NUMBERS else "text" for column in shape.columns]
    numbered = [place for place, column in enumerate(shape.columns) if column.numbered]
    names = [f"{column.group}{column.header}" for column in shape.columns]
    page = Page(ours, theirs, names, kinds, found, numbered, earlier)
    words = [*headers, *(column.group for column in shape.columns)]
    depth = 2 if any(column.group for column in shape.columns) else 1
    our_top, their_top = find_header(ours, words, 3), find_header(theirs, words, 3)
    our_header = list(range(our_top, our_top + depth))
    their_header = list(range(their_top, their_top + depth))
    page.align(our_header, their_header)
    mine = lay_out(ours, shape, our_header, {column: column for column in range(len(headers))})
    other = lay_out(theirs, shape, their_header, page.columns)
    titles = ["title"] * len(headers)
    if not earlier:
        page.compare_rows(mine.head, other.head, titles, [], range(len(headers)), 0)
        for our_row, their_row in zip(mine.header, other.header, strict=True):
            page.compare_row(their_row, our_row, titles)
    identity = [headers.index(header) for header in shape.identity]
    keys = [identity, *combinations(identity, len(identity) - 1)] if len(identity) > 1 else [identity]
    rows = page.compare_rows(mine.data, other.data, kinds, keys, range(len(headers)), len(headers) // 2)
    blocks = _compare_blocks(page, mine, other, rows)
    _compare_subtotals(page, shape, mine, other, blocks)
    _compare_total(page, shape, mine, other)
    if not earlier:
        page.compare_rows(mine.foot, other.foot, titles, [], [0], 0)


def _compare_blocks(page: Page, mine: Layout, other: Layout, rows: dict[int, int]) -> dict[int, int]:
    """Their block -> our block, by where most of their rows come from; says which rows were taken to another block."""
    our_block = {row: number for number, block in enumerate(mine.blocks) for row in block}
    votes = {
        (number, our_block[rows[row]]): sum(1 for each in block if our_block.get(rows.get(each, -1)) == our_block[rows[row]])
        for number, block in enumerate(other.blocks)
        for row in block
        if row in rows
    }  # fmt: skip
    found: dict[int, int] = {}
    for number, home in sorted(votes, key=lambda pair_: (-votes[pair_], pair_)):
        if number not in found and home not in found.values():
            found[number] = home
    for number, block in enumerate(other.blocks):  # a block whose rows are all strange keeps its place
        strange = number not in found and not any(row in rows for row in block)
        if strange and number < len(mine.blocks) and number not in found.values():
            found[number] = number
    said = {difference.cell for difference in page.found.differences if difference.kind == "row_moved"}
    for number, block in enumerate(other.blocks):
        for row in block:
            if row in rows and our_block[rows[row]] != found.get(number) and address(row, 0) not in said:
                text = f"整行移到了另一组：{page.found.ours}在第 {rows[row] + 1} 行"
                page.found.add("row_moved", page.theirs.name, address(row, 0), text)
    return found


def _compare_subtotals(page: Page, shape: FormShape, mine: Layout, other: Layout, blocks: dict[int, int]) -> None:
    found, met = page.found, set()
    for number, row in enumerate(other.subtotals):
        our_row = mine.subtotals[blocks[number]] if number in blocks else None
        if row is None:
            continue
        if our_row is None:
            found.add("row_added", page.theirs.name, address(row, 0), f"多出一行{SUBTOTAL}")
            continue
        met.add(our_row)
        _compare_sums(page, shape, row, our_row, other.blocks[number], other.blocks[number])
    for our_row in mine.subtotals:
        if our_row is not None and our_row not in met:
            text = f"缺少{SUBTOTAL}行（{found.ours}在第 {our_row + 1} 行）"
            found.add("row_missing", page.theirs.name, address(our_row, 0), text)


def _compare_total(page: Page, shape: FormShape, mine: Layout, other: Layout) -> None:
    if mine.total is None:
        return
    if other.total is None:
        text = f"缺少{TOTAL}行（{page.found.ours}在第 {mine.total + 1} 行）"
        page.found.add("row_missing", page.theirs.name, address(mine.total, 0), text)
        return
    adds = [row for row in other.subtotals if row is not None] if shape.subtotals else other.data
    _compare_sums(page, shape, other.total, mine.total, adds, other.data)


def _compare_sums(
    page: Page, shape: FormShape, row: int, our_row: int, adds: Sequence[int], rows: Sequence[int]
) -> None:
    """A sum row: its words, and in each summed column the formula, its stored result and what its rows add up to.

    adds: the rows that its formulas should add up; rows: the data rows that its figures stand for.
    """
    summed = [place for place, column in enumerate(shape.columns) if column.summed]
    page.compare_row(row, our_row, page.kinds, without=summed)
    for column in summed:
        if column in page.columns:
            _compare_sum(page, row, our_row, column, adds, rows)


def _compare_sum(page: Page, row: int, our_row: int, column: int, adds: Sequence[int], rows: Sequence[int]) -> None:
    theirs, found, place = page.theirs, page.found, (row, page.columns[column])
    name = f"{taken(page.ours.value(our_row, 0), 'text')}行「{page.names[column]}」"
    ours = fen_of(page.ours.value(our_row, column))
    value, formula = fen_of(theirs.value(*place)), theirs.formulas.get(place)
    own = sum(fen_of(theirs.value(each, place[1])) or 0 for each in rows)

    def differs(kind: str, text: str) -> None:
        page.difference(kind, row, column, our_row, f"{name}（{text}）", "fen")

    own_text = f"各行之和为 {money.wan_text(own)}"
    if formula is None:
        if value is None:
            differs("formula_replaced", "公式被清除或改成了文字")
        elif value == ours == own:
            differs("formula_replaced", "公式换成了常数，数值正确")
        elif value == ours:
            differs("total", f"公式换成了常数，{own_text}")
        else:
            differs("formula_replaced", "公式换成了常数")
        return
    refers = summed_cells(formula, theirs.height)
    wanted = Counter((each, place[1]) for each in adds)
    blank = set(refers or ()) - {(each, place[1]) for each in theirs.filled_rows()}
    if refers is None or Counter({cell: count for cell, count in refers.items() if cell not in blank}) != wanted:
        differs("formula_altered", f"公式改成了 {formula}")
    elif theirs.value(*place) is None:
        found.uncalculated[theirs.name] += 1
        if own != ours:
            text = f"重新计算后为 {money.wan_text(own)}，{found.ours} {money.wan_text(ours or 0)}"
            found.remarks.append(f"{theirs.name}!{address(*place)}　{name}：{text}（随上列改动而变）")
    elif value != ours:
        differs("total", "随所列各行而变" if value == own else f"公式未改，保存的结果不对，{own_text}")
    elif own != ours:
        differs("total", f"保存的结果与各行不符，{own_text}")


# --- tidy sheets ----------------------------------------------------------------------------------------------------------


def compare_data(
    ours: Received,
    theirs: Received,
    columns: Sequence[LineColumn],
    identity: Sequence[str],
    found: Findings,
    earlier: bool = False,
) -> None:
    """Every difference of sheet 数据; of an `earlier` form in the columns of both."""
    kinds = [column.kind for column in columns]
    page = Page(ours, theirs, [column.header for column in columns], kinds, found, earlier=earlier)
    header = find_header(theirs, page.names, 0)
    page.align([0], [header])
    titles = ["title"] * len(columns)
    page.compare_rows([], [row for row in theirs.filled_rows() if row < header], titles, [], [0], 0)
    page.compare_row(header, 0, titles)
    names = [column.name for column in columns]
    same = [names.index(name) for name in identity]
    page.compare_rows(
        [row for row in ours.filled_rows() if row > 0],
        [row for row in theirs.filled_rows() if row > header],
        page.kinds,
        [same],
        same,
        len(columns) // 2,
    )


def compare_notes(ours: Received, theirs: Received, found: Findings) -> None:
    """Every difference of sheet 说明: rows of a name and a value."""
    page = Page(ours, theirs, ["名称", "内容"], ["text", "text"], found)
    page.compare_rows(ours.filled_rows(), theirs.filled_rows(), page.kinds, [[0], [1]], [0, 1], 0)
