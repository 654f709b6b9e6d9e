"""One's own account: the password, tokens, sessions, and when one was last here."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from ledger.accounts import passwords, sessions, tokens
from tiexi.portal import second_factor
from tiexi.portal.api.tokens import revoke as revoke_token
from tiexi.portal.call import Call
from tiexi.portal.common import common_passwords
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import Body, Number, Text
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.problems import Problem, Wrong
from tiexi.portal.sessions import CHANGE_PASSWORD

_RULES = (
    f"{passwords.LEAST} 到 {passwords.MOST} 个字符；大写字母、小写字母、数字、其他字符中至少三类；不是常见的口令；"
    "不含登录名、姓名或单位名称；不与最近 5 个相同。可以粘贴。"
)
_PASSWORD = Field("password", "现在的口令", "password")
_NEW = (Field("new_password", "新口令", "password", hint=_RULES), Field("repeat", "再输一遍新口令", "password"))
_TOKEN = (
    Field("name", "名称", hint="用在哪里，如 核心系统报送"),
    Field("days", "有效天数", value="90", hint=f"1 到 {tokens.MOST_DAYS} 天", short=True),
    Field(
        "addresses", "只能从这些地址使用", required=False,
        hint="IP 地址或网段，几个之间用空格隔开，如 10.1.2.0/24；不填则不限",
    ),
    _PASSWORD,
)  # fmt: skip


class NewToken(Body):
    """A token to be made, and the password once more."""

    name: Text
    days: Number = 90
    addresses: Text | None = None
    password: str


@page("GET", "/account")
def account(call: Call, **_parts: str) -> Shown:
    """My account."""
    with call.reading() as connection:
        more: dict[str, Any] = {
            "tokens": [one.as_dict() for one in tokens.every(connection, call.who.login)],
            "sessions": sessions.past(connection, call.who, limits=call.house.limits),
            "tries": sessions.tries(connection, call.who),
        }
    fields = [*typed(call, *_TOKEN), *second_factor.fields(call, "tokens.add")]
    return Shown("account.html", more | {"here": call.session, "fields": fields, "said_once": None})


@page("GET", CHANGE_PASSWORD)
def password(call: Call) -> Shown:
    """The page to change the password; the only one while it is to be changed."""
    assert call.session is not None
    return Shown("password.html", {"must": call.session.must_change, "fields": [_PASSWORD, *_NEW]})


@page("POST", CHANGE_PASSWORD, form=password, log_as="account.password")
def change_password(call: Call) -> Response:
    """Changes it; this session goes on under another cookie, all others end."""
    given = {name: str(call.form.get(name, "")) for name in ("password", "new_password", "repeat")}
    wrong = [Wrong("body", name, "请填写") for name, value in given.items() if not value]
    if not wrong and given["new_password"] != given["repeat"]:
        wrong = [Wrong("body", "repeat", "两遍新口令不一样")]
    wrong += [Wrong("body", name, "没有这一项") for name in call.form if name not in (*given, "csrf")]
    if wrong:
        raise Problem(400, errors=wrong)
    assert call.session is not None
    found = sessions.change_password(
        call.engine, call.session, given["password"], given["new_password"], common_passwords(),
        limits=call.house.limits,
    )  # fmt: skip
    call.goes_on_as(found)
    call.say("口令已更改；其他会话都已结束")
    return RedirectResponse("/account", 303)


@page("POST", "/account/tokens", form=account, log_as="tokens.add")
def add_token(call: Call) -> Shown:
    """Makes a token and shows it this once."""
    body = filled(call, NewToken)
    if not passwords.is_right(call.engine, call.who, body.password):
        raise Problem(422, errors=[Wrong("body", "password", "口令不正确")])
    _, said = tokens.add(call.engine, call.who.login, body.name, body.days, (body.addresses or "").split(), by=call.who)
    found = account(call)
    return Shown(found.template, {**found.more, "said_once": said, "fields": list(_TOKEN)})


@page("POST", "/account/tokens/{id}/revoke", "tokens.revoke", form=account)
def revoke(call: Call, id: str) -> See:  # noqa: A002 (as the path calls it)
    """Ends a token."""
    revoke_token(call, number(id))
    return See("/account", f"第 {id} 号令牌已吊销")


@page("GET", "/account/stay")
def stay(call: Call) -> Response:
    """Goes on with the session; who asked looks at no page."""
    return Response(status_code=204)
