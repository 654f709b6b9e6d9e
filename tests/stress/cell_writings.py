"""The sheets, styles and texts of a workbook in any of their writings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.workbooks.sheet_xml import column_letter
from stress.xml_writings import Node, Writing, XmlWriting

_INVISIBLE = "\u200b\u202c\u2066\u00ad\ufe0d\u3164\ufffc\u180e\u2060\U000e0061\ufeff"
_PERCENT = (
    "0.00%",
    "0.00%;-0.00%",
    "[Red]0.0000%",
    "[$-804]0.00%",
    "[<1]0.00%;0.00",
    '"约"0.00%',
    "_ 0.00%_ ",
    "0\\%%",
)
_NO_PERCENT = ("#,##0.00_%", "0.00!%", "0.00\\%", '0.0000"%"', "0.00*%", "[$%-804]0.00", "0.00;0.00%")
_DAYS = ("yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "m/d/yy;@")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


class CellWriting:
    """The parts of a workbook that hold what is shown; the sheets first, since they decide on styles and texts.

    main, office: the namespaces; shapes: how a column is read, by its sheet and header.
    """

    def __init__(self, how: Writing, main: str, office: str, shapes: Callable[[str, str], str]) -> None:
        self._how, self._main, self._office, self._shapes = how, main, office, shapes
        self._strings: list[Node] = []
        self.from_1904 = "days from 1904" in how.freedoms
        first = "0.00%" if "style 0 is percent" in how.freedoms else "General"
        self._formats: list[str] = [first, "General"]  # by the index of a style
        self._xml = XmlWriting(how)

    def styles(self) -> bytes:
        """The part of the styles."""
        own = sorted(set(self._formats) - {"General"})
        numbers = {"General": "0"} | {code: str(164 + place) for place, code in enumerate(own)}
        if "0.00%" in own and self._how.may("percent cells"):
            numbers["0.00%"] = "10"  # built in
        declared = [
            Node("numFmt", {"numFmtId": numbers[code], "formatCode": code}) for code in own if int(numbers[code]) >= 164
        ]
        cells = [
            Node("xf", {"numFmtId": numbers[code], "fontId": "0", "fillId": "0", "borderId": "0"})
            for code in self._formats
        ]
        children = [
            Node("numFmts", {"count": str(len(declared))}, declared),
            Node("fonts", {}, [Node("font", {})]),
            Node("fills", {}, [Node("fill", {})]),
            Node("borders", {}, [Node("border", {})]),
            Node("cellStyleXfs", {}, [Node("xf", {"numFmtId": "9"})]),
            Node("cellXfs", {"count": str(len(cells))}, cells),
        ]
        return self._xml.written(Node("styleSheet", {}, children), self._main)

    def shared(self) -> bytes:
        """The part of the shared texts."""
        return self._xml.written(Node("sst", {}, [Node("si", {}, node.children) for node in self._strings]), self._main)

    def unseen(self, text: str) -> str:
        """A text with characters in it that nobody sees, among others ends of a text and escaped NULs."""
        if not self._how.may("invisible characters"):
            return text
        for _ in range(self._how.random.randint(1, 3)):
            place = self._how.random.randint(0, len(text))
            text = text[:place] + self._how.pick(_INVISIBLE) + text[place:]
        return text

    def _text(self, text: str) -> Node:
        """The children of an `is` or `si` for a text."""
        how, text = self._how, self.unseen(text)
        cut = how.random.randint(0, len(text)) if how.may("rich text") else None
        pieces = [text] if cut is None else [text[:cut], text[cut:]]
        node = Node("is", {})
        for piece in map(self._escaped, pieces):
            spaces = {"xml:space": "preserve"} if piece != piece.strip() or how.may("blanks in tags", 0.2) else {}
            inner = Node("t", spaces, [piece])
            node.children.append(inner if cut is None else Node("r", {}, [Node("rPr", {}, [Node("b", {})]), inner]))
        if how.may("phonetic guides"):
            node.children.append(Node("rPh", {"sb": "0", "eb": "1"}, [Node("t", {}, ["yin"])]))
            node.children.append(Node("phoneticPr", {"fontId": "0"}))
        return node

    def _escaped(self, text: str) -> str:
        if "escapes" not in self._how.freedoms:
            return text
        return "".join(
            f"_x{ord(one):04X}_" if ord(one) < 0x10000 and self._how.random.random() < 0.2 else one for one in text
        ) + ("_x0000_" if self._how.may("invisible characters", 0.2) else "")

    # --- sheets and cells -------------------------------------------------------------------------------------------

    def sheet(self, name: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """The part of a sheet."""
        how, headers = self._how, list(dict.fromkeys(header for row in rows for header in row))
        lines = [[self._words(header) for header in headers]]
        lines += [[self._cell(row.get(header), self._shapes(name, header)) for header in headers] for row in rows]
        addressed = not how.may("no addresses", 1)
        data = Node("sheetData", {})
        for number, cells in enumerate(lines, start=1):
            row = Node("row", {"r": str(number)} if addressed else {})
            if how.may("hidden rows"):
                row.attributes["hidden"] = "1"
            for place, cell in enumerate(cells):
                if cell is None and addressed and not how.may("styled blanks"):
                    continue
                cell = cell or Node("c", {"s": "1"} if how.may("styled blanks") else {})
                if addressed:
                    cell.attributes = {"r": f"{column_letter(place)}{number}"} | cell.attributes
                row.children.append(cell)
            data.children.append(row)
        children: list[Any] = [data]
        if how.may("styled blanks"):
            children.insert(0, Node("dimension", {"ref": "A1"}))
        if how.may("extensions", 1):
            children.append(
                Node(
                    "extLst",
                    {},
                    [Node("ext", {"uri": "urn:x"}, [Node("foreign:c", {}, [Node("foreign:v", {}, ["7"])])])],
                )
            )
        if how.trap == "alternatives" and data.children:
            data.children = [Node("mc:AlternateContent", {}, [Node("mc:Choice", {"Requires": "r"}, data.children)])]
        spaces = {
            "r": self._office,
            "foreign": "urn:foreign",
            "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        }
        doctype = how.trap == "document type"
        return self._xml.written(Node("worksheet", {}, children), self._main, spaces, doctype)

    def _style(self, code: str) -> str:
        if code not in self._formats[1:]:
            self._formats.append(code)
        return str(self._formats.index(code, 1))

    def _cell(self, value: Any, shape: str) -> Node | None:
        how = self._how
        if value is None:
            return None
        if isinstance(value, date):
            return self._date(value)
        if isinstance(value, str):
            wide = shape in ("code", "choice") and how.may("full width")
            return self._words(value.translate(_WIDE) if wide else value)
        number = Decimal(str(value))
        if how.may("numbers as text", 0.3):
            text = f"{number:f}%" if shape == "percent" and how.may("percent cells") else f"{number:,f}"
            return self._words(text.translate(_WIDE) if how.may("full width") else text)
        if shape == "percent" and self._formats[0] == "0.00%" and how.may("style 0 is percent"):
            return self._number(number / 100, "0")
        if shape == "percent" and how.may("percent cells"):
            return self._number(number / 100, self._style(how.pick(_PERCENT)))
        if how.may("formats that look like percent"):
            return self._number(number, self._style(how.pick(_NO_PERCENT)))
        return self._number(number, "1")

    def _number(self, number: Decimal, style: str) -> Node:
        how, text = self._how, f"{number.normalize():f}"
        if how.may("blanks around numbers"):
            text = how.pick([f" {text}", f"{text}\n", f"\t{text} "])
        cell = Node("c", {"s": style, **({"t": "n"} if how.may("blanks in tags") else {})}, [Node("v", {}, [text])])
        if how.may("formulas with results"):
            cell.children.insert(0, Node("f", {}, [how.pick(["1+1", 'IF(A1<"&",1,2)'])]))
        if how.may("extensions"):
            cell.children.append(Node("extLst", {}, [Node("ext", {}, [Node("foreign:v", {}, ["9"])])]))
        if style == "0" or (style == "1" and self._formats[0] == "General" and how.may("styled blanks")):
            del cell.attributes["s"]
        return cell

    def _date(self, day: date) -> Node:
        how = self._how
        if how.may("dates as text"):
            text = how.pick([f"{day:%Y-%m-%d}", f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}",
                             f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日"])  # fmt: skip
            return self._words(text.translate(_WIDE) if how.may("full width") else text)
        if how.may("numbers as text"):
            return self._number(Decimal(f"{day:%Y%m%d}"), "1")
        if how.may("iso dates"):
            text = f"{day:%Y-%m-%d}" + how.pick(["", "T00:00:00", "T00:00:00Z"])
            return Node("c", {"t": "d", "s": self._style(_DAYS[0])}, [Node("v", {}, [text])])
        serial = (day - (date(1904, 1, 1) if self.from_1904 else date(1899, 12, 30))).days
        return self._number(Decimal(serial), self._style(how.pick(_DAYS) if how.freedoms else _DAYS[0]))

    def _words(self, text: str) -> Node:
        how = self._how
        if how.may("inline texts"):
            return Node("c", {"t": "inlineStr"}, [self._text(text)])
        if how.may("formula texts"):
            value = Node("v", {}, [self._escaped(self.unseen(text))])
            return Node("c", {"t": "str"}, [Node("f", {}, ['"a"']), value])
        self._strings.append(self._text(text))
        return Node("c", {"t": "s"}, [Node("v", {}, [str(len(self._strings) - 1)])])
