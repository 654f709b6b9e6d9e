"""Accounts as they stand: each follows from its row and from what was done to it, which are only ever added."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts.roles import name_of
from ledger.accounts.scope import Scope
from ledger.errors import Refused

PENDING, ACTIVE, LOCKED, RETIRED = "pending", "active", "locked", "retired"
STATE_NAMES = {PENDING: "待授权", ACTIVE: "可用", LOCKED: "已锁定", RETIRED: "已停用"}


@dataclass(frozen=True)
class Account:
    """A person in one role, as of now. role: None until one is granted. maker: who made it (@login, or a system's user)."""

    id: int
    login: str
    name: str
    unit: str
    role: str | None
    scope: Scope
    state: str
    made_at: datetime
    maker: str

    def as_dict(self) -> dict[str, Any]:
        """For lists of accounts and /me."""
        return {
            "login": self.login, "name": self.name, "unit": self.unit, "role": self.role, "scope": self.scope.text,
            "state": self.state,
        }  # fmt: skip

    @property
    def role_name(self) -> str:
        """What people call its role."""
        return name_of(self.role)


def any_account(connection: Connection) -> bool:
    """Whether there is an account: from the first one on, names are no longer what people say."""
    return connection.execute(select(models.AccountRow.id).limit(1)).first() is not None


def find(connection: Connection, login: str) -> Account | None:
    """The account with a login, None where there is none."""
    return next(_read(connection, models.AccountRow.login == login), None)


def by_id(connection: Connection, account_id: int) -> Account | None:
    """The account with a number, None where there is none."""
    return next(_read(connection, models.AccountRow.id == account_id), None)


def get(connection: Connection, login: str) -> Account:
    """The account with a login; Refused where there is none."""
    found = find(connection, login)
    if found is None:
        raise Refused(f"没有账号 {login}")
    return found


def every(connection: Connection) -> list[Account]:
    """All accounts, in the order in which they were made."""
    return list(_read(connection))


def _read(connection: Connection, *conditions: Any) -> Iterator[Account]:
    row, act = models.AccountRow, models.AccountAct
    rows = connection.execute(
        select(row.id, row.login, row.name, row.unit, row.made_at, row.account).where(*conditions).order_by(row.id)
    ).all()
    query = (
        select(act.account_id, act.kind, act.role, act.scope_kind, act.scope_name)
        .join(row, row.id == act.account_id)
        .where(act.kind.in_(("grant", "lock", "unlock", "retire")), *conditions)
        .order_by(act.id)
    )
    acts: dict[int, list[Any]] = defaultdict(list)
    for one in connection.execute(query):
        acts[one.account_id].append(one)
    for found in rows:
        yield _account(found, acts[found.id])


def _account(row: Any, acts: list[Any]) -> Account:
    grant = next((one for one in reversed(acts) if one.kind == "grant"), None)
    locked = next((one.kind for one in reversed(acts) if one.kind in ("lock", "unlock")), "") == "lock"
    if any(one.kind == "retire" for one in acts):
        state = RETIRED
    elif locked:
        state = LOCKED
    else:
        state = ACTIVE if grant else PENDING
    role = grant.role if grant else None
    scope = Scope(
        role or "", *((grant.scope_kind or "", grant.scope_name or "") if grant else ("", "")), row.login, row.unit
    )
    return Account(row.id, row.login, row.name, row.unit, role, scope, state, row.made_at, row.account)
