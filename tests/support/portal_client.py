"""A stranger's client of the HTTP API: it knows addresses and tokens, and looks at every answer that it gets.

What must hold of any answer is looked at once, here; a test asks for `faults` at its end.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from described import fault_of

PROBLEM = "application/problem+json"
KINDS = {
    400: {"bad-request"}, 401: {"unauthenticated"}, 403: {"forbidden", "second-factor"}, 404: {"not-found"},
    405: {"method"}, 413: {"too-large"}, 415: {"media-type"}, 422: {"refused"}, 429: {"throttled"}, 500: {"internal"},
    503: {"unavailable"},
}  # fmt: skip
EXIT_CODES = {422: 1, 400: 2, 503: 3}
COMMAND = re.compile(r"\btiexi [a-z]")
LEAKS = re.compile(
    r"Traceback|File \"|/tmp/|/usr/|site-packages|sqlalchemy|sqlite3|psycopg|SELECT |INSERT |uvicorn", re.I
)
CHINESE = re.compile("[一-鿿]")


@dataclass
class Watch:
    """What was wrong with answers so far, whoever asked."""

    faults: list[str] = field(default_factory=list)

    def look(self, answer: httpx.Response) -> None:
        """Notes what no answer of the API may be."""
        for fault in _faults(answer):
            request = answer.request
            self.faults.append(f"{request.method} {request.url.raw_path.decode()} {answer.status_code}: {fault}")


def _faults(answer: httpx.Response) -> Iterator[str]:
    headers, media = answer.headers, answer.headers.get("content-type", "")
    text = answer.text if "json" in media or media.startswith("text/") else ""
    if headers.get("x-content-type-options") != "nosniff":
        yield "no nosniff"
    if "server" in headers:
        yield f"names its server: {headers['server']}"
    if any(name.startswith("access-control-") for name in headers):
        yield "CORS headers"
    if found := COMMAND.search(text):
        yield f"a command in the answer: {text[max(0, found.start() - 60) : found.end() + 20]}"
    if found := LEAKS.search(text):
        yield f"inner matters in the answer: {text[max(0, found.start() - 60) : found.end() + 60]}"
    signed_in = answer.request.headers.get("authorization") and answer.status_code != 401
    if signed_in and "no-store" not in headers.get("cache-control", ""):
        yield "may be kept in a cache"
    if "json" in media and not answer.request.url.path.endswith("/openapi.json"):
        yield from _floats(answer.json())
        if fault := fault_of(answer):
            yield fault
    if answer.status_code >= 400:
        yield from _problem_faults(answer, media)


def _problem_faults(answer: httpx.Response, media: str) -> Iterator[str]:
    status = answer.status_code
    if media.split(";")[0] != PROBLEM:
        yield f"not a problem but {media}: {answer.text[:80]}"
        return
    body = answer.json()
    kind = body.get("type", "").removeprefix("urn:tiexi:problem:")
    if kind not in KINDS.get(status, ()):
        yield f"type {body.get('type')}"
    if body.get("status") != status:
        yield f"status in the body is {body.get('status')}"
    for name in ("title", "detail"):
        if not CHINESE.search(str(body.get(name, ""))):
            yield f"{name} is not Chinese: {body.get(name)!r}"
    if not re.fullmatch(r"urn:tiexi:request:[0-9a-f-]+", body.get("instance", "")):
        yield f"instance {body.get('instance')!r}"
    if status in EXIT_CODES and body.get("exit_code") != EXIT_CODES[status]:
        yield f"exit_code {body.get('exit_code')!r}"
    if status == 422 and not isinstance(body.get("findings"), list):
        yield "no findings"
    if status == 400:
        errors = body.get("errors")
        if not (isinstance(errors, list) and errors):
            yield "no errors"
        elif any(set(one) != {"in", "name", "problem"} or one["in"] not in ("query", "body", "path") for one in errors):
            yield f"errors {errors}"
    if status == 401 and "www-authenticate" not in answer.headers:
        yield "no WWW-Authenticate"
    if status == 405 and not answer.headers.get("allow"):
        yield "no Allow"
    if status in (429, 503) and not answer.headers.get("retry-after"):
        yield "no Retry-After"


def _floats(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, float):
        yield f"a float at {where}: {value}"
    elif isinstance(value, dict):
        for name, each in value.items():
            if name.endswith("_fen") and not (each is None or type(each) is int or isinstance(each, dict)):
                yield f"{where}.{name} is {each!r}"
            yield from _floats(each, f"{where}.{name}")
    elif isinstance(value, list):
        for each in value[:50]:
            yield from _floats(each, f"{where}[]")


class Api:
    """One account's way in."""

    def __init__(self, base: str, token: str | None, watch: Watch) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=f"{base}/api/v1", headers=headers, timeout=60, follow_redirects=False)
        self.watch = watch

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; what is wrong with any answer is noted."""
        answer = self.client.request(method, path, **more)
        self.watch.look(answer)
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET with a query."""
        return self.ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST of a JSON body."""
        return self.ask("POST", path, json={} if body is None else body)

    def send(self, file: Path | tuple[str, bytes], wait: int = 30, **fields: str) -> httpx.Response:
        """POST /uploads of a workbook."""
        name, data = (file.name, file.read_bytes()) if isinstance(file, Path) else file
        return self.ask("POST", f"/uploads?wait={wait}", files={"file": (name, data)}, data=fields)

    def close(self) -> None:
        """Gives the connections back."""
        self.client.close()


def without_id(answer: httpx.Response) -> str:
    """A problem's bytes but for the id of the request: what two refusals are compared by."""
    return re.sub(r"urn:tiexi:request:[0-9a-f-]+", "urn:tiexi:request:x", answer.text)


@dataclass
class Checks:
    """Collects what is wrong, so that one long run tells all of it."""

    wrong: list[str] = field(default_factory=list)

    def status(self, what: str, answer: httpx.Response, *expected: int) -> bool:
        """Whether an answer has one of these codes."""
        if answer.status_code in expected:
            return True
        self.wrong.append(f"{what}: {answer.status_code}, not {expected}: {answer.text[:300]}")
        return False

    def same(self, what: str, found: Any, expected: Any) -> bool:
        """Whether two values are equal."""
        if found == expected:
            return True
        self.wrong.append(f"{what}: {_short(found)}, not {_short(expected)}")
        return False

    def true(self, what: str, holds: Any, shown: Any = "") -> bool:
        """Whether something holds."""
        if holds:
            return True
        self.wrong.append(f"{what}: {_short(shown)}")
        return False

    def none_left(self) -> None:
        """Fails with all that was wrong."""
        assert not self.wrong, f"{len(self.wrong)} faults:\n" + "\n".join(self.wrong)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 400 else text[:400] + "…"
