"""Sessions: what a cookie stands for. Only the hash of the cookie's 256 random bits is kept.

A second sign-in (`signing_in`) ends the first. A session ends after idle minutes, after some hours, when its account is locked, reset or
given another role, and when it is signed out: all on the server.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from ledger import models
from ledger.accounts import accounts, factors, log, managing, passwords, session_ends
from ledger.accounts.accounts import ACTIVE, Account
from ledger.accounts.later import Later
from ledger.accounts.limits import USUAL, Limits
from ledger.database import db
from ledger.errors import Refused
from ledger.workdays import now

_TABLE = models.table_of(models.Session)


@dataclass(frozen=True)
class Session:
    """A session that is open. must_change: it opens only the page to change the password. must_set_up: then only the page to
    set up the second factor, which the account must have and has not."""

    id: int
    account: Account
    address: str
    started_at: datetime
    used_at: datetime
    ends_at: datetime  # at the latest: when its hours are over
    factor_at: datetime | None
    must_change: bool
    has_factor: bool
    must_set_up: bool
    by_unit: bool  # signed in at one's unit: no password was asked for

    @property
    def code_due(self) -> bool:
        """Whether the second factor is to be shown again before a step that asks for it."""
        return self.has_factor and (self.factor_at is None or now() - self.factor_at > factors.FRESH)


@dataclass(frozen=True)
class SignedIn:
    """A sign-in that succeeded: what the cookie is to hold, the session, and what the owner is told: when the account was
    last signed in to, and the tries that failed since (time and address)."""

    cookie: str
    session: Session
    last_at: datetime | None
    failures: list[tuple[datetime, str]]


def of(engine: Engine, cookie: str, *, limits: Limits = USUAL, later: Later | None = None) -> Session | None:
    """The session that a cookie stands for, None where it has ended or is none; its use is written down by `later`, or now."""
    with db.reading(engine) as connection:
        found = _find(connection, cookie, limits, later)
    if found is None:
        return None
    if later is not None:
        later.session_used(found.id)
    elif found.used_at < now():
        with db.writing(engine) as connection:
            connection.execute(update(_TABLE).where(_TABLE.c.id == found.id).values(used_at=now()))
    return found


def owner(engine: Engine, cookie: str) -> str | None:
    """Whose session a cookie stands or stood for: the login; None where it is none."""
    row = models.AccountRow
    with db.reading(engine) as connection:
        query = select(row.login).join(_TABLE, _TABLE.c.account_id == row.id).where(_TABLE.c.hash == _hash(cookie))
        return connection.execute(query).scalars().first()


def end(engine: Engine, cookie: str, *, address: str = "", request: str = "") -> None:
    """Signs out."""
    with db.writing(engine) as connection:
        found = _find(connection, cookie, USUAL, None)
        open_one = (_TABLE.c.hash == _hash(cookie), _TABLE.c.ended_at.is_(None))
        ended = connection.execute(update(_TABLE).where(*open_one).values(ended_at=now(), ended_why="退出")).rowcount
        if ended:
            log.write(
                connection, "sign-out", account=found.account if found else None, address=address, request=request
            )


def change_password(
    engine: Engine, session: Session, old: str, new: str, common: frozenset[str], *, limits: Limits = USUAL
) -> SignedIn:
    """Changes the password of a session's account; all its sessions end and a new one begins. Refused where the old one is
    wrong or the new one not good enough. common: passwords that are too common, in small letters."""
    account = session.account
    if not passwords.is_right(engine, account, old):
        raise Refused("原口令不正确")
    passwords.require_new(engine, account, new, common)
    hashed = passwords.hashed(new)
    with managing.sealed(engine) as connection:
        managing.note(connection, account.id, "password", account)
        passwords.keep(connection, account.id, hashed, initial=False)
        return _anew(connection, session, "更改口令", limits)


def renew(engine: Engine, session: Session, why: str = "出示第二因素", *, limits: Limits = USUAL) -> SignedIn:
    """A new session in place of one whose second factor was shown just now."""
    with db.writing(engine) as connection:
        return _anew(connection, session, why, limits, factor_at=now())


def past(connection: Connection, account: Account, limit: int = 20, limits: Limits = USUAL) -> list[dict[str, Any]]:
    """An account's last sessions, newest first: from where, when they began, were last used and ended, and why."""
    query = select(_TABLE).where(_TABLE.c.account_id == account.id).order_by(_TABLE.c.id.desc()).limit(limit)
    return [
        {
            "id": row.id, "address": row.address, "started_at": row.started_at, "used_at": row.used_at,
            "ended_at": row.ended_at or _over(row.started_at, row.used_at, limits),
            "why": row.ended_why or ("到时" if _over(row.started_at, row.used_at, limits) else ""),
        }
        for row in connection.execute(query)
    ]  # fmt: skip


def tries(connection: Connection, account: Account, limit: int = 20) -> list[dict[str, Any]]:
    """The last tries to sign in to an account, newest first: when, from where, and whether they succeeded."""
    table = models.SignInTry
    query = select(table.made_at, table.address, table.good).where(table.login == account.login)
    return [row._asdict() for row in connection.execute(query.order_by(table.id.desc()).limit(limit))]


def opened(
    connection: Connection, account: Account, address: str, limits: Limits, why: str = "另处登录", **more: Any
) -> tuple[str, Session]:
    """A new session in place of those that the account has."""
    session_ends.end_all(connection, account.id, why)
    cookie = secrets.token_urlsafe(32)
    values = {"factor_at": None, "by_unit": False, **more}
    connection.execute(
        insert(_TABLE).values(
            id=db.next_id(connection, _TABLE), account_id=account.id, hash=_hash(cookie), address=address,
            started_at=now(), used_at=now(), **values,
        )
    )  # fmt: skip
    found = _find(connection, cookie, limits, None)
    assert found is not None
    return cookie, found


def _anew(connection: Connection, session: Session, why: str, limits: Limits, **more: Any) -> SignedIn:
    values = {"factor_at": session.factor_at, "by_unit": session.by_unit, **more}
    return SignedIn(*opened(connection, session.account, session.address, limits, why, **values), None, [])


def _find(connection: Connection, cookie: str, limits: Limits, later: Later | None) -> Session | None:
    query = select(_TABLE).where(_TABLE.c.hash == _hash(cookie), _TABLE.c.ended_at.is_(None))
    row = connection.execute(query).first()
    if row is None:
        return None
    used_at = max(row.used_at, (later.last_use(row.id) if later else None) or row.used_at)
    account = accounts.by_id(connection, row.account_id)
    if account is None or account.state != ACTIVE or _over(row.started_at, used_at, limits):
        return None
    ends_at = row.started_at + timedelta(hours=limits.session_hours)
    changes = not row.by_unit and must_change(connection, account, limits)
    factor = factors.has_factor(connection, account.id)
    return Session(
        row.id, account, row.address, row.started_at, used_at, ends_at, row.factor_at, changes, factor,
        not factor and factors.must_have(account, limits.totp), row.by_unit,
    )  # fmt: skip


def must_change(connection: Connection, account: Account, limits: Limits) -> bool:
    """Whether an account's password was given by somebody else, or is too old."""
    row = passwords.newest(connection, account.id)
    age = timedelta(days=limits.password_days)
    return row is None or row.initial or (bool(limits.password_days) and now() - row.made_at >= age)


def _over(started_at: datetime, used_at: datetime, limits: Limits) -> datetime | None:
    """When a session ended by itself, None while it has not."""
    at = min(used_at + timedelta(minutes=limits.idle_minutes), started_at + timedelta(hours=limits.session_hours))
    return at if now() >= at else None


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
