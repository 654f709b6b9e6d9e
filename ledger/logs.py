"""Structured logs: one line per event on stderr, as key=value or as JSON.

No event at INFO or above names an enterprise or its code: events carry counts, run numbers, fingerprints and times. Of an
exception only its class and place are written, since its message may quote what was in a row.
"""

import errno
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from ledger.workdays import CITY_ZONE

_QUIET = {  # libraries, and from where on they say something that our events do not
    "alembic": "WARNING",
    "asyncio": "ERROR",
    "python_multipart": "ERROR",
    "uvicorn": "ERROR",  # of a request that is no HTTP: whoever sent it is told
    "apscheduler": "ERROR",  # it warns of a job that is due while it runs, as when a second scheduler starts: no fault
}


class Log:
    """The events of one module."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Any) -> None:
        """What helps to find a fault; may name files."""
        self._logger.debug(event, extra={"fields": fields})

    def info(self, event: str, **fields: Any) -> None:
        """What was done."""
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: Any) -> None:
        """What somebody should look at."""
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, **fields: Any) -> None:
        """What failed."""
        self._logger.error(event, extra={"fields": fields})

    @contextmanager
    def timed(self, event: str, **fields: Any) -> Iterator[dict[str, Any]]:
        """Logs the event at INFO when it is over, with its milliseconds and what was put into the dict meanwhile."""
        started = time.monotonic_ns()
        more: dict[str, Any] = {}
        yield more
        self.info(event, **fields, **more, ms=(time.monotonic_ns() - started) // 1_000_000)


def fault(error: BaseException) -> dict[str, str]:
    """What the log says of an exception: its class and place, and those of what brought it about; never its message, which
    may quote what was in a row. Of the operating system's errors its own name for the reason, of a database its code."""
    found = {"error": type(error).__name__, "at": _place(error.__traceback__)}
    cause = error.__cause__ or error.__context__
    if cause is not None:
        found |= {"cause": type(cause).__name__, "cause_at": _place(cause.__traceback__)}
    for one in (error, cause, getattr(error, "orig", None), getattr(cause, "orig", None)):
        if isinstance(one, OSError) and one.errno is not None:
            found["reason"] = errno.errorcode.get(one.errno, str(one.errno))
        elif (code := getattr(one, "sqlstate", None) or getattr(one, "sqlite_errorname", None)) is not None:
            found["reason"] = str(code)
    return found


class _Formatter(logging.Formatter):
    """One line per record."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, CITY_ZONE).isoformat(timespec="milliseconds")
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            fields |= {"error": record.exc_info[0].__name__, "at": _place(record.exc_info[2])}
        event = record.getMessage()
        if self._json:
            line = {"time": when, "level": record.levelname, "logger": record.name, "event": event, **fields}
            return json.dumps(line, ensure_ascii=False, default=str)
        return " ".join([when, record.levelname, _text(event), *(f"{key}={_text(fields[key])}" for key in fields)])


def _place(traceback: Any) -> str:
    """The innermost line of a traceback."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}" if traceback is not None else ""


def _text(value: Any) -> str:
    """A value that stays one word: quoted where it has blanks, quotes, signs or breaks."""
    text = str(value)
    plain = text and not any(sign.isspace() or sign in '"=' or not sign.isprintable() for sign in text)
    return text if plain else json.dumps(text, ensure_ascii=False)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Stderr it stays."""


def set_up(level: str, form: str) -> None:
    """Sends the events from a level on to stderr; again in the same process replaces what was set up before."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    handler = _Handler()
    handler.setFormatter(_Formatter(form))
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel("DEBUG" if level == "DEBUG" else least)


def at_least_info(level: str) -> str:
    """The level, but INFO where it would say less: for programs that run by themselves."""
    return level if level == "DEBUG" else "INFO"
