"""Signing in, which anybody may try, and signing out."""

from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ledger.accounts import sessions
from ledger.accounts.sessions import SignedIn
from tiexi.portal import bodies, forms, headers, showing
from tiexi.portal.call import Call
from tiexi.portal.page_routes import page
from tiexi.portal.problems import Problem, Wrong
from tiexi.portal.sessions import SIGN_IN, clear_cookie, own_path, set_cookie

_FAILED = "登录名或口令不正确，或账号现在不能登录；多次失败会暂停登录一段时间"
_TOLD = 5  # failed tries that are told one by one
_FIELDS = ("login", "password", forms.TOKEN)


async def _show(request: Request) -> Response:
    return _page(request.state.call)


def _page(call: Call, status: int = 200) -> Response:
    wanted = own_path(call.query.get("next"))
    more = {
        "action": SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='')}",
        "form_token": forms.token_for_now(call.house.key),
    }
    return showing.response(call, "sign_in.html", more, status)


async def _sign_in(request: Request) -> Response:
    call: Call = request.state.call
    call.action = "sign-in"
    if seconds := call.house.sign_ins.wait(call.address):
        raise Problem(429, headers={"Retry-After": str(seconds)})
    bodies.require_within(request, bodies.FORM_BYTES)
    if not forms.same_origin(request.headers, call.settings, request.scope["scheme"]):
        raise Problem(403, forms.STRANGE)
    form = await forms.read(request, bodies.FORM_BYTES)
    if not forms.is_recent(call.house.key, form):
        raise Problem(403, forms.STALE)
    wrong = [Wrong("body", name, "没有这一项") for name in form if name not in _FIELDS]
    wrong += [Wrong("body", name, "缺少这一项") for name in _FIELDS if not isinstance(form.get(name), str)]
    if wrong:
        raise Problem(400, errors=wrong)
    login = form["login"].strip()
    found = await to_thread.run_sync(_try, call, login, form["password"])
    if found is None:
        call.typed, call.problems = {"login": login}, [Wrong("body", "", _FAILED)]
        return _page(call, 422)
    return _signed_in(call, found)


def _try(call: Call, login: str, password: str) -> SignedIn | None:
    return sessions.sign_in(
        call.engine, login, password, call.address, limits=call.house.limits, request=call.request_id
    )


def _signed_in(call: Call, found: SignedIn) -> Response:
    call.session, call.account = found.session, found.session.account
    if found.failures:
        times = "、".join(f"{showing.moment(at)}（{address}）" for at, address in found.failures[:_TOLD])
        call.say(
            f"上次登录以来有 {len(found.failures)} 次登录失败：{times}{' 等' if len(found.failures) > _TOLD else ''}"
        )
    kept = call.house.kept.of(call.account.login)
    answer = RedirectResponse(kept.page if kept else own_path(call.query.get("next")), 303)
    set_cookie(answer, call.settings, found.cookie)
    return answer


@page("POST", "/sign-out")
def sign_out(call: Call) -> Response:
    """Ends the session, here and on the server."""
    sessions.end(call.engine, call.cookie, address=call.address, request=call.request_id)
    answer = RedirectResponse(SIGN_IN, 303, headers.SIGNED_OUT)
    clear_cookie(answer, call.settings)
    return answer


ROUTES = (Route(SIGN_IN, _show, methods=["GET"]), Route(SIGN_IN, _sign_in, methods=["POST"]))
