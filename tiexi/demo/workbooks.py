"""The invented city's intake workbooks, written the way different people would write them.

The city's books are tidy. Each bank has a taste of its own (`_TASTES`): dates as date cells, as text in
several notations or as numbers, amounts as text with thousands separators, a rate as a percentage, another
order of columns and sheets, full-width brackets in headers, optional columns left out, empty rows in between.
All of it means the same as `World.sheets` and is to be understood by the import.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.writing.packing import new_book
from tiexi.demo.city import ALL_BANKS, BANKS, CITY_BOOK, FINDINGS_BOOK, YEARS, Row, World

NOTICE = "本文件为演示用虚构数据"
_TEXT_DATES: dict[str, Callable[[date], str]] = {
    "2023/7/3": lambda day: f"{day.year}/{day.month}/{day.day}",
    "2023.7.3": lambda day: f"{day.year}.{day.month}.{day.day}",
    "2023-07-03": lambda day: day.isoformat(),
    "2023年7月3日": lambda day: f"{day.year}年{day.month}月{day.day}日",
}
_LONG_COUNTIES = {
    "高区": "威海火炬高技术产业开发区",
    "经区": "威海经济技术开发区",
    "临港区": "威海临港经济技术开发区",
    "综保区": "威海综合保税区",
}
_UPLOADED = "资料上传日"


@dataclass(frozen=True)
class Taste:
    """How somebody fills in a workbook; the defaults are the tidy way."""

    dates: str = ""  # '' = date cells, 'number' = 20230703, else a key of _TEXT_DATES
    text_amounts: bool = False  # '1,200.5' as text
    percent_rates: bool = False  # 0.0435 shown as 4.35%
    backwards: bool = False  # columns and sheets in the opposite order
    wide_headers: bool = False  # 贷款金额（万元）
    upload_times: bool = False  # the hour behind the day on which papers were uploaded
    number_notes: bool = False  # note numbers in number cells
    gaps: bool = False  # an empty row after every tenth
    long_counties: bool = False  # 威海经济技术开发区
    colour: str = "#DDEBF7"


_TASTES = {
    BANKS[0]: Taste(),
    BANKS[1]: Taste(dates="2023/7/3", text_amounts=True, colour="#FCE4D6"),
    BANKS[2]: Taste(dates="2023年7月3日", wide_headers=True, colour="#E2EFDA"),
    BANKS[3]: Taste(percent_rates=True, colour="#FFF2CC"),
    BANKS[4]: Taste(dates="2023.7.3", backwards=True, colour="#EDEDED"),
    BANKS[5]: Taste(dates="number", number_notes=True, colour="#D9E1F2"),
    BANKS[6]: Taste(upload_times=True, wide_headers=True, colour="#F8CBAD"),
    BANKS[7]: Taste(dates="2023-07-03", upload_times=True, gaps=True, colour="#C6E0B4"),
}


class _Book:
    """One workbook being filled."""

    def __init__(self, book: Workbook, taste: Taste) -> None:
        self.taste = taste
        self._book = book
        self._formats: dict[str, Format] = {}
        self._header = self._book.add_format(
            {"bold": True, "bg_color": taste.colour, "border": 1, "align": "center", "text_wrap": True}
        )

    def explain(self, sender: str, year: int) -> None:
        """The first sheet: what this file is."""
        sheet = self._book.add_worksheet("说明")
        sheet.set_column(0, 0, 72)
        sheet.write_string(0, 0, f"{NOTICE}，企业、银行、贷款及文号均系编造", self._header)
        lines = (
            f"报送单位：{sender}",
            f"业务年度：{year} 年（{YEARS[0]} 年的文件含以前年度发放、仍需登记的贷款）"
            if year == YEARS[0]
            else f"业务年度：{year} 年",
            "金额单位：万元",
            "各表第一行为表头，一行一笔，请勿插入合计行。",
        )
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line)

    def add(self, name: str, rows: Sequence[Row]) -> None:
        """A sheet with its header and rows; a column in which nobody wrote anything is left out."""
        headers = [header for header in rows[0] if any(row.get(header) is not None for row in rows)]
        if self.taste.backwards:
            headers.reverse()
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            shown = header.replace("(", "（").replace(")", "）") if self.taste.wide_headers else header
            sheet.write_string(0, column, shown, self._header)
            sheet.set_column(column, column, _width(header, [row.get(header) for row in rows]))
        for number, row in enumerate(rows):
            line = 1 + number + (number // 10 if self.taste.gaps else 0)
            for column, header in enumerate(headers):
                self._cell(sheet, line, column, header, row.get(header))

    def _cell(self, sheet: Worksheet, line: int, column: int, header: str, value: object) -> None:
        if isinstance(value, date):
            self._date(sheet, line, column, value, with_time=header == _UPLOADED and self.taste.upload_times)
        elif isinstance(value, Decimal):
            self._decimal(sheet, line, column, value, is_rate="%" in header)
        elif isinstance(value, int):
            sheet.write_number(line, column, value, self._format("0"))
        elif value is not None:
            self._text(sheet, line, column, header, str(value))

    def _date(self, sheet: Worksheet, line: int, column: int, day: date, *, with_time: bool) -> None:
        clock = time(9 + line % 8, line * 7 % 60)
        if self.taste.dates == "number":
            sheet.write_number(line, column, int(f"{day:%Y%m%d}"), self._format("0"))
        elif self.taste.dates:
            shown = _TEXT_DATES[self.taste.dates](day) + (f" {clock:%H:%M}" if with_time else "")
            sheet.write_string(line, column, shown)
        elif with_time:
            moment = datetime.combine(day, clock)
            sheet.write_datetime(line, column, moment, self._format("yyyy-mm-dd hh:mm"))
        else:
            sheet.write_datetime(line, column, day, self._format("yyyy-mm-dd"))

    def _decimal(self, sheet: Worksheet, line: int, column: int, value: Decimal, *, is_rate: bool) -> None:
        if is_rate and self.taste.percent_rates:
            sheet.write_number(line, column, float(value / 100), self._format("0.00%"))
        elif is_rate:
            sheet.write_number(line, column, float(value), self._format("0.00##"))
        elif self.taste.text_amounts:
            sheet.write_string(line, column, f"{value.normalize():,f}", self._format("@"))
        else:
            sheet.write_number(line, column, float(value), self._format("#,##0.00####"))

    def _text(self, sheet: Worksheet, line: int, column: int, header: str, value: str) -> None:
        if header == "借据编号" and self.taste.number_notes:
            sheet.write_number(line, column, int(value), self._format("0"))
        elif header == "区市" and self.taste.long_counties:
            sheet.write_string(line, column, _LONG_COUNTIES.get(value, value), self._format("@"))
        else:
            sheet.write_string(line, column, value, self._format("@"))

    def _format(self, pattern: str) -> Format:
        if pattern not in self._formats:
            self._formats[pattern] = self._book.add_format({"num_format": pattern})
        return self._formats[pattern]


def _width(header: str, values: Iterable[object]) -> float:
    """A column's width: Chinese characters take two places."""
    texts = [header, *(str(value) for value in values if value is not None)]
    return min(44.0, 3.0 + max(sum(1 + (char > "\u2e7f") for char in text) for text in texts))


def write_book(
    path: Path, year: int, sender: str, sheets: Mapping[str, Sequence[Row]], taste: Taste | None = None
) -> Path:
    """Writes one sender's workbook, the tidy way if no taste is given."""
    taste = taste or Taste()
    # a fixed date, so that the same world gives the same bytes
    with new_book(path, date(year + 1, 1, 12), path.stem, NOTICE) as made:
        book = _Book(made, taste)
        book.explain(sender, year)
        names = list(sheets)
        for name in reversed(names) if taste.backwards else names:
            book.add(name, sheets[name])
    return path


def write_workbooks(folder: Path, year: int, world: World) -> list[Path]:
    """Writes a year's intake workbooks into `folder`; gives them in the order in which to import them."""
    city = Taste(long_counties=year > YEARS[0], colour="#BDD7EE")
    written = []
    for number, (book, sheets) in enumerate(world.books(year), start=1):
        sender = book if book in ALL_BANKS else "威海市地方金融监管局（演示）"
        path = folder / f"{year}-{number:02d}-{book}.xlsx"
        taste = city if book in (CITY_BOOK, FINDINGS_BOOK) else _TASTES.get(book, Taste())
        written.append(write_book(path, year, sender, sheets, taste))
    return written


# -- a workbook full of mistakes -----------------------------------------------------------------------------

SPOILED_CELLS = (
    ("贷款", 3, "统一社会信用代码"),  # the check character is wrong
    ("贷款", 4, "银行名称"),  # a bank that nobody knows: a slip of the pen
    ("贷款", 5, "发放日"),  # the 30th of February
    ("贷款", 6, "到期日"),  # due before it was disbursed
    ("贷款", 7, "贷款金额(万元)"),  # negative
    ("贷款", 8, "贷款金额(万元)"),  # finer than a fen
    ("贷款", 10, "借据编号"),  # the same key as the row above
    ("还款", 3, "还本金额(万元)"),  # more than is owed
)  # sheet, Excel row and column of each mistake


def write_spoiled(folder: Path, world: World) -> Path:
    """Writes a bank's workbook for the last year with the mistakes of SPOILED_CELLS.

    It is refused for these alone once the last year's register of the city is on file.
    """
    bank, year = BANKS[0], YEARS[-1]
    code = world.enterprises[0].code
    good = {
        "银行名称": bank, "借据编号": "", "业务品种": "科技支行贷款", "统一社会信用代码": code,
        "贷款金额(万元)": Decimal(500), "发放日": date(year, 9, 10), "到期日": date(year + 1, 9, 10),
        "年利率(%)": Decimal("3.55"), "担保方式": "信用", _UPLOADED: date(year, 9, 12),
    }  # fmt: skip
    changes: tuple[Row, ...] = (
        {},
        {"统一社会信用代码": code[:-1] + ("0" if code[-1] != "0" else "1")},
        {"银行名称": "兰鲸样例银行"},
        {"发放日": f"{year}-02-30"},
        {"到期日": date(year, 3, 10)},
        {"贷款金额(万元)": Decimal(-300)},
        {"贷款金额(万元)": "120.1234567"},
        {"贷款金额(万元)": Decimal(260)},
        {"贷款金额(万元)": Decimal(620), "借据编号": f"LJ{year}-9008"},
    )
    loans = [good | {"借据编号": f"LJ{year}-{9001 + n}"} | change for n, change in enumerate(changes)]
    paid = {"银行名称": bank, "借据编号": loans[0]["借据编号"], "付息金额(万元)": Decimal("1.5")}
    repayments: list[Row] = [
        paid | {"还款日": date(year, 11, 10), "还本金额(万元)": Decimal(200), _UPLOADED: date(year, 11, 12)},
        paid | {"还款日": date(year, 12, 10), "还本金额(万元)": Decimal(450), _UPLOADED: date(year, 12, 12)},
    ]
    path = folder / f"{year}-有误示例-{bank}.xlsx"
    return write_book(path, year, bank, {"贷款": loans, "还款": repayments}, _TASTES[bank])
