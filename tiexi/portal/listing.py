"""Lists on pages: filters, order and page stand in the address, so that every view is a link. What makes no sense there is
left out rather than refused: addresses are typed and kept by people."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from reports.lists import PAGE_SIZE, Asked
from tiexi.portal.call import Call

_LAST = 1_000_000  # page; what is beyond is empty anyway


def asked(call: Call, filters: Collection[str], sorts: Collection[str] = (), default: str = "") -> Asked:
    """What the page's address asks of a list. filters, sorts: the keys that it may ask by; default: the order without any."""
    query = call.query
    sort = query.get("sort", "")
    return Asked(
        {name: query[name] for name in filters if query.get(name)},
        query.get("q", "").strip(),
        sort if sort.removeprefix("-") in sorts else default,
        _page(query.get("page", "")),
        PAGE_SIZE,
    )


def _page(text: str) -> int:
    """The number of a page, 1 for what is none."""
    return min(int(text), _LAST) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1


def with_filters(asked: Asked, filters: Mapping[str, str]) -> Asked:
    """The same, filtered by others."""
    return replace(asked, filters=filters)


def said(asked: Asked, *filters: str) -> dict[str, str]:
    """What was asked, for the fields of the form that asks it."""
    return {"q": asked.words} | {name: asked.filters.get(name, "") for name in filters}
