"""Papers that have not come."""

from typing import Any

from reports.lists import page
from reports.waiting import due
from tiexi.portal import lists
from tiexi.portal.call import Caller
from tiexi.portal.problems import bad
from tiexi.portal.routes import api

_KEYS = (
    "bank", "note_no", "event", "event_on", "due_on", "required", "missing", "complete_on", "in_time", "on_file",
    "workdays_left",
)  # fmt: skip
_LISTS = ("required", "missing", "in_time", "on_file")
_MOST = 60  # working days ahead


@api("due.list", dict[str, Any], any_query=True)
def list_due(call: Caller) -> Any:
    """Business whose papers are missing, by the last day for them."""
    asked = lists.asked(call, "within")
    within = call.query.get("within", str(due.WITHIN))
    if not (within.isascii() and within.isdigit() and len(within) < 3 and int(within) <= _MOST):
        raise bad("within", f"应为 0 至 {_MOST} 的整数")
    with call.reading() as connection:
        items = [one.as_dict() for one in due.due(connection, call.scope, int(within))]
    keys = [key for key in _KEYS if key not in _LISTS]
    return lists.answer(call, page(items, asked, keys, ("bank", "note_no")), _KEYS, "资料到期")
