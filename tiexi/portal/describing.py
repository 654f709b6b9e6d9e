"""How a route of the API describes itself in openapi.json: its answers, and the problems that may come instead."""

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from ledger.accounts import factors
from reports.lists import LARGEST_PAGE
from reports.runs.files import MEDIA, XLSX
from tiexi.portal import second_factor
from tiexi.portal.answers.plain import Finding
from tiexi.portal.lists import CSV, JSON, LAST_PAGE, OWN
from tiexi.portal.problems import EXIT_CODES, KINDS, MEDIA_TYPE
from tiexi.portal.routes import READING, Served

SCHEME = "token"  # how one gets in


def described(served: Served) -> dict[str, Any]:
    """What FastAPI is told of a route beside method, path and function."""
    right = served.right
    problems = {400, 401, 403, 404, 405, 429, 500, 503}
    if right.method not in READING:
        problems |= {413, 415, 422}
    if served.limit or right.method in READING:
        problems.add(422)
    responses: dict[int | str, dict[str, Any]] = {status: _problem(status) for status in sorted(problems)}
    for status in {served.status, *served.others}:
        responses[status] = _good(served, status)
    parameters = [
        *(_list(served) if served.any_query else ()),
        *([_CODE] if right.action in factors.ASKED_AGAIN else ()),
    ]
    return {
        "status_code": served.status,
        "responses": responses,
        "tags": [right.path.split("/")[1]],
        "operation_id": right.action,
        "summary": (served.serve.__doc__ or right.action).strip().splitlines()[0],
        "description": f"Roles: {', '.join(right.roles)}",
        "response_model": served.answer,
        "response_class": JSONResponse if served.answer is not None else Response,
        "openapi_extra": {"security": [{SCHEME: []}], **({"parameters": parameters} if parameters else {})},
    }


def _parameter(name: str, schema: dict[str, Any], said: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": said}


def _list(served: Served) -> list[dict[str, Any]]:
    """Of every list: its own, and a filter by each key of its items whose value is a text, number or null."""
    formats = [JSON, CSV, *([XLSX] if MEDIA[XLSX] in served.files else [])]
    return [
        _parameter("page", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}, "Which page"),
        _parameter("size", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}, "Items of a page"),
        _parameter("sort", {"type": "string"}, "A key of the items, with - before it the other way round"),
        _parameter("q", {"type": "string"}, "A part of a name or number"),
        _parameter("format", {"type": "string", "enum": formats}, f"{CSV}: the whole list, not the page"),
        *(_parameter(name, {"type": "string"}, "Only such items") for name in served.asks),
        *(_parameter(name, {"type": kind}, "Only items with this value") for name, kind in _filters(served)),
    ]


def _filters(served: Served) -> list[tuple[str, str]]:
    """By which keys of its items a list can be filtered, each with the type of its value."""
    schema = TypeAdapter(served.answer).json_schema(mode="serialization")
    found: dict[str, set[str]] = {}
    for page in _each(schema, schema):
        for item in _each(page["properties"]["items"]["items"], schema):
            for name, value in item["properties"].items():
                found.setdefault(name, set()).update(one.get("type", "object") for one in _each(value, schema))
    plain = {name: kinds - {"null"} for name, kinds in found.items() if kinds <= {"string", "integer", "null"}}
    known = {*OWN, *served.asks, *inspect.signature(served.serve).parameters}
    return [
        (name, "integer" if kinds == {"integer"} else "string") for name, kinds in plain.items() if name not in known
    ]


def _each(part: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a part of a schema may be, one by one, each as it is written in full."""
    if "$ref" in part:
        yield from _each(schema["$defs"][part["$ref"].rpartition("/")[2]], schema)
    elif "anyOf" in part:
        for one in part["anyOf"]:
            yield from _each(one, schema)
    else:
        yield part


_CODE = {
    "name": second_factor.HEADER, "in": "header", "required": False, "schema": {"type": "string"},
    "description": "What the second factor shows now, of an account that has one; of uploads, only for payments",
}  # fmt: skip


def _good(served: Served, status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"description": "Answer"}
    files = dict.fromkeys((*served.files, *(["text/csv"] if served.any_query else [])))
    if files:
        found["content"] = {media: {"schema": {"type": "string", "format": "binary"}} for media in files}
    if status != served.status and served.answer is not None:
        found["model"] = served.answer
    if status in (201, 202):
        found["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Where it is"}}
    return found


def _problem(status: int) -> dict[str, Any]:
    kind, title = KINDS[status]
    schema = {"$ref": f"#/components/schemas/{_NAME.format(status)}"}
    return {"description": f"{title} ({kind})", "content": {MEDIA_TYPE: {"schema": schema}}}


_NAME = "Problem{}"
_MORE_KINDS = {403: (second_factor.KIND,)}
_TEXT: dict[str, Any] = {"type": "string"}
_WRONG: dict[str, Any] = {
    "type": "object",
    "properties": {"in": {"enum": ["query", "body", "path"]}, "name": _TEXT, "problem": _TEXT},
    "required": ["in", "name", "problem"],
}


def problems() -> dict[str, Any]:
    """Every problem, by the name that routes call it by."""
    return {_NAME.format(status): _shape_of(status) for status in KINDS}


def _shape_of(status: int) -> dict[str, Any]:
    kinds = (KINDS[status][0], *_MORE_KINDS.get(status, ()))
    properties: dict[str, Any] = {
        "type": {"enum": [f"urn:tiexi:problem:{kind}" for kind in kinds]},
        "title": _TEXT,
        "status": {"const": status},
        "detail": _TEXT,
        "instance": {"type": "string", "pattern": "^urn:tiexi:request:[0-9a-f-]+$"},
    }
    if status in EXIT_CODES:
        properties["exit_code"] = {"const": EXIT_CODES[status]}
    if status == 400:
        properties["errors"] = {"type": "array", "items": _WRONG}
    of_file: dict[str, Any] = {}
    if status == 422:
        properties["findings"] = {"type": "array", "items": TypeAdapter(Finding).json_schema()}
        of_file = {"upload": {"type": "integer"}, "findings_total": {"type": "integer"}}
    return {"type": "object", "properties": properties | of_file, "required": list(properties)}
