"""The steps of a run's life on record: added, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from ledger import models
from ledger.database import db
from ledger.people import account
from ledger.workdays import now

STEP_NAMES = {
    "sign": "初审签署", "return": "初审退回", "sample": "抽查", "approve": "审核通过", "allot": "下达", "pay": "拨付",
    "close": "办结",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step: what, of which county, by whom (the name given, and the account), when, and what was said."""

    kind: str
    county: str | None
    made_by: str
    account: str
    made_at: datetime
    document_no: str | None
    reason: str | None
    figures: Mapping[str, Any] | None


def steps(connection: Connection, run_id: int) -> list[Step]:
    """The steps of a run in the order in which they were made."""
    step = models.RunStep
    query = select(
        step.kind, step.county, step.made_by, step.account, step.made_at, step.document_no, step.reason, step.figures
    ).where(step.run_id == run_id)
    return [Step(*row) for row in connection.execute(query.order_by(step.id))]


def add_step(connection: Connection, run_id: int, kind: str, made_by: str, **more: Any) -> None:
    """Records a step within the caller's transaction; more: county, document_no, reason, figures."""
    row = {"county": None, "document_no": None, "reason": None, "figures": None, **more}
    connection.execute(
        insert(models.RunStep).values(
            id=db.next_id(connection, models.table_of(models.RunStep)), run_id=run_id, kind=kind, made_by=made_by,
            account=account(), made_at=now(), **row,
        )
    )  # fmt: skip
