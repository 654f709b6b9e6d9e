"""待办: what there is to do, the nearest deadline first; what others do before it is one's turn; what changed meanwhile."""

from ledger.accounts import sessions
from ledger.accounts.roles import ROLES
from reports.waiting.changes import changes
from reports.waiting.coming import coming
from reports.waiting.tasks import tasks
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page


@page("GET", "/")
def home(call: Call) -> Shown:
    """The first page."""
    with call.reading() as connection:
        before = sessions.past(connection, call.who, limit=2)[1:]
        since = before[0]["started_at"] if before else None
        more = {
            "tasks": tasks(connection, call.who), "coming": coming(connection, call.who),
            "changes": changes(connection, call.who, since), "since": since, "does": ROLES[str(call.who.role)].does,
        }  # fmt: skip
    return Shown("home.html", more)
