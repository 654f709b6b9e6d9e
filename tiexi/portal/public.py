"""What answers without sign-in: whether the portal is alive and ready, what it counts, its style sheet and script."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ledger.database import clock, db
from ledger.errors import EnvironmentFailed, Refused
from ledger.workdays import now
from tiexi.portal import addresses
from tiexi.portal.call import Call
from tiexi.portal.house import House
from tiexi.portal.problems import Problem

_BEHIND = timedelta(minutes=5)
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


async def _live(_request: Request) -> Response:
    return JSONResponse({"live": "ok"})


async def _ready(request: Request) -> Response:
    call: Call = request.state.call
    found = await to_thread.run_sync(readiness, call.house)
    return JSONResponse(found, 200 if set(found.values()) == {"ok"} else 503)


def readiness(house: House) -> dict[str, str]:
    """What serving needs, each `ok` or what is the matter in a word."""
    found = dict.fromkeys(("database", "store", "worker", "schema", "clock"), "unknown")
    found["store"] = "ok" if house.store_works() else "failed"
    found["worker"] = "ok" if house.worker_works() else "failed"
    try:
        with db.reading(house.engine, any_version=True) as connection:
            found["database"] = "ok"
            revision = db.revision_of(connection)
            found["schema"] = "ok" if revision is not None and db.is_newest_revision(revision) else "old"
            if found["schema"] == "ok":
                newest = clock.newest(connection)
                found["clock"] = "ok" if newest is None or now() >= newest - _BEHIND else "behind"
    except (EnvironmentFailed, Refused):
        found["database"] = "failed"
    return found


async def _metrics(request: Request) -> Response:
    call: Call = request.state.call
    if not addresses.within(call.address, call.settings.portal_metrics):
        raise Problem(404)
    return PlainTextResponse(call.house.metrics.text(), media_type=_PROMETHEUS)


class _Static(StaticFiles):
    """The files beside the templates; browsers ask again whether they are the same."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        found = super().file_response(*arguments, **named)
        found.headers["Cache-Control"] = "no-cache"
        return found


ROUTES = (
    Route("/health/live", _live, methods=["GET"]),
    Route("/health/ready", _ready, methods=["GET"]),
    Route("/metrics", _metrics, methods=["GET"]),
    Mount("/static", _Static(directory=Path(__file__).parent / "static")),
)
