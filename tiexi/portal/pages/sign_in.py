"""Signing in, which anybody may try, and signing out."""

from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ledger.accounts import sessions, signing_in
from ledger.accounts.sessions import SignedIn
from ledger.accounts.signing_in import CodeDue
from tiexi.portal import bodies, cookies, forms, headers, second_factor, showing
from tiexi.portal.call import Call
from tiexi.portal.page_routes import page
from tiexi.portal.problems import Problem, Wrong
from tiexi.portal.sessions import SIGN_IN, UNIT, own_path

_FAILED = "登录名或口令不正确，或账号现在不能登录；多次失败会暂停登录一段时间"
_TOLD = 5  # failed tries that are told one by one
_FIELDS = ("login", "password", forms.TOKEN)
_LATE = "登录用时太长，请从头再登录一次"


async def _show(request: Request) -> Response:
    return page_of(request.state.call)


def page_of(call: Call, status: int = 200, template: str = "sign_in.html", wanted: str | None = None) -> Response:
    """The page to sign in. wanted: the page to go on to, as the address says unless it is given."""
    wanted = wanted or own_path(call.query.get("next"))
    asked = "" if wanted == "/" else f"?next={quote(wanted, safe='')}"
    more = {
        "action": SIGN_IN + asked,
        "unit": UNIT + asked if call.house.provider is not None else "",
        "form_token": forms.token_for_now(call.house.key),
    }
    return showing.response(call, template, more, status)


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
    proof = cookie_parser(request.headers.get("cookie", "")).get(cookies.name(call.settings, cookies.STEP), "")
    code = form.pop(second_factor.CODE, "")
    going_on = bool(proof and code) and "login" not in form and "password" not in form
    asked = (forms.TOKEN,) if going_on else _FIELDS
    wrong = [Wrong("body", name, "没有这一项") for name in form if name not in asked]
    wrong += [Wrong("body", name, "缺少这一项") for name in asked if not isinstance(form.get(name), str)]
    wrong += [] if isinstance(code, str) else [Wrong("body", second_factor.CODE, "应为文字")]
    if wrong:
        raise Problem(400, errors=wrong)
    if going_on:
        return await _go_on(call, proof, code)
    login = form["login"].strip()
    found = await to_thread.run_sync(_try, call, login, form["password"], code.strip())
    if isinstance(found, CodeDue):
        return ask_for_code(call, found, own_path(call.query.get("next")))
    if found is None:
        call.typed, call.problems = {"login": login}, [Wrong("body", "", _FAILED)]
        return page_of(call, 422)
    return signed_in(call, found, own_path(call.query.get("next")))


def ask_for_code(call: Call, due: CodeDue, wanted: str) -> Response:
    """The second page of signing in: who it is stands in a cookie for some minutes."""
    answer = page_of(call, template="sign_in_code.html", wanted=wanted)
    cookies.give(answer, call.settings, due.proof, cookies.STEP, signing_in.PROOF_SECONDS)
    return answer


async def _go_on(call: Call, proof: str, code: str) -> Response:
    """The code came for a sign-in that waits for it."""
    if not signing_in.read_proof(call.house.key, proof)[0]:
        call.problems = [Wrong("body", "", _LATE)]
        return page_of(call, 422)
    found = await to_thread.run_sync(_try_code, call, proof, code)
    if isinstance(found, SignedIn):
        answer = signed_in(call, found, own_path(call.query.get("next")))
        cookies.clear(answer, call.settings, cookies.STEP)
        return answer
    call.problems = [Wrong("body", second_factor.CODE, second_factor.WRONG)]
    return page_of(call, 422, "sign_in_code.html")


def _try(call: Call, login: str, password: str, code: str) -> SignedIn | CodeDue | None:
    house = call.house
    return signing_in.sign_in(
        call.engine, login, password, call.address, code=code, key=house.key, limits=house.limits,
        request=call.request_id,
    )  # fmt: skip


def _try_code(call: Call, proof: str, code: str) -> SignedIn | CodeDue | None:
    house = call.house
    return signing_in.with_code(
        call.engine, proof, code, call.address, key=house.key, limits=house.limits, request=call.request_id
    )


def signed_in(call: Call, found: SignedIn, wanted: str) -> Response:
    """The session begins; on to the page asked for."""
    call.session, call.account = found.session, found.session.account
    if found.failures:
        times = "、".join(f"{showing.moment(at)}（{address}）" for at, address in found.failures[:_TOLD])
        call.say(
            f"上次登录以来有 {len(found.failures)} 次登录失败：{times}{' 等' if len(found.failures) > _TOLD else ''}"
        )
    kept = call.house.kept.of(call.account.login)
    answer = RedirectResponse(kept.page if kept else wanted, 303)
    cookies.give(answer, call.settings, found.cookie)
    return answer


@page("POST", "/sign-out")
def sign_out(call: Call) -> Response:
    """Ends the session, here and on the server."""
    sessions.end(call.engine, call.cookie, address=call.address, request=call.request_id)
    answer = RedirectResponse(SIGN_IN, 303, headers.SIGNED_OUT)
    cookies.clear(answer, call.settings)
    return answer


ROUTES = (Route(SIGN_IN, _show, methods=["GET"]), Route(SIGN_IN, _sign_in, methods=["POST"]))
