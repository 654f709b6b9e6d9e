"""公示: the lists that are put up for public notice, each as a page that prints and as a file to publish."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ledger.errors import Refused
from ledger.figures import wan_text
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run
from reports.runs import files, notices
from reports.runs.payout_list import PayoutList
from tiexi.portal import streams
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, number, page
from tiexi.portal.problems import Wrong
from tiexi.portal.run_pages import words_of

_DAYS = 30  # the most that a notice hangs


@page("GET", "/notices", "notices.list")
def listed(call: Call) -> Shown:
    """The runs that have a list."""
    with call.reading() as connection:
        runs = list(notices.runs(connection))
    items = [{**notices.as_dict(one), **words_of(one.state), "name": PROGRAMMES[one.programme].name} for one in runs]
    return Shown("notices.html", {"items": items})


@page("GET", "/notices/{run}", "notices.list")
def notice(call: Call, run: str) -> Shown:
    """One list as it is published, from the day that is asked for on."""
    problems = []
    with call.reading() as connection:
        record = read_run(connection, number(run))
        try:
            first, days = _period(call)
            found = notices.of_run(connection, record, first, days)
        except Refused as refusal:
            if not call.query:
                raise
            problems.append(Wrong("query", "first_day", refusal.sentence))
            found, first, days = notices.of_run(connection, record), None, None
    asked = {name: value for name, value in (("first_day", first), ("days", days)) if value is not None}
    more: dict[str, Any] = {
        "run": {"run": record.id, "year": record.year, "name": PROGRAMMES[record.programme].name, **words_of(record.state)},
        "approved": record.approved_at is not None, "list": found, "headers": [column.header for column in found.columns],
        "numbers": [column.kind in ("fen", "percent", "count") for column in found.columns], "rows": _rows(found),
        "has_period": notices.has_period(record.programme), "first_day": call.query.get("first_day", ""),
        "days": call.query.get("days", ""), "problems": problems,
        "file": f"/notices/{record.id}/file" + (f"?{urlencode(asked)}" if asked else ""),
    }  # fmt: skip
    return Shown("notice.html", more, 422 if problems else 200)


@page("GET", "/notices/{run}/file", "notices.list")
def file(call: Call, run: str) -> Response:
    """The list as a workbook to publish."""
    first, days = _period(call)
    return streams.file_answer(
        call, lambda connection: files.notice(connection, read_run(connection, number(run)), call.scope, first, days)
    )


def _rows(found: PayoutList) -> list[list[str]]:
    """The rows in words, then the sum of what is summed."""
    rows = [
        [
            wan_text(value) if column.kind == "fen" else str(value)
            for column, value in zip(found.columns, row, strict=True)
        ]
        for row in found.rows
    ]
    sums = [
        wan_text(sum(row[place] for row in found.rows)) if column.summed else ""
        for place, column in enumerate(found.columns)
    ]
    return [*rows, ["合计", *sums[1:]]] if found.rows and any(sums) else rows


def _period(call: Call) -> tuple[date | None, int | None]:
    """The first day and how many working days; Refused for what cannot be read."""
    first, days = call.query.get("first_day", ""), call.query.get("days", "")
    if days and not (days.isascii() and days.isdigit() and len(days) < 3 and 1 <= int(days) <= _DAYS):
        raise Refused(f"工作日数应为 1 至 {_DAYS} 的整数")
    try:
        return date.fromisoformat(first) if first else None, int(days) if days else None
    except ValueError:
        raise Refused("公示首日应为日期，如 2026-02-02") from None
