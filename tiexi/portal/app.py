"""The application: the gate, the API behind its tokens, the pages behind their sessions.

It does not start when the routes and the table of rights differ.
"""

from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger import __version__
from ledger.accounts import rights
from ledger.settings import Settings
from ledger.uploads.worker import Judge
from tiexi.portal import api, keys, pages, public, showing
from tiexi.portal.call import Call
from tiexi.portal.describing import SCHEME, described, problems
from tiexi.portal.gate import API, Gate, is_api
from tiexi.portal.house import House
from tiexi.portal.page_routes import PAGES, route_of
from tiexi.portal.pages import sign_in, unit_sign_in
from tiexi.portal.problems import Problem
from tiexi.portal.routes import ROUTES, DeclaredRoute, problem_of, working
from tiexi.portal.sessions import Sessions
from tiexi.portal.tokens import Tokens


def make_app(engine: Engine, settings: Settings, judge: Judge | None = None) -> Gate:
    """The portal on a database, for a server to run. judge: who judges what is sent; this process where it is none."""
    by_program = api_app()
    for noun in pages.NOUNS:
        import_module(f"tiexi.portal.pages.{noun}")
    require_same(ROUTES, rights.BY_ACTION)
    house = House.of(engine, settings, keys.of_portal(engine, settings.portal_key), judge)
    return Gate(_Parts(Tokens(by_program), Sessions(_pages())), house, _show)


def require_same(routes: Collection[str], table: Collection[str]) -> None:
    """RuntimeError where the routes served and the table of rights are not the same."""
    missing, strange = set(table) - set(routes), set(routes) - set(table)
    if missing or strange:
        raise RuntimeError(
            f"routes and rights differ: not served {sorted(missing)}, not in the table {sorted(strange)}"
        )


@cache
def api_app() -> FastAPI:
    """The API, which holds nothing of any database: made once in a process."""
    for noun in api.NOUNS:
        import_module(f"tiexi.portal.api.{noun}")
    made = FastAPI(
        title="贴息", version=__version__, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    for served in ROUTES.values():
        made.router.add_api_route(
            API + served.right.path,
            working(served),
            methods=[served.right.method],
            name=served.right.action,
            route_class_override=DeclaredRoute,
            **described(served),
        )
        route = made.router.routes[-1]
        assert isinstance(route, DeclaredRoute)
        route.served = served
    made.router.routes.append(Route(f"{API}/openapi.json", _description, methods=["GET"], include_in_schema=False))
    for kind in (HTTPException, RequestValidationError, Exception):
        made.add_exception_handler(kind, _answer)
    return made


def _pages() -> Starlette:
    made = Starlette(
        routes=[*public.ROUTES, *sign_in.ROUTES, *unit_sign_in.ROUTES, *(route_of(one) for one in PAGES.values())]
    )
    made.router.redirect_slashes = False
    for kind in (HTTPException, Exception):
        made.add_exception_handler(kind, _answer)
    return made


@cache
def description() -> dict[str, Any]:
    """What openapi.json says: every route with all its answers."""
    found = api_app().openapi()
    found["components"]["schemas"] |= problems()
    found["components"]["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer"}}
    return found


async def _description(_request: Request) -> Response:
    return JSONResponse(description())


async def _answer(request: Request, error: Exception) -> Response:
    """What goes wrong inside, as the problem that it is."""
    problem = problem_of(error)
    if problem.status_code == 405:
        problem.headers["Allow"] = ", ".join(sorted(_methods(request.app.routes, request.scope)))
    return _show(request, problem)


def _methods(routes: list[BaseRoute], scope: Scope) -> set[str]:
    """All methods that an address takes, whichever route takes them."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


def _show(request: Request, problem: Problem) -> Response:
    call: Call = request.state.call
    call.problem = problem
    return problem.response(call.request_id) if is_api(call.path) else showing.problem_page(call, problem)


class _Parts:
    """The API by its addresses, and the pages."""

    def __init__(self, by_program: ASGIApp, by_person: ASGIApp) -> None:
        self._by_program, self._by_person = by_program, by_person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._by_program if is_api(scope["path"]) else self._by_person)(scope, receive, send)
