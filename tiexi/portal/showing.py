"""Pages as HTML: one set of templates, everything escaped, what every page needs, and nothing that is not the account's."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from ledger.accounts.roles import name_of
from ledger.counties import CITY_FULL_NAME
from ledger.figures import percent_text, wan_text
from ledger.workdays import now
from tiexi.portal.call import Call
from tiexi.portal.problems import Problem

# address, name, the action that whoever sees it may do; in the order of the work
MENU: tuple[tuple[str, str, str], ...] = (
    ("/uploads", "报送", "uploads.list"),
    ("/papers", "资料", "papers.list"),
    ("/loans", "贷款", "runs.lines"),
    ("/runs", "结算", "runs.list"),
    ("/problems", "问题", "years.files"),
    ("/money", "资金", "years.balance"),
    ("/reports", "报表", "years.files"),
    ("/find", "查找", "find.list"),
    ("/objections", "异议", "objections.list"),
    ("/notices", "公示", "notices.list"),
    ("/dashboard", "看板", "years.charts"),
    ("/simulate", "测算", "simulate.run"),
    ("/audit", "审计", "audit.run"),
    ("/jobs", "定时任务", "jobs.list"),
    ("/users", "账号", "users.list"),
    ("/log", "日志", "log.list"),
)


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=PackageLoader("tiexi.portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {"wan": wan, "percent": percent_text, "moment": moment, "role": name_of}
    return made


def wan(fen: int | None) -> str:
    """An amount in 万元, as in the annexes; '' for none."""
    return "" if fen is None else wan_text(fen)


def moment(time: str | datetime | None) -> str:
    """A time to the minute, on the city's clock; '' for none."""
    if time is None:
        return ""
    return (datetime.fromisoformat(time) if isinstance(time, str) else time).strftime("%Y-%m-%d %H:%M")


def response(call: Call, template: str, more: Mapping[str, Any], status: int = 200) -> Response:
    """A page."""
    return HTMLResponse(environment().get_template(template).render({**common(call), **more}), status)


def common(call: Call) -> dict[str, Any]:
    """What every page has: who is signed in, the menu, the form's token, what went wrong, what was typed."""
    account = call.account

    def link(**changed: Any) -> str:
        """The page's own address with some of its arguments changed; None takes one away."""
        given = dict(call.query.items()) | changed
        return f"{call.path}?{urlencode({name: value for name, value in given.items() if value is not None})}"

    return {
        "call": call,
        "account": account,
        "city": CITY_FULL_NAME,
        "menu": [
            (path, name, call.path == path or call.path.startswith(f"{path}/"))
            for path, name, action in MENU
            if call.may(action)
        ],
        "csrf": call.csrf,
        "problems": list(call.problems),
        "typed": call.typed,
        "said": call.said,
        "may": call.may,
        "link": link,
        "printed_at": now().strftime("%Y-%m-%d %H:%M"),
        "idle_minutes": call.settings.portal_idle_minutes,
        "session_hours": call.settings.portal_session_hours,
        "session_left": int((call.session.ends_at - now()).total_seconds()) if call.session else 0,
    }


def problem_page(call: Call, problem: Problem) -> Response:
    """The page that says what went wrong."""
    more = {"problem": problem}
    found = response(call, "problem.html", more, problem.status_code)
    for name, value in problem.headers.items():
        found.headers[name] = value
    return found
