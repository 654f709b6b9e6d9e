"""The page of the log."""

from datetime import date
from typing import Any

from ledger.accounts import log
from ledger.accounts.action_names import ACTION_NAMES
from ledger.accounts.log import RESULT_NAMES
from reports.lists import page_of
from tiexi.portal import listing, lists
from tiexi.portal.api.log import log_list
from tiexi.portal.call import Call
from tiexi.portal.kinds import read_day
from tiexi.portal.page_routes import Shown, page

_SHAPES = {log.OK: "done", log.ERROR: "attention", log.DENIED: "attention"}
_FILTERS = ("login", "action", "result", "object", "request", "role", "address")


@page("GET", "/log", "log.list")
def log_page(call: Call) -> Any:
    """The log, with filters; as CSV what they leave."""
    since, until = _day(call, "from"), _day(call, "to")
    if lists.wants_csv(call):
        return log_list(call, since, until)
    asked = listing.asked(call, _FILTERS, log.KEYS)
    with call.reading() as connection:
        given = (connection, since, until, asked.filters)
        rows = log.found(*given, asked.size, asked.before, words=asked.words, sort=asked.sort)
        found = page_of(asked, rows, log.count(*given, words=asked.words))
    more = {"found": found, "asked": asked, "results": RESULT_NAMES, "shapes": _SHAPES, "query": call.query}
    days = {name: day.isoformat() for name, day in (("from", since), ("to", until)) if day}
    return Shown("log.html", more | {"actions": ACTION_NAMES, "csv": listing.csv_address("/log", asked, **days)})


def _day(call: Call, name: str) -> date | None:
    """A day of the address; what is none asks nothing."""
    try:
        return read_day(call.query.get(name, ""))
    except ValueError:
        return None
