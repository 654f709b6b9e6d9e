"""Answers that are read from the database while they are sent."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from reports.runs.files import Given
from tiexi.portal.call import Call
from tiexi.portal.lists import attachment


def file_answer(call: Call, make: Callable[[Connection], Given]) -> Response:
    """A file, made with a connection that stays open until its last piece is sent. What is refused is refused before that."""
    opened = ExitStack()
    try:
        given = make(opened.enter_context(call.reading()))
        first = next(given.pieces, b"")
    except BaseException:
        opened.close()
        raise

    def pieces() -> Iterator[bytes]:
        with opened:
            yield first
            yield from given.pieces

    return StreamingResponse(pieces(), 200, {"Content-Disposition": attachment(given.name)}, given.media)
