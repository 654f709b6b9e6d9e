"""What the value of a cell means, by its type and its style: text, number, date, percentage, error."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from ledger.workbooks.cell_marks import ErrorValue, FormulaWithoutValue, PercentNumber, UnclearNumber
from ledger.workbooks.escapes import unescaped
from ledger.workbooks.number_formats import NumberFormat, unclear_format
from ledger.workbooks.visible import visible

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|-?INF|NaN")
_INDEX = re.compile("[0-9]{1,9}")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T[0-9:.]+)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_ISO_CLOCK = re.compile(r"T?\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?", re.ASCII)
_BLANKS = " \t\r\n"  # those of XML
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_WITHOUT_VALUE = FormulaWithoutValue()
_DAY_ZERO = datetime(1899, 12, 30)
_DAY_ZERO_1904 = datetime(1904, 1, 1)
_LEAP_DAY_1900 = 60  # a day that only spreadsheet programs know; before it days count one more
_LAST_DAY = 2_958_465  # 9999-12-31
_MILLISECOND = timedelta(milliseconds=1)
_double = float  # a numeric cell is a double; the readers of cells take the 15 digits of it that are kept


class BadValue(ValueError):
    """A value that is none of its type: a clause in Chinese."""


class _Numbers(dict[str, Any]):
    """The numbers of one style by what is written, each looked at once."""

    def __init__(self, number_format: NumberFormat, from_1904: bool) -> None:
        self._format = number_format
        self._from_1904 = from_1904

    def __missing__(self, written: str) -> Any:
        text = written.strip(_BLANKS)
        if not _NUMBER.fullmatch(text):
            raise BadValue("的内容不是数字")
        number = _double(text)
        self[written] = found = self._meant(number)
        return found

    def _meant(self, number: float) -> Any:
        shown = self._format.shown(number)
        if shown == "number":
            return number
        if shown == "percent":
            return PercentNumber(number)
        if shown == "unclear":
            return UnclearNumber(number, self._format.code)
        return _moment(number, self._from_1904) if shown == "date" else _duration(number)


class _Styles(dict[str | None, _Numbers]):
    """The numbers by the style of their cells; a cell without one has the first."""

    def __init__(self, formats: Sequence[NumberFormat], from_1904: bool) -> None:
        self._formats = formats
        self._from_1904 = from_1904

    def __missing__(self, style: str | None) -> _Numbers:
        index = 0 if style is None else int(style) if _INDEX.fullmatch(style) else len(self._formats)
        known = index < len(self._formats)
        number_format = self._formats[index] if known else unclear_format(f"样式 {style}（不存在）")
        self[style] = found = _Numbers(number_format, self._from_1904)
        return found


class Values:
    """Resolves the cells of a workbook's sheets: with its shared strings, its styles' formats and its first day."""

    def __init__(self, strings: Sequence[str], formats: Sequence[NumberFormat], from_1904: bool) -> None:
        self._strings = strings
        self._styles = _Styles(formats, from_1904)

    def of(self, cell: dict[str, str], value: str | None, runs: list[str] | None, formula: bool) -> Any:
        """What a cell holds, None for nothing.

        cell: its attributes; value: its stored value; runs: the parts of its inline text. Raises BadValue.
        """
        kind = cell.get("t", "n")
        if kind == "inlineStr" and runs is not None:
            return "".join(map(self.text, runs))
        if runs is not None:
            raise BadValue("的内容与其类型不符")
        if kind == "str" and value is not None:
            return self.text(value)
        if value is None or not value.strip(_BLANKS):
            if kind == "e":
                return ErrorValue("")
            return _WITHOUT_VALUE if formula else None
        if kind == "n":
            return self._styles[cell.get("s")][value]
        if kind == "s":
            return self._shared(value)
        return _other(kind, value.strip(_BLANKS))

    def unstyled(self, value: str, laid_below: str) -> Any:
        """A number in a cell without a style of its own, where its row or column has one (laid_below).

        The standard gives such a cell the first style, some programs that of the row or column: where these show
        different kinds of value, it is not known which is seen.
        """
        found, other = self._styles[None][value], self._styles[laid_below][value]
        if type(found) is type(other):
            return found
        code = "行或列的默认格式"
        return UnclearNumber(_double(value.strip(_BLANKS)), code)

    def text(self, written: str) -> str:
        """A text as it is seen."""
        return visible(unescaped(written))

    def _shared(self, value: str) -> str:
        text = value.strip(_BLANKS)
        if not _INDEX.fullmatch(text) or int(text) >= len(self._strings):
            raise BadValue("引用的共享文本不存在")
        return self._strings[int(text)]


def _other(kind: str, value: str) -> Any:
    if kind == "e":
        return ErrorValue(value)
    if kind == "b" and value in _BOOLEANS:
        return _BOOLEANS[value]
    try:
        if kind == "d" and _ISO_DAY.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=None)
        if kind == "d" and _ISO_CLOCK.fullmatch(value):
            return time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        pass
    raise BadValue("的内容与其类型不符")


def _duration(number: float) -> timedelta | float:
    return timedelta(days=number) if abs(number) <= _LAST_DAY else number


def _moment(number: float, from_1904: bool) -> datetime | time | float:
    """The moment that a number of days is shown as, to the millisecond; the number itself where there is none."""
    if not 0 <= number <= _LAST_DAY:
        return number
    since = (timedelta(days=number) + _MILLISECOND / 2) // _MILLISECOND * _MILLISECOND
    if from_1904:
        return _DAY_ZERO_1904 + since
    if since.days >= _LEAP_DAY_1900:
        return number if since.days == _LEAP_DAY_1900 else _DAY_ZERO + since
    moment = _DAY_ZERO + since + timedelta(days=1)
    return moment if since.days else moment.time()
