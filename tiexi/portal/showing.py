"""Pages as HTML: one set of templates, everything escaped, what every page needs, and nothing that is not the account's."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from ledger.accounts.roles import name_of
from ledger.counties import CITY_FULL_NAME
from ledger.figures import percent_text, wan_text
from ledger.workdays import now
from tiexi.portal.call import Call
from tiexi.portal.problems import Problem

# address, name, the action that whoever sees it may do, the group where there are many; in the order of the work
MENU: tuple[tuple[str, str, str, str], ...] = (
    ("/uploads", "报送", "uploads.list", ""),
    ("/papers", "资料", "papers.list", ""),
    ("/runs", "结算", "runs.list", "结算"),
    ("/loans", "贷款", "runs.lines", "结算"),
    ("/problems", "问题", "years.files", "结算"),
    ("/money", "资金", "years.balance", ""),
    ("/reports", "报表", "years.files", "报表"),
    ("/dashboard", "看板", "years.charts", "报表"),
    ("/simulate", "测算", "simulate.run", "报表"),
    ("/objections", "异议", "objections.list", "公示"),
    ("/notices", "公示", "notices.list", "公示"),
    ("/audit", "审计", "audit.run", ""),
    ("/find", "查找", "find.list", ""),
    ("/jobs", "定时任务", "jobs.list", ""),
    ("/users", "账号", "users.list", ""),
    ("/log", "日志", "log.list", ""),
)
_MOST = 10  # entries side by side; where there are more, those of a group open from one


class Entry(NamedTuple):
    """An entry of the menu: where it leads, or '' where it opens others; whether it is where one is."""

    path: str
    name: str
    here: bool
    entries: Sequence["Entry"] = ()


def menu(call: Call) -> list[Entry]:
    """What the account may see, in groups where it is much."""
    may = [one for one in MENU if call.may(one[2])]
    found: list[Entry] = []
    for group, grouped in groupby(may, lambda one: one[3] if len(may) >= _MOST else ""):
        entries = [
            Entry(path, name, call.path == path or call.path.startswith(f"{path}/")) for path, name, _, _ in grouped
        ]
        if group and len(entries) > 1:
            found.append(Entry("", group, any(one.here for one in entries), entries))
        else:
            found += entries
    return found


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=PackageLoader("tiexi.portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {"wan": wan, "percent": percent_text, "moment": moment, "role": name_of, "lined_up": lined_up}
    return made


def wan(fen: int | None) -> str:
    """An amount in 万元, as in the annexes; '' for none."""
    return "" if fen is None else wan_text(fen)


_FIGURE = re.compile(r"[-+]?[\d,]+(?:\.(\d+))?")


def lined_up(texts: Sequence[str]) -> list[str]:
    """By what is put, unseen, behind each figure of a column so that their points stand below one another: amounts have two
    decimals, or more where there are more."""
    found = [_FIGURE.fullmatch(text.strip()) for text in texts]
    most = max((len(one[1] or "") for one in found if one), default=0)
    return [
        "" if one is None or len(one[1] or "") == most else ("" if one[1] else ".") + "0" * (most - len(one[1] or ""))
        for one in found
    ]


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
        "menu": menu(call),
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
