"""Forms of pages: read within their limits, with the form's token that only our own pages hold, sent from the same address."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, UploadFile
from starlette.requests import Request

from ledger.settings import Settings
from tiexi.portal import bodies
from tiexi.portal.kinds import unreadable
from tiexi.portal.problems import Problem, Wrong

TOKEN = "csrf"
STRANGE = "这个请求不是从本系统的页面发出的，没有办理"
STALE = "表单已过期，或不是从本系统的页面发出的，没有办理；请回到那一页再办"
_GOOD_FOR = 12 * 3600  # seconds that the form to sign in with may stand open


def token_of(key: bytes, session: str) -> str:
    """The token of all forms of a session."""
    return hmac.new(key, f"form {session}".encode(), hashlib.sha256).hexdigest()


def token_for_now(key: bytes) -> str:
    """The token of the form to sign in with, before there is a session: it tells when it was made."""
    made = str(int(time.time()))
    return f"{made}.{_signed(key, made)}"


def is_recent(key: bytes, form: Mapping[str, Any]) -> bool:
    """Whether a form holds such a token, and was made not long ago."""
    made, _, signature = str(form.get(TOKEN, "")).partition(".")
    if not hmac.compare_digest(signature.encode(), _signed(key, made).encode()):
        return False
    return 0 <= time.time() - int(made) + 60 <= _GOOD_FOR


def _signed(key: bytes, made: str) -> str:
    return hmac.new(key, f"sign-in {made}".encode(), hashlib.sha256).hexdigest()


def same_origin(headers: Headers, settings: Settings, scheme: str) -> bool:
    """Whether a form was sent by a page of ours."""
    given = headers.getlist("origin")
    host = headers.get("host", "")
    ours = settings.portal_public or f"{scheme}://{host}"
    return len(given) == 1 and _plain(given[0]) == _plain(ours)


def _plain(origin: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(origin.lower())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", origin, None)
    return parts.scheme, parts.hostname or "", port


async def read(
    request: Request, limit: int, several: Sequence[str] = (), file_bytes: int | None = None
) -> dict[str, Any]:
    """The fields of a form: texts and files, a field that may come more than once as a list. 400 for repeated ones."""
    if not bodies.has_body(request) or bodies.media_type(request) not in bodies.FORMS:
        return {}
    limited = Request(request.scope, bodies.Limited(request.receive, limit))
    form = await bodies.read_form(limited, None, several, file_bytes)
    found: dict[str, Any] = {name: _plain_lines(value) for name, value in form.multi_items() if name not in several}
    found |= {name: form.getlist(name) for name in several if name in form}
    wrong = [
        Wrong("body", name, "含有不可见的控制字符")
        for name, value in form.multi_items()
        if isinstance(value, str) and unreadable(_plain_lines(value))
    ]
    if wrong:
        await form.close()
        raise Problem(400, errors=wrong)
    return found


def _plain_lines(value: Any) -> Any:
    """A text whose lines end as everywhere else: browsers send them with a carriage return."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


async def close(form: Mapping[str, Any]) -> None:
    """Lets the files of a form go."""
    for value in form.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, UploadFile):
                await one.close()


def good_token(form: Mapping[str, Any], expected: str) -> bool:
    """Whether a form holds the token of its session."""
    given = form.get(TOKEN)
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
