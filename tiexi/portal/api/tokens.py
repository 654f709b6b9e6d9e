"""Tokens: one's own, or every one's for the administrator. Made on a page or by a command, never by a token."""

from typing import Any

from typing_extensions import TypedDict

from ledger.accounts import tokens
from ledger.accounts.roles import ADMIN
from reports.lists import page
from tiexi.portal import lists
from tiexi.portal.answers.plain import Listed
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Id
from tiexi.portal.problems import not_there
from tiexi.portal.routes import api

KEYS = ("id", "login", "name", "addresses", "made_at", "expires_on", "state", "last_used_at", "last_used_from")
FILTERS = tuple(key for key in KEYS if key != "addresses")


class TokenRow(TypedDict):
    id: int
    login: str
    name: str
    addresses: list[str]
    made_at: str
    expires_on: str
    state: str
    last_used_at: str | None
    last_used_from: str | None


class Revoked(TypedDict):
    id: int


@api("tokens.list", Listed[TokenRow], any_query=True)
def tokens_list(call: Caller) -> Any:
    """One's own tokens; the administrator's list has every one."""
    asked = lists.asked(call)
    with call.reading() as connection:
        rows = [one.as_dict() for one in tokens.every(connection, seen_by(call))]
    return lists.answer(call, page(rows, asked, FILTERS, ("login", "name")), KEYS, "令牌")


@api("tokens.revoke", Revoked)
def revoke(call: Caller, id: Id) -> dict[str, Any]:  # noqa: A002 (as the path calls it)
    """Ends a token."""
    require_own(call, id)
    return {"id": tokens.revoke(call.engine, id, by=call.who).id}


def seen_by(call: Call) -> str | None:
    """Whose tokens are seen: None for all."""
    return None if call.who.role == ADMIN else call.who.login


def require_own(call: Call, token_id: int) -> None:
    """404 for a token that is not there, or another's."""
    with call.reading() as connection:
        token = tokens.find(connection, token_id)
    if token is None or seen_by(call) not in (None, token.login):
        raise not_there()
