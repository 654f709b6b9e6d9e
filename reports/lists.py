"""Lists as programs and pages ask for them: filters by key, words, order, page. What cannot be asked is said key by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

PAGE_SIZE, LARGEST_PAGE = 50, 500
Plain = str | int | None


class NotAList(Exception):
    """A key or value that no list can be asked by. name: of the argument; problem: what would be right, in Chinese."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}：{problem}")
        self.name = name
        self.problem = problem


@dataclass(frozen=True)
class Asked:
    """What is asked of a list. filters: the value wanted by key, '' for none; words: a part of a name or number; sort: a key,
    with - before it the other way round, '' for the list's own order; page and size: which part of it, from 1."""

    filters: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    sort: str = ""
    page: int = 1
    size: int = PAGE_SIZE

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The key of the order, and whether it goes down."""
        return self.sort.removeprefix("-"), self.sort.startswith("-")

    @property
    def before(self) -> int:
        """How many items stand on the pages before."""
        return (self.page - 1) * self.size


def page_of(asked: Asked, items: Sequence[Any], total: int) -> dict[str, Any]:
    """A page as every list gives it."""
    return {"items": items, "page": asked.page, "size": asked.size, "total": total}


def chosen(
    items: Sequence[Mapping[str, Any]], asked: Asked, keys: Sequence[str], named: Sequence[str] = ()
) -> list[Any]:
    """The items that are asked for, in the order asked for, all pages.

    keys: by which may be asked: those whose values are texts, numbers or null. named: the keys of names and numbers, in which
    `words` are looked for.
    """
    require_keys(asked, keys)
    found = [
        item
        for item in items
        if all(_is(item.get(key), value) for key, value in asked.filters.items())
        and (not asked.words or any(asked.words.lower() in str(item.get(key) or "").lower() for key in named))
    ]
    if not asked.sort:
        return found
    key, down = asked.sorted_by
    known = sorted((item for item in found if item.get(key) is not None), key=lambda item: item[key], reverse=down)
    return known + [item for item in found if item.get(key) is None]


def require_keys(asked: Asked, keys: Sequence[str]) -> None:
    """NotAList where a list is asked by what it has not: that is said before what it is a list of is looked for."""
    for key in asked.filters:
        if key not in keys:
            raise NotAList(key, "没有这个参数")
    if asked.sort and asked.sorted_by[0] not in keys:
        raise NotAList("sort", "不能按它排序")


def page(
    items: Sequence[Mapping[str, Any]], asked: Asked, keys: Sequence[str], named: Sequence[str] = ()
) -> dict[str, Any]:
    """One page of the items that are asked for."""
    found = chosen(items, asked, keys, named)
    return page_of(asked, found[asked.before : asked.before + asked.size], len(found))


def _is(value: Any, wanted: str) -> bool:
    """Whether a value is the one wanted, as a query writes it."""
    if value is None or isinstance(value, bool):
        return wanted == {None: "", True: "true", False: "false"}[value]
    return str(value) == wanted


def whole(name: str, text: str) -> int:
    """A whole number; NotAList for anything else."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise NotAList(name, "应为整数")
    return int(text)


def day(name: str, text: str) -> date:
    """A date as ISO writes it; NotAList for anything else."""
    try:
        if len(text) != len("2023-07-03"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise NotAList(name, "应为日期，如 2023-07-03") from None
