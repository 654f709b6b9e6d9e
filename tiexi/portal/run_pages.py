"""What the pages of a run share: the run as somebody sees it, its state in words, and which of its steps are his to take."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from ledger.runs.settlement import STATE_NAMES, RunRecord, read_run
from reports.lineage.explanation import Explanation, Point
from reports.runs import status
from tiexi.portal.call import Call

_SHAPES = {"trial": "open", "review": "running", "sampled": "running", "closed": "done"}


def words_of(state: str) -> dict[str, str]:
    """A run's state in a word, and the shape that goes with it."""
    return {"word": STATE_NAMES[state], "shape": _SHAPES.get(state, "done")}


def of_run(connection: Connection, call: Call, run_id: int) -> tuple[RunRecord, dict[str, Any]]:
    """A run and what is to be said of it; NotFound where there is none."""
    record = read_run(connection, run_id)
    return record, status.of_run(connection, record, call.scope, hints=False)


def head(record: RunRecord) -> dict[str, Any]:
    """What every page of a run says of it."""
    return {"run": record.id, "programme": record.programme, "year": record.year, **words_of(record.state)}


def steps_open(call: Call, record: RunRecord, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The steps that the account may take now: the name in the address, and what the button says."""
    actions = {one["action"] for one in said["next"] if one.get("county", call.scope.name) in ("", call.scope.name)}
    waiting = {one["action"] for one in said["next"]}

    def may(action: str) -> bool:
        return call.may(action, record.programme)

    if record.approved_at is None:
        if not said["next"]:
            return  # superseded
        own = next((one for one in said.get("signatures", []) if one["county"] == call.scope.name), None)
        if own and may("runs.sign") and "runs.sign" in actions:
            yield "sign", "签署"
        if own and may("runs.return") and own["state"] != "returned":
            yield "return", "退回"
        if may("runs.sample") and said.get("signatures"):
            yield "sample", "抽取"
    if said.get("spot_check", {}).get("drawn") and may("runs.checks"):
        yield "checks", "抽查"
    if record.approved_at is None and may("runs.approve") and "runs.sign" not in waiting:
        yield "approve", "审核"
    if record.state == "approved" and may("runs.allot"):
        yield "allot", "下达"
    if "runs.close" in actions and may("runs.close"):
        yield "close", "办结"


def by_part(explanation: Explanation) -> list[tuple[str, list[Point]]]:
    """An explanation's points by its parts, in their order."""
    return [(part, list(points)) for part, points in groupby(explanation.points, lambda point: point.part)]
