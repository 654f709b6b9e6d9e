"""What a stranger can check of an official workbook without any database: whether it agrees with itself.

The workbook is held against the one that its own data rows and notes give, by the comparison that `reconcile` uses.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ledger import money
from ledger.law.document import OutsideLife
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workbooks.sheet_xml import address
from reports.received.comparing import SUBTOTAL, TOTAL
from reports.received.differences import Difference, Findings
from reports.received.looks import compare_looks
from reports.received.reading import Book, read_received, taken
from reports.received.recognising import (
    DataRows,
    as_data,
    as_dicts,
    data_rows,
    fingerprint_of,
    more_rows,
    most,
    note,
    note_row,
    of_this_form,
    recognised,
    said_county,
    whole_number,
)
from reports.received.reconcile import write_marks
from reports.received.values import compare_earlier, compare_values, names_of_theirs
from reports.report import DATA, NOTES, CheckedRows, Kind
from reports.writing.files import write_bytes
from reports.writing.forms import VERSION_NOTE, Form, write_sheets

_ANY_DAY = date(2000, 1, 1)


EARLIER = "由早期版本导出，所印版式未核对"


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
    more: Sequence[DataRows]
    run_id: int
    year: int
    county: str


def verify(path: Path) -> Verification:
    """Checks a workbook against itself; Refused when it is no such workbook."""
    book = read_received(path)
    kind = recognised(path.name, book)[0]
    county = (said_county(book) or most(book, kind, "county")) if kind.by_county else ""
    data, more = data_rows(book, kind.columns), more_rows(book, kind)
    whole = Checked("三类工作表齐全，数据可读")
    tidy = {DATA: data, **{each.sheet: rows for each, rows in zip(kind.more, more, strict=True)}}
    for name in (*(shape.sheet for shape in kind.forms), *tidy, NOTES):
        if name not in book:
            whole.findings.append(Difference("sheet_missing", name, "", "缺少这张工作表"))
    for name, rows in tidy.items():
        if name in book:
            whole.findings.extend(Difference("cell", name, cell, text) for cell, text in rows.unreadable)
    report = kind.report.format(county=county)
    if whole.findings:
        return Verification(report, [whole], ["数据不完整，其余各项没有检查"])
    run_id = whole_number(note(book, "运行号")) or whole_number(most(book, kind, "run")) or 0
    year = whole_number(note(book, "年度")) or whole_number(most(book, kind, "year")) or 0
    subject = _Subject(book, kind, data, more, run_id, year, county)
    found = Findings(ours="按数据应为", theirs="表中")
    earlier = not of_this_form(book)
    _compare(subject, found, earlier)
    found.close()
    form = Checked(
        "表与「数据」逐格相符，小计、合计加得起来", [each for each in found.differences if not each.of_looks]
    )
    looks = Checked(_LOOKS, [each for each in found.differences if each.of_looks])
    if earlier:
        looks.findings.append(Difference("page", "", "", EARLIER))
    checks = [
        whole,
        Checked("「数据」各行与本表指纹相符", list(_fingerprint(subject))),
        Checked("「说明」的运行号、年度、区市、行数、合计与「数据」相符", list(_notes(subject))),
        form,
        looks,
        *_rules(subject),
    ]
    return Verification(report, checks, found.remarks)


_LOOKS = "所见所印与本系统导出的相同：样式、行列、页面、名称，没有多出的内容"


def _compare(subject: _Subject, found: Findings, earlier: bool) -> None:
    """The workbook against the one that its own rows and notes give."""
    kind, book = subject.kind, subject.book
    standing = re.split("[，。]", note(book, "状态"))[0]
    more = [each.rows for each in subject.more]
    forms = kind.rebuild(subject.data.rows, subject.run_id, subject.year, subject.county, standing, *more)
    forms = [replace(form, remarks=_remarks(book, form)) for form in forms]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.xlsx"
        write_sheets(path, forms, as_data(kind, subject.data.rows, more), _pairs(book), _ANY_DAY)
        own = read_received(path)
    names = names_of_theirs(own, book, found)
    if earlier:
        compare_earlier(own, book, names, kind, found)
        return
    compare_values(own, book, names, kind, found)
    compare_looks(own, book, names, found.rearranged, found)


def _pairs(book: Book) -> list[tuple[str, str]]:
    """What 说明 says, without the form's version, which the writer says itself."""
    sheet = book.get(NOTES)
    said = [tuple(taken(sheet.value(row, column), "text") for column in (0, 1)) for row in sheet.filled_rows()]
    return [(name, value) for name, value in said if name != VERSION_NOTE]


def _remarks(book: Book, form: Form) -> list[str]:
    """The lines of words under a form's table, which its rows do not give."""
    sheet = book.get(form.sheet)
    firsts = [(row, taken(sheet.value(row, 0), "text")) for row in sheet.filled_rows()]
    last = max((row for row, text in firsts if text in (SUBTOTAL, TOTAL)), default=None)
    if form.foot or last is None:
        return []
    return [text for row, text in firsts if row > last and text]


def _fingerprint(subject: _Subject) -> Iterator[Difference]:
    said = note(subject.book, "本表指纹")
    made = fingerprint_of(subject.kind, subject.county, subject.data.rows, [each.rows for each in subject.more])
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
    more = {
        tidy.sheet: [row for _, row in as_dicts(rows, tidy.columns)]
        for tidy, rows in zip(kind.more, subject.more, strict=True)
    }
    rows = CheckedRows([row for _, row in placed], law, _rates(subject.book, kind), _budgets(subject.book), more)
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


def write_outcome(path: Path, outcome: Verification, target: Path) -> None:
    """Writes the workbook with everything that was found in it marked; as it came where nothing was."""
    if outcome.findings:
        write_marks(path, outcome.findings, target)
    else:
        write_bytes(target, path.read_bytes())
