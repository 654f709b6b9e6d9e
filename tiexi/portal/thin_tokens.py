"""Thin tokens until those of ledger.accounts are there."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from ledger import models
from ledger.accounts import accounts
from ledger.accounts.accounts import Account
from ledger.accounts.managing import sealed
from ledger.database import db
from ledger.workdays import now, today

T = models.table_of(models.AccountToken)


@dataclass(frozen=True)
class Token:
    id: int
    name: str
    expires_on: date


@dataclass(frozen=True)
class Use:
    account: Account | None
    token: Token | None = None
    owner: str = ""
    why: str = ""


def _h(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def add(engine: Engine, login: str, name: str) -> tuple[Token, str]:
    said = "tx_" + secrets.token_urlsafe(32)
    with sealed(engine) as connection:
        account = accounts.get(connection, login)
        number, until = db.next_id(connection, T), today() + timedelta(90)
        values = {"account_id": account.id, "name": name, "hash": _h(said), "addresses": "", "made_at": now()}
        connection.execute(insert(T).values(id=number, expires_on=until, **values))
    return Token(number, name, until), said


def use(engine: Engine, said: str, address: str, limits: Any, later: Any = None) -> Use:
    with db.reading(engine) as connection:
        row = connection.execute(select(T).where(T.c.hash == _h(said))).first()
        account = accounts.by_id(connection, row.account_id) if row else None
        if row is None or account is None or account.state != "active":
            return Use(None)
        return Use(account, Token(row.id, row.name, row.expires_on), account.login)
