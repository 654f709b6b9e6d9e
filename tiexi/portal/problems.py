"""What went wrong with a request, as RFC 9457 says it to programs; pages show the same words.

A problem never repeats what was asked for, and one of the program itself (500) holds no more than its number.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
# by status: kind, title
KINDS: dict[int, tuple[str, str]] = {
    400: ("bad-request", "请求有误"),
    401: ("unauthenticated", "未登录"),
    403: ("forbidden", "无权办理"),
    404: ("not-found", "没有找到"),
    405: ("method", "方法不对"),
    413: ("too-large", "过大"),
    415: ("media-type", "类型不对"),
    422: ("refused", "被拒绝"),
    429: ("throttled", "过于频繁"),
    500: ("internal", "程序出错"),
    503: ("unavailable", "暂时无法办理"),
}
_TITLES = {"second-factor": "须出示第二因素"}
EXIT_CODES = {422: 1, 400: 2, 503: 3}
_DETAILS = {
    400: "请求中有的参数不能使用，见 errors",
    401: "须以有效的令牌办理",
    404: "没有您所请求的内容，或不在您的范围之内",
    405: "这个地址不接受所用的方法",
    413: "请求超过大小上限",
    403: "您的角色不能办理这一步",
    415: "请求内容的类型不对",
    429: "请求过于频繁，请稍后再试",
    503: "暂时无法办理，请稍后再试",
    500: "程序出错，已记入日志；请把编号告诉管理员",
}
RETRY_SECONDS = 60


@dataclass(frozen=True)
class Wrong:
    """One argument that cannot be used: where it stands (query, body, path), its name, and what is wrong with it."""

    where: str
    name: str
    problem: str

    def as_dict(self) -> dict[str, str]:
        """As a problem lists it."""
        return {"in": self.where, "name": self.name, "problem": self.problem}


@dataclass(eq=False)
class Problem(HTTPException):
    """An answer that is not the one asked for. kind: another than the usual one of its status."""

    status_code: int
    detail: str = ""
    kind: str = ""
    errors: Sequence[Wrong] = ()
    findings: Sequence[Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.detail = self.detail or _DETAILS.get(self.status_code, KINDS[self.status_code][1])
        if self.status_code in (429, 503):
            self.headers.setdefault("Retry-After", str(RETRY_SECONDS))

    @property
    def title(self) -> str:
        """What kind of problem it is, in words."""
        return _TITLES.get(self.kind) or KINDS[self.status_code][1]

    def as_dict(self, request_id: str) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = {
            "type": f"urn:tiexi:problem:{self.kind or KINDS[self.status_code][0]}",
            "title": self.title,
            "status": self.status_code,
            "detail": self.detail,
            "instance": f"urn:tiexi:request:{request_id}",
        }
        if self.status_code in EXIT_CODES:
            found["exit_code"] = EXIT_CODES[self.status_code]
        if self.status_code == 400:
            found["errors"] = [wrong.as_dict() for wrong in self.errors]
        if self.status_code == 422:
            found["findings"] = list(self.findings or [])
        return found | self.more

    def response(self, request_id: str) -> Response:
        """The answer over the API."""
        body = json.dumps(self.as_dict(request_id), ensure_ascii=False).encode()
        return Response(body, self.status_code, dict(self.headers), MEDIA_TYPE)


def bad(name: str, problem: str, where: str = "query") -> Problem:
    """400 for one argument."""
    return Problem(400, errors=[Wrong(where, name, problem)])


def not_there() -> Problem:
    """404 of what is not there or outside the scope: always the same."""
    return Problem(404)


# --- what the framework says ------------------------------------------------------------------------------------------

_SAID = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_attributes_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
}


def of_validation(error: RequestValidationError) -> Problem:
    """Arguments that the framework found wrong: 400; where nothing but an id in the path cannot be one, 404."""
    wrong = []
    for one in error.errors():
        place, *names = one["loc"] if one["loc"] else ("body",)
        where = place if place in ("query", "path") else "body"
        if one["type"] == "value_error" and isinstance(one["input"], str) and names[:1] == ["file"]:
            wrong.append(Wrong(where, "file", "应为文件，带有文件名"))
            continue
        name = ".".join(str(part) for part in names)
        if where != "path" or name == "year":
            wrong.append(Wrong(where, name, _said(one)))
    return Problem(400, errors=wrong) if wrong else not_there()


def of_errors(errors: Sequence[Mapping[str, Any]], where: str) -> Problem:
    """What is wrong with the fields of a form, or of anything else that was read without the framework."""
    return Problem(400, errors=[Wrong(where, ".".join(map(str, one["loc"])), _said(one)) for one in errors])


def _said(one: Mapping[str, Any]) -> str:
    context = one.get("ctx") or {}
    kind = one["type"]
    if kind == "value_error":
        return str(context.get("error", "")) or "写法有误"
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
        return f"应为以下之一：{expected}"
    if kind in ("string_too_long", "too_long"):
        return f"不能超过 {context.get('max_length')} 个"
    if kind in ("string_too_short", "too_short"):
        return "不能为空"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"应不{'小' if 'ge' in context else '大'}于 {context.get('ge', context.get('le'))}"
    return _SAID.get(kind, "写法有误")


def of_http(error: HTTPException) -> Problem:
    """What the framework raised by itself, in our words."""
    if isinstance(error, Problem):
        return error
    status = error.status_code if error.status_code in KINDS else 400
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    if status == 400:
        return Problem(400, errors=[Wrong("body", "", "请求内容读不出来")], headers=headers)
    return Problem(status, headers=headers)
