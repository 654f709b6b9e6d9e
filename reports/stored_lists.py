"""Lists of rows on file, filtered, ordered and cut into pages by the database, as `lists` does it with what is in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Integer, String, and_, cast, false, func, or_

from reports.lists import Asked, require_keys


@dataclass(frozen=True)
class Chosen:
    """What the database is asked: conditions, and the order before the list's own."""

    conditions: Sequence[ColumnElement[bool]]
    order: Sequence[Any]


def chosen(
    asked: Asked, columns: Mapping[str, ColumnElement[Any]], keys: Sequence[str], named: Sequence[str]
) -> Chosen | None:
    """What is asked of a list, by the columns that hold its keys; None where it is asked by a key that no column holds, or by
    words whose letters the databases do not know to be the same. NotAList where it has no such key."""
    require_keys(asked, keys)
    wanted = {*asked.filters, *([asked.sorted_by[0]] if asked.sort else ())}
    if not wanted <= columns.keys() or not _same_letters(asked.words):
        return None
    conditions = [_is(columns[key], value) for key, value in asked.filters.items()]
    if asked.words:
        conditions.append(or_(*(_holds(columns[key], asked.words.lower()) for key in named)))
    if not asked.sort:
        return Chosen(conditions, ())
    key, down = asked.sorted_by
    return Chosen(conditions, [(columns[key].desc() if down else columns[key].asc()).nulls_last()])


def _same_letters(words: str) -> bool:
    """Whether capitals and small letters of words are told apart in the same way by both databases and by Python."""
    return all(one.isascii() or one.lower() == one.upper() for one in words)


def _is(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """Whether a value is the one wanted, as a query writes it."""
    kind = column.type
    if wanted == "":
        return or_(column.is_(None), column == "") if isinstance(kind, String) else column.is_(None)
    if isinstance(kind, Boolean):
        return {"true": column.is_(True), "false": column.is_(False)}.get(wanted, false())
    if isinstance(kind, Integer):
        digits = wanted.removeprefix("-")
        known = digits.isascii() and digits.isdigit() and len(digits) < 19 and str(int(wanted)) == wanted
        return column == int(wanted) if known else false()
    if isinstance(kind, Date):
        try:
            return column == date.fromisoformat(wanted) if len(wanted) == len("2023-07-03") else false()
        except ValueError:
            return false()
    if isinstance(kind, DateTime):
        try:
            found = datetime.fromisoformat(wanted)
        except ValueError:
            return false()
        return column == found if found.isoformat() == wanted and found.tzinfo is None else false()
    return and_(column.is_not(None), column == wanted)


def _holds(column: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    text = column if isinstance(column.type, String) else cast(column, String)
    return func.lower(text).contains(words, autoescape=True)
