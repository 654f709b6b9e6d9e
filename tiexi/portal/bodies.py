"""What comes in a request's body, read within its limits: JSON without repeated keys, forms with the fields that were asked for.

Limits hold before memory or disk is used: what a length announces is refused unread, what comes without one at the limit.
"""

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message, Receive

from tiexi.portal.problems import Problem, Wrong

JSON_BYTES = 1024 * 1024
FORM_BYTES = 1024 * 1024  # of all that is in a form beside its files
FIELD_BYTES = 256 * 1024
FIELDS = 50
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def media_type(request: Request) -> str:
    """Of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def announced(request: Request) -> int:
    """The announced length of the body; 0 where there is none, or where it comes in chunks."""
    text = request.headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def has_body(request: Request) -> bool:
    """Whether a body comes with the request."""
    return announced(request) > 0 or "transfer-encoding" in request.headers


class Limited:
    """What a request receives, up to a number of bytes; then 413."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Problem(413)
        return message


def require_within(request: Request, limit: int) -> None:
    """413 where the announced length is over the limit."""
    if announced(request) > limit:
        raise Problem(413)


async def read_json(request: Request) -> Any:
    """The body as JSON; 400 where it is none, or says a key twice. An empty body is an empty object."""
    parts = [part async for part in request.stream()]
    body = b"".join(parts)
    if not body:
        return {}
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except Problem:
        raise
    except (ValueError, RecursionError) as error:
        raise Problem(400, errors=[Wrong("body", "", "不是 JSON（UTF-8）")]) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if repeated:
        raise Problem(400, errors=[Wrong("body", name, "重复出现") for name in repeated])
    return dict(pairs)


def _no_number(_text: str) -> Any:
    raise ValueError("not a number of JSON")


async def read_form(request: Request, fields: Collection[str] | None, several: Collection[str] = ()) -> FormData:
    """The fields of a form; 400 for others than asked for (None: any), or one that comes twice and may not (all but `several`)."""
    if media_type(request) not in FORMS:
        raise Problem(415)
    form = await Request.form(request, max_files=FIELDS, max_fields=FIELDS, max_part_size=FIELD_BYTES)
    times = Counter(name for name, _ in form.multi_items())
    known = times.keys() if fields is None else set(fields)
    wrong = [Wrong("body", name, "没有这一项") for name in times if name not in known]
    wrong += [
        Wrong("body", name, "只能出现一次")
        for name, count in times.items()
        if count > 1 and name in known and name not in several
    ]
    if wrong:
        await form.close()
        raise Problem(400, errors=wrong)
    return form


def is_file(value: Any) -> bool:
    """Whether a field of a form holds a file."""
    return isinstance(value, UploadFile)
