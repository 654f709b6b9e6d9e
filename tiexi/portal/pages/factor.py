"""Setting up one's second factor: a picture that an app on the phone reads, the same as text, and a code to show that it did."""

import io

from starlette.responses import RedirectResponse, Response

from ledger.accounts import factors, managing
from ledger.counties import CITY_FULL_NAME
from tiexi.portal import second_factor
from tiexi.portal.call import Call
from tiexi.portal.fields import Field
from tiexi.portal.page_routes import Shown, page
from tiexi.portal.problems import Problem, Wrong, not_there
from tiexi.portal.sessions import SET_UP

_CODE = Field("code", "动态口令", "code", hint="添加之后，验证器显示的 6 位数字", short=True)
_PICTURE = f"{SET_UP}/qr.svg"


@page("GET", SET_UP)
def factor(call: Call) -> Shown:
    """The page to set it up; the only one while that has to be done."""
    session = call.session
    assert session is not None
    more = {"has": session.has_factor, "must": session.must_set_up, "fields": [_CODE], "picture": _PICTURE}
    text = "" if session.has_factor else factors.secret_text(_secret(call))
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return Shown("factor.html", more | {"secret": groups})


@page("GET", _PICTURE)
def picture(call: Call) -> Response:
    """The secret as a QR code; 404 where there is a second factor already."""
    import segno  # here and not above: nobody else needs it

    if call.session is None or call.session.has_factor:
        raise not_there()
    drawn = io.BytesIO()
    said = factors.address(_secret(call), call.who.login, f"{CITY_FULL_NAME}贴息")
    segno.make(said, error="m").save(drawn, kind="svg", scale=5, light="white", svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@page("POST", SET_UP, form=factor, log_as="account.factor")
def set_up(call: Call) -> Response:
    """Sets it up; this session goes on under another cookie."""
    code = call.form.get("code", "")
    wrong = [Wrong("body", name, "没有这一项") for name in call.form if name not in ("code", "csrf")]
    if not isinstance(code, str) or not code.strip():
        wrong.append(Wrong("body", "code", "请填写"))
    if wrong:
        raise Problem(400, errors=wrong)
    managing.set_factor(call.engine, call.who, _secret(call), str(code), call.house.key)
    second_factor.renew(call)
    call.say("第二因素已设置：以后登录和办理审核、下达、办结、拨付等事项时，还要输入验证器显示的动态口令")
    return RedirectResponse("/", 303)


def _secret(call: Call) -> bytes:
    return factors.pending(call.house.key, call.cookie)
