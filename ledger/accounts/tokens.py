"""Tokens: how programs act as an account. Shown once, kept as a hash, good for a time, from some networks if so wished."""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from ledger import models
from ledger.accounts import accounts, dormancy, managing
from ledger.accounts.accounts import ACTIVE, Account
from ledger.accounts.later import Later
from ledger.accounts.limits import USUAL, Limits
from ledger.database import db
from ledger.errors import Refused
from ledger.workdays import now, today

PREFIX = "tx_"
MOST_DAYS = 366
NEEDED = "须以账号办理"  # how every refusal for want of a good token begins
_TABLE = models.table_of(models.AccountToken)


@dataclass(frozen=True)
class Token:
    """A token, without what it says. revoked, expired, used_at and used_from as of now."""

    id: int
    login: str
    name: str
    addresses: tuple[str, ...]
    made_at: datetime
    expires_on: date
    revoked: bool
    used_at: datetime | None
    used_from: str | None

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        return "revoked" if self.revoked else "expired" if self.expires_on < today() else "active"

    def as_dict(self) -> dict[str, Any]:
        """For lists of tokens."""
        return {
            "id": self.id, "login": self.login, "name": self.name, "addresses": list(self.addresses),
            "made_at": self.made_at.isoformat(), "expires_on": self.expires_on.isoformat(), "state": self.state,
            "last_used_at": self.used_at.isoformat() if self.used_at else None, "last_used_from": self.used_from,
        }  # fmt: skip


@dataclass(frozen=True)
class Use:
    """A try to act by a token. account: who acts, None where the token is no good; token and owner: whose it is, as far as
    it is known; why: what is wrong (unknown, revoked, expired, address, state), '' where nothing is."""

    account: Account | None
    token: Token | None = None
    owner: str = ""
    why: str = ""


def add(
    engine: Engine,
    login: str,
    name: str,
    days: int = 90,
    addresses: Sequence[str] = (),
    by: Account | None = None,
) -> tuple[Token, str]:
    """Makes a token for an account; gives it with what it says, which is kept nowhere. by: None for the server's keeper."""
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"令牌的期限应为 1 到 {MOST_DAYS} 天，不能是 {days} 天")
    networks = [_network(one) for one in addresses]
    said = PREFIX + secrets.token_urlsafe(32)
    with managing.sealed(engine) as connection:
        account = accounts.get(connection, login)
        if account.state != ACTIVE:
            raise Refused(f"{NEEDED}：账号 {login} {accounts.STATE_NAMES[account.state]}，不能有令牌")
        number = db.next_id(connection, _TABLE)
        connection.execute(
            insert(_TABLE).values(
                id=number, account_id=account.id, name=managing.words("名称", name), hash=_hash(said),
                addresses=" ".join(networks), made_at=now(), expires_on=today() + timedelta(days),
            )
        )  # fmt: skip
        managing.note(connection, account.id, "token", by, token_id=number)
        return get(connection, number), said


def revoke(engine: Engine, token_id: int, by: Account | None = None) -> Token:
    """Ends a token."""
    with managing.sealed(engine) as connection:
        token = get(connection, token_id)
        if token.revoked:
            raise Refused(f"第 {token_id} 号令牌已经吊销")
        managing.note(connection, accounts.get(connection, token.login).id, "revoke", by, token_id=token_id)
        return get(connection, token_id)


def every(connection: Connection, login: str | None = None) -> list[Token]:
    """All tokens, or those of one account, newest first."""
    return _read(connection, *(() if login is None else (models.AccountRow.login == login,)))


def find(connection: Connection, token_id: int) -> Token | None:
    """A token by its number, None where there is none."""
    return next(iter(_read(connection, _TABLE.c.id == token_id)), None)


def get(connection: Connection, token_id: int) -> Token:
    """A token by its number; Refused where there is none."""
    found = find(connection, token_id)
    if found is None:
        raise Refused(f"没有第 {token_id} 号令牌")
    return found


def by_token(
    engine: Engine, said: str, address: str, limits: Limits = USUAL, later: Later | None = None
) -> Account | None:
    """The account as which a token acts; None where it is no good, from this address or at all."""
    return use(engine, said, address, limits, later).account


def use(engine: Engine, said: str, address: str, limits: Limits = USUAL, later: Later | None = None) -> Use:
    """A try to act by a token, from an address. later: who writes down its use in time; None: it is written now."""
    with db.reading(engine) as connection:
        found = _read(connection, _TABLE.c.hash == _hash(said))
        if not found:
            return Use(None, why="unknown")
        token = found[0]
        account = accounts.get(connection, token.login)
        why = _why_not(token, account, address)
        dormant = not why and dormancy.is_dormant(connection, account, limits, token.used_at)
    if dormant:
        lock = later.do if later is not None else lambda act: act(engine)
        lock(lambda on: managing.lock_dormant(on, account, limits.dormant_days))
        why = "state"
    if why:
        return Use(None, token, account.login, why)
    if later is not None:
        later.token_used(token.id, address)
    elif token.used_at != now() or token.used_from != address:
        with db.writing(engine) as connection:
            note_use(connection, token.id, now(), address)
    return Use(account, token, account.login)


def note_use(connection: Connection, token_id: int, at: datetime, address: str) -> None:
    """Writes down that a token was used."""
    table = models.table_of(models.TokenUse)
    connection.execute(delete(table).where(table.c.token_id == token_id))
    connection.execute(insert(table).values(token_id=token_id, used_at=at, address=address))


def _why_not(token: Token, account: Account, address: str) -> str:
    if token.state != "active":
        return token.state
    if account.state != ACTIVE:
        return "state"
    return "" if not token.addresses or _within(address, token.addresses) else "address"


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:10.0.0.1 is 10.0.0.1
    return any((mapped or found) in ipaddress.ip_network(network) for network in networks)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise Refused(f"「{text}」不是网段；应写成 10.1.2.0/24 或一个地址") from error


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _read(connection: Connection, *conditions: Any) -> list[Token]:
    row, used, act = models.AccountRow, models.table_of(models.TokenUse), models.AccountAct
    revoked = select(act.id).where(act.token_id == _TABLE.c.id, act.kind == "revoke").exists()
    query = (
        select(
            _TABLE.c.id, row.login, _TABLE.c.name, _TABLE.c.addresses, _TABLE.c.made_at, _TABLE.c.expires_on,
            revoked.label("revoked"), used.c.used_at, used.c.address,
        )
        .join(row, row.id == _TABLE.c.account_id)
        .outerjoin(used, used.c.token_id == _TABLE.c.id)
        .where(*conditions)
        .order_by(_TABLE.c.id.desc())
    )  # fmt: skip
    return [
        Token(
            one.id, one.login, one.name, tuple(one.addresses.split()), one.made_at, one.expires_on, bool(one.revoked),
            one.used_at, one.address,
        )
        for one in connection.execute(query)
    ]  # fmt: skip
