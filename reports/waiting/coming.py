"""What others have to do before it is one's turn: the next steps of the runs that somebody sees and that are not his."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from ledger.accounts import rights
from ledger.accounts.accounts import Account
from ledger.accounts.roles import name_of
from ledger.programmes import PROGRAMMES
from reports.runs.next_steps import as_dicts, next_steps
from reports.waiting.tasks import runs_in_question

_MOST = 8
_NAMED = 3  # counties


@dataclass(frozen=True)
class Coming:
    """What is waited for: of which run, in words, by whom it is done, and where the run is shown."""

    subject: str
    text: str
    who: str
    href: str


def coming(connection: Connection, account: Account) -> list[Coming]:
    """The first of them, the newest runs first; nothing for who sees no business."""
    if not rights.allowed(account, "runs.list"):
        return []
    return list(islice(_coming(connection, account), _MOST))


def _coming(connection: Connection, account: Account) -> Iterator[Coming]:
    for run in reversed(list(runs_in_question(connection, account))):
        counties: dict[tuple[str, str], list[str]] = {}
        for one in as_dicts(next_steps(connection, run), False, account.scope):
            county = one.get("county", "")
            if account.role in one["roles"] and county in ("", account.scope.name):
                continue  # a task of one's own
            key = one["detail"], "、".join(map(name_of, one["roles"]))
            counties.setdefault(key, []).extend([county] if county else [])
        for (detail, who), of in counties.items():
            named = "、".join(of[:_NAMED]) + (f" 等 {len(of)} 个区市" if len(of) > _NAMED else "")
            subject = f"{run.year} 年度{PROGRAMMES[run.programme].name}"
            yield Coming(subject, f"{detail}：{named}" if named else detail, who, f"/runs/{run.id}")
