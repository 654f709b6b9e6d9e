"""Lists on pages: filters, order and page stand in the address, so that every view is a link. What makes no sense there is
left out rather than refused: addresses are typed and kept by people."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlencode

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


def csv_address(path: str, asked: Asked, **more: str) -> str:
    """Where the whole of what a page shows is to be had as CSV: only what the page asked by, since an API refuses what a page
    passes over (a browser sends the fields that nobody filled in, too)."""
    given = {**asked.filters, **more, "q": asked.words, "sort": asked.sort, "format": "csv"}
    return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"
