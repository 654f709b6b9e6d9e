"""A list of what a run pays that leaves the office: for public notice (公示名单) or as the payment plan (拨付计划)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ledger import money
from ledger.runs.settlement import RunRecord
from reports.runs.run_words import page_foot
from reports.writing.capitals import capitals
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.notes import run_notes


class PayoutList(NamedTuple):
    """One list: its sheet, title, head line, columns and rows; how many columns the word 合计 takes; what stands under it;
    what 说明 says besides the run, before the number of rows and after it."""

    sheet: str
    title: str
    head: Sequence[str]
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[Any]]
    label_span: int
    remarks: Sequence[str]
    notes: Sequence[tuple[str, str]] = ()
    sums: Sequence[tuple[str, str]] = ()


def in_words(total: int) -> str:
    """The line under a payment plan with its sum in capitals. Fen."""
    return f"合计（大写）：{capitals(total)}"


def sum_notes(total: int) -> tuple[tuple[str, str], ...]:
    """What 说明 says of the sum of a payment plan. Fen."""
    return ("合计", f"{money.wan_text(total)} 万元"), ("合计大写", capitals(total))


def write(run: RunRecord, listed: PayoutList, path: Path) -> int:
    """Writes a list, whole or not at all, and gives the number of its rows."""
    form = Form(
        sheet=listed.sheet,
        mark="",
        title=listed.title,
        head=listed.head,
        columns=listed.columns,
        blocks=[Block(listed.rows)] if listed.rows else [],
        label_span=listed.label_span,
        page_foot=page_foot(run),
        subtotals=False,
        remarks=listed.remarks,
    )
    notes = [
        ("报表", listed.sheet),
        *run_notes(run),
        *listed.notes,
        ("行数", str(len(listed.rows))),
        *listed.sums,
        ("运行指纹", run.fingerprint),
    ]
    write_sheets(path, [form], [], notes, run.as_of)
    return len(listed.rows)
