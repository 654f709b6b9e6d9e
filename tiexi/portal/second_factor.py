"""Asking for the second factor: of a program in a header of its own, on a page in a field of the form, never twice in ten minutes there.

Which actions ask is the ledger's to say (`factors.ASKED_AGAIN`). A page whose form sends one of them adds `fields` to its own.
"""

from collections.abc import Mapping, Sequence

from ledger.accounts import factors, sessions
from ledger.database import db
from ledger.errors import NotFound
from ledger.uploads import records
from tiexi.portal.call import Call
from tiexi.portal.fields import Field
from tiexi.portal.problems import Problem, Wrong

HEADER = "TOTP"
KIND = "second-factor"
CODE = "code"
_FIELD = Field(CODE, "动态口令", "code", hint="验证器现在显示的 6 位数字；距上次出示已超过 10 分钟", short=True)
_NONE = "须先设置第二因素：请用浏览器登录，按页面提示设置"
_MISSING = f"这一步须出示第二因素：请求头 {HEADER} 应为验证器现在显示的 6 位数字"
WRONG = "动态口令不正确，或已用过：请输入验证器现在显示的 6 位数字；每个只能用一次，多次不对会暂停一段时间"


def asks(call: Call, action: str, parts: Mapping[str, str]) -> bool:
    """Whether an action asks for the second factor again. parts: of its path."""
    if action not in factors.ASKED_AGAIN:
        return False
    return action != "uploads.confirm" or _moves_money(call, next(iter(parts.values()), ""))


def _moves_money(call: Call, upload: str) -> bool:
    """Whether an upload that the account sees is of payments."""
    if not (upload.isascii() and upload.isdigit() and len(upload) < 16):
        return False
    try:
        with call.reading() as connection:
            return records.get(connection, int(upload), call.scope).kind == "payments"
    except NotFound:
        return False


def concerns(call: Call, action: str) -> bool:
    """Whether the second factor is any matter of this account's, or of this action's: without a look at the database."""
    return factors.must_have(call.who, call.settings.portal_totp) or action in factors.ASKED_AGAIN


def require_of_program(call: Call, action: str, parts: Mapping[str, str], given: Sequence[str]) -> None:
    """403 where an account that must have a second factor has none, or an action that asks for it comes without a good code.
    Asked where it `concerns` them. given: what the header holds."""
    must = factors.must_have(call.who, call.settings.portal_totp)
    with db.reading(call.engine) as connection:
        has = factors.has_factor(connection, call.who.id)
    if must and not has:
        raise Problem(403, _NONE, KIND)
    if not has or not asks(call, action, parts):
        return
    if not given:
        raise Problem(403, _MISSING, KIND)
    if len(given) > 1 or not _is_good(call, given[0]):
        raise Problem(403, WRONG, KIND)


def fields(call: Call, action: str, parts: Mapping[str, str] | None = None) -> list[Field]:
    """The field that the form of an action needs now: none, where none is asked for or one was shown just now."""
    due = call.session is not None and call.session.code_due
    return [_FIELD] if due and asks(call, action, parts or {}) else []


def require_of_person(call: Call, action: str, parts: Mapping[str, str]) -> None:
    """Takes the code out of a page's form and looks at it, where it is due; the session then goes on under another cookie.
    422 where it is missing or wrong: the page comes back with what was typed."""
    if action not in factors.ASKED_AGAIN:
        return
    code = call.form.get(CODE, "")
    call.form = {name: value for name, value in call.form.items() if name != CODE}
    if call.session is None or not call.session.code_due or not asks(call, action, parts):
        return
    if not isinstance(code, str) or not code.strip():
        raise Problem(422, errors=[Wrong("body", CODE, "这一步须再出示动态口令：请输入验证器现在显示的 6 位数字")])
    if not _is_good(call, code):
        raise Problem(422, errors=[Wrong("body", CODE, WRONG)])
    renew(call)


def renew(call: Call) -> None:
    """The session goes on under another cookie, which the answer gives."""
    assert call.session is not None
    call.goes_on_as(sessions.renew(call.engine, call.session, limits=call.house.limits))


def _is_good(call: Call, code: str) -> bool:
    house = call.house
    return factors.verify_code(call.engine, call.who, code, call.address, house.key, house.limits)
