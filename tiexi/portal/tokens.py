"""The only way into the API: a token in the header Authorization. A session's cookie is not looked at."""

from dataclasses import dataclass

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.accounts import tokens
from tiexi.portal.call import Call
from tiexi.portal.problems import Problem

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tiexi"'}
_LONGEST = 200


@dataclass
class Tokens:
    """The API behind its tokens."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: Call = scope["state"]["call"]
        given = Headers(scope=scope).getlist("authorization")
        scheme, _, value = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        value = value.strip()
        if scheme.lower() == "bearer" and value and len(value) <= _LONGEST and value.isascii():
            used = await to_thread.run_sync(_used, call, value, scope["method"])
            call.account, call.token, call.owner = used.account, used.token, used.owner
        if call.account is None or call.token is None:
            raise Problem(401, headers=dict(CHALLENGE))
        if seconds := call.house.throttle.wait(f"token {call.token.id}"):
            raise Problem(429, headers={"Retry-After": str(seconds)})
        await self.app(scope, receive, send)


def _used(call: Call, value: str, method: str) -> tokens.Use:
    house = call.house
    with house.letting_in(method):
        return tokens.use(call.engine, value, call.address, house.limits, house.later)
