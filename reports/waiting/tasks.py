"""待办: what an account has to do now, the nearest deadline first.

Nothing is decided here: tasks are what runs, files, papers and money say of themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts import accounts, rights
from ledger.accounts.accounts import Account
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import bank_ids
from ledger.books import standing
from ledger.books.reporting import may_report
from ledger.facts.approved import approved_runs, is_approved
from ledger.figures import wan_text
from ledger.intake.sending import of_unit
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, read_run
from ledger.uploads import records, states
from ledger.uploads.records import Uploaded
from ledger.workdays import today
from reports.runs import seen
from reports.runs.next_steps import as_dicts, next_steps
from reports.waiting.due import Due, due

Shape = Literal["open", "running", "done", "attention", "ended"]


_SHOWN = 3  # names in a detail
_REMEMBERED = timedelta(days=30)  # how long a file that came back is a task


@dataclass(frozen=True)
class Task:
    """One thing to do: what, a detail, how many of what, its state in words and shape, until when, and on which page.

    due_on: its deadline, by which tasks come; None where it has none.
    """

    title: str
    href: str
    state: str
    shape: Shape = "open"
    detail: str = ""
    count: int | None = None
    unit: str = ""
    due_on: date | None = None
    until: str = ""


def tasks(connection: Connection, account: Account, day: date | None = None) -> list[Task]:
    """What an account has to do on a day (today): with a deadline first, the nearest before the others."""
    day = day or today()
    found = [
        *_uploads(connection, account, day),
        *_papers(connection, account, day),
        *_runs(connection, account),
        *_money(connection, account, day),
        *_accounts(connection, account),
    ]
    return sorted(found, key=lambda task: task.due_on or date.max)


# --- files --------------------------------------------------------------------------------------------------------------


def _uploads(connection: Connection, account: Account, day: date) -> Iterator[Task]:
    """Files that wait for this account, and its own that came back."""
    if not rights.allowed(account, "uploads.list"):
        return
    asked = records.state_of().in_((states.CHECKED, states.TO_CITY))
    seen_ones = records.seen(connection, account.scope, asked, models.Upload.check_only.is_(False))
    own_unit = of_unit(connection, account.scope)
    for state, title in ((states.CHECKED, "待确认的文件"), (states.TO_CITY, "待同意的更正")):
        waiting = [
            one
            for one in seen_ones
            if one.state == state and not states.why_not(connection, one, account, "confirm", own_unit)
        ]  # fmt: skip
        if waiting:
            word = states.NAMES[state]
            yield Task(title, _of_files(waiting), word, "open", _names(waiting), len(waiting), "个")
    if own := list(_to_put_right(connection, account, day)):
        words = {one.state: states.NAMES[one.state] for one in own}
        word = "或".join(words.values())
        yield Task("要改好再传的文件", _of_files(own), word, "attention", _names(own), len(own), "个")


def _to_put_right(connection: Connection, account: Account, day: date) -> Iterator[Uploaded]:
    """The account's own files of the last weeks that were refused or given back, and not sent again under their name."""
    upload = models.Upload
    since = datetime.combine(day - _REMEMBERED, datetime.min.time())
    own = (upload.login == account.login, upload.received_at >= since, upload.check_only.is_(False))
    again: set[str] = set()
    for one in records.seen(connection, account.scope, *own):  # the newest first
        if one.file not in again and one.state in (states.REFUSED, states.RETURNED):
            yield one
        again.add(one.file)


def _of_files(files: Sequence[Uploaded]) -> str:
    return f"/uploads/{files[0].id}" if len(files) == 1 else f"/uploads?state={files[0].state}"


def _names(files: Sequence[Uploaded]) -> str:
    more = f" 等 {len(files)} 个" if len(files) > _SHOWN else ""
    return "、".join(one.file for one in files[:_SHOWN]) + more


# --- papers -------------------------------------------------------------------------------------------------------------


def _papers(connection: Connection, account: Account, day: date) -> Iterator[Task]:
    """第十七条: papers that are about to be due, one task for each last day, and those that are late in one."""
    if not rights.allowed(account, "due.list") or not (account.scope.kind == BANK or account.role == COUNTY):
        return
    events = [one for one in due(connection, account.scope, day=day) if one.missing]
    if late := [one for one in events if one.late]:
        yield Task(
            "资料逾期",
            _of_loans(late),
            "已逾期",
            "attention",
            _loans(late),
            len(late),
            "项",
            min(one.due_on for one in late if one.due_on),
        )
    for on in sorted({one.due_on for one in events if one.due_on and not one.late}):
        of_day = [one for one in events if one.due_on == on]
        left = of_day[0].workdays_left
        until = f"{on} 止" + ("，今天" if left == 0 else "")
        title = f"资料将到期（{left} 个工作日）"
        yield Task(title, _of_loans(of_day), "待上传", "open", _loans(of_day), len(of_day), "项", on, until)


def _loans(events: Sequence[Due]) -> str:
    named = "、".join(f"{one.note_no} {one.event}（{one.event_on}）" for one in events[:_SHOWN])
    return named + (f" 等 {len(events)} 项" if len(events) > _SHOWN else "")


def _of_loans(events: Sequence[Due]) -> str:
    return f"/papers?q={events[0].note_no}" if len({one.note_no for one in events}) == 1 else "/papers"


# --- runs ---------------------------------------------------------------------------------------------------------------

# by action of a run's next steps: what is to be done, its state in a word, and the page
_STEPS = {
    "runs.sign": ("初审签署", "待签署", "/sign"),
    "runs.sample": ("抽查", "待抽查", "/sample"),
    "runs.check": ("录入抽查结果", "待抽查", "/checks"),
    "runs.approve": ("审核", "待审核", "/approve"),
    "runs.allot": ("下达", "待下达", "/allot"),
    "runs.close": ("办结", "待办结", "/close"),
}


def _runs(connection: Connection, account: Account) -> Iterator[Task]:
    """Steps of runs that are this account's to take."""
    if not rights.allowed(account, "runs.list"):
        return
    for run in runs_in_question(connection, account):
        for one in as_dicts(next_steps(connection, run), False, account.scope):
            if one["action"] not in _STEPS or account.role not in one["roles"]:
                continue
            if one.get("county", account.scope.name) != account.scope.name:
                continue
            what, word, path = _STEPS[one["action"]]
            title = f"{run.year} 年度{PROGRAMMES[run.programme].name}：{what}"
            shape: Shape = "attention" if "退回" in one["detail"] else "open"
            yield Task(
                title, f"/runs/{run.id}{path}", "已退回" if shape == "attention" else word, shape,
                f"第 {run.id} 号运行，截止日 {run.as_of}",
            )  # fmt: skip


def runs_in_question(connection: Connection, account: Account) -> Iterator[RunRecord]:
    """Of each document and year the runs that a step is asked of: the approved one; else the newest trial, and older ones
    that somebody has signed or drawn lines of."""
    run, step = models.Run, models.RunStep
    acted = select(step.id).where(step.run_id == run.id, step.kind.in_(("sign", "sample"))).exists()
    rows = connection.execute(
        select(run.id, run.programme, run.year, is_approved().label("approved"), acted.label("acted")).order_by(run.id)
    ).all()
    newest = {(one.programme, one.year): one.id for one in rows}
    for one in rows:
        counts = one.approved or one.acted or newest[one.programme, one.year] == one.id
        if counts and seen.has_part(account.scope, one.programme):
            yield read_run(connection, one.id)


# --- money --------------------------------------------------------------------------------------------------------------


def _money(connection: Connection, account: Account, day: date) -> Iterator[Task]:
    """Money that waits for this account to pay it on, and how long it has waited."""
    if not rights.allowed(account, "uploads.add") or not rights.allowed(account, "years.balance"):
        return
    banks = bank_ids(connection, account.scope)
    for row in approved_runs(connection):
        if not seen.has_part(account.scope, row.programme):
            continue
        for leg in PROGRAMMES[row.programme].legs:
            if leg.returns or not may_report(account.scope, leg):
                continue
            held = [
                one
                for one in standing.holdings(connection, row.id, day)
                if one.account == leg.source.key and one.fen > 0
                and (account.scope.kind != COUNTY or one.place.county == account.scope.name)
                and (banks is None or one.place.bank_id in banks)
            ]  # fmt: skip
            if held:
                days = max((day - one.since).days for one in held)
                yield Task(
                    f"{row.year} 年度{PROGRAMMES[row.programme].name}：{leg.name}",
                    f"/money?programme={row.programme}&year={row.year}", "待拨付", "open",
                    f"{wan_text(sum(one.fen for one in held))} 万元", len(held), "笔", until=f"最长滞留 {days} 天",
                )  # fmt: skip


# --- accounts -----------------------------------------------------------------------------------------------------------


def _accounts(connection: Connection, account: Account) -> Iterator[Task]:
    """Accounts that have no role yet, for who gives them theirs."""
    if not rights.allowed(account, "users.grant"):
        return
    pending = [one for one in accounts.every(connection) if one.state == accounts.PENDING]
    if pending:
        word = accounts.STATE_NAMES[accounts.PENDING]
        names = "、".join(one.name for one in pending[:_SHOWN])
        yield Task("待授权的账号", "/users", word, "open", names, len(pending), "个")
