"""Lists over HTTP: what is asked of one, read from the query; the page of it as JSON, or the whole of it as CSV."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from reports.lists import LARGEST_PAGE, PAGE_SIZE, Asked
from reports.writing.csv_files import csv_text, harmless
from tiexi.portal.call import Call
from tiexi.portal.problems import Problem, Wrong

OWN = ("page", "size", "sort", "q", "format")
JSON, CSV = "json", "csv"
MEDIA = "text/csv; charset=utf-8"
LAST_PAGE = 10**9


def asked(call: Call, *besides: str, more: Sequence[str] = ()) -> Asked:
    """What the query asks of a list. besides: parameters that are the route's own and no filters. more: formats that the
    route has besides those of every list, for the sentence.

    400 for what cannot be asked; whether a key is one of the list's is for the list to say.
    """
    wrong: list[Wrong] = []

    def number(name: str, usual: int, most: int) -> int:
        text = call.query.get(name, str(usual))
        found = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LAST_PAGE)) + 1 else 0
        if not 1 <= found <= most or text != str(found):
            wrong.append(Wrong("query", name, f"应为 1 至 {most} 的整数"))
        return found

    page, size = number("page", 1, LAST_PAGE), number("size", PAGE_SIZE, LARGEST_PAGE)
    if call.query.get("format", JSON) not in (JSON, CSV):
        wrong.append(Wrong("query", "format", f"应为以下之一：{'、'.join((JSON, CSV, *more))}"))
    if wrong:
        raise Problem(400, errors=wrong)
    filters = {name: value for name, value in call.query.items() if name not in (*OWN, *besides)}
    found = Asked(filters, call.query.get("q", ""), call.query.get("sort", ""), page, size)
    return replace(found, page=1, size=2**62) if wants_csv(call) else found


def wants_csv(call: Call) -> bool:
    """Whether the whole list is asked for as CSV."""
    return call.query.get("format") == CSV


def answer(call: Call, found: Mapping[str, Any], keys: Sequence[str], name: str) -> Mapping[str, Any] | Response:
    """A list as it was asked for. found: a page (items, page, size, total); of a CSV, all. keys: of its items, in order."""
    return csv_answer(rows_of(found["items"], keys), keys, name) if wants_csv(call) else found


def rows_of(items: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[list[str]]:
    """Items as rows of texts."""
    return ([text_of(item.get(key)) for key in keys] for item in items)


def csv_answer(rows: Iterable[Iterable[str]], keys: Sequence[str], name: str) -> Response:
    """Rows as a CSV file, in pieces."""
    return StreamingResponse(csv_text(keys, rows), 200, {"Content-Disposition": attachment(f"{name}.csv")}, MEDIA)


def text_of(value: Any) -> str:
    """A value as CSV has it: lists joined by ；, a text that a spreadsheet would take for a formula with a leading '."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return harmless("；".join(text_of(one) if not isinstance(one, dict) else as_text(one) for one in value))
    if isinstance(value, dict):
        return as_text(value)
    return harmless(value) if isinstance(value, str) else str(value)


def as_text(value: Any) -> str:
    """What has no other writing, as JSON."""
    return json.dumps(value, ensure_ascii=False)


def attachment(name: str) -> str:
    """The header that has an answer kept under a name (RFC 6266), without characters that nobody sees."""
    seen = "".join(character for character in name if character.isprintable() and character not in '"\\/')
    plain = "".join(character if character.isascii() else "_" for character in seen)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(seen, safe='')}"
