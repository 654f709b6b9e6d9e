"""Thin sessions until those of ledger.accounts are there."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, update

from ledger import models
from ledger.accounts import accounts, log, passwords
from ledger.accounts.accounts import Account
from ledger.accounts.limits import Limits
from ledger.accounts.session_ends import end_all
from ledger.database import db
from ledger.workdays import now

T = models.table_of(models.Session)


@dataclass(frozen=True)
class Session:
    id: int
    account: Account
    started_at: datetime
    used_at: datetime
    must_change: bool


@dataclass(frozen=True)
class SignedIn:
    cookie: str
    session: Session
    last_at: datetime | None
    failures: list[tuple[datetime, str]]


def _h(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sign_in(
    engine: Engine, login: str, password: str, address: str, *, limits: Limits, request: str = ""
) -> SignedIn | None:
    with db.reading(engine) as connection:
        account = accounts.find(connection, login)
        row = passwords.newest(connection, account.id) if account else None
    if not passwords.matches(row.hash if row else None, password) or account is None:
        return None
    cookie = secrets.token_urlsafe(32)
    with db.writing(engine) as connection:
        end_all(connection, account.id, "再次登录")
        values = {
            "account_id": account.id,
            "hash": _h(cookie),
            "address": address,
            "started_at": now(),
            "used_at": now(),
        }
        connection.execute(insert(T).values(id=db.next_id(connection, T), **values))
        log.write(connection, "sign-in", "", account=account, address=address, request=request)
    found = of(engine, cookie, limits=limits)
    assert found
    return SignedIn(cookie, found, None, [])


def of(engine: Engine, cookie: str, *, limits: Limits, later: Any = None) -> Session | None:
    with db.reading(engine) as connection:
        row = connection.execute(select(T).where(T.c.hash == _h(cookie), T.c.ended_at.is_(None))).first()
        if row is None:
            return None
        account = accounts.by_id(connection, row.account_id)
        if account is None or now() - row.used_at > timedelta(minutes=limits.idle_minutes):
            return None
        password = passwords.newest(connection, account.id)
        return Session(row.id, account, row.started_at, row.used_at, password.initial)


def owner(engine: Engine, cookie: str) -> str | None:
    account = models.AccountRow
    with db.reading(engine) as connection:
        query = select(account.login).join(T, T.c.account_id == account.id).where(T.c.hash == _h(cookie))
        return connection.execute(query).scalars().first()


def end(engine: Engine, cookie: str, *, address: str = "", request: str = "") -> None:
    with db.writing(engine) as connection:
        connection.execute(update(T).where(T.c.hash == _h(cookie)).values(ended_at=now(), ended_why="退出"))
