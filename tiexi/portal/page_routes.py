"""The one way to declare a page: `@page("GET", "/runs/{run}", "runs.show")` names the action of the table of rights that it
asks for, or none where everybody signed in may have it.

A form that is refused comes back as the page that holds it, with what was typed. Whoever changes something is sent on to
the page that shows it, so that going back or loading again repeats nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from ledger.accounts import rights
from ledger.people import acting_as
from tiexi.portal import bodies, cookies, forms, second_factor, showing
from tiexi.portal.call import Call
from tiexi.portal.kinds import unreadable
from tiexi.portal.problems import Problem, Wrong, not_there, of_errors
from tiexi.portal.routes import READING, logged, problem_of

PAGES: dict[tuple[str, str], "Page"] = {}  # by method and path


@dataclass(frozen=True)
class Shown:
    """A page: its template and what goes into it."""

    template: str
    more: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class See:
    """Another page to go to, with a sentence that is said there once."""

    path: str
    said: str = ""


@dataclass(frozen=True)
class Page:
    """A function that serves a page. form: the page that holds the form, for a POST. files: fields that hold a file; several:
    fields that may come more than once. limit: bytes of a form with files, given the settings; of_each: of each of its files,
    where they are several. log_as: what the log calls the act, where it has no action."""

    method: str
    path: str
    action: str | None
    serve: Callable[..., Any]
    form: Callable[..., Any] | None
    several: Sequence[str]
    limit: Callable[[Any], int] | None
    of_each: Callable[[Any], int] | None
    log_as: str


def page(
    method: str,
    path: str,
    action: str | None = None,
    *,
    form: Callable[..., Any] | None = None,
    several: Sequence[str] = (),
    limit: Callable[[Any], int] | None = None,
    of_each: Callable[[Any], int] | None = None,
    log_as: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares the function that serves a page. It takes the call and the parts of the path as texts, and gives a Shown, a See
    or a Response."""

    def declare(serve: Callable[..., Any]) -> Callable[..., Any]:
        if (method, path) in PAGES or (action is not None and action not in rights.BY_ACTION):
            raise RuntimeError(f"page {method} {path} is served twice, or its action is not in the table of rights")
        PAGES[method, path] = Page(
            method, path, action, serve, form, tuple(several), limit, of_each, log_as or action or ""
        )
        return serve

    return declare


def number(text: str) -> int:
    """The number of something in a path; what cannot be one is not there."""
    if not (text.isascii() and text.isdigit() and len(text) < 16 and text[0] != "0"):
        raise not_there()
    return int(text)


def holding(method: str, path: str) -> str:
    """The address of the page that holds the form which is sent to an address; '' where there is none."""
    for made in PAGES.values():
        route = Route(made.path, _nowhere, methods=[made.method])
        found, child = route.matches({"type": "http", "method": method, "path": path, "root_path": ""})
        if found is Match.FULL and made.form is not None:
            shown = next((one for one in PAGES.values() if one.serve is made.form and one.method == "GET"), None)
            return shown.path.format(**child["path_params"]) if shown else ""
    return ""


def that_come_several_times() -> tuple[str, ...]:
    """The fields of any form that may come more than once."""
    return tuple({name for made in PAGES.values() for name in made.several})


def _nowhere(_request: Request) -> Response:
    raise AssertionError


def route_of(made: Page) -> Route:
    """The page as a route of the framework."""

    async def handle(request: Request) -> Response:
        call: Call = request.state.call
        call.action = made.action or ""
        call.looked_for = "{" in made.path
        if made.action is not None:
            call.require(made.action, part=str(request.path_params.get("what", "")))
        if any(unreadable(part) for part in request.path_params.values()):
            raise not_there()
        if made.method not in READING:
            limit = (made.limit(call.settings) if made.limit else 0) + bodies.FORM_BYTES
            bodies.require_within(request, limit)
            of_each = made.of_each(call.settings) if made.of_each else None
            call.form = await forms.read(request, limit, made.several, of_each)
            if not forms.good_token(call.form, call.csrf):
                await forms.close(call.form)
                raise Problem(403, forms.STALE)
        elif kept := call.house.kept.of(call.who.login, call.path):
            call.typed = kept.typed
            call.said = "；".join(
                filter(None, (call.said, "会话结束前填写的内容还在下面，请核对后再提交；文件须重新选择"))
            )
        try:
            return await to_thread.run_sync(_serve, made, call, request.path_params)
        finally:
            await forms.close(call.form)

    return Route(made.path, handle, methods=[made.method], name=f"{made.method} {made.path}")


def _serve(made: Page, call: Call, parts: Mapping[str, str]) -> Response:
    with acting_as(call.who.login):
        try:
            with logged(call, made.log_as, made.method):
                if made.method not in READING:
                    second_factor.require_of_person(call, made.log_as, parts)
                found = made.serve(call, **parts)
            if made.form is not None:
                call.house.kept.forget(call.who.login)
        except Exception as error:
            found = _again(made, call, parts, error)
    shown = answer(call, found)
    if call.new_cookie:
        cookies.give(shown, call.settings, call.new_cookie)
    return shown


def _again(made: Page, call: Call, parts: Mapping[str, str], error: Exception) -> Any:
    """The page that holds the form, with what is wrong; where there is none, or nothing can be put right, the failure."""
    problem = problem_of(error)
    if made.form is None or problem.status_code not in (400, 422):
        raise error
    call.typed = {name: value for name, value in call.form.items() if isinstance(value, str) and name != "csrf"}
    call.problems = list(problem.errors) or [Wrong("body", "", problem.detail)]
    found = made.form(call, **parts)
    return Shown(found.template, found.more, problem.status_code) if isinstance(found, Shown) else found


def answer(call: Call, found: Any) -> Response:
    """What a page's function gives, as an answer."""
    if isinstance(found, See):
        if found.said:
            call.say(found.said)
        return RedirectResponse(found.path, 303)
    if isinstance(found, Shown):
        return showing.response(call, found.template, found.more, found.status)
    assert isinstance(found, Response)
    return found


def filled(call: Call, kind: type[BaseModel], more: Mapping[str, Any] | None = None) -> Any:
    """The form as the body that the route of the API takes: fields left empty are not there. 400 names what cannot be used.

    more: fields that are not as the form has them; None for one that is not there.
    """
    given = {**call.form, **(more or {})}
    given = {name: value for name, value in given.items() if name != "csrf" and value not in ("", None)}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise of_errors(error.errors(), "body") from error
