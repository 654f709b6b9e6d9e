"""The page of the log."""

from datetime import date

from ledger.accounts import log
from ledger.accounts.log import RESULT_NAMES
from reports.lists import page_of
from tiexi.portal import listing
from tiexi.portal.call import Call
from tiexi.portal.kinds import read_day
from tiexi.portal.page_routes import Shown, page

_SHAPES = {log.OK: "done", log.ERROR: "attention", log.DENIED: "attention"}
_FILTERS = ("login", "action", "result", "object", "request", "role", "address")


@page("GET", "/log", "log.list")
def log_page(call: Call) -> Shown:
    """The log, with filters."""
    asked = listing.asked(call, _FILTERS, log.KEYS)
    with call.reading() as connection:
        given = (connection, _day(call, "from"), _day(call, "to"), asked.filters)
        rows = log.found(*given, asked.size, asked.before, words=asked.words, sort=asked.sort)
        found = page_of(asked, rows, log.count(*given, words=asked.words))
    more = {"found": found, "asked": asked, "results": RESULT_NAMES, "shapes": _SHAPES, "query": call.query}
    return Shown("log.html", more)


def _day(call: Call, name: str) -> date | None:
    """A day of the address; what is none asks nothing."""
    try:
        return read_day(call.query.get(name, ""))
    except ValueError:
        return None
