"""The yearly trial runs that nobody asked for: one for a job and its day, made once; none for a year that is approved."""

from datetime import date

from sqlalchemy import select

from jobs.job import Context
from ledger import models
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes.programme import Programme
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workdays import today


def trial_of_the_day(context: Context, programme: Programme, year: int, as_of: date | None) -> RunRecord | str:
    """The job's trial run for its day, the one on file where there is one; a sentence where the year needs none."""
    try:
        programme.settlement_day(year, as_of, today())
    except Refused as refusal:
        return f"无事可做：{refusal}"
    with db.reading(context.engine) as connection:
        approved = settlement.approved_run(connection, programme.key, year)
        if approved is not None:
            return f"无事可做：{year} 年度已审核通过（第 {approved.id} 号运行）"
        run = models.Run
        made = connection.execute(
            select(run.id).where(run.programme == programme.key, run.year == year, run.made_by == context.made_by)
        ).scalars()
        on_file = max(made, default=None)
        if on_file is not None and not context.again:
            return settlement.read_run(connection, on_file)
    return settlement.settle(context.engine, programme, year, as_of, context.made_by)
