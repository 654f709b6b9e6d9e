"""The demonstration's annex that comes back with one figure changed."""

from dataclasses import replace
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import Engine

from ledger.database import db
from ledger.runs.settlement import RunRecord
from reports.received.reconcile import reconcile, write_outcome
from reports.tech_branch import annexes
from reports.writing.packing import save_edited
from tiexi.commands.received import print_reconciliation
from tiexi.terminal import printing

_FIGURE, _MORE = "C5", 100  # the first loan's amount, and by how many 万元 it is raised


def run(engine: Engine, folder: Path, record: RunRecord) -> None:
    """Changes one figure in a copy of an annex; prints what the reconciliation says of it, and of the untouched one."""
    with db.reading(engine) as connection:
        county = annexes.annex1_counties(connection, record)[0]
        sent = folder / "附件1" / str(record.year) / f"附件1-{county}-{record.year}.xlsx"
        back = folder / f"被改动的{sent.name}"
        book = load_workbook(sent)
        book["附件1"][_FIGURE] = book["附件1"][_FIGURE].value + _MORE
        save_edited(book, back)
        printing.say("\n附件经手后与台账核对（tiexi reconcile）：没有动过的一致，改了一个数的被找出来：")
        for path in (sent, back):
            outcome = reconcile(connection, path)
            print_reconciliation(path.name, replace(outcome, remarks=[]))
        write_outcome(back, outcome, folder / f"差异-{sent.name}")
