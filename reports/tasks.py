"""待办: what an account has to do now, the nearest deadline first, and what changed in its scope since a moment.

Nothing is decided here: tasks are what runs, files, papers and money say of themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts import rights
from ledger.accounts.accounts import Account
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import bank_ids
from ledger.books import standing
from ledger.facts.approved import approved_runs, is_approved
from ledger.figures import wan_text
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, read_run
from ledger.runs.steps import STEP_NAMES
from ledger.workdays import today
from reports.due import Due, due
from reports.runs import seen
from reports.runs.next_steps import as_dicts, next_steps

Shape = Literal["open", "running", "done", "attention", "ended"]


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
        *_papers(connection, account, day),
        *_runs(connection, account),
        *_money(connection, account, day),
    ]
    return sorted(found, key=lambda task: task.due_on or date.max)


# --- papers -------------------------------------------------------------------------------------------------------------


def _papers(connection: Connection, account: Account, day: date) -> Iterator[Task]:
    """第十七条: papers that are about to be due, one task for each last day, and those that are late in one."""
    if not rights.allowed(account, "due.list") or not (account.scope.kind == BANK or account.role == COUNTY):
        return
    events = due(connection, account.scope, day=day)
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
        until = f"{on} 止，" + ("今天" if left == 0 else f"还有 {left} 个工作日")
        yield Task("资料将到期", _of_loans(of_day), "待上传", "open", _loans(of_day), len(of_day), "项", on, until)


def _loans(events: Sequence[Due]) -> str:
    named = "、".join(f"{one.note_no} {one.event}（{one.event_on}）" for one in events[:_SHOWN])
    return named + (f" 等 {len(events)} 项" if len(events) > _SHOWN else "")


def _of_loans(events: Sequence[Due]) -> str:
    return f"/loans?q={events[0].note_no}" if len({one.note_no for one in events}) == 1 else "/loans"


_SHOWN = 3  # names in a detail


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
    for run in _in_question(connection, account):
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


def _in_question(connection: Connection, account: Account) -> Iterator[RunRecord]:
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

# whose step each kind of leg is (第十九条)
_PAYS = {
    "city_to_county": "finance", "county_to_regulator": "county_finance", "regulator_to_bank": "county",
    "bank_to_enterprise": "clerk", "city_to_payee": "tech",
}  # fmt: skip


def _money(connection: Connection, account: Account, day: date) -> Iterator[Task]:
    """Money that waits for this account to pay it on, and how long it has waited."""
    if not rights.allowed(account, "years.balance"):
        return
    banks = bank_ids(connection, account.scope)
    for row in approved_runs(connection):
        if not seen.has_part(account.scope, row.programme):
            continue
        for leg in PROGRAMMES[row.programme].legs:
            if leg.returns or _PAYS.get(leg.kind) != account.role:
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


# --- what changed -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """Something that happened: when, to what (with its page), what, and by whom as far as that is to be seen."""

    at: datetime
    subject: str
    href: str
    text: str
    by: str = ""


_CHANGES = 20


def changes(connection: Connection, account: Account, since: datetime | None) -> list[Changed]:
    """What changed in an account's scope since a moment (ever, where none is given): the newest first, no more than twenty."""
    return sorted(_changed_runs(connection, account, since), key=lambda one: one.at, reverse=True)[:_CHANGES]


def _changed_runs(connection: Connection, account: Account, since: datetime | None) -> Iterator[Changed]:
    """Runs that were made, and steps of theirs; whoever sees only a part of a run is told of its stages and his own steps."""
    if not rights.allowed(account, "runs.list"):
        return
    run, step = models.Run, models.RunStep
    made = select(run.id, run.programme, run.year, run.made_at, run.made_by)
    made = made.where(run.made_at > since) if since else made
    stepped = select(
        run.id, run.programme, run.year, step.made_at, step.made_by, step.kind, step.county, step.document_no
    ).join(run, run.id == step.run_id)  # fmt: skip
    stepped = stepped.where(step.made_at > since) if since else stepped
    scope = account.scope
    for one in connection.execute(made.order_by(run.id.desc()).limit(_CHANGES)):
        if seen.has_part(scope, one.programme):
            whole = seen.whole_run(scope, one.programme)
            yield Changed(one.made_at, _run_words(one), f"/runs/{one.id}", "试算", one.made_by if whole else "")
    for row in connection.execute(stepped.order_by(step.id.desc()).limit(_CHANGES * _AMONG)):
        whole = seen.whole_run(scope, row.programme) or (row.county is not None and row.county == scope.name)
        if seen.has_part(scope, row.programme) and (whole or row.kind in _TOLD):
            text = (row.county or "") + STEP_NAMES[row.kind] + (f"（{row.document_no}）" if row.document_no else "")
            yield Changed(row.made_at, _run_words(row), f"/runs/{row.id}", text, row.made_by if whole else "")


_AMONG = 10  # steps looked at for one that is shown: others are other counties'
_TOLD = ("approve", "allot", "close")  # steps that everybody with a part in a run is told of


def _run_words(row: Any) -> str:
    return f"{row.year} 年度{PROGRAMMES[row.programme].name} 第 {row.id} 号运行"
