"""One sheet in two versions: its columns and rows matched, and every cell of them that differs.

Rows and columns are matched first, so that an inserted one or two that changed places are said once and not cell by
cell.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from ledger.workbooks.cells import Cell
from ledger.workbooks.sheet_xml import address
from reports.received.differences import Difference, Findings
from reports.received.matching import moved, pair
from reports.received.reading import NUMBERS, Received, exact_fen, shown_apart, taken

_COUNTED = re.compile("[0-9]+\u3000")
_HEADER_WITHIN = 40  # rows from the top in which a header is looked for


class Page:
    """One sheet in both versions, column by column of ours."""

    def __init__(
        self,
        ours: Received,
        theirs: Received,
        names: Sequence[str],
        kinds: Sequence[str],
        found: Findings,
        numbered: Collection[int] = (),
        earlier: bool = False,
    ) -> None:
        """numbered: our columns in whose texts the rows are counted. earlier: theirs is of an earlier form, of which only the
        columns of both are compared."""
        self.ours, self.theirs, self.names, self.found = ours, theirs, names, found
        self.kinds = list(kinds)
        self._numbered, self._earlier = frozenset(numbered), earlier
        self.columns: dict[int, int] = {column: column for column in range(len(names))}  # ours -> theirs
        self._said: set[int] = set()  # their columns that were said to be added

    def difference(self, kind: str, row: int, column: int, our_row: int, text: str, of: str) -> None:
        """A cell that differs, with both values: `column` is ours."""
        theirs = self.theirs.value(row, self.columns.get(column, column))
        ours = self.ours.value(our_row, column)
        self._cell(kind, (row, self.columns.get(column, column)), text, of, theirs, ours)

    def _cell(
        self, kind: str, place: tuple[int, int], text: str, of: str, theirs: Cell | None, ours: Cell | None
    ) -> None:
        found = self.found
        formula = self.theirs.formulas.get(place)
        other, mine = shown_apart(theirs, ours, of)
        if formula and theirs is None:
            other = f"公式 {formula}（没有保存结果）"
        both = f"{text}：{found.theirs} {other}，{found.ours} {mine}"
        fens = (exact_fen(theirs), exact_fen(ours)) if of == "fen" else (None, None)
        found.differences.append(Difference(kind, self.theirs.name, address(*place), both, other, mine, *fens))

    # --- columns ---

    def align(self, our_header: Sequence[int], their_header: Sequence[int]) -> None:
        """Matches the columns by their headers, and says which were added, missing or moved."""

        def texts(sheet: Received, rows: Sequence[int], width: int) -> list[tuple[str, ...]]:
            return [tuple(taken(sheet.value(row, column), "text") for row in rows) for column in range(width)]

        theirs = self.theirs
        below = [row for row in theirs.filled_rows() if row >= their_header[0]]
        width = max((theirs.filled_columns(row)[-1] + 1 for row in below), default=0)
        headers = texts(theirs, their_header, width)
        pairs = pair(texts(self.ours, our_header, len(self.names)), headers, [], 0)
        self.columns = {mine: other for other, mine in pairs.items()}
        if any(other != mine for other, mine in pairs.items()) or len(pairs) < len(self.names):
            self.found.rearranged.add(self.ours.name)
        if self._earlier:
            return
        for other in sorted(moved(pairs)):
            name = self.names[pairs[other]]
            self.found.add("column_moved", theirs.name, address(their_header[0], other), f"「{name}」列移动了位置")
        ours_filled = {
            column
            for row in self.ours.filled_rows()
            if row > our_header[-1]
            for column in self.ours.filled_columns(row)
        }
        for mine, name in enumerate(self.names):
            if mine not in self.columns and mine >= width and mine not in ours_filled:
                self.columns[mine] = mine  # an empty column has but its header to lose
            elif mine not in self.columns:
                self.found.add("column_missing", theirs.name, "", f"缺少「{name}」列")
        for other in set(range(width)) - set(pairs):
            if any(headers[other]):
                self._said.add(other)
                name = "".join(headers[other])
                self.found.add("column_added", theirs.name, address(their_header[0], other), f"多出一列「{name}」")

    # --- rows ---

    def fields(self, row: int, kinds: Sequence[str]) -> tuple[str, ...]:
        """What a row of ours says."""
        return tuple(self._known(taken(self.ours.value(row, mine), kind), mine) for mine, kind in enumerate(kinds))

    def their_fields(self, row: int, kinds: Sequence[str]) -> tuple[str, ...]:
        """What a row of theirs says, by our columns."""
        return tuple(
            self._known(taken(self.theirs.value(row, self.columns.get(mine)), kind), mine)
            for mine, kind in enumerate(kinds)
        )

    def _known(self, text: str, column: int) -> str:
        """What of a text its row is known by: the number of the row goes with its place."""
        return _COUNTED.sub("", text) if column in self._numbered else text

    def compare_row(self, row: int, our_row: int, kinds: Sequence[str], without: Sequence[int] = ()) -> None:
        """Every cell of a row that differs; `without`: our columns that are judged elsewhere."""
        for column, kind in enumerate(kinds):
            if column not in without and column in self.columns:
                self._compare_cell(row, column, our_row, kind)
        known = {*self.columns.values(), *self._said}
        if self._earlier:
            return
        for column in self.theirs.filled_columns(row):
            if column not in known:
                self._cell("cell", (row, column), "表外内容", "text", self.theirs.value(row, column), None)

    def _compare_cell(self, row: int, column: int, our_row: int, kind: str) -> None:
        place = (row, self.columns[column])
        theirs, ours = self.theirs.value(*place), self.ours.value(our_row, column)
        name = self.names[column] if kind != "title" else "文字"
        said, right = taken(theirs, kind), taken(ours, kind)
        if self._earlier or self.ours.name in self.found.rearranged:  # a row that moved has another number
            said, right = self._known(said, column), self._known(right, column)
        if said != right:
            self._cell("cell", place, name, kind, theirs, ours)
        elif formula := self.theirs.formulas.get(place):
            self.found.add("formula", self.theirs.name, address(*place), f"{name}：换成了公式 {formula}")
        elif kind in NUMBERS and isinstance(theirs, str):
            text = f"{name}：数以文本存放，合计公式不会计入"
            self.found.add("text_number", self.theirs.name, address(*place), text)

    def compare_rows(
        self,
        our_rows: Sequence[int],
        their_rows: Sequence[int],
        kinds: Sequence[str],
        keys: Sequence[Sequence[int]],
        same: Sequence[int],
        alike: int,
    ) -> dict[int, int]:
        """Matches rows and compares them; gives their row -> our row.

        keys: the columns by which a changed row is known again, from strict to loose. same: those that no two rows of
        a table share, and that describe a row.
        """
        ours = [self.fields(row, kinds) for row in our_rows]
        theirs = [self.their_fields(row, kinds) for row in their_rows]
        pairs = pair(ours, theirs, keys, alike)
        out_of_order = moved(pairs)
        if len(pairs) < max(len(ours), len(theirs)) or any(
            their_rows[place] != our_rows[mine] for place, mine in pairs.items()
        ):
            self.found.rearranged.add(self.ours.name)
        known = {tuple(fields[column] for column in same): row for fields, row in zip(ours, our_rows, strict=True)}
        for place, row in enumerate(their_rows):
            if place not in pairs:
                self._added(row, theirs[place], known, same)
                continue
            if place in out_of_order:
                text = f"整行移动了位置：{self.found.ours}在第 {our_rows[pairs[place]] + 1} 行"
                self.found.add("row_moved", self.theirs.name, address(row, 0), text)
            self.compare_row(row, our_rows[pairs[place]], kinds)
        back = {mine: place for place, mine in pairs.items()}
        for mine in range(len(our_rows)):
            if mine not in back:
                after = max((back[before] for before in range(mine) if before in back), default=None)
                where = their_rows[after] + 1 if after is not None else (their_rows[0] if their_rows else our_rows[0])
                if sum(map(bool, ours[mine])) == 1:  # a line of words, not a row of a table
                    column = next(column for column, text in enumerate(ours[mine]) if text)
                    value = self.ours.value(our_rows[mine], column)
                    self._cell("cell", (where, self.columns.get(column, column)), "文字", "text", None, value)
                    continue
                text = f"缺少一行：{self._described(ours[mine], same)}（{self.found.ours}在第 {our_rows[mine] + 1} 行）"
                self.found.add("row_missing", self.theirs.name, address(where, 0), text)
        return {their_rows[place]: our_rows[mine] for place, mine in pairs.items()}

    def _added(self, row: int, fields: tuple[str, ...], known: dict[tuple[str, ...], int], same: Sequence[int]) -> None:
        filled = self.theirs.filled_columns(row)
        if len(filled) == 1:  # a note somewhere, not a row of the table
            self._cell("cell", (row, filled[0]), "表外内容", "text", self.theirs.value(row, filled[0]), None)
            return
        first = known.get(tuple(fields[column] for column in same))
        kind, text = ("row_added", "多出一行") if first is None else ("row_duplicated", "重复的一行")
        described = self._described(fields, same)
        self.found.add(kind, self.theirs.name, address(row, filled[0] if filled else 0), f"{text}：{described}")

    @staticmethod
    def _described(fields: Sequence[str], same: Sequence[int]) -> str:
        text = " ".join(fields[column] for column in same if fields[column])
        return text if len(text) <= 80 else f"{text[:77]}…"


def find_header(sheet: Received, texts: Iterable[str], otherwise: int) -> int:
    """The row that looks most like a header; `otherwise` when none has two of its words."""
    words = {text for text in texts if text}
    scores = [
        (sum(taken(sheet.value(row, column), "text") in words for column in sheet.filled_columns(row)), -row)
        for row in range(min(sheet.height, _HEADER_WITHIN))
    ]
    best, place = max(scores, default=(0, 0))
    return -place if best >= min(2, len(words)) else min(otherwise, max(sheet.height - 1, 0))
