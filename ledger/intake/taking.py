"""Taking one workbook in, within one write transaction: every row judged, the good ones written, then what must hold."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert

from ledger import models
from ledger.database import db
from ledger.intake import blame, versions
from ledger.intake.anchors import Register
from ledger.intake.outcome import Outcome, Taken
from ledger.intake.resolving import resolve
from ledger.intake.sheets import BY_NAME, FIELD_OF_LINK, INVARIANTS, LINK_OF_ANCHOR, SHEETS, TAKING_ORDER
from ledger.intake.versions import Key
from ledger.people import account
from ledger.seals.chain import Link
from ledger.warnings.columns import Brought
from ledger.warnings.kinds import Warned
from ledger.warnings.on_file import of_file
from ledger.workbooks.findings import Finding
from ledger.workbooks.other_sheets import made_by_a_program, unknown_sheet
from ledger.workbooks.rows import Rows, read_rows
from ledger.workbooks.sheet import NOTES_MARK, Sheet
from ledger.workbooks.sheet import Link as SheetLink
from ledger.workbooks.workbook import Workbook
from ledger.workdays import now, today

_SHEET_ORDER = {sheet.name: place for place, sheet in enumerate(SHEETS)}


def place(finding: Finding) -> tuple[int, int, str]:
    """Findings are listed by sheet, row and column."""
    return _SHEET_ORDER.get(finding.sheet, len(SHEETS)), finding.row or 0, finding.letter.rjust(3)


class Taking:
    """The steps of taking one workbook."""

    def __init__(
        self,
        connection: Connection,
        link: Link,
        book: Workbook,
        outcome: Outcome,
        uploader: str,
        amend_reason: str | None,
    ) -> None:
        self._connection = connection
        self._link = link
        self._book = book
        self._outcome = outcome
        self._register = Register(connection)
        self._today = today()
        self._intake_id = db.next_id(connection, models.table_of(models.Intake))
        self._uploader = uploader
        self._amend_reason = amend_reason
        self._change_id: int | None = None
        self._written: dict[str, blame.Written] = {}  # by sheet
        self._touched: dict[tuple[str, str], set[int]] = {}  # (sheet, identifier column) -> identifiers

    def run(self) -> None:
        """Judges and writes everything; findings end up in the outcome."""
        grids = {}
        for grid in self._book.grids:
            name = "".join(grid.name.split())
            if name.startswith(NOTES_MARK) or made_by_a_program(grid):
                continue
            if name in BY_NAME and name not in grids:
                grids[name] = grid
            else:
                self._report(unknown_sheet(self._book.file_name, grid, list(BY_NAME)))
        self._connection.execute(
            insert(models.table_of(models.Intake)).values(
                id=self._intake_id,
                file_name=self._book.file_name,
                sha256=self._book.sha256,
                uploader=self._uploader,
                received_at=now(),
                amend_reason=self._amend_reason,
                account=account(),
            )
        )
        for sheet in TAKING_ORDER:
            if sheet.name in grids:
                rows = read_rows(self._book.file_name, grids[sheet.name], sheet, self._report, to_the_end=True)
                if rows is not None:
                    if rows.header_number > 1:
                        self._outcome.titled[sheet.name] = rows.header_number
                    if rows.examples:
                        self._outcome.skipped[sheet.name] = rows.examples
                    self._take_sheet(rows)
        self._check_invariants()
        self._outcome.warnings = self._warnings()
        if not grids and not self._outcome.findings:
            self._outcome.refusal = (
                f"{self._book.file_name}：没有可以导入的工作表；应至少包含以下之一：{'、'.join(BY_NAME)}"
            )

    def _warnings(self) -> list[Warned]:
        """What is improbable of the rows written, each with its column in this workbook."""
        brought = Brought(self._intake_id)
        for written in self._written.values():
            brought.add(written.rows.sheet.model, written.rows.values, written.positions)
        return [
            replace(one, letter=self._written[one.sheet].rows.letters.get(one.field, ""))
            for one in of_file(self._connection, brought)
        ]

    def _report(self, finding: Finding) -> None:
        self._outcome.findings.append(finding)

    def _take_sheet(self, rows: Rows) -> None:
        resolve(rows, self._register)
        for check in rows.sheet.checks:
            check(rows, self._today)
        self._refuse_repeated_keys(rows)
        taken = self._outcome.taken.setdefault(rows.sheet.name, Taken())
        model = rows.sheet.model
        names = versions.content_names(model)
        good = list(rows.good())
        key_columns = [rows.values(name) for name in model.KEY]
        content_columns = [rows.values(name) for name in names]
        on_file = versions.on_file(self._connection, self._register, rows, good, names)
        new: list[int] = [] if on_file else good
        written = self._written[rows.sheet.name] = blame.Written(rows, new)
        retired: list[int] = []
        for position in good if on_file else ():
            found = on_file.get(tuple(column[position] for column in key_columns))
            if found is None or found.id is None:
                new.append(position)
                continue
            _keep(rows, position, names, found.content)
            content = tuple(column[position] for column in content_columns)
            if content == found.content:
                taken.same += 1
            elif self._amend_reason is None:
                self._refuse_other_content(rows, position, names, found.content, content)
            else:
                taken.amended += 1
                new.append(position)
                written.changed[position] = versions.differing(names, found.content, content)
                retired.append(found.id)
                self._touch_old(rows.sheet, dict(zip(names, found.content, strict=True)))
        taken.new = len(new) - taken.amended
        self._register.store_new(self._link)
        if retired:
            self._link.retire(models.table_of(model), retired, self._change())
        versions.write(self._connection, self._link, rows, new, on_file, self._intake_id)
        self._touch(rows, new)

    def _refuse_repeated_keys(self, rows: Rows) -> None:
        """The same key twice in one file is refused: the first row stands, the later ones are named."""
        first_seen: dict[Key, int] = {}
        key_fields = [column.field for column in rows.sheet.keys]
        for position, key in enumerate(zip(*(rows.values(name) for name in rows.sheet.model.KEY), strict=True)):
            if position in rows.bad and any((position, name) in rows.bad_cells for name in key_fields):
                continue  # an unreadable key has its own finding
            first = first_seen.setdefault(key, position)
            if first != position:
                rows.find(
                    position,
                    key_fields[-1],
                    f"与第 {rows.numbers[first]} 行重复",
                    "同一文件中每个主键只能出现一次，请删去多余的一行",
                )

    def _refuse_other_content(self, rows: Rows, position: int, names: list[str], old: Key, new: Key) -> None:
        name = versions.differing(names, old, new)[0]
        rows.find(
            position,
            FIELD_OF_LINK.get(name, name),
            f"与已入库的内容不同（库中为 {versions.shown(self._register, name, old[names.index(name)]) or '空'}）",
            "应与库中一致；确需更正，请以 --amend 说明原因后重新导入",
        )

    def _change(self) -> int:
        """The record of why this file retires versions."""
        if self._change_id is None:
            self._change_id = versions.record_change(
                self._connection, "amend", self._amend_reason or "", self._uploader, self._intake_id
            )
        return self._change_id

    # --- what must hold between facts ---------------------------------------------------------------------------------

    def _touch(self, rows: Rows, positions: Sequence[int]) -> None:
        """Notes whom the rows written speak of."""
        for link in {invariant.link for invariant in rows.sheet.invariants}:
            identifiers = rows.values(link)
            touched = {identifiers[position] for position in positions} - {None}
            self._touched.setdefault((rows.sheet.name, link), set()).update(touched)

    def _touch_old(self, sheet: Sheet, content: dict[str, Any]) -> None:
        """Notes whom an amended row spoke of before."""
        for link in {invariant.link for invariant in sheet.invariants}:
            if content.get(link) is not None:
                self._touched.setdefault((sheet.name, link), set()).add(content[link])

    def _check_invariants(self) -> None:
        for invariant, sheets in INVARIANTS.items():
            touched = self._concerned(invariant.link, sheets)
            violations = invariant.check(self._connection, touched) if touched else []
            blame.report(violations, self._written, self._book.file_name, self._report)

    def _concerned(self, link: SheetLink, sheets: Collection[Sheet]) -> set[int]:
        """Whom the file's rows of these sheets speak of. What it only brought into being has no history beside them."""
        found: set[int] = set()
        for sheet in sheets:
            touched = self._touched.get((sheet.name, link), set())
            defined = sheet.defines is not None and LINK_OF_ANCHOR[sheet.defines] == link
            found |= touched - self._register.by_link[link].brought_in if defined else touched
        return found


def _keep(rows: Rows, position: int, names: Sequence[str], on_file: Key) -> None:
    """What once was said of a column that keeps it stays said where the row leaves the cell empty."""
    for column in rows.sheet.columns:
        if column.kept and rows.values(column.field)[position] is None:
            rows.values(column.field)[position] = on_file[names.index(column.field)]
