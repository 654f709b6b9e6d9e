"""One cell at a time: what a person may write, and what it is taken as.

Each reader takes a cell's value as the workbook holds it (text, number, date, or one of the marks below) and returns
the parsed value, or raises BadCell with a Chinese clause for what is wrong and one for what would be right. Empty cells
never come here.
"""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.counties import ALL_COUNTIES, CITY, COUNTIES, county_of
from ledger.workbooks.cell_marks import (
    EXCEL_DIGITS,
    Covered,
    ErrorValue,
    FormulaField,
    FormulaWithoutValue,
    Mark,
    PercentNumber,
    UnclearNumber,
    fifteen_digits,
)
from ledger.workbooks.visible import spelled, visible

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FULL_BRACKETS = str.maketrans("()", "（）")
LARGEST_WAN_FEN = 10**15  # 10 亿万元: beyond any loan, and every product that the rules form stays exact
FIRST_YEAR, LAST_YEAR = 1990, 2099


class BadCell(ValueError):
    """A cell that cannot be taken: what is wrong with it, and what would be right (Chinese clauses)."""

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected


Cell = str | int | float | bool | date | datetime | time | timedelta | Mark
Reader = Callable[[Cell], Any]


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as their half-width twins, without what nobody can see."""
    text = visible(text)
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def shown(value: object) -> str:
    """A cell's value as a person would recognise it in a message."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and math.isfinite(value):
        value = f"{fifteen_digits(value):f}"  # without an exponent, which nobody wrote
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(value, timedelta):  # as a cell of the format [h]:mm:ss shows it
        minutes, seconds = divmod(value // timedelta(seconds=1), 60)
        value = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    text = spelled(str(value))
    return text if len(text) <= 60 else text[:57] + "…"


def _refuse_marks(value: Cell, expected: str) -> None:
    if isinstance(value, FormulaWithoutValue):
        raise BadCell("公式没有保存计算结果", f"{expected}；请在表格软件中打开、重新计算并保存，或改填数值")
    if isinstance(value, FormulaField):
        raise BadCell("以 = 开头，是公式", f"{expected}；CSV 文件中请填数值或文字")
    if isinstance(value, ErrorValue):
        raise BadCell(f"单元格是错误值 {value.text}", expected)
    if isinstance(value, UnclearNumber):
        raise BadCell(f"数字格式「{spelled(value.code)}」下显示的数无法确定", f"{expected}；请改用常规格式")
    if isinstance(value, Covered):
        raise BadCell("单元格被合并，看不到它的内容", f"{expected}；请取消合并，在每一行各自填写")
    if isinstance(value, bool):
        raise BadCell("单元格是逻辑值", expected)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadCell("不是有限的数", expected)


# --- text ---------------------------------------------------------------------------------------------------------------


def _plain_text(value: Cell, expected: str) -> str:
    """Text as written; a number of up to 15 digits digit by digit."""
    _refuse_marks(value, expected)
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, int | float):
        number = fifteen_digits(value)
        if number != number.to_integral_value() or number < 0:
            raise BadCell("数字带有小数或负号，不是编号", expected)
        if abs(value) >= 10**EXCEL_DIGITS:
            raise BadCell("数字超过 15 位，末尾数字已被表格软件丢失", f"{expected}；请把单元格设为文本格式后重新录入")
        return f"{int(number)}"
    raise BadCell("单元格是日期或时间，不是文本", expected)


_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{1,3}", re.ASCII | re.IGNORECASE)  # as CSV files keep long numbers


def read_code(value: Cell) -> str:
    """A code: half-width, without surrounding blanks."""
    expected = "应为编号（文本）"
    text = half_width(value if value.__class__ is str else _plain_text(value, expected)).strip()
    if not text.isprintable() and any(character.isspace() and character != " " for character in text):
        raise BadCell("编号中间有换行或制表符", expected)
    if _SCIENTIFIC.fullmatch(text):
        raise BadCell("是科学计数法，原来的数字已被表格软件丢失", f"{expected}；请把该列设为文本格式后重新录入，再另存")
    return text


AS_WRITTEN: dict[Reader, re.Pattern[str]] = {read_code: re.compile("(?:[!-*,-~]{1,1000}\n)*")}
"""Of a reader: texts, each with a line break behind it, of which each is taken as it is written. (A code with a + may be a number
that lost its digits.)"""


def read_name(value: Cell) -> str:
    """A name: blanks dropped, brackets full-width."""
    text = _plain_text(value, "应为名称（文本）")
    return "".join(text.split()).translate(_FULL_BRACKETS)


def read_text(value: Cell) -> str:
    """Free text, such as a document number or a cause: surrounding blanks and line breaks dropped."""
    return " ".join(_plain_text(value, "应为文本").split())


_USCC = re.compile("[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def well_formed_uscc(code: str) -> bool:
    """Whether a text has the form of a 统一社会信用代码; its check character may still be wrong.

    The registering department (first character) may be a letter: the package's own format check asks for eight digits
    and is too strict, so only its check character is used.
    """
    return _USCC.fullmatch(code) is not None


def check_uscc(code: str) -> str | None:
    """What is wrong with a 统一社会信用代码 (GB 32100-2015), None if nothing is."""
    if len(code) != 18:
        return f"共 {len(code)} 位"
    if not well_formed_uscc(code):
        return "含有代码中不会出现的字符，或第 3 至 8 位不是数字"
    from stdnum.cn import uscc as stdnum_uscc  # here and not above: few commands read a code

    check = stdnum_uscc.calc_check_digit(code[:17])
    return None if code[17] == check else f"校验位不符（按前 17 位应为 {check}）"


def read_uscc(value: Cell) -> str:
    """A 统一社会信用代码 as written (upper case); whether it is right is judged with the rest of its row."""
    return "".join(read_code(value).split()).upper()


def one_of(words: Sequence[str], what: str) -> Reader:
    """A reader for one of a few words."""
    listed = "、".join(words)

    def read(value: Cell) -> str:
        expected = f"应为以下之一：{listed}"
        word = "".join(half_width(_plain_text(value, expected)).split()).translate(_FULL_BRACKETS)
        if word not in words:
            near = difflib.get_close_matches(word, words, 1)
            raise BadCell(f"不是已知的{what}" + (f"（是否为「{near[0]}」？）" if near else ""), expected)
        return word

    return read


def _place(value: Cell, words: Sequence[str], what: str) -> str:
    word = read_name(value)
    return one_of(words, what)(county_of(word) or word)


def read_county(value: Cell) -> str:
    """A county in any accepted form, as its short name; or 市外."""
    return _place(value, ALL_COUNTIES, "区市")


def read_scope(value: Cell) -> str:
    """The scope of a budget: 全市, or a county in any accepted form."""
    return _place(value, (CITY, *COUNTIES), "范围")


# --- numbers ------------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+", re.ASCII)


def _number(value: Cell, expected: str) -> Decimal:
    _refuse_marks(value, expected)
    if isinstance(value, PercentNumber):
        raise BadCell("单元格是百分比格式", expected)
    if isinstance(value, int | float):
        return fifteen_digits(value)
    if isinstance(value, str):
        text = half_width(value).strip()
        if not _NUMBER.fullmatch(text):
            raise BadCell("不是数字", expected)
        try:
            return Decimal(text.replace(",", ""))
        except InvalidOperation as error:  # more digits than any context holds
            raise BadCell("不是数字", expected) from error
    raise BadCell("单元格是日期或时间，不是数字", expected)


def read_number(value: Cell) -> Decimal:
    """Any number, exactly: a numeric cell at its 15 digits (a percent format as the percentage shown), or text."""
    if isinstance(value, PercentNumber):
        return fifteen_digits(value.value) * 100
    return _number(value, "应为数字")


def _scaled(number: Decimal, digits: int, expected: str) -> int:
    """A decimal counted in 10**-digits; refused when that is not whole."""
    if number.adjusted() > 24:
        raise BadCell("数字过大", expected)
    whole = number.scaleb(digits)
    if whole != whole.to_integral_value():
        raise BadCell(f"小数超过 {digits} 位", expected)
    return int(whole)


def wan_amount(least: int) -> Reader:
    """A reader for an amount in 万元, as fen, not below `least` fen."""
    return _amount(least, "万元", 6)


def yuan_amount(least: int) -> Reader:
    """A reader for an amount in 元, as fen, not below `least` fen."""
    return _amount(least, "元", 2)


def _amount(least: int, unit: str, digits: int) -> Reader:
    rule = "应为大于 0 的数" if least > 0 else "应为不小于 0 的数"
    expected = f"{rule}（{unit}，最多 {digits} 位小数）"

    def read(value: Cell) -> int:
        fen = _scaled(_number(value, expected), digits, expected)
        if fen < least:
            raise BadCell("金额为负" if fen < 0 else "金额为 0", expected)
        if fen > LARGEST_WAN_FEN:
            raise BadCell("金额超过 10 亿万元，疑为单位有误", expected)
        return fen

    return read


def read_percent(value: Cell) -> int:
    """A rate in percent as e4; 0.0435 in a percent-formatted cell, and the text 4.35%, are 4.35."""
    expected = "应为百分数，如 4.35（表示 4.35%，最多 4 位小数，0 至 100 之间）"
    if isinstance(value, PercentNumber):
        number = fifteen_digits(value.value) * 100
    else:
        number = _number(half_width(value).strip().removesuffix("%") if isinstance(value, str) else value, expected)
    rate = _scaled(number, 4, expected)
    if rate < 0:
        raise BadCell("比例为负", expected)
    if rate > 1_000_000:
        raise BadCell("比例超过 100%", expected)
    return rate


def read_factor(value: Cell) -> int:
    """A factor such as 1.5, as e4."""
    expected = "应为倍数，如 1.5（最多 4 位小数）"
    return _scaled(_number(value, expected), 4, expected)


def _whole(value: Cell, expected: str) -> int:
    number = _number(value, expected)
    if number != number.to_integral_value() or number.adjusted() > 9:
        raise BadCell("不是整数" if number.adjusted() <= 9 else "数字过大", expected)
    return int(number)


def read_year(value: Cell) -> int:
    """A year of four digits."""
    expected = "应为四位年份，如 2023"
    year = _whole(half_width(value).strip().removesuffix("年") if isinstance(value, str) else value, expected)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadCell("年份超出范围", expected)
    return year


def read_count(value: Cell, most: int = 100) -> int:
    """A number of years or things, 0 or more."""
    expected = "应为不小于 0 的整数"
    count = _whole(value, expected)
    if not 0 <= count <= most:
        raise BadCell("为负" if count < 0 else "数字过大", expected)
    return count


# --- dates --------------------------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})(日?)|(\d{4})(\d{2})(\d{2})",
    re.ASCII,
)
_CLOCK = re.compile(r"(.*?)[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?", re.ASCII)
_EXPECTED_DATE = "应为日期，如 2023-07-03、2023/7/3、2023.7.3、20230703 或 2023年7月3日"


def read_date(value: Cell) -> date:
    """A date without a time."""
    return _date(value, with_time=False)


def read_date_with_time(value: Cell) -> date:
    """A date that may carry a time; the time is not kept."""
    return _date(value, with_time=True)


def _date(value: Cell, with_time: bool) -> date:
    _refuse_marks(value, _EXPECTED_DATE)
    if isinstance(value, datetime):
        if not with_time and value.time() != time(0):
            raise BadCell("日期带有时刻", _EXPECTED_DATE)
        return _sensible(value.date())
    if isinstance(value, date):
        return _sensible(value)
    if isinstance(value, int | float):
        number = fifteen_digits(value)
        if number != number.to_integral_value() or not 10**7 <= number < 10**8:
            hint = "；该数若是日期，请把单元格格式改为日期" if 30_000 < number < 80_000 else ""
            raise BadCell("是数字，不是日期", _EXPECTED_DATE + hint)
        return _date(f"{int(number)}", with_time)
    if not isinstance(value, str):
        raise BadCell("不是日期", _EXPECTED_DATE)
    text = half_width(value).strip()
    if clock := _CLOCK.fullmatch(text):
        hour, minute, second = (int(part or 0) for part in clock.groups()[1:])
        if not with_time:
            raise BadCell("日期带有时刻", _EXPECTED_DATE)
        if hour > 23 or minute > 59 or second > 59:
            raise BadCell("时刻不存在", _EXPECTED_DATE)
        text = clock.group(1).strip()
    match = _DATE.fullmatch(text)
    if not match or (match.group(7) == "日") != (match.group(5) is not None):
        raise BadCell("不是日期", _EXPECTED_DATE)
    groups = match.groups()
    year, month, day = (
        groups[0] or groups[7],
        next(filter(None, groups[1:5]), None) or groups[8],
        groups[5] or groups[9],
    )
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise BadCell("没有这一天", _EXPECTED_DATE) from error
    return _sensible(found)


def _sensible(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadCell(f"年份超出范围（{FIRST_YEAR} 至 {LAST_YEAR}）", _EXPECTED_DATE)
    return day
