"""The pages of those who keep accounts: all of them, one account, a new one."""

from collections.abc import Callable

from ledger.accounts import accounts, factors
from ledger.accounts.accounts import STATE_NAMES
from ledger.accounts.roles import ROLES, SCOPE_NAMES
from reports.lists import page as page_of_items
from tiexi.portal import listing, second_factor
from tiexi.portal.api import users as api
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import Reason
from tiexi.portal.page_routes import See, Shown, filled, page
from tiexi.portal.problems import not_there

_NEW = (
    Field("login", "登录名", hint="3 到 32 个小写字母、数字、点、下划线或减号；以后不重复使用", short=True),
    Field("name", "姓名", hint="同名的另一人请加注，如 张伟（某区）", short=True),
    Field("unit", "单位"),
)
_REASON = Field("reason", "原因")
_SHAPES = {"pending": "open", "active": "done", "locked": "attention", "retired": "ended"}
# action, what the button says, of accounts in which states
_ACTS = (
    ("lock", "锁定", ("active", "pending")),
    ("unlock", "解锁", ("active", "locked")),
    ("reset", "重置口令", ("active", "pending", "locked")),
    ("reset-totp", "取消第二因素", ("active", "pending", "locked")),
    ("retire", "停用", ("active", "pending", "locked")),
)


@page("GET", "/users", "users.list")
def users(call: Call) -> Shown:
    """All accounts, and a form for a new one."""
    return _list(call)


def _list(call: Call, told: tuple[str, str] | None = None) -> Shown:
    with call.reading() as connection:
        rows = [one.as_dict() for one in accounts.every(connection)]
    asked = listing.asked(call, ("state", "role"), api.KEYS)
    found = page_of_items(rows, asked, api.KEYS, api.NAMES)
    more = {
        "found": found, "asked": asked, "states": STATE_NAMES, "shapes": _SHAPES, "roles": ROLES, "told": told,
        "fields": typed(call, *_NEW),
    }  # fmt: skip
    return Shown("users.html", more)


@page("POST", "/users", "users.add", form=users)
def add(call: Call) -> Shown:
    """Makes an account and shows its first password this once."""
    made = api.add(call, filled(call, api.NewUser))
    call.typed = {}
    return _list(call, (made["login"], made["initial_password"] or ""))


@page("GET", "/users/{login}", "users.list")
def user(call: Call, login: str) -> Shown:
    """One account, and what may be done to it."""
    return _one(call, login)


def _one(call: Call, login: str, password: str = "") -> Shown:
    with call.reading() as connection:
        found = accounts.find(connection, login)
        has_factor = found is not None and factors.has_factor(connection, found.id)
    if found is None:
        raise not_there()
    acts = [(key, name) for key, name, states in _ACTS if call.may(f"users.{key}") and found.state in states]
    acts = [one for one in acts if one[0] != "reset-totp" or has_factor]
    scopes = "，".join(f"{kind}:{name}名称" for kind, name in SCOPE_NAMES.items())
    grant = (
        Field("role", "角色", "choice", found.role or "", options=[("", "请选择"), *((key, one.name) for key, one in ROLES.items())]),
        Field(
            "scope", "范围", value=found.scope.text or "", required=False,
            hint=f"机构和区市的角色须写明：{scopes}；其他角色不填",
        ),
    )  # fmt: skip
    facts = [
        ("登录名", found.login), ("姓名", found.name), ("单位", found.unit), ("角色", found.role_name),
        ("范围", found.scope.text or ""), ("建立人", found.maker), ("第二因素", "已设置" if has_factor else "没有"),
    ]  # fmt: skip
    more = {
        "one": found, "facts": facts, "word": STATE_NAMES[found.state], "shape": _SHAPES[found.state],
        "acts": acts if found.login != call.who.login else [],
        "may_grant": call.may("users.grant") and found.state != "retired" and found.login != call.who.login,
        "grant": [*typed(call, *grant), *second_factor.fields(call, "users.grant")], "reason": typed(call, _REASON)[0], "password": password,
    }  # fmt: skip
    return Shown("user.html", more)


@page("POST", "/users/{login}/grant", "users.grant", form=user)
def grant(call: Call, login: str) -> See:
    """Gives a role."""
    api.grant(call, login, filled(call, api.Grant))
    return See(f"/users/{login}", "角色已给出；该账号的会话都已结束")


@page("POST", "/users/{login}/reset", "users.reset", form=user)
def reset(call: Call, login: str) -> Shown:
    """A new first password, shown this once."""
    made = api.reset(call, login, filled(call, Reason))
    call.typed = {}
    return _one(call, login, made["initial_password"] or "")


def _act(key: str, do: Callable[..., object], said: str) -> None:
    @page("POST", f"/users/{{login}}/{key}", f"users.{key}", form=user)
    def act(call: Call, login: str) -> See:
        do(call, login, filled(call, Reason))
        return See(f"/users/{login}", said)


_act("lock", api.lock, "账号已锁定，它的会话和令牌都不能再用")
_act("unlock", api.unlock, "账号已解锁")
_act("retire", api.retire, "账号已停用")
_act("reset-totp", api.reset_totp, "第二因素已取消")
