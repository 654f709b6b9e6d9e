"""The only way to the pages: a session, held in a cookie that no script reads. Whoever has none is sent to sign in.

A form that comes after its session has ended is kept for its login. A password that is to be changed opens nothing else, nor
does a second factor that is to be set up.
"""

from dataclasses import dataclass
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.accounts import sessions
from tiexi.portal import bodies, cookies, forms
from tiexi.portal.call import Call
from tiexi.portal.page_routes import holding, that_come_several_times
from tiexi.portal.problems import Problem
from tiexi.portal.routes import READING

SIGN_IN = "/sign-in"
UNIT, UNIT_BACK = "/sign-in/unit", "/sign-in/unit/back"  # where a unit's own sign-in is set up
CHANGE_PASSWORD = "/account/password"
SET_UP = "/account/factor"
_OPEN = ("/health/", "/static/")  # what answers without sign-in, beside these addresses
_OPEN_ADDRESSES = ("/metrics", SIGN_IN)
_ALWAYS = ("/sign-out", "/account/stay")
_LONGEST = 200


def own_path(text: str | None) -> str:
    """An address to go on to, if it is one of our own pages; else the first page."""
    found = text or "/"
    good = found.startswith("/") and not found.startswith(("//", "/\\", "/api/", SIGN_IN, "/sign-out"))
    return found if good and found.isprintable() and "\\" not in found and len(found) < 2000 else "/"


@dataclass
class Sessions:
    """The pages behind their sessions."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: Call = scope["state"]["call"]
        request = Request(scope, receive)
        value = cookie_parser(request.headers.get("cookie", "")).get(cookies.name(call.settings), "")
        unit = call.house.provider is not None and call.path in (UNIT, UNIT_BACK)
        if unit or call.path in _OPEN_ADDRESSES or call.path.startswith(_OPEN):
            await self.app(scope, receive, send)
            return
        if value and len(value) < _LONGEST:
            call.cookie = value
            call.session = await to_thread.run_sync(_session, call, request.method)
        found = call.session
        if found is None:
            await (await _to_sign_in(request, call))(scope, receive, send)
            return
        call.account = found.account
        if seconds := call.house.throttle.wait(f"session {found.id}"):
            raise Problem(429, headers={"Retry-After": str(seconds)})
        only = _only_page(found)
        if only and call.path not in (*_ALWAYS, only) and not call.path.startswith(f"{only}/"):
            await RedirectResponse(only, 303)(scope, receive, send)
            return
        # no page takes another method: those are 405, whoever sent them
        if request.method == "POST" and not forms.same_origin(request.headers, call.settings, scope["scheme"]):
            raise Problem(403, forms.STRANGE)
        if request.method in READING:
            call.said = call.house.notices.take(found.id)
        await self.app(scope, receive, send)


def _only_page(session: sessions.Session) -> str:
    """The page that comes before anything else; the password first, so that whoever gave it sets up no second factor."""
    return CHANGE_PASSWORD if session.must_change else SET_UP if session.must_set_up else ""


def _session(call: Call, method: str) -> sessions.Session | None:
    with call.house.letting_in(method):
        return sessions.of(call.engine, call.cookie, limits=call.house.limits, later=call.house.later)


async def _to_sign_in(request: Request, call: Call) -> Response:
    """Sent to sign in, and on to the address asked for; a form that comes too late is kept."""
    wanted = call.path
    if request.method in READING:
        wanted += f"?{request.url.query}" if request.url.query else ""
    elif login := await to_thread.run_sync(sessions.owner, call.engine, call.cookie):
        if not forms.same_origin(request.headers, call.settings, request.scope["scheme"]):
            raise Problem(403, forms.STRANGE)
        wanted = holding(request.method, call.path) or "/"
        if wanted != "/" and bodies.announced(request) <= bodies.FORM_BYTES and bodies.has_body(request):
            call.house.kept.keep(login, wanted, await forms.read(request, bodies.FORM_BYTES, that_come_several_times()))
    else:
        wanted = "/"
    address = SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='')}"
    return RedirectResponse(address, 303)
