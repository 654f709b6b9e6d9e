"""The log, for whoever looks after it."""

from typing import Annotated, Any

from fastapi import Query
from typing_extensions import TypedDict

from ledger.accounts import log
from reports.lists import NotAList, page_of
from tiexi.portal import lists
from tiexi.portal.answers.plain import Listed
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Day
from tiexi.portal.routes import api


class LogRow(TypedDict):
    time: str
    login: str
    role: str
    address: str
    action: str
    object: str
    result: str
    request: str


@api("log.list", Listed[LogRow], any_query=True)
def log_list(
    call: Caller,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
) -> Any:
    """The log, newest first."""
    asked = lists.asked(call, "from", "to")
    for name in asked.filters:
        if name not in log.KEYS:
            raise NotAList(name, "没有这个参数")
    if asked.sort and asked.sorted_by[0] not in log.KEYS:
        raise NotAList("sort", "不能按它排序")
    with call.reading() as connection:
        given = (connection, since, until, asked.filters)
        rows = log.found(*given, asked.size, asked.before, words=asked.words, sort=asked.sort)
        found = page_of(asked, rows, log.count(*given, words=asked.words))
    return lists.answer(call, found, log.KEYS, "日志")
