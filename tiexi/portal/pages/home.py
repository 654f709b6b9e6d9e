"""待办: what there is to do, the nearest deadline first, and what changed since the last sign-in."""

from ledger.accounts import sessions
from reports.waiting.changes import changes
from reports.waiting.tasks import tasks
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page


@page("GET", "/")
def home(call: Call) -> Shown:
    """The first page."""
    with call.reading() as connection:
        before = sessions.past(connection, call.who, limit=2)[1:]
        since = before[0]["started_at"] if before else None
        more = {"tasks": tasks(connection, call.who), "changes": changes(connection, call.who, since), "since": since}
    return Shown("home.html", more)
