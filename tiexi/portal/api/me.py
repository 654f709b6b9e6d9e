"""Who asks, and what every role may do."""

from typing import Any

from typing_extensions import TypedDict

from ledger.accounts import rights
from tiexi.portal.call import Caller
from tiexi.portal.routes import api


class TokenOfMe(TypedDict):
    id: int
    name: str
    expires_on: str


class Me(TypedDict):
    login: str
    name: str
    unit: str
    role: str
    scope: str | None
    token: TokenOfMe


class RightRow(TypedDict):
    action: str
    method: str
    path: str
    roles: list[str]


@api("me.show", Me)
def me(call: Caller) -> dict[str, Any]:
    """The account that the token acts as."""
    found, token = call.who.as_dict(), call.token
    assert token is not None
    said = {"id": token.id, "name": token.name, "expires_on": token.expires_on.isoformat()}
    return {name: found[name] for name in ("login", "name", "unit", "role", "scope")} | {"token": said}


@api("rights.list", list[RightRow])
def rights_list(call: Caller) -> list[dict[str, Any]]:
    """The table of rights: every route and who may use it."""
    return [right.as_dict() for right in rights.RIGHTS]
