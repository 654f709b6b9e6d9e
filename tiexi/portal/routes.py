"""The one way to declare a route of the API: `@api("runs.sign", …)` names an action of the table of rights.

Method and path are the table's, so neither can differ from it; that every action has its route and every route its action
is asked at the start. A request is judged in one order: role, size, type, arguments; then the function that serves it
asks for ids and scope, and does the work.
"""

import inspect
import json
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_origin

from anyio import to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from sqlalchemy.exc import TimeoutError as NoneFree  # no connection to the database came free in time
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ledger.accounts import log, rights
from ledger.errors import EnvironmentFailed, NotFound, Refused
from ledger.people import acting_as
from ledger.uploads.records import RefusedFile
from reports.lists import NotAList
from tiexi.portal import bodies, second_factor
from tiexi.portal.call import Call
from tiexi.portal.house import READING
from tiexi.portal.kinds import unreadable
from tiexi.portal.problems import Problem, Wrong, bad, not_there, of_http, of_validation

ROUTES: dict[str, "Served"] = {}  # by action


@dataclass(frozen=True)
class Served:
    """A function that serves an action.

    answer: the type of what it gives. status: of what was made. files: media types of what it gives beside JSON. any_query: it
    judges the names of its query itself, as lists do; asks: those that it knows beside a list's own. limit: bytes of a body with files, given the settings; of_each: of each
    of its files, where they are several.
    """

    right: rights.Right
    serve: Callable[..., Any]
    answer: Any
    status: int = 200
    others: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
    any_query: bool = False
    limit: Callable[[Any], int] | None = None
    of_each: Callable[[Any], int] | None = None
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """JSON with another status than the usual one."""

    value: Any
    status: int = 200
    location: str = ""


def api(
    action: str,
    answer: Any,
    *,
    status: int = 200,
    others: Sequence[int] = (),
    files: Sequence[str] = (),
    any_query: bool = False,
    limit: Callable[[Any], int] | None = None,
    of_each: Callable[[Any], int] | None = None,
    asks: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares the function that serves an action. It takes `call: Caller` and what its path, query and body hold, and
    gives plain data, an Answer or a Response."""

    def declare(serve: Callable[..., Any]) -> Callable[..., Any]:
        if action in ROUTES or action not in rights.BY_ACTION:
            raise RuntimeError(f"action {action} is served twice, or not in the table of rights")
        ROUTES[action] = Served(
            rights.BY_ACTION[action],
            serve,
            answer,
            status,
            tuple(others),
            tuple(files),
            any_query,
            limit,
            of_each,
            tuple(asks),
        )
        return serve

    return declare


def working(served: Served) -> Callable[..., Any]:
    """The function with what every one needs: the account acts in it, a change is logged in its own transaction."""

    @wraps(served.serve)
    def serve(*arguments: Any, call: Call, **named: Any) -> Response:
        with acting_as(call.who.login), logged(call, served.right.action, served.right.method):
            found = served.serve(*arguments, call=call, **named)
        if isinstance(found, Response):
            return found
        if not isinstance(found, Answer):
            found = Answer(found, served.status)
        headers = {"Location": found.location} if found.location else {}
        return Response(as_json(found.value), found.status, headers, "application/json")

    signature = inspect.signature(served.serve)
    serve.__signature__ = signature.replace(return_annotation=Response)  # type: ignore[attr-defined]
    return serve


def logged(call: Call, action: str, method: str) -> AbstractContextManager[None]:
    """What an action does to the log: a change is in it, in its own transaction; what only reads is not here."""
    if method in READING or not action:
        return nullcontext()
    call.logged = True
    entry = log.Entry(action, call.path, account=call.who, address=call.address, request=call.request_id)
    return log.recorded(call.engine, entry, result_of, call.house.later.logged)


def result_of(error: Exception) -> str:
    """How the log calls what did not succeed."""
    status = problem_of(error).status_code
    return {403: log.DENIED, 404: log.DENIED, 429: log.THROTTLED, 500: log.ERROR, 503: log.ERROR}.get(
        status, log.REFUSED
    )


def as_json(value: Any) -> bytes:
    """As every answer is written."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class DeclaredRoute(APIRoute):
    """A route that judges its request in the order that all keep to."""

    served: Served

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            call: Call = request.state.call
            call.action, call.looked_for = self.served.right.action, "{" in self.served.right.path
            try:
                call.require(self.served.right.action, part=str(request.path_params.get("what", "")))
                if second_factor.concerns(call, call.action):
                    given = request.headers.getlist(second_factor.HEADER)
                    await to_thread.run_sync(
                        second_factor.require_of_program, call, call.action, request.path_params, given
                    )
                return await inner(await self._read(request, call))
            except Exception as error:
                found = problem_of(error)
                if found.status_code == 500:
                    raise
                raise found from error

        return handle

    async def _read(self, request: Request, call: Call) -> Request:
        """The request with its body read, as far as that is to be judged before its arguments."""
        form = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        limit = self.served.limit(call.settings) + bodies.FORM_BYTES if self.served.limit else bodies.JSON_BYTES
        if request.method not in READING:
            bodies.require_within(request, limit)
            if bodies.has_body(request) and bodies.media_type(request) != (
                "multipart/form-data" if form else "application/json"
            ):
                raise Problem(415)
        self._judge_addresses(request)
        scope = request.scope
        if not form:
            others = [pair for pair in scope["headers"] if pair[0].lower() != b"content-type"]
            scope = {**scope, "headers": [*others, (b"content-type", b"application/json")]}
        read = Read(scope, bodies.Limited(request.receive, limit))
        if form:
            assert self.body_field is not None
            kind: Any = self.body_field.field_info.annotation
            read.fields = tuple(kind.model_fields)
            read.several = tuple(name for name, one in kind.model_fields.items() if get_origin(one.annotation) is list)
            read.of_each = self.served.of_each(call.settings) if self.served.of_each else None
            if not bodies.has_body(request):
                raise Problem(415)
        elif request.method not in READING:
            read.value = await bodies.read_json(read)
            if self.body_field is None and read.value != {}:
                names = list(read.value) if isinstance(read.value, dict) else [""]
                raise Problem(400, errors=[Wrong("body", name, "没有这一项") for name in names])
        return read

    def _judge_addresses(self, request: Request) -> None:
        """Path and query: what cannot be read, unknown names and what is said twice."""
        if any(unreadable(str(part)) for part in request.path_params.values()):
            raise not_there()
        known = {one.alias for one in self.dependant.query_params}
        wrong = []
        for name in dict.fromkeys(request.query_params):
            given = request.query_params.getlist(name)
            if not self.served.any_query and name not in known:
                wrong.append(Wrong("query", name, "没有这个参数"))
            elif len(given) > 1:
                wrong.append(Wrong("query", name, "只能出现一次"))
            elif unreadable(given[0]):
                wrong.append(Wrong("query", name, "含有不可见的控制字符"))
        if wrong:
            raise Problem(400, errors=wrong)


class Read(Request):
    """A request whose body was read and judged before the framework asks for it."""

    value: Any = None
    fields: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    of_each: int | None = None

    async def body(self) -> bytes:
        return b"{}"  # not empty: the framework then asks for `json`

    async def json(self) -> Any:
        return self.value

    async def form(self, **_limits: Any) -> FormData:  # type: ignore[override]
        return await bodies.read_form(self, self.fields, self.several, self.of_each)


def problem_of(error: Exception) -> Problem:
    """A failure as the problem that it is: 500 where the program itself failed."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return of_validation(error)
    if isinstance(error, HTTPException):
        return of_http(error)
    if isinstance(error, NotAList):
        return bad(error.name, error.problem)
    if isinstance(error, NotFound):
        return not_there()
    if isinstance(error, rights.Forbidden):
        return Problem(403, error.sentence)
    if isinstance(error, RefusedFile):
        return Problem(422, error.sentence, findings=error.findings, more=error.more)
    if isinstance(error, Refused):
        return Problem(422, error.sentence)
    if isinstance(error, EnvironmentFailed | NoneFree):
        return Problem(503)
    return Problem(500)
