"""Passwords: which are good enough, how they are kept (argon2id), and what is computed for a login that does not exist."""

import secrets
import string
import unicodedata
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ledger import models
from ledger.accounts import accounts
from ledger.accounts.accounts import Account
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.workdays import now

# argon2id at 19 MiB and 2 passes takes a twentieth of a second; tests that do not look at it set less
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
LEAST, MOST = 10, 128  # characters
_KINDS = 3  # of capitals, small letters, digits, others
_REMEMBERED = 5  # passwords that may not come again
_OWN_WORDS_FROM = 3  # characters that login, 姓名 or 单位 must have to be looked for


def _hasher() -> Any:
    try:
        import argon2  # here and not above: only what has to do with passwords needs it
    except ImportError as error:
        raise EnvironmentFailed("没有安装 argon2-cffi，不能处理口令；请运行 pip install 'tiexi[portal]'") from error
    return argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def hashed(password: str) -> str:
    """What is kept of a password."""
    found: str = _hasher().hash(password)
    return found


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept; where none is kept (None), as much is computed and the answer is no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        good = bool(_hasher().verify(kept or _nobodys(MEMORY_KIB, PASSES), password[: MOST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return good and kept is not None


@cache
def _nobodys(_memory: int, _passes: int) -> str:
    """A password that nobody has, kept at the cost of this moment."""
    return hashed(secrets.token_urlsafe(32))


def made_up() -> str:
    """A password to begin with: 16 characters of all kinds, without those that look like others."""
    kinds = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-+=.")
    while True:
        found = "".join(secrets.choice("".join(kinds)) for _ in range(16))
        if all(set(found) & set(kind) for kind in kinds):
            return found


def require_good(password: str, login: str, name: str, unit: str, common: frozenset[str]) -> None:
    """Refused, in a sentence that does not repeat it, where a password is not good enough. common: in small letters."""
    if not LEAST <= len(password) <= MOST:
        raise Refused(f"口令应为 {LEAST} 到 {MOST} 个字符，现为 {len(password)} 个")
    if any(unicodedata.category(one) == "Cc" for one in password):
        raise Refused("口令中有控制字符（如换行、制表符），不能使用")
    if len({_kind(one) for one in password}) < _KINDS:
        raise Refused("口令应含大写字母、小写字母、数字、其他字符四类中的至少三类")
    folded = password.casefold()
    if folded in common:
        raise Refused("这是常见的口令，容易被猜中，请换一个")
    for what, word in (("登录名", login), ("姓名", name), ("单位名称", unit)):
        if len(word) >= _OWN_WORDS_FROM and word.casefold() in folded:
            raise Refused(f"口令中不能含有{what}")


def _kind(character: str) -> str:
    for kind in (string.ascii_uppercase, string.ascii_lowercase, string.digits):
        if character in kind:
            return kind
    return ""


def keep(connection: Connection, account_id: int, kept: str, initial: bool) -> None:
    """Writes an account's new password, within the caller's sealed transaction."""
    table = models.table_of(models.AccountPassword)
    number = db.next_id(connection, table)
    connection.execute(
        insert(table).values(id=number, account_id=account_id, hash=kept, initial=initial, made_at=now())
    )


def newest(connection: Connection, account_id: int) -> Any:
    """The row (hash, initial, made_at) of the password that counts; None where there is none."""
    table = models.AccountPassword
    query = select(table.hash, table.initial, table.made_at).where(table.account_id == account_id)
    return connection.execute(query.order_by(table.id.desc()).limit(1)).first()


def require_new(engine: Engine, account: Account, password: str, common: frozenset[str]) -> None:
    """Refused where a password is not good enough for an account, or is one of its last."""
    require_good(password, account.login, account.name, account.unit, common)
    table = models.AccountPassword
    with db.reading(engine) as connection:
        query = select(table.hash).where(table.account_id == account.id).order_by(table.id.desc()).limit(_REMEMBERED)
        last = list(connection.execute(query).scalars())
    if any(matches(kept, password) for kept in last):
        raise Refused(f"口令不能与最近 {_REMEMBERED} 个中的任何一个相同")


def is_right(engine: Engine, account: Account, password: str) -> bool:
    """Whether a password is an account's own, as it is asked again before tokens are made."""
    with db.reading(engine) as connection:
        found = accounts.by_id(connection, account.id)
        kept = newest(connection, account.id) if found else None
    return matches(kept.hash if kept else None, password)
