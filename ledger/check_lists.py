"""抽查清单 that come back filled in: read, and every bad cell named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger import models
from ledger.errors import Refused
from ledger.spotcheck import OUTCOME_NAMES, Entry
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows, read_rows
from ledger.workbooks.sheet import NOTES_MARK, Column, Sheet
from ledger.workbooks.workbook import Workbook

RESULTS = Sheet(
    "结果录入",
    "抽查结果",
    models.Fact,
    (
        Column("序号", "order", "text", cells.read_text, "", "清单序号", optional=True),
        Column("银行名称", "bank", "name", cells.read_name, "", "与清单一致", key=True),
        Column("借据编号", "note_no", "code", cells.read_code, "", "与清单一致", key=True),
        Column("企业名称", "enterprise", "name", cells.read_name, "", "须为该借据的企业", optional=True),
        Column(
            "核查结果", "outcome", "choice", cells.one_of(tuple(OUTCOME_NAMES.values()), "核查结果"), "", "相符、不符或已解决",
            optional=True, choices=tuple(OUTCOME_NAMES.values()),
        ),
        Column("说明", "remark", "text", cells.read_text, "", "不符的，写明何处不符；已解决的，写明如何解决", optional=True),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """A list that came back: its results (lines without are left out), or the cells that are wrong with it."""

    entries: Sequence[Entry]
    findings: Sequence[Finding]


def read(book: Workbook, run_id: int) -> Filled:
    """The results on the check list of a run; Refused where it is another run's, or no list, or has no results."""
    _refuse_other_run(book, run_id)
    grid = next((grid for grid in book.grids if "".join(grid.name.split()) == RESULTS.name), None)
    if grid is None:
        raise Refused(f"{book.file_name} 没有工作表「{RESULTS.name}」", f"；应为 tiexi sample {run_id} 写出的抽查清单")
    findings: list[Finding] = []
    rows = read_rows(book.file_name, grid, RESULTS, findings.append)
    entries = list(_entries(rows)) if rows is not None else []
    if not entries and not findings:
        raise Refused(
            f"{book.file_name} 的「{RESULTS.name}」表没有填写核查结果；请在「核查结果」列填 {'、'.join(OUTCOME_NAMES.values())}"
        )
    return Filled(entries, findings)


def _entries(rows: Rows) -> Iterator[Entry]:
    """The rows with a result; one that speaks of a loan a second time is reported."""
    outcomes = {word: outcome for outcome, word in OUTCOME_NAMES.items()}
    seen: dict[tuple[Any, Any], int] = {}
    for position in list(rows.good()):
        bank, note_no, enterprise, word, remark = (
            rows.values(name)[position] for name in ("bank", "note_no", "enterprise", "outcome", "remark")
        )
        number = rows.numbers[position]
        if seen.setdefault((bank, note_no), number) != number:
            rows.find(position, "note_no", f"与第 {seen[bank, note_no]} 行重复", "一笔贷款只填一行")
        elif word:
            place = f"{rows.file} | {RESULTS.name} | 第 {number} 行："
            yield Entry(bank, note_no, outcomes[word], remark, place, enterprise)


def _refuse_other_run(book: Workbook, run_id: int) -> None:
    """A check list says which run it is of."""
    for grid in book.grids:
        for row in grid.rows if grid.name == NOTES_MARK else ():
            if len(row) > 1 and row[0] == "运行号" and str(row[1]).strip() != str(run_id):
                raise Refused(
                    f"{book.file_name} 是第 {row[1]} 号运行的抽查清单，不是第 {run_id} 号的",
                    f"；请用 tiexi sample {run_id} 写出的清单，或运行 tiexi check {row[1]}",
                )
