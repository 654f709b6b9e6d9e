"""How a received workbook looks against how a fresh export looks: nothing is judged, whatever differs is said.

Programs change much by merely saving; what that is, is known here or in the modules that resolve looks: widths by a tenth of
a character, heights that the export leaves to the program, and in LibreOffice, where a font is not installed, one other
font for all Chinese texts, and frozen panes that a conversion without a window drops.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product

from ledger.workbooks.packages import children
from ledger.workbooks.sheet_xml import Position, address, column_letter
from reports.received.differences import Difference, Findings
from reports.received.extras import book_extras, sheet_extras
from reports.received.names import EVERYWHERE, calculation, defined_names, plain_areas
from reports.received.page_setup import FROZEN, sheet_facts
from reports.received.reading import Book, Received
from reports.received.sheet_reading import TEXT, Line, SheetContent, corners
from reports.received.styles import FONT_NAME, FONT_WORDS, Look
from reports.writing.measures import text_height

_WIDTH, _HEIGHT = Decimal("0.1"), Decimal("0.05")  # units and points that two may differ by and be the same
_TALLEST = Decimal("1.5")  # times what its text needs
_STANDARD_WIDTH, _STANDARD_HEIGHT = Decimal("9.140625"), Decimal("15")
_CHINESE_FONT = re.compile(
    "cjk|han sans|han serif|hei|song|sung|ming|kai|fang|gothic|mincho|wenquanyi|droid sans fallback|ar pl|[宋黑楷仿明圆雅体]",
    re.IGNORECASE,
)
_FILTER = "筛选区域"


def compare_looks(
    ours: Book, theirs: Book, names: Mapping[str, str], rearranged: Iterable[str], found: Findings
) -> None:
    """Every difference of looks. names: their sheet by ours; rearranged: ours whose rows or columns do not correspond,
    so that their cells are not held against each other. Refused when a look of theirs cannot be read."""
    try:
        _compare_looks(ours, theirs, names, set(rearranged), found)
    except (ValueError, IndexError, ArithmeticError):  # numbers that are none
        theirs.package.refuse("页面或行列的设置无法读取，不能核对它看上去是什么样；请在表格软件中打开、另存后重试")


def _compare_looks(ours: Book, theirs: Book, names: Mapping[str, str], moved: set[str], found: Findings) -> None:
    fonts = _Fonts(theirs)
    for name, sheet in ours.sheets.items():
        if name not in names:
            continue
        other = theirs.sheets[names[name]]
        _Sheet(ours, theirs, sheet, other, fonts, found).compare(with_cells=name not in moved)
    fonts.report(found)
    _compare_books(ours, theirs, names, found)


class _Fonts:
    """Fonts of texts that LibreOffice replaced: one for all, where it has not the font that the texts ask for."""

    def __init__(self, theirs: Book) -> None:
        versions = children(theirs.package.workbook_xml, "fileVersion")
        self._by_calc = any(version.get("appName") == "Calc" for version in versions)
        self._met: dict[tuple[str, str, str], list[Position]] = {}  # sheet, theirs, ours

    @property
    def forgives_panes(self) -> bool:
        """Whether frozen panes may have gone by saving."""
        return self._by_calc

    def forgives(self, sheet: str, place: Position, theirs: str, ours: str) -> bool:
        """Whether another font may be LibreOffice's; it is noted, and judged when all are known."""
        if self._by_calc:
            self._met.setdefault((sheet, theirs, ours), []).append(place)
        return self._by_calc

    def report(self, found: Findings) -> None:
        """Says the replaced fonts, unless all are one font for Chinese."""
        names = {theirs for _, theirs, _ in self._met}
        if len(names) == 1 and _CHINESE_FONT.search(next(iter(names))):
            return
        for (sheet, theirs, ours), places in self._met.items():
            found.looks("style", sheet, _of_cells(places), f"{FONT_NAME}：{found.theirs} {theirs}，{found.ours} {ours}")


def _of_cells(places: list[Position]) -> tuple[str, str]:
    """The first of some cells, and how many there are in words."""
    first = address(*min(places))
    return first, f"{first} 等 {len(places)} 格" if len(places) > 1 else ""


class _Sheet:
    """One sheet in both versions."""

    def __init__(
        self, ours: Book, theirs: Book, sheet: Received, other: Received, fonts: _Fonts, found: Findings
    ) -> None:
        self._our_styles, self._their_styles = ours.styles, theirs.styles
        self._ours, self._theirs = sheet.content, other.content
        self._books, self._parts, self._fonts, self._found = (ours, theirs), (sheet, other), fonts, found
        self._name = other.name
        self._last_row = max((row for row, _ in self._ours.styles), default=-1)
        self._last_column = max((column for _, column in self._ours.styles), default=-1)

    def compare(self, with_cells: bool) -> None:
        """Everything of the sheet; without its cells where rows or columns do not correspond."""
        self._compare_state()
        if with_cells:
            self._compare_cells()
            self._compare_rows()
            self._compare_columns()
            self._compare_merges()
        self._compare_facts()
        for extra, cell in dict.fromkeys(sheet_extras(self._books[1].package, self._parts[1].part, self._theirs)):
            self._say("extra", cell, f"系统导出的没有：{extra}")

    def _say(self, kind: str, cell: str, text: str) -> None:
        self._found.looks(kind, self._name, (cell, ""), text)

    def _both(self, word: str, theirs: object, ours: object) -> str:
        return f"{word}：{self._found.theirs} {theirs}，{self._found.ours} {ours}"

    def _compare_state(self) -> None:
        ours, theirs = (part.part.state for part in self._parts)
        if theirs != ours:
            self._say("hidden", "", "工作表被隐藏" if theirs != "visible" else "工作表没有隐藏")

    # --- cells ------------------------------------------------------------------------------------------------------

    def _compare_cells(self) -> None:
        numbers: dict[tuple[tuple[str, str], ...], int] = {}

        def numbered(looks: Iterable[Look]) -> list[int]:
            """The same number for all that look alike."""
            return [numbers.setdefault(tuple(look.items()), len(numbers)) for look in looks]

        ours, theirs = numbered(self._our_styles.of_cells), numbered(self._their_styles.of_cells)
        looks = [dict(look) for look in numbers]
        covered, standard = _covered(self._ours), ours[0]
        differing: dict[tuple[int, int, tuple[str, ...]], list[Position]] = {}
        our_styles, their_styles = self._ours.styles, self._theirs.styles
        for place, style in our_styles.items():
            other = their_styles.get(place)
            number, right = theirs[self._beside(place) if other is None else other], ours[style]
            if number != right:
                shown = covered.get(place, ())
                words = tuple(
                    word for word in shown or looks[right] if looks[number].get(word) != looks[right].get(word)
                )
                if words or not shown:
                    differing.setdefault((number, right, words), []).append(place)
        for place, style in their_styles.items():
            if place not in our_styles and theirs[style] != standard and self._inside(place):
                words = tuple(
                    word for word in looks[standard] if looks[theirs[style]].get(word) != looks[standard][word]
                )
                differing.setdefault((theirs[style], standard, words), []).append(place)
        for (number, right, words), places in differing.items():
            self._say_looks(looks[number], looks[right], list(words), places)
        self._compare_unwritten(theirs, standard)
        self._compare_parts()

    def _inside(self, place: Position) -> bool:
        return place[0] <= self._last_row and place[1] <= self._last_column

    def _beside(self, place: Position) -> int:
        """The style of a cell that is not written: its row's, else its column's."""
        row = self._theirs.rows.get(place[0])
        return row.style if row is not None and row.style else self._theirs.column(place[1]).style

    def _say_looks(self, theirs: Look, ours: Look, words: list[str], places: list[Position]) -> None:
        words += [word for word in theirs if word not in ours]
        if words == [FONT_NAME]:
            texts = [place for place in places if self._is_text(place)]
            forgiven = {
                place for place in texts if self._fonts.forgives(self._name, place, theirs[FONT_NAME], ours[FONT_NAME])
            }
            places = [place for place in places if place not in forgiven]
            if not places:
                return
        said = "；".join(self._both(word, theirs.get(word, "无"), ours.get(word, "无")) for word in words)
        self._found.looks("style", self._name, _of_cells(places), said)

    def _is_text(self, place: Position) -> bool:
        held = self._theirs.cells.get(place)
        return held is None or held.kind == TEXT

    def _compare_unwritten(self, theirs: list[int], standard: int) -> None:
        """Cells that neither writes look as their row or column does."""
        odd_rows = [row for row, line in self._theirs.rows.items() if line.style and theirs[line.style] != standard]
        odd = [(first, last) for first, last, line in self._theirs.columns if theirs[line.style] != standard]
        written = self._theirs.styles
        for row in odd_rows:
            if row <= self._last_row and any((row, column) not in written for column in range(self._last_column + 1)):
                self._say("style", address(row, 0), f"第 {row + 1} 行整行设了样式")
        for first, last in odd:
            for column in range(first, min(last, self._last_column) + 1):
                if any((row, column) not in written for row in range(self._last_row + 1)):
                    self._say("style", address(0, column), f"{column_letter(column)} 列整列设了样式")

    def _compare_parts(self) -> None:
        """Texts of which a part has a look of its own; those of exports have none."""
        for place, text in self._theirs.texts.items():
            if text.guided:
                self._say("style", address(*place), "文字上方有注音")
            cell = self._our_styles.of_cells[self._ours.styles.get(place, 0)]
            for part in text.parts:
                if part is None:
                    continue
                look = self._their_styles.run(part, cell)
                words = [word for word in FONT_WORDS if look[word] != cell[word]]
                if words == [FONT_NAME] and self._fonts.forgives(self._name, place, look[FONT_NAME], cell[FONT_NAME]):
                    continue
                if words:
                    said = "；".join(self._both(word, look[word], cell[word]) for word in words)
                    self._say("style", address(*place), f"有一段文字与其余不同（{said}）")
                    break

    # --- rows, columns, merged cells ----------------------------------------------------------------------------------

    def _compare_rows(self) -> None:
        standard = self._standard("defaultRowHeight", _STANDARD_HEIGHT)
        zero = (form := self._theirs.other("sheetFormatPr")) is not None and form.get("zeroHeight") in ("1", "true")
        heights: dict[tuple[str, str], list[int]] = {}
        for row in range(self._last_row + 1):
            ours, line = self._ours.rows.get(row, _NOTHING), self._theirs.rows.get(row)
            theirs = Line(hidden=zero) if line is None else line
            height = standard if theirs.size is None else theirs.size
            if (theirs.hidden or not height) and not ours.hidden:
                self._say("hidden", address(row, 0), f"第 {row + 1} 行被隐藏")
            elif wrong := self._height_wrong(row, height, ours.size):
                heights.setdefault((f"{height.normalize():f}", wrong), []).append(row)
            if theirs.level != ours.level:
                self._say("hidden", address(row, 0), f"第 {row + 1} 行设了分级显示")
        for (height_text, wrong), rows in heights.items():
            more = f"（第 {rows[0] + 1} 行等 {len(rows)} 行）" if len(rows) > 1 else ""
            self._say("row_height", address(rows[0], 0), self._both("行高", f"{height_text} 磅", wrong) + more)

    def _height_wrong(self, row: int, height: Decimal, ours: Decimal | None) -> str:
        """What the height of a row should be, where it is not."""
        if ours is not None:
            return "" if abs(height - ours) <= _HEIGHT else f"{ours.normalize():f} 磅"
        sizes = [
            Decimal(self._our_styles.of_cells[self._ours.styles[row, column]]["字号"])
            for column in range(self._last_column + 1)
            if (row, column) in self._ours.cells
        ]
        need = text_height(max(sizes, default=Decimal(11)))
        fits = need <= height <= _TALLEST * need
        return "" if fits else f"{need.normalize():f} 至 {(_TALLEST * need).normalize():f} 磅"

    def _compare_columns(self) -> None:
        standard = self._standard("defaultColWidth", _STANDARD_WIDTH)
        for column in range(self._last_column + 1):
            ours, theirs = self._ours.column(column), self._theirs.column(column)
            width = standard if theirs.size is None else theirs.size
            right = _STANDARD_WIDTH if ours.size is None else ours.size
            cell = address(0, column)
            if (theirs.hidden or not width) and not ours.hidden:
                self._say("hidden", cell, f"{column_letter(column)} 列被隐藏")
            elif abs(width - right) > _WIDTH and (ours.size is not None or theirs.size is not None):
                said = self._both("列宽", f"{width.normalize():f}", f"{right.normalize():f}")
                self._say("column_width", cell, f"{column_letter(column)} 列{said}")
            if theirs.level != ours.level:
                self._say("hidden", cell, f"{column_letter(column)} 列设了分级显示")

    def _standard(self, name: str, otherwise: Decimal) -> Decimal:
        said = self._theirs.other("sheetFormatPr")
        return otherwise if said is None or said.get(name) is None else Decimal(said.get(name, ""))

    def _compare_merges(self) -> None:
        ours, theirs = _merged(self._ours), _merged(self._theirs)
        for area in sorted(theirs - ours):
            self._say("merged", area.partition(":")[0], f"合并了单元格 {area}，系统导出的没有合并")
        for area in sorted(ours - theirs):
            self._say("merged", area.partition(":")[0], f"单元格 {area} 没有合并")

    # --- the sheet as a whole ----------------------------------------------------------------------------------------

    def _compare_facts(self) -> None:
        ours, theirs = sheet_facts(self._ours), sheet_facts(self._theirs)
        if theirs.get(FROZEN) == "无" and self._fonts.forgives_panes:
            theirs[FROZEN] = ours[FROZEN]
        said = set[str]()
        for word in ours:
            if (other := theirs.get(word, ours[word])) == ours[word]:
                continue
            if word[-2:] in said and (theirs[word[-2:]], ours[word[-2:]]) == (other, ours[word]):
                continue  # the same of the first page or of even ones
            said.add(word)
            self._say("page", "", self._both(word, other, ours[word]))
        filters = tuple(_filter(content) for content in (self._theirs, self._ours))
        if filters[0] != filters[1]:
            self._say("page", "", self._both("筛选", *filters))


_NOTHING = Line()


def _merged(content: SheetContent) -> set[str]:
    element = content.other("mergeCells")
    found = (each.get("ref", "") for each in element) if element is not None else ()
    return {plain_areas(ref) for ref in found}


def _covered(content: SheetContent) -> dict[Position, tuple[str, ...]]:
    """The cells that merged ones cover -> what is seen of them: their sides at the edge of the area, and NOTHING_SEEN."""
    element = content.other("mergeCells")
    found: dict[Position, tuple[str, ...]] = {}
    for each in element if element is not None else ():
        (top, left), (bottom, right) = corners(each.get("ref", ""))
        for row, column in product(range(top, bottom + 1), range(left, right + 1)):
            sides = (
                ("左框线", column == left), ("右框线", column == right), ("上框线", row == top), ("下框线", row == bottom),
            )  # fmt: skip
            if (row, column) != (top, left):
                found[row, column] = (*(side for side, at_edge in sides if at_edge), _NOTHING_SEEN)
    return found


_NOTHING_SEEN = ""  # a property that no look has: so that a cell within an area has its own, if empty, list


def _filter(content: SheetContent) -> str:
    element = content.other("autoFilter")
    return "无" if element is None else plain_areas(element.get("ref", ""))


# --- the workbook as a whole -------------------------------------------------------------------------------------------------


def _compare_books(ours: Book, theirs: Book, names: Mapping[str, str], found: Findings) -> None:
    back = {other: name for name, other in names.items()}
    order = [back[name] for name in theirs.sheets if name in back]
    if order != [name for name in ours.sheets if name in names]:
        found.looks("sheets", "", ("", ""), f"工作表的次序改成了 {'、'.join(order)}")
    for difference in _names_that_differ(defined_names(ours.package), defined_names(theirs.package), names, found):
        found.differences.append(difference)
    right, said = calculation(ours.package), calculation(theirs.package)
    for word, value in said.items():
        if value != right[word]:
            found.looks("calculation", "", ("", ""), f"{word}：{found.theirs} {value}，{found.ours} {right[word]}")
    for extra in dict.fromkeys(book_extras(theirs.package)):
        found.looks("extra", "", ("", ""), f"系统导出的没有：{extra}")


def _names_that_differ(
    ours: Mapping[tuple[str, str], str],
    theirs: Mapping[tuple[str, str], str],
    names: Mapping[str, str],
    found: Findings,
) -> Iterator[Difference]:
    known = {**names, EVERYWHERE: EVERYWHERE}  # that a sheet is missing was said
    right = {(known[sheet], name): text for (sheet, name), text in ours.items() if sheet in known}
    for key in {**right, **theirs}:
        sheet, name = key
        if name == _FILTER or theirs.get(key) == right.get(key):
            continue
        text = f"{name}：{found.theirs} {theirs.get(key, '无')}，{found.ours} {right.get(key, '无')}"
        yield Difference("defined_name", "" if sheet == EVERYWHERE else sheet, "", text)
