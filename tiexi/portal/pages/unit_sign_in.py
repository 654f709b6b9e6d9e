"""Signing in at one's unit (OpenID Connect): off to its identity provider and back. Off unless `portal.oidc_issuer` is set."""

import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

from anyio import to_thread
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ledger.accounts import signing_in
from ledger.accounts.sessions import SignedIn
from ledger.accounts.signing_in import CodeDue
from ledger.errors import EnvironmentFailed
from ledger.logs import Log
from tiexi.portal import cookies
from tiexi.portal.call import Call
from tiexi.portal.pages import sign_in
from tiexi.portal.problems import Problem, Wrong
from tiexi.portal.provider import Attempt, NotProved, Provider
from tiexi.portal.sessions import UNIT, UNIT_BACK, own_path

_SECONDS = 600  # that signing in there may take
_log = Log(__name__)
_NOT_REACHED = "单位统一登录暂时不能用；请稍后再试，或用登录名和口令登录"
_FAILED = "单位统一登录没有成功；请从头再试一次"
_NOBODY = "单位统一登录没有成功：本系统没有对应的账号，或该账号现在不能登录；请与本系统的系统管理员联系"


async def _off(request: Request) -> Response:
    """Sends the browser to the provider."""
    call: Call = request.state.call
    provider = _provider(call)
    bits, wanted = secrets.token_urlsafe(32), own_path(call.query.get("next"))
    try:
        place = await to_thread.run_sync(provider.address, Attempt.of(call.house.key, bits), _back(request, call))
    except (EnvironmentFailed, NotProved) as error:
        return _again(call, _NOT_REACHED, error, 503)
    answer = RedirectResponse(place, 303)
    cookies.give(answer, call.settings, _kept(call, bits, wanted), cookies.UNIT, _SECONDS)
    return answer


async def _come(request: Request) -> Response:
    """The browser comes back with a code."""
    call: Call = request.state.call
    call.action = "sign-in"
    provider = _provider(call)
    if seconds := call.house.sign_ins.wait(call.address):
        raise Problem(429, headers={"Retry-After": str(seconds)})
    held = cookie_parser(request.headers.get("cookie", "")).get(cookies.name(call.settings, cookies.UNIT), "")
    answer = await to_thread.run_sync(_finish, call, provider, held, _back(request, call))
    cookies.clear(answer, call.settings, cookies.UNIT)
    return answer


def _finish(call: Call, provider: Provider, held: str, back: str) -> Response:
    bits, wanted = _read(call, held)
    attempt, given = Attempt.of(call.house.key, bits), call.query
    try:
        if not bits or not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
            raise NotProved("state")
        if given.get("iss", provider.issuer) != provider.issuer:
            raise NotProved("another issuer")
        if "code" not in given:
            raise NotProved("no code")
        person = provider.person(attempt, given["code"], back)
    except EnvironmentFailed as error:
        return _again(call, _NOT_REACHED, error, 503)
    except NotProved as error:
        signing_in.note_failure(call.engine, call.address, call.request_id)
        return _again(call, _FAILED, error)
    house = call.house
    found = signing_in.by_unit(
        call.engine, person.login, call.address, factor_shown=person.factor_shown, key=house.key, limits=house.limits,
        request=call.request_id,
    )  # fmt: skip
    if isinstance(found, CodeDue):
        return sign_in.ask_for_code(call, found, wanted)
    if not isinstance(found, SignedIn):
        return _again(call, _NOBODY)
    return sign_in.signed_in(call, found, wanted)


def _again(call: Call, said: str, error: Exception | None = None, status: int = 422) -> Response:
    """The page to sign in, with what was the matter; why it was stands in the server's own log."""
    if error is not None:
        _log.warning("unit sign-in", request=call.request_id, why=str(error))
    call.problems = [Wrong("query", "", said)]
    return sign_in.page_of(call, status)


def _provider(call: Call) -> Provider:
    if call.house.provider is None:
        raise Problem(404)
    return call.house.provider


def _back(request: Request, call: Call) -> str:
    """The address to come back to, as the provider has it on file. Without an https address only this machine is listened on."""
    base = call.settings.portal_public or f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return base + UNIT_BACK


def _kept(call: Call, bits: str, wanted: str) -> str:
    said = f"{int(time.time())}.{bits}.{urlsafe_b64encode(wanted.encode()).decode()}"
    return f"{said}.{_signed(call, said)}"


def _read(call: Call, held: str) -> tuple[str, str]:
    """What such a cookie holds; the bits are '' where it is none of ours, or too old."""
    said, _, signature = held.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signed(call, said).encode()):
        return "", "/"
    made, bits, wanted = said.split(".")
    return (bits if 0 <= time.time() - int(made) <= _SECONDS else ""), urlsafe_b64decode(wanted).decode()


def _signed(call: Call, said: str) -> str:
    return hmac.digest(call.house.key, f"unit {said}".encode(), "sha256").hex()


ROUTES = (Route(UNIT, _off, methods=["GET"]), Route(UNIT_BACK, _come, methods=["GET"]))
