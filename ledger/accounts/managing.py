"""What is done to accounts: made, given a role, locked, retired. Each adds a row, and a link of the chain over it.

Nobody changes himself; who made an account does not give it its role. Whoever keeps the server (by: None) may do both.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert

from ledger import models
from ledger.accounts import accounts, factors, passwords, session_ends
from ledger.accounts.accounts import ACTIVE, LOCKED, RETIRED, Account
from ledger.accounts.roles import BANK, COUNTY, ROLES, SCOPE_NAMES
from ledger.counties import COUNTIES, county_of
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names
from ledger.people import account as acting_account
from ledger.people import same_person
from ledger.seals import chain
from ledger.seals.strays import ACCOUNT
from ledger.workbooks import cells
from ledger.workdays import now

_LOGIN = re.compile(r"[a-z0-9._-]{3,32}")
_LONGEST = 200  # characters of what is said of an account


@dataclass(frozen=True)
class Made:
    """An account that was made or reset, with what is shown this once: its password (None where one was given), and the
    secret of its second factor (None where none was made)."""

    account: Account
    initial_password: str | None = None
    totp_secret: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As `user add --json` prints it."""
        return {
            "login": self.account.login, "state": self.account.state, "initial_password": self.initial_password,
            "totp_secret": self.totp_secret,
        }  # fmt: skip


def valid_login(text: str) -> bool:
    """Whether a text can be a login at all."""
    return _LOGIN.fullmatch(text) is not None


def add(
    engine: Engine,
    login: str,
    name: str,
    unit: str,
    *,
    role: str | None = None,
    scope: str | None = None,
    password: str | None = None,
    common: frozenset[str] = frozenset(),
    key: bytes | None = None,
    by: Account | None = None,
) -> Made:
    """Makes an account: pending, or with a role where whoever keeps the server makes it so.

    password: its first one; where none is given one is made. common: passwords that are too common to be allowed.
    key: of the portal, where it is to have a second factor from the beginning.
    """
    if not valid_login(login):
        raise Refused(f"登录名「{login}」应为 3 到 32 个小写字母、数字、点、下划线或减号")
    name, unit = words("姓名", name, cells.read_name), words("单位", unit)
    if password is not None:
        passwords.require_good(password, login, name, unit, common)
    initial = None if password is not None else passwords.made_up()
    hashed = passwords.hashed(password or initial or "")
    with sealed(engine) as connection:
        table = models.AccountRow
        for other in accounts.every(connection):
            if other.login == login:
                raise Refused(f"登录名 {login} 已用过（{other.name}）；登录名不重复使用")
            if same_person(other.name, name):
                raise Refused(
                    f"已有姓名为{other.name}的账号 {other.login}；同名的另一人请加注以区别，如 {name}（某区）"
                )
        connection.execute(
            insert(table).values(
                id=(number := db.next_id(connection, models.table_of(table))),
                login=login, name=name, unit=unit, made_by=_name_of(by), account=acting_account(), made_at=now(),
            )
        )  # fmt: skip
        passwords.keep(connection, number, hashed, initial=True)
        if role is not None:
            _grant(connection, _get(connection, login), role, scope, by)
        secret = None
        if key is not None:
            factors.keep(connection, number, secret := factors.made_up(), key)
            note(connection, number, "totp", by)
        return Made(_get(connection, login), initial, factors.secret_text(secret) if secret else None)


def grant(engine: Engine, login: str, role: str, scope: str | None = None, by: Account | None = None) -> Account:
    """Gives an account a role and its scope, or others than before; its sessions end."""
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        if by is not None and account.maker == f"@{by.login}":
            raise Refused(
                f"{by.name} 建立了账号 {login}（{account.name}），不能再由 {by.name} 授权；建立与授权须为不同的人"
            )
        _grant(connection, account, role, scope, by)
        session_ends.end_all(connection, account.id, "角色变更")
        return _get(connection, login)


def lock(engine: Engine, login: str, reason: str, by: Account | None = None) -> Account:
    """Locks an account; its sessions end, its tokens stop."""
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        if account.state == LOCKED:
            raise Refused(f"账号 {login} 已经锁定")
        note(connection, account.id, "lock", by, reason=words("原因", reason))
        session_ends.end_all(connection, account.id, "账号锁定")
        return _get(connection, login)


def unlock(engine: Engine, login: str, reason: str, by: Account | None = None) -> Account:
    """Ends a lock; also what failed tries to sign in have barred."""
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        if account.state != LOCKED and not session_ends.barred(connection, account):
            raise Refused(f"账号 {login} 没有锁定")
        note(connection, account.id, "unlock", by, reason=words("原因", reason))
        return _get(connection, login)


def reset(engine: Engine, login: str, reason: str, by: Account | None = None) -> Made:
    """Gives an account a new initial password, shown this once; its sessions end."""
    initial = passwords.made_up()
    hashed = passwords.hashed(initial)
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        note(connection, account.id, "reset", by, reason=words("原因", reason))
        passwords.keep(connection, account.id, hashed, initial=True)
        session_ends.end_all(connection, account.id, "口令重置")
        return Made(_get(connection, login), initial)


def reset_totp(engine: Engine, login: str, reason: str, by: Account | None = None) -> Account:
    """Takes a lost second factor away; its sessions end."""
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        if not factors.has_factor(connection, account.id):
            raise Refused(f"账号 {login} 没有第二因素")
        note(connection, account.id, "reset_totp", by, reason=words("原因", reason))
        session_ends.end_all(connection, account.id, "第二因素重置")
        return _get(connection, login)


def retire(engine: Engine, login: str, reason: str, by: Account | None = None) -> Account:
    """Ends an account for good; what it did stays with it."""
    with sealed(engine) as connection:
        account = _standing(connection, login, by)
        note(connection, account.id, "retire", by, reason=words("原因", reason))
        session_ends.end_all(connection, account.id, "账号停用")
        return _get(connection, login)


def lock_dormant(engine: Engine, account: Account, days: int) -> None:
    """Locks an account that was not used for so many days, unless that was done meanwhile."""
    with sealed(engine) as connection:
        found = _get(connection, account.login)
        if found.state == ACTIVE:
            note(connection, found.id, "lock", None, reason=f"超过 {days} 天没有使用", made_by="系统")
            session_ends.end_all(connection, found.id, "账号锁定")


def set_factor(engine: Engine, account: Account, secret: bytes, code: str, key: bytes) -> None:
    """Gives an account, by its owner, the second factor of which he shows a code. Refused for a code that is none, and where
    there is one: that is taken away by another (`reset_totp`)."""
    with sealed(engine) as connection:
        if factors.has_factor(connection, account.id):
            raise Refused("第二因素已经设置；要换手机或验证器，请由系统管理员先取消原来的")
        step = factors.step_of(secret, code)
        if step is None:
            raise Refused("动态口令不正确：请输入验证器当前显示的 6 位数字，并检查手机的时间是否准确")
        factors.note_use(connection, factors.keep(connection, account.id, secret, key), step)
        note(connection, account.id, "totp", account)


def note(connection: Connection, account_id: int, kind: str, by: Account | None, **more: Any) -> None:
    """Adds a row of what was done to an account; within the caller's `sealed`."""
    table = models.table_of(models.AccountAct)
    values = {"made_by": _name_of(by), **more}
    connection.execute(
        insert(table).values(
            id=db.next_id(connection, table), account_id=account_id, kind=kind, account=acting_account(), made_at=now(),
            **values,
        )
    )  # fmt: skip


@contextmanager
def sealed(engine: Engine) -> Iterator[Connection]:
    """A write transaction with a link of the chain over all that was done to accounts in it."""
    with db.writing(engine) as connection:
        link = chain.Link(connection, light=True)
        yield connection
        link.seal(ACCOUNT)
        clock.write_along(connection)


def _grant(connection: Connection, account: Account, role: str, scope: str | None, by: Account | None) -> None:
    kind, name = _scope(connection, role, scope)
    if account.role == role and (account.scope.kind, account.scope.name) == (kind or "", name or ""):
        raise Refused(f"账号 {account.login} 已是这个角色和范围，未作改动")
    note(connection, account.id, "grant", by, role=role, scope_kind=kind, scope_name=name)


def _scope(connection: Connection, role: str, text: str | None) -> tuple[str | None, str | None]:
    """Kind and name of a scope that a role may have; Refused where it may not."""
    if role not in ROLES:
        raise Refused(f"没有角色 {role}；应为以下之一：{'、'.join(ROLES)}")
    kinds = ROLES[role].scopes
    if not text:
        if kinds:
            raise Refused(f"角色 {role}（{ROLES[role].name}）须写明范围，如 {_like(kinds)}")
        return None, None
    if not kinds:
        raise Refused(f"角色 {role}（{ROLES[role].name}）没有范围，不能写 {text}")
    kind, _, given = text.partition(":")
    if kind not in kinds or not given.strip():
        raise Refused(f"范围「{text}」写法有误；角色 {role}（{ROLES[role].name}）的范围应写成 {_like(kinds)}")
    name = words("范围", given, cells.read_name)
    if kind == BANK and bank_names(connection).id_of(name) is None:
        raise Refused(f"银行「{name}」不在「合作银行」表中；应为已登记银行的名称")
    if kind == COUNTY:
        found = county_of(name)
        if found not in COUNTIES:
            raise Refused(f"没有区市「{name}」；应为以下之一：{'、'.join(COUNTIES)}")
        return kind, found
    return kind, name


def _like(kinds: tuple[str, ...]) -> str:
    return " 或 ".join(f"{kind}:{SCOPE_NAMES[kind]}名称" if kind != COUNTY else f"{kind}:区市" for kind in kinds)


def _get(connection: Connection, login: str) -> Account:
    return accounts.get(connection, login)


def _standing(connection: Connection, login: str, by: Account | None) -> Account:
    """The account that somebody changes; Refused for one's own, and for one that is retired."""
    account = _get(connection, login)
    if by is not None and by.id == account.id:
        raise Refused(f"{by.name} 不能变更自己的账号 {account.login}；须由另一人办理")
    if account.state == RETIRED:
        raise Refused(f"账号 {account.login} 已停用，不再变更")
    return account


def words(what: str, text: str, read: cells.Reader = cells.read_text) -> str:
    """A text on one line that says something."""
    try:
        found = str(read(text))
    except cells.BadCell as bad:
        raise Refused(f"{what}「{cells.shown(text)}」{bad.problem}，{bad.expected}") from bad
    if not found:
        raise Refused(f"{what}不能为空")
    if len(found) > _LONGEST:
        raise Refused(f"{what}不能超过 {_LONGEST} 个字")
    return found


def _name_of(by: Account | None) -> str:
    """Who does it, by name; whoever keeps the server by the system's user."""
    return by.name if by is not None else acting_account()
