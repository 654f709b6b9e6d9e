"""What comes in a request's body, read within its limits: JSON without repeated keys, forms with the fields that were asked for.

Limits hold before memory or disk is used: what a length announces is refused unread, what comes without one at the limit.
"""

import json
import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Message, Receive

from tiexi.portal.problems import Problem, Wrong

JSON_BYTES = 1024 * 1024
FORM_BYTES = 1024 * 1024  # of all that is in a form beside its files
FIELD_BYTES = 256 * 1024
FIELDS = 50
_PIECE = 1 << 20  # bytes
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


class _Parser(MultiPartParser):
    """A form in parts, none of whose files may have more bytes than a limit: 413 as soon as one has.

    Its texts are UTF-8: what is not is 400, and never read as something else. Names of files are taken as they can be read.
    """

    file_bytes: float = 0
    _size = 0

    def on_part_begin(self) -> None:
        self._size = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._current_part.file is not None and self._size > self.file_bytes:
            raise Problem(413)
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        part = self._current_part
        try:
            str(part.data, "utf-8")
        except UnicodeDecodeError as error:
            raise Problem(400, errors=[Wrong("body", part.field_name, "不是 UTF-8 编码的文字")]) from error
        super().on_part_end()


async def read_form(
    request: Request, fields: Collection[str] | None, several: Collection[str] = (), file_bytes: int | None = None
) -> FormData:
    """The fields of a form; 400 for others than asked for (None: any), or one that comes twice and may not (all but `several`).

    file_bytes: so many each file may have (None: as many as the whole body); 413 at the first byte too many.
    """
    if media_type(request) not in FORMS:
        raise Problem(415)
    if media_type(request) == FORMS[0]:
        form = await _read_parts(request, math.inf if file_bytes is None else file_bytes)
    else:
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


async def _read_parts(request: Request, file_bytes: float) -> FormData:
    async with aclosing(request.stream()) as stream:
        parser = _Parser(
            request.headers, _coarser(stream), max_files=FIELDS, max_fields=FIELDS, max_part_size=FIELD_BYTES
        )
        parser.file_bytes = file_bytes
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise Problem(400, errors=[Wrong("body", "", "请求内容读不出来")]) from error


async def _coarser(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """A body in larger pieces: each is a step to the disk in another thread."""
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        parts.append(part)
        size += len(part)
        if size >= _PIECE:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


def is_file(value: Any) -> bool:
    """Whether a field of a form holds a file."""
    return isinstance(value, UploadFile)
