"""What a stranger can check of an official workbook without any database: whether it agrees with itself.

The form is held against the form that its own data rows give, by the comparison that `reconcile` uses.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger import money
from ledger.law.document import OutsideLife
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workbooks.sheet_xml import address
from reports.received.comparing import compare_form
from reports.received.differences import Difference, Findings
from reports.received.reading import read_received
from reports.received.recognising import (
    Book,
    DataRows,
    as_dicts,
    data_rows,
    most,
    note,
    note_row,
    recognised,
    said_county,
    whole_number,
)
from reports.received.shown import check_shown
from reports.report import DATA, NOTES, CheckedRows, Kind
from reports.writing.forms import rows_fingerprint, write_sheets

_ANY_TIME = datetime(2000, 1, 1)


@dataclass
class Checked:
    """One thing that was checked, and what was found."""

    title: str
    findings: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Verification:
    """The outcome: which report it says it is, each check, and remarks."""

    report: str
    checks: Sequence[Checked]
    remarks: Sequence[str]

    @property
    def findings(self) -> list[Difference]:
        """What any check found."""
        return [finding for check in self.checks for finding in check.findings]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "report": self.report,
            "consistent": not self.findings,
            "count": len(self.findings),
            "checks": [
                {
                    "check": check.title,
                    "passed": not check.findings,
                    "findings": [finding.as_dict() for finding in check.findings],
                }
                for check in self.checks
            ],
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True)
class _Subject:
    """The workbook, what it says it is, and its data rows."""

    book: Book
    kind: Kind
    data: DataRows
    run_id: int
    year: int
    county: str


def verify(path: Path) -> Verification:
    """Checks a workbook against itself; Refused when it is no such workbook."""
    book = read_received(path)
    kind = recognised(path.name, book)[0]
    county = (said_county(book) or most(book, kind, "county")) if kind.by_county else ""
    data = data_rows(book, kind.columns)
    whole = Checked("三类工作表齐全，数据可读")
    for name in (*(shape.sheet for shape in kind.forms), DATA, NOTES):
        if name not in book:
            whole.findings.append(Difference("sheet_missing", name, "", "缺少这张工作表"))
    if DATA in book:
        whole.findings.extend(Difference("cell", DATA, cell, text) for cell, text in data.unreadable)
    report = kind.report.format(county=county)
    if whole.findings:
        sight, seen = _sight(book, kind, [])
        return Verification(report, [whole, sight], [*seen, "数据不完整，其余各项没有检查"])
    run_id = whole_number(note(book, "运行号")) or whole_number(most(book, kind, "run")) or 0
    year = whole_number(note(book, "年度")) or whole_number(most(book, kind, "year")) or 0
    subject = _Subject(book, kind, data, run_id, year, county)
    found = Findings(ours="按数据应为", theirs="表中")
    form = Checked("表与「数据」逐行相符，小计、合计加得起来", _form(subject, found))
    sight, seen = _sight(book, kind, form.findings)
    checks = [
        whole,
        Checked("「数据」各行与本表指纹相符", list(_fingerprint(subject))),
        Checked("「说明」的运行号、年度、区市、行数、合计与「数据」相符", list(_notes(subject))),
        form,
        sight,
        *_rules(subject),
    ]
    found.close()
    return Verification(report, checks, [*seen, *found.remarks])


def _sight(book: Book, kind: Kind, said: Sequence[Difference]) -> tuple[Checked, Sequence[str]]:
    """Whether what is seen and printed is what is stored; said: differences of values that were found before."""
    found = Findings()
    forms = [shape.sheet for shape in kind.forms]
    check_shown(book, forms, [*forms, DATA, NOTES], found, said)
    return Checked("看得见、印得出的就是所存的：没有隐藏、遮盖，没有多出的工作表", found.differences), found.remarks


def _fingerprint(subject: _Subject) -> Iterator[Difference]:
    kind, said = subject.kind, note(subject.book, "本表指纹")
    made = rows_fingerprint(kind.mark.format(county=subject.county), kind.columns, subject.data.rows)
    if said != made:
        text = "本表指纹与「数据」的行不符：有行在导出后被改、增、删或换序，或指纹被改"
        yield Difference("fingerprint", NOTES, _note_cell(subject, "本表指纹"), text, said, made)


def _note_cell(subject: _Subject, name: str) -> str:
    row = note_row(subject.book, name)
    return "" if row is None else address(row, 1)


def _notes(subject: _Subject) -> Iterator[Difference]:
    """What 说明 says of the rows, against the rows."""
    columns, data = subject.kind.columns, subject.data
    single = {"run": subject.run_id, "year": subject.year} | ({"county": subject.county} if subject.county else {})
    for place, row in as_dicts(data, columns):
        for name, value in single.items():
            if row[name] != value:
                header = next(column.header for column in columns if column.name == name)
                cell = address(place, data.columns[name])
                yield Difference("cell", DATA, cell, f"{header}为 {row[name]}，与「{NOTES}」的 {value} 不符")
    expected = {"行数": str(len(data.rows))}
    for number, column in enumerate(columns):
        if column.kind == "fen":
            expected[f"{column.header}合计"] = f"{money.wan_text(sum(row[number] for row in data.rows))} 万元"
    for name, right in expected.items():
        if note_row(subject.book, name) is not None and note(subject.book, name) != right:
            said = note(subject.book, name)
            text = f"{name}：写为 {said}，按「{DATA}」应为 {right}"
            yield Difference("total", NOTES, _note_cell(subject, name), text, said, right)


def _form(subject: _Subject, found: Findings) -> list[Difference]:
    kind = subject.kind
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.xlsx"
        standing = re.split("[，。]", note(subject.book, "状态"))[0]
        forms = kind.rebuild(subject.data.rows, subject.run_id, subject.year, subject.county, standing)
        write_sheets(path, forms, [], [], _ANY_TIME)
        own = read_received(path)
    for shape in kind.forms:
        compare_form(own[shape.sheet], subject.book[shape.sheet], shape, found, whole=False)
    return found.differences


def _rules(subject: _Subject) -> Iterator[Checked]:
    """What the articles ask of the rows."""
    kind = subject.kind
    try:
        law = kind.law(subject.year)
    except (OutsideLife, ValueError):
        text = f"{subject.year} 年度不在文件的有效期内"
        yield Checked("年度在文件的有效期内", [Difference("cell", NOTES, _note_cell(subject, "年度"), text)])
        return
    placed = list(as_dicts(subject.data, kind.columns))
    rows = CheckedRows([row for _, row in placed], law, _rates(subject.book, kind), _budgets(subject.book))
    for title, check in kind.checks:
        checked = Checked(title)
        for number, name, text in check(rows):
            cell = address(placed[number][0], subject.data.columns[name]) if number >= 0 else ""
            checked.findings.append(Difference("rule", DATA, cell, text))
        yield checked


def _rates(book: Book, kind: Kind) -> dict[str, int]:
    """The year's own rates, as 说明 gives them."""
    found = {}
    for name in kind.rates:
        if said := note(book, name):
            try:
                found[name] = cells.read_percent(said)
            except BadCell:
                continue
    return found


_BUDGET = re.compile(r"(\S+) ([0-9,]+(?:\.[0-9]+)?) 万元")


def _budgets(book: Book) -> dict[str, int]:
    """The budgets by scope, as 说明 gives them. Fen."""
    found = {}
    for part in note(book, "本年度预算").split("；"):
        if match := _BUDGET.fullmatch(part.strip()):
            found[match.group(1)] = int(cells.read_number(match.group(2)).scaleb(6))
    return found
