"""Every answer of the API that a test gets is held against the description that the portal gives of itself.

Here the description is taken strictly: an answer must hold nothing that is not described, so that no description is left
behind when an answer changes.
"""

import re
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from tiexi.portal.app import description

_PART = re.compile(r"\{[a-z]+\}")


@cache
def _routes() -> list[tuple[str, "re.Pattern[str]", dict[str, Any]]]:
    """Method, addresses and description of each route."""
    return [
        (method.upper(), re.compile(_PART.sub("[^/]+", path)), operation)
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
    ]


def _closed(schema: Any) -> Any:
    """The same schema in which objects that name what they hold hold nothing else."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _closed(one) for name, one in schema.items()}
    if isinstance(found.get("properties"), dict) and "type" in found:
        found.setdefault("additionalProperties", False)
    return found


@cache
def _validator(operation: str, status: int, media: str) -> Any:
    """What judges the answers of a route; None where it describes none with this status and media type."""
    known = next(one for _, _, one in _routes() if one["operationId"] == operation)
    schema = known["responses"].get(str(status), {}).get("content", {}).get(media, {}).get("schema")
    if schema is None:
        return None
    whole = {"components": _closed(description()["components"]), "allOf": [_closed(schema)]}
    return jsonschema_rs.Draft202012Validator(whole)


def fault_of(answer: httpx.Response) -> str:
    """How an answer is not as described; '' where it is, or is no JSON of a route of the API."""
    path, media = answer.request.url.path, answer.headers.get("content-type", "").partition(";")[0]
    if "json" not in media:
        return ""
    for method, pattern, operation in _routes():
        if method == answer.request.method and pattern.fullmatch(path):
            judge = _validator(operation["operationId"], answer.status_code, media)
            if judge is None:
                return f"{operation['operationId']} describes no {answer.status_code} of {media}"
            return _said(judge, answer.json())
    return ""


def _said(judge: Any, body: Any) -> str:
    wrong = next(iter(judge.iter_errors(body)), None)
    if wrong is None:
        return ""
    place = "/".join(map(str, wrong.instance_path))
    return f"not as described at {place or 'the top'}: {wrong.message[:300]}"
