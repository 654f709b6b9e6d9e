"""Texts of one form, and lists, as answers have them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Generic, TypeVar, Union

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

Item = TypeVar("Item")

DayText = Annotated[str, WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"})]
"""A day as ISO writes it."""
TimeText = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d"})]
"""A moment on the city's clock as ISO writes it, without a zone."""
HashText = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]
"""SHA-256 or SM3 in hexadecimal digits."""


def one_of(words: Iterable[str]) -> Any:
    """A text that is one of some words."""
    return Annotated[str, WithJsonSchema({"type": "string", "enum": list(words)})]


def shape(name: str, fields: Mapping[str, Any]) -> Any:
    """An object that holds these, by name: of what is described by a table."""
    return TypedDict(name, dict(fields))  # type: ignore[operator]


def one_of_shapes(shapes: Iterable[Any]) -> Any:
    """Any of several."""
    return Union[tuple(shapes)]  # noqa: UP007 (of as many as there are)


class Listed(TypedDict, Generic[Item]):
    """A page of a list: its items, which page, how many of a page, how many in all."""

    items: list[Item]
    page: int
    size: int
    total: int


class Finding(TypedDict):
    """What is wrong with a cell, a row, a sheet or a file. row: null where no row is meant; letter: of the column."""

    file: str
    sheet: str
    row: int | None
    column: str
    letter: str
    value: str
    problem: str
    expected: str


class Warned(TypedDict):
    """What is improbable of a row."""

    code: str
    bank: str | None
    note_no: str | None
    uscc: str | None
    file: str
    sheet: str
    row: int
    text: str


class Sealed(TypedDict):
    """The seal over a step: its number, 0 where there is none, and its hash."""

    seal: int
    hash: str
