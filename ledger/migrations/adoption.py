"""Taking over runs that were approved before there were journal and seals: accrued and sealed when the schema is upgraded.

Part of the migration's own transaction, and only of the one that comes from that schema: a run slipped into a database by
hand later on is never taken over.
"""

from sqlalchemy import Connection

from ledger.books import journal
from ledger.facts.approved import approved_runs
from ledger.runs.settlement import read_run
from ledger.runs.steps import add_step
from ledger.seals import chain

BEFORE_JOURNAL = "0001"  # the schema without journal and seals


def adopt(connection: Connection) -> list[int]:
    """Accrues and seals every approved run, in the order of the years, and gives their numbers."""
    adopted = [run.id for run in approved_runs(connection)]
    for run_id in adopted:
        record = read_run(connection, run_id)
        assert record.approved_at is not None and record.approved_by is not None
        add_step(
            connection, run_id, "approve", record.approved_by, document_no=record.approved_document,
            reason=f"审核于 {record.approved_at:%Y-%m-%d}，升级数据库时补记", figures={"solo": True},
        )  # fmt: skip
        journal.accrue(connection, record, record.approved_at.date(), record.approved_by)
        chain.seal_adopted(connection, run_id)
    return adopted
