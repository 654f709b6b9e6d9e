"""Kinds of arguments and answers that routes of the API share. A wrong one says in Chinese what would be right."""

import re
from datetime import date
from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, WithJsonSchema

from ledger.workbooks.cells import FIRST_YEAR, LAST_YEAR
from ledger.workbooks.visible import visible

_LARGEST = 2**53 - 1  # of a number that every reader of JSON takes as it is
_LONGEST = 2000  # characters of a text that somebody types
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def unreadable(text: str) -> bool:
    """Whether a text holds characters that nobody typed: controls, and halves of characters."""
    return _UNSEEN.search(text) is not None


def whole_number(text: str) -> int | None:
    """A number as it is written, without sign or leading zeros; None where it is none."""
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,15}", text) else None


def _whole(raw: Any) -> int:
    if isinstance(raw, str):
        raw = whole_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= _LARGEST:
        raise ValueError("应为整数")
    return raw


def _id(raw: Any) -> int:
    found = _whole(raw)
    if not found:
        raise ValueError("应为正整数")
    return found


def _year(raw: Any) -> int:
    words = f"应为 {FIRST_YEAR} 至 {LAST_YEAR} 的年份"
    try:
        found = _whole(raw)
    except ValueError as error:
        raise ValueError(words) from error
    if not FIRST_YEAR <= found <= LAST_YEAR:
        raise ValueError(words)
    return found


def read_day(raw: Any) -> date:
    """A day as ISO writes it; ValueError says what is wrong."""
    if not isinstance(raw, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        raise ValueError("应为日期，如 2023-07-03")
    try:
        found = date.fromisoformat(raw)
    except ValueError as error:
        raise ValueError("没有这一天") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"年份超出范围（{FIRST_YEAR} 至 {LAST_YEAR}）")
    return found


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError("应为文字")
    if unreadable(raw):
        raise ValueError("含有不可见的控制字符")
    found = visible(raw).strip()  # what nobody sees is dropped, as in a workbook and on the command line
    if not found:
        raise ValueError("不能为空")
    if len(found) > _LONGEST:
        raise ValueError(f"不能超过 {_LONGEST} 个字")
    return found


def _number_or_text(raw: Any) -> Any:
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def _seed(raw: Any) -> str:
    return _text(_number_or_text(raw))


def _yes(raw: Any) -> bool:
    if raw in ("0", "1"):
        return bool(raw == "1")
    raise ValueError("应为 1 或 0")


_INTEGER = {"type": "integer", "minimum": 1, "maximum": _LARGEST}
Whole: TypeAlias = Annotated[
    int, BeforeValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _LARGEST})
]
Id: TypeAlias = Annotated[int, BeforeValidator(_id), WithJsonSchema(_INTEGER), Path()]
Number: TypeAlias = Annotated[int, BeforeValidator(_id), WithJsonSchema(_INTEGER)]  # an id that stands elsewhere
_YEAR = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
Year: TypeAlias = Annotated[int, BeforeValidator(_year), WithJsonSchema(_YEAR)]
Day: TypeAlias = Annotated[date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
Text: TypeAlias = Annotated[
    str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST})
]
Seed: TypeAlias = Annotated[  # a text; many people write a number
    str, BeforeValidator(_seed), WithJsonSchema({"type": ["string", "integer"], "maxLength": _LONGEST})
]
Cell: TypeAlias = Annotated[  # as a cell is typed: a year may be a number
    str, BeforeValidator(_number_or_text), WithJsonSchema({"type": ["string", "integer"]})
]
Yes: TypeAlias = Annotated[  # in a query or a form
    bool, BeforeValidator(_yes), WithJsonSchema({"type": "string", "enum": ["0", "1"]})
]
Flag = StrictBool  # in JSON
Asked = Query  # a route says `= Asked(None)` where a parameter of the query may be left out


class Body(BaseModel):
    """What a route takes as JSON: unknown keys are wrong."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """A reason, and nothing else."""

    reason: Text
