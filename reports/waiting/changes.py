"""What changed in an account's scope since a moment: runs and their steps, files and what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts import rights
from ledger.accounts.accounts import Account
from ledger.programmes import PROGRAMMES
from ledger.runs.steps import STEP_NAMES
from ledger.uploads import states
from reports.runs import seen


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
    found = [*_changed_runs(connection, account, since), *_changed_uploads(connection, account, since)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_CHANGES]


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


def _changed_uploads(connection: Connection, account: Account, since: datetime | None) -> Iterator[Changed]:
    if not rights.allowed(account, "uploads.list"):
        return
    upload, step = models.Upload, models.UploadStep
    query = select(upload.id, upload.file_name, step.state, step.reason, step.made_at, step.made_by).join_from(
        step, upload, upload.id == step.upload_id
    )
    query = query.where(step.state != states.JUDGING, *states.seen(connection, account.scope))
    query = query.where(step.made_at > since) if since else query
    for row in connection.execute(query.order_by(step.made_at.desc(), step.id.desc()).limit(_CHANGES)):
        text = states.NAMES[row.state] + (f"：{row.reason}" if row.reason else "")
        yield Changed(row.made_at, row.file_name, f"/uploads/{row.id}", text, row.made_by or "")
    change = models.Change
    voided = select(upload.id, upload.file_name, change.made_at, change.made_by, change.reason).join_from(
        change, step, step.intake_id == change.withdrawn_intake_id
    )
    voided = voided.join(upload, upload.id == step.upload_id)
    voided = voided.where(step.state == states.TAKEN, *states.seen(connection, account.scope))
    voided = voided.where(change.made_at > since) if since else voided
    for gone in connection.execute(voided.order_by(change.id.desc()).limit(_CHANGES)):
        yield Changed(gone.made_at, gone.file_name, f"/uploads/{gone.id}", f"已撤回：{gone.reason}", gone.made_by)
