"""Accounts: made and locked by one, given their role by another."""

from collections.abc import Callable
from typing import Any

from typing_extensions import TypedDict

from ledger.accounts import accounts, managing
from ledger.accounts.accounts import Account
from reports.lists import page
from tiexi.portal import lists
from tiexi.portal.answers.plain import Listed
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Reason, Text
from tiexi.portal.problems import not_there
from tiexi.portal.routes import api

KEYS = ("login", "name", "unit", "role", "scope", "state")
NAMES = ("login", "name", "unit")


class User(TypedDict):
    login: str
    name: str
    unit: str
    role: str | None
    scope: str | None
    state: str


class MadeUser(TypedDict):
    login: str
    state: str
    initial_password: str | None
    totp_secret: str | None


class NewUser(Body):
    """Whose account is to be made."""

    login: Text
    name: Text
    unit: Text


class Grant(Body):
    """A role, and what it is limited to."""

    role: Text
    scope: Text | None = None


@api("users.list", Listed[User], any_query=True)
def users(call: Caller) -> Any:
    """All accounts."""
    asked = lists.asked(call)
    with call.reading() as connection:
        found = page([one.as_dict() for one in accounts.every(connection)], asked, KEYS, NAMES)
    return lists.answer(call, found, KEYS, "账号")


@api("users.add", MadeUser, status=201)
def add(call: Caller, body: NewUser) -> dict[str, Any]:
    """Makes an account; it is pending until it is given a role. Its first password is told this once."""
    return managing.add(call.engine, body.login, body.name, body.unit, by=call.who).as_dict()


@api("users.grant", User)
def grant(call: Caller, login: str, body: Grant) -> dict[str, Any]:
    """Gives an account its role."""
    require_there(call, login)
    return managing.grant(call.engine, login, body.role, body.scope, by=call.who).as_dict()


@api("users.lock", User)
def lock(call: Caller, login: str, body: Reason) -> dict[str, Any]:
    """Locks an account."""
    return _done(call, login, body, managing.lock)


@api("users.unlock", User)
def unlock(call: Caller, login: str, body: Reason) -> dict[str, Any]:
    """Ends a lock."""
    return _done(call, login, body, managing.unlock)


@api("users.reset", MadeUser)
def reset(call: Caller, login: str, body: Reason) -> dict[str, Any]:
    """Gives an account a new first password, told this once."""
    require_there(call, login)
    return managing.reset(call.engine, login, body.reason, by=call.who).as_dict()


@api("users.reset-totp", User)
def reset_totp(call: Caller, login: str, body: Reason) -> dict[str, Any]:
    """Takes a lost second factor away."""
    return _done(call, login, body, managing.reset_totp)


@api("users.retire", User)
def retire(call: Caller, login: str, body: Reason) -> dict[str, Any]:
    """Ends an account for good."""
    return _done(call, login, body, managing.retire)


def _done(call: Call, login: str, body: Reason, do: Callable[..., Account]) -> dict[str, Any]:
    require_there(call, login)
    return do(call.engine, login, body.reason, by=call.who).as_dict()


def require_there(call: Call, login: str) -> None:
    """404 where no account has this login."""
    with call.reading() as connection:
        if accounts.find(connection, login) is None:
            raise not_there()
