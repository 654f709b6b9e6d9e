"""What every request passes: its number and address, the headers of its answer, and a net for whatever goes wrong.

What the log must hold of refusals and downloads is written from here, by the one writer that no request waits for.
"""

import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.accounts import log
from ledger.logs import Log
from tiexi.portal import addresses, headers
from tiexi.portal.call import Call
from tiexi.portal.house import House
from tiexi.portal.problems import Problem
from tiexi.portal.routes import problem_of

API = "/api/v1"
STATIC = "/static/"
THREADS = 120  # some wait for their file to be judged, and must not keep others from looking
_log = Log(__name__)
_LOGGED = {401: log.DENIED, 403: log.DENIED, 404: log.DENIED, 429: log.THROTTLED, 500: log.ERROR}


def is_api(path: str) -> bool:
    """Whether an address is the API's."""
    return path == API or path.startswith(f"{API}/")


@dataclass
class Gate:
    """The outermost application. show: an answer that says a problem, as a page or to a program."""

    app: ASGIApp
    house: House
    show: Callable[[Request, Problem], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        if scope["type"] != "http":
            return
        found = Headers(scope=scope)
        client = scope.get("client") or ("", 0)
        call = Call(
            self.house,
            uuid.uuid4().hex,
            addresses.of_client(client[0], found, self.house.settings.portal_proxies),
            scope["path"],
            query=QueryParams(scope["query_string"]),
        )
        scope.setdefault("state", {})["call"] = call
        answer = _Answer(call, send)
        started = time.monotonic()
        try:
            await self.app(scope, receive, answer)
        except ClientDisconnect:  # went away before all of it was sent: there is nobody to answer, and no fault
            _log.info("client gone", request=call.request_id)
            return
        except Exception as error:
            if not answer.status:
                await self.show(Request(scope), problem_of(error))(scope, receive, answer)
            if call.problem is None or call.problem.status_code == 500:
                _tell(call, error)
        self._note(call, answer, scope["method"])
        seconds = time.monotonic() - started
        self.house.metrics.count(scope["method"], answer.status, seconds)
        _log.debug("request", request=call.request_id, status=answer.status, seconds=round(seconds, 3))

    async def _live(self, receive: Receive, send: Send) -> None:
        """Starts and ends what goes on beside the requests, when the server says so."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                to_thread.current_default_thread_limiter().total_tokens = THREADS
                self.house.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await to_thread.run_sync(self.house.stop)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _note(self, call: Call, answer: "_Answer", method: str) -> None:
        """What the log must hold of an answer, where nothing else has written it."""
        result = _LOGGED.get(answer.status, "")
        if answer.status == 404 and not call.looked_for:
            result = ""  # no such address
        if not result and method == "GET" and (answer.attached or (call.telling and answer.status == 200)):
            result = log.OK
        if result and not call.logged:
            action = call.action or ("sign-in" if answer.status == 401 else "request")
            self.house.later.logged(
                log.Entry(
                    action, call.path, result, call.account, call.owner, address=call.address, request=call.request_id
                )
            )


def _tell(call: Call, error: Exception) -> None:
    """An error of the program in the server's own log: its class and place, since its message may quote what was sent."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "request failed",
        request=call.request_id,
        error=type(error).__name__,
        where=f"{PurePath(place.filename).name}:{place.lineno}",
    )


class _Answer:
    """The way out: sets the headers, and remembers what was answered."""

    def __init__(self, call: Call, send: Send) -> None:
        self._call = call
        self._send = send
        self.status = 0
        self.attached = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            call, found = self._call, MutableHeaders(scope=message)
            signed_in = call.account is not None and not call.path.startswith(STATIC)
            for name, value in headers.of_answer(call.settings, not is_api(call.path), signed_in).items():
                found[name] = value
            self.attached = found.get("content-disposition", "").startswith("attachment")
        await self._send(message)
