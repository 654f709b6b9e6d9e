"""What a number format makes of a number: a plain number, a percentage or a date.

A format has up to four sections for which the number itself decides (`0.00%;-0.00%;0`, `[<1]0.00%;0.00`). In a section
only what stands outside quotes, brackets and escapes counts: `\\x`, `!x`, `_x` and `*x` show, skip or repeat x and mean
nothing else. Where formats leave open which section shows a number, or contradict each other, the answer is unclear; so it
is where the digits on the screen are not those of the number: shown in thousands (`#,##0,`), with digits of the format's
own among them (`0!.0`, `0"000"`), or not at all (`;;;`).
"""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Shown = Literal["number", "percent", "date", "duration", "unclear"]

_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])  # with those of zh-CN
_BUILT_IN_PERCENT = frozenset([9, 10, 67, 68])  # 0%, 0.00%, and the same in Thai digits
_FIRST_OWN = 164  # ids below are built in
_TOKEN = re.compile(r'"[^"]*"?|[\\!_*].?|\[[^\]]*\]?|;|.', re.DOTALL)
_CONDITION = re.compile(r"\[\s*(<=|>=|<>|<|>|=)\s*(-?[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*\]")
_GENERAL = re.compile(r"general|g/通用格式", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[ymdhs]|aaa|(?<![0#?.])e(?![+-])", re.IGNORECASE)
_DIGIT = "[0#?]"
_NUMBER_ITSELF = re.compile(f"{_DIGIT}|@|{_GENERAL.pattern}", re.IGNORECASE)
_IN_THOUSANDS = re.compile(rf"{_DIGIT},+(?![,0#?])")  # a comma behind the last digit of a part divides by 1000
_OWN_DIGITS = re.compile(rf"{_DIGIT} ?~|~ ?{_DIGIT}")  # ~ stands for a digit or point of a text, blanks for its quotes
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_double = float  # a numeric cell is a double, and is compared as one


@dataclass(frozen=True)
class _Section:
    shown: Shown
    compare: str = ""  # '' without a condition of its own
    limit: float = 0.0
    silent: bool = False  # shows the same for every number

    def holds(self, value: float) -> bool:
        return bool(self.compare) and _COMPARE[self.compare](value, self.limit)


_UNCLEAR = _Section("unclear")


@dataclass(frozen=True)
class NumberFormat:
    """A number format, ready to be asked."""

    code: str
    sections: tuple[_Section, ...]

    @property
    def always(self) -> Shown | None:
        """What it makes of any number, None where the number decides."""
        found = {"" if section.silent else section.shown for section in self.sections}
        return self.sections[0].shown if len(found) == 1 and "" not in found else None

    def shown(self, value: float) -> Shown:
        """What it makes of this number."""
        if (always := self.always) is not None:
            return always
        section = self._section_of(value)
        return "unclear" if section.silent and value != 0 else section.shown

    def kind(self, value: float) -> Shown:
        """What it would make of this number, shown or not."""
        return self._section_of(value).shown

    def _section_of(self, value: float) -> _Section:
        if len(self.sections) == 1:
            return self.sections[0]
        first, second, *others = self.sections
        third = others[0] if others else None
        if first.compare:
            if first.holds(value):
                return first
            if not second.compare:
                return second if third is None else _UNCLEAR
            if second.holds(value):
                return second
            return third if third is not None else _UNCLEAR
        if second.compare or (third is not None and third.compare):
            return _UNCLEAR
        if value < 0:
            return second
        return third if value == 0 and third is not None else first


GENERAL = NumberFormat("General", (_Section("number"),))


def unclear_format(code: str) -> NumberFormat:
    """A format of which nothing is known but what it is called."""
    return NumberFormat(code, (_UNCLEAR,))


def number_format(code: str) -> NumberFormat:
    """The format of a code such as `[Red]0.00%;-0.00%`."""
    if not code.strip():
        return NumberFormat(code, GENERAL.sections)
    sections = _split(code)
    if len(sections) > 4:
        return unclear_format(code)
    if len(sections) == 4 or (len(sections) > 1 and "@" in sections[-1]):
        del sections[-1]  # for texts
    return NumberFormat(code, tuple(map(_section, sections)))


def built_in_format(identifier: int) -> NumberFormat | None:
    """The format that an id has by itself, None where a file must declare it."""
    if identifier in _BUILT_IN_PERCENT:
        return NumberFormat("0.00%", (_Section("percent"),))
    if identifier in _BUILT_IN_DATES:
        return NumberFormat("yyyy-mm-dd", (_Section("date"),))
    return GENERAL if 0 <= identifier < _FIRST_OWN else None


def resolved_format(identifier: int, codes: Iterable[str]) -> NumberFormat:
    """The format of an id with what a file declares for it; unclear where that is nothing or contradicts itself."""
    formats = [number_format(code) for code in codes]
    if identifier in _BUILT_IN_DATES | _BUILT_IN_PERCENT and (built_in := built_in_format(identifier)):
        formats.append(built_in)
    if not formats:
        return built_in_format(identifier) or unclear_format(str(identifier))
    if any(each.sections != formats[0].sections for each in formats) and len({each.always for each in formats}) > 1:
        return unclear_format(formats[0].code)
    return formats[0]


def _split(code: str) -> list[list[str]]:
    """The tokens of each section: quoted texts, escapes, brackets, single characters."""
    sections: list[list[str]] = [[]]
    for token in _TOKEN.findall(code):
        if token == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    return sections


def _section(tokens: list[str]) -> _Section:
    of_number = "".join(token for token in tokens if token[0] not in '"\\!_*[')
    plain = _GENERAL.sub("", of_number)
    elapsed = any(_ELAPSED.fullmatch(token) for token in tokens)
    percents = plain.count("%")
    shown: Shown = "number"
    if elapsed:
        shown = "duration"
    elif _DATE_LETTERS.search(plain):
        shown = "date"
    elif percents:
        shown = "percent" if percents == 1 else "unclear"
    if shown in ("number", "percent"):
        digits = "".join(map(_digits, tokens))
        if _IN_THOUSANDS.search(digits) or _OWN_DIGITS.search(digits):
            shown = "unclear"
    silent = shown in ("number", "percent") and not _NUMBER_ITSELF.search(of_number)
    condition = next((match for token in tokens if (match := _CONDITION.fullmatch(token))), None)
    if condition is None:
        return _Section(shown, silent=silent)
    try:
        return _Section(shown, condition.group(1), _double(condition.group(2)), silent)
    except ValueError:
        return _UNCLEAR


def _digits(token: str) -> str:
    """A token as far as it has to do with digits: those of the format's own, and points, as ~; its other text as blanks."""
    if token[0] in "_*[":
        return ""
    return re.sub("[^~]", " ", re.sub("[0-9.]", "~", token)) if token[0] in '"\\!' else token
