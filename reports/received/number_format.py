"""Whether a number format still shows the value of its cell: read as spreadsheets read it, judged by what it shows.

Programs rewrite formats when they save, so two are not compared by their words. What is not understood is reported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache

from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell, Cell, PercentNumber

TOO_FEW = "小数位不够"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<gap>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<end>;)|(?P<digits>[0#?.,]+)|(?P<at>@)|(?P<percent>%)"
    r"|(?P<exponent>E[+-])|(?P<day>AM/PM|上午/下午|[ymdhsegba]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_HARMLESS = re.compile(r"(?:[\s+()（）%年月日¥￥$€£－-]|万元|人民币|CNY|RMB)*")  # beside a number they change nothing
_IN_A_DATE = re.compile(r"[\s/.,年月日-]*")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_PATTERN = re.compile(r"(?:[0#?]+(?:,[0#?]+)*)?(?:\.([0#?]*))?")
_COLOURS = {
    name: colour
    for colour, names in {
        "000000": ("black", "黑色"), "FFFFFF": ("white", "白色"), "FF0000": ("red", "红色"), "00FF00": ("green", "绿色"),
        "0000FF": ("blue", "蓝色"), "FFFF00": ("yellow", "黄色"), "FF00FF": ("magenta", "洋红色"), "00FFFF": ("cyan", "青色"),
        # [Color 2] is the palette's second
    }.items()
    for name in names
} | {"color2": "FFFFFF", "颜色2": "FFFFFF"}  # fmt: skip
_CURRENCY = re.compile(r"[\s¥￥$€£]")
_NOTHING = ("-", "—", "－", "–")  # what accountants write for zero
_NEGATIVE = re.compile(r"[－(（-]")
_DECIMALS = 6  # places of 万元 to the fen; beyond them a sum carries the noise of floating point


@dataclass
class _Section:
    """One part of a format between semicolons; `order` tells how digits (d) and what is none (w) follow each other."""

    words: list[str] = field(default_factory=list)
    digits: str = ""
    order: str = ""
    days: str = ""
    percents: int = 0
    texts: int = 0
    general: bool = False
    exponent: bool = False
    condition: tuple[str, Decimal] | None = None
    colour: str | None = None

    @property
    def said(self) -> str:
        """Its words."""
        return "".join(self.words).strip()

    def may_hold(self, number: Decimal) -> bool:
        """Whether its condition, if it has one, lets a number in."""
        if self.condition is None:
            return True
        sign, limit = self.condition
        order = (number > limit) - (number < limit)
        return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "=": order == 0, "<>": order != 0}[
            sign
        ]


def misshown(value: Cell, code: str) -> str | None:
    """What is wrong with how a format shows a value, in words; None when it shows it."""
    sections = _sections(code)
    if isinstance(value, str):
        return _wrong_text(sections)
    if isinstance(value, date):
        return _wrong_date(sections[0])
    number = _number(value)
    if number is None:
        return None
    return next((wrong for section in _used(sections, number) if (wrong := _wrong_number(section, number))), None)


def colour_of(value: Cell, code: str) -> str | None:
    """The colour (RRGGBB) that a format itself gives a value; None when it gives none."""
    sections, number = _sections(code), _number(value)
    used = sections[3:4] if isinstance(value, str) else sections if number is None else _used(sections, number)
    return next((section.colour for section in used if section.colour), None)


def _number(value: Cell) -> Decimal | None:
    """A cell's number as it is stored (5% is 0.05); None for anything else."""
    if isinstance(value, str | bool | date | time | timedelta):
        return None
    try:
        number = cells.read_number(value)
    except BadCell:
        return None
    number = number / 100 if isinstance(value, PercentNumber) else number
    places = _DECIMALS + 2 * isinstance(value, PercentNumber)
    return round(number, places) if number.adjusted() < 15 else number


# --- reading ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _sections(code: str) -> tuple[_Section, ...]:
    sections = [_Section()]
    for match in _TOKEN.finditer(code or "General"):
        now, kind = sections[-1], match.lastgroup or ""
        text = match[kind]
        if kind == "end":
            sections.append(_Section())
        elif kind == "digits":
            now.digits += text
            now.order += "d"
        elif kind == "bracket":
            _bracket(now, text)
        elif kind == "day":
            now.days += text.lower()
        else:
            now.order += "w"
            now.general = now.general or kind == "general"
            now.exponent = now.exponent or kind == "exponent"
            now.texts += kind == "at"
            now.percents += kind == "percent"
            if kind in ("quoted", "escaped", "other", "fill"):
                now.words.append(text)
    return tuple(sections)


def _bracket(section: _Section, text: str) -> None:
    """[Red], [>100], [$¥-804], [h]; any other, such as [DBNum1], changes how digits are written and not the value."""
    lower = text.strip().lower().replace(" ", "")
    if match := _CONDITION.fullmatch(lower):
        section.condition = match[1], Decimal(match[2])
    elif lower.startswith("$"):
        section.words.append(text.strip()[1:].partition("-")[0])
        section.order += "w"
    elif re.fullmatch(r"h+|m+|s+", lower):
        section.days += lower
    else:
        section.colour = _COLOURS.get(lower, section.colour)


def _used(sections: Sequence[_Section], number: Decimal) -> Sequence[_Section]:
    """The sections that may show a number: one, or where there are conditions all whose condition lets it in."""
    numeric = sections[:3]
    for section in numeric:
        if section.condition is None:
            break
        if section.may_hold(number):
            return [section]
    if any(section.condition for section in numeric):
        return [section for section in numeric if section.may_hold(number)]
    if len(numeric) == 3 and number == 0:
        return numeric[2:]
    return numeric[1:2] if len(numeric) > 1 and number < 0 else numeric[:1]


# --- judging ------------------------------------------------------------------------------------------------------------


def _wrong_text(sections: Sequence[_Section]) -> str | None:
    """Text is shown as it is unless the format has a part for text: its fourth, or a last one with @."""
    last = sections[3] if len(sections) > 3 else sections[-1]
    if len(sections) <= 3 and not last.texts:
        return None
    if not last.texts and not last.general:
        return "不显示文字" if not last.said else f"显示的是「{last.said}」"
    if last.texts > 1 or last.said or last.digits:
        return f"显示的文字多出「{last.said or '重复的内容'}」"
    return None


def _wrong_date(section: _Section) -> str | None:
    days = section.days
    whole = ("y" in days or "e" in days) and "m" in days and "d" in days
    return None if whole and not section.digits and _IN_A_DATE.fullmatch(section.said) else "不显示完整的日期"


def _wrong_number(section: _Section, number: Decimal) -> str | None:
    said = section.said
    if number == 0 and set(section.digits) <= {"?"} and _CURRENCY.sub("", said) in _NOTHING:
        return None
    if not (section.digits or section.general or section.texts or section.days):
        return f"显示的是「{said}」" if said else "什么也不显示"
    if section.days or section.exponent:
        return "按日期或时间显示" if section.days else "按科学记数显示"
    if re.search("dw+d", section.order):
        return "在数字中间夹有别的字"
    if not _HARMLESS.fullmatch(said):
        return f"显示的数多出「{said}」"
    if number > 0 and _NEGATIVE.search(said) and not said.startswith("+"):
        return "显示成负数"
    return _wrong_digits(section, number) if section.digits else None


def _wrong_digits(section: _Section, number: Decimal) -> str | None:
    pattern = _PATTERN.fullmatch(section.digits)
    if pattern is None:
        return "按千或百万缩小显示" if re.fullmatch(r"[0#?,]*(?:\.[0#?]*)?,*", section.digits) else "写法不明"
    if number == 0 and "0" not in section.digits:
        return "不显示 0"
    shown = number.scaleb(2 * section.percents)
    decimals = len((f"{shown:f}".partition(".")[2]).rstrip("0"))
    if decimals > len(pattern[1] or ""):
        return f"{TOO_FEW}，显示不出 {shown.normalize():f}"
    return None
