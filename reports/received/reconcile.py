"""An official workbook, as it came back, against the stored lines of the run that it names.

Ours is what the export of that run writes now, read by the same reader as theirs; nothing is settled anew.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.accounts.roles import COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.counties import ALL_COUNTIES
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord, approved_run, read_run
from ledger.workbooks.sheet_xml import address
from reports.received import marked
from reports.received.differences import Difference, Findings
from reports.received.looks import compare_looks
from reports.received.marking.marks import mark_at
from reports.received.reading import Book, read_received, taken
from reports.received.recognising import (
    most,
    note,
    note_row,
    of_this_form,
    own_fingerprint,
    recognised,
    said_county,
    whole_number,
)
from reports.received.values import compare_earlier, compare_values, names_of_theirs
from reports.report import DATA, NOTES, Kind
from reports.runs import seen
from reports.writing.files import whole_file

_FINGERPRINTS = ("运行指纹", "本表指纹")


@dataclass(frozen=True)
class Reconciliation:
    """The outcome: which report and run it was held against (None when there is none), what differs, and remarks.

    earlier: it was exported in an earlier form, of which the values alone were compared. fresh: what an export writes now.
    """

    report: str
    run: RunRecord | None
    differences: Sequence[Difference]
    remarks: Sequence[str]
    earlier: bool = False
    fresh: bytes = b""

    @property
    def same(self) -> bool:
        """Whether it holds, shows and prints what the export does."""
        return not self.differences and not self.earlier

    @property
    def only_looks(self) -> bool:
        """Whether its values are right and its looks are not."""
        return bool(self.differences) and all(difference.of_looks for difference in self.differences)

    @property
    def foreign(self) -> bool:
        """Whether it is not of the run that it names, as this database has it."""
        return any(difference.kind == "foreign_run" for difference in self.differences)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        run = self.run
        return {
            "report": self.report,
            "run": run.id if run else None,
            "programme": run.programme if run else None,
            "year": run.year if run else None,
            "state": run.state if run else None,
            "same": self.same,
            "foreign": self.foreign,
            "only_looks": self.only_looks,
            "earlier_form": self.earlier,
            "count": len(self.differences),
            "differences": [difference.as_dict() for difference in self.differences],
            "remarks": list(self.remarks),
        }


def reconcile(
    connection: Connection, path: Path, run_id: int | None = None, scope: Scope = EVERYTHING
) -> Reconciliation:
    """Compares a workbook with the run that it names (or the one given); Refused when it is no such workbook, or of what the
    scope does not see: differences say what is right.

    Where its sheets name different runs or counties, it is taken for the one from which it differs least.
    """
    theirs = read_received(path)
    claims = [claim for kind in recognised(path.name, theirs) for claim in _claims(kind, theirs, run_id)]
    claims = [one for one in claims if _seen(one[0], one[2], scope)]
    if not claims:
        raise Refused(f"{path.name} 不是您可以核对的表：区市核对本区市的，其他单位核对本单位所办项目的")
    found = []
    for kind, number, county in claims:
        try:
            run = read_run(connection, number)
        except Refused:
            continue
        if run.programme == kind.programme:
            found.append(_compare(connection, theirs, kind, run, county))
    if not found:
        return _foreign(connection, theirs, *claims[0])
    return min(found, key=lambda outcome: len(outcome.differences))


def write_outcome(path: Path, outcome: Reconciliation, target: Path) -> None:
    """Writes what whoever sent the workbook should have: the same with every difference of values marked, those that have no
    cell at A1 of their sheet; the fresh export where only looks differ or the form is an earlier one; without
    differences the workbook as it came, byte for byte."""
    if outcome.same or ((outcome.only_looks or outcome.earlier) and outcome.fresh):
        with whole_file(target) as temporary:
            if outcome.same:
                shutil.copyfile(path, temporary)
            else:
                temporary.write_bytes(outcome.fresh)
        return
    write_marks(path, outcome.differences, target)


def write_marks(path: Path, differences: Sequence[Difference], target: Path) -> None:
    """Writes a workbook with everything that was found in it marked."""
    marks = [
        mark_at(each.sheet or "工作簿", each.cell or "A1", "look" if each.of_looks else "problem", each.text)
        for each in differences
    ]
    marked.write_marked(path, marks, target)


def _seen(kind: Kind, county: str, scope: Scope) -> bool:
    """Whether a workbook of a kind, of a county where there is one for each, is seen whole."""
    if scope.kind == COUNTY:
        return seen.has_part(scope, kind.programme) and county == scope.name
    return seen.whole_run(scope, kind.programme)


# --- what it says it is -------------------------------------------------------------------------------------------------


def _claims(kind: Kind, book: Book, run_id: int | None) -> list[tuple[Kind, int, str]]:
    """The (kind, run, county) that a workbook may be: as 说明 says, and as most rows of 数据 say."""
    runs = [str(run_id)] if run_id else [note(book, "运行号"), most(book, kind, "run")]
    numbers = [number for run in dict.fromkeys(runs) if (number := whole_number(run)) is not None]
    counties = [""]
    if kind.by_county:
        said = said_county(book)
        counties = [name for name in dict.fromkeys((said, most(book, kind, "county"))) if name in ALL_COUNTIES]
    if not numbers:
        raise Refused(f"「{NOTES}」与「{DATA}」都没有运行号", "；请用 --run 指明与哪一号运行核对")
    if not counties:
        raise Refused(f"「{NOTES}」与「{DATA}」都没有认得的区市，无法核对")
    return [(kind, number, county) for number, county in product(numbers, counties)]


def _foreign(connection: Connection, book: Book, kind: Kind, number: int, county: str) -> Reconciliation:
    """No such run here, or one of another programme."""
    try:
        run = read_run(connection, number)
        why = f"本数据库的第 {number} 号运行是{PROGRAMMES[run.programme].name} {run.year} 年度的，不是这张表的"
    except Refused:
        why = f"本数据库没有第 {number} 号运行：来件出自别的数据库，或运行号被改"
    row = note_row(book, "运行号")
    cell = "" if row is None else address(row, 1)
    difference = Difference("foreign_run", NOTES, cell, f"{why}；可指明与哪一号运行核对", str(number))
    return Reconciliation(kind.report.format(county=county), None, [difference], [])


# --- the comparison -----------------------------------------------------------------------------------------------------


def _compare(connection: Connection, book: Book, kind: Kind, run: RunRecord, county: str) -> Reconciliation:
    as_it_was, remarks = run, []
    if run.approved_at is not None and note(book, "状态") == STATE_NAMES["trial"]:
        as_it_was = replace(run, state="trial", approved_at=None, approved_by=None, approved_document=None, solo=False)
        remarks.append(f"{NOTES}　状态：来件是试算时导出的，该次运行此后已{run.standing}；与试算时的导出比较")
    ours, fresh = _exported(connection, kind, as_it_was, county)
    found, earlier = Findings(), not of_this_form(book)
    names = names_of_theirs(ours, book, found)
    if earlier:
        compare_earlier(ours, book, names, kind, found)
    else:
        compare_values(ours, book, names, kind, found)
        compare_looks(ours, book, names, found.rearranged, found)
    if NOTES in names and (earlier or any(not each.of_looks for each in found.differences)):
        _explain_notes(ours, book, kind, run, county, found, earlier)
    found.close()
    if as_it_was is not run and (earlier or any(found.differences)):
        fresh = _exported(connection, kind, run, county)[1]
    remarks += [*_state_remarks(connection, run), *found.remarks]
    differences = sorted(found.differences, key=_identity_first)
    return Reconciliation(kind.report.format(county=county), run, differences, remarks, earlier, fresh)


def _exported(connection: Connection, kind: Kind, run: RunRecord, county: str) -> tuple[Book, bytes]:
    """What the export of the run writes now, read as theirs is, and its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ours.xlsx"
        kind.export(connection, run, county, path)
        return read_received(path), path.read_bytes()


def _identity_first(difference: Difference) -> int:
    """What it is comes before what stands in it: of a foreign run every cell may differ, and none of that matters."""
    if difference.kind == "foreign_run":
        return 0
    no_notes = difference.kind == "sheet_missing" and difference.sheet == NOTES
    return 1 if no_notes or difference.kind == "fingerprint" else 2


def _explain_notes(
    ours: Book, theirs: Book, kind: Kind, run: RunRecord, county: str, found: Findings, earlier: bool
) -> None:
    """Sheet 说明: what its fingerprints being different means is said in words. Of an earlier form only these count."""
    made = own_fingerprint(theirs, kind, county)
    same_rows = made is not None and made == note(ours, "本表指纹")
    if earlier:
        for name in _FINGERPRINTS:
            said, right = note(theirs, name), note(ours, name)
            if said != right:
                row = note_row(theirs, name)
                cell = "" if row is None else address(row, 1)
                text = f"内容：{found.theirs} {said or '（空）'}，{found.ours} {right}"
                found.differences.append(Difference("cell", NOTES, cell, text, said, right))
    gone = [name for name in _FINGERPRINTS if note_row(theirs, name) is None]
    listed = [each for each in found.differences if each.sheet == NOTES and not each.of_looks]
    found.differences = [each for each in found.differences if each not in listed]
    for plain in listed:
        row = int("".join(filter(str.isdigit, plain.cell)) or "1") - 1
        name = taken(theirs.get(NOTES).value(row, 0), "text") if plain.cell.startswith("B") else ""
        difference = replace(plain, text=plain.text.replace("内容：", f"{name}：", 1)) if name else plain
        if name == "运行指纹":
            why = "出自别的数据库或别的一次运行，或指纹被改"
            same = "；数据行与本库相同" if same_rows else ""
            text = f"{difference.text}：不是本数据库的第 {run.id} 号运行（{why}{same}）"
            found.differences.append(replace(difference, kind="foreign_run", text=text))
        elif name == "本表指纹":
            fits = taken(theirs.get(NOTES).value(row, 1), "text") == made
            text = (
                "与来件自己的数据行相符：行改动后重新算过指纹" if fits else "与来件自己的数据行也不符：指纹被改或已过时"
            )
            found.differences.append(replace(difference, kind="fingerprint", text=f"{difference.text}；{text}"))
        elif any(missing in difference.text for missing in gone):
            text = f"{difference.text}；没有它就不能确认来历"
            found.differences.append(replace(difference, kind="fingerprint", text=text))
        else:
            found.differences.append(difference)
    if made is not None and made != note(theirs, "本表指纹") and note(theirs, "本表指纹") == note(ours, "本表指纹"):
        found.remarks.append(f"{NOTES}　来件「{DATA}」的行与本表指纹不符（行在导出后被改过）")


def _state_remarks(connection: Connection, run: RunRecord) -> Iterator[str]:
    """Whether the run is the one that the year was approved by."""
    approved = approved_run(connection, run.programme, run.year)
    if approved is None:
        yield f"第 {run.id} 号运行是{run.standing}，{run.year} 年度还没有审核通过的运行"
    elif approved.id != run.id:
        yield (
            f"第 {run.id} 号运行不是 {run.year} 年度审核通过的那一次；审核通过的是第 {approved.id} 号"
            f"（{approved.approved_document}）"
        )
