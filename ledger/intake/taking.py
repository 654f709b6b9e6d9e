"""Taking one workbook in, within one write transaction: every row judged, the good ones written, then what must hold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.facts.violations import Facts, Instead
from ledger.intake import blame, sending, use, versions
from ledger.intake.anchors import Register
from ledger.intake.outcome import Changed, Outcome, Taken
from ledger.intake.resolving import resolve
from ledger.intake.sheets import BY_NAME, FIELD_OF_LINK, INVARIANTS, LINK_OF_ANCHOR, SHEETS, TAKING_ORDER
from ledger.intake.versions import Key
from ledger.people import account
from ledger.seals.chain import Link
from ledger.warnings.columns import Brought
from ledger.warnings.kinds import Warned
from ledger.warnings.on_file import of_file
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.other_sheets import likely, made_by_a_program, unknown_sheet
from ledger.workbooks.rows import Rows, read_rows
from ledger.workbooks.sheet import NOTES_MARK, Sheet
from ledger.workbooks.workbook import Grid, Workbook
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
        scope: Scope = EVERYTHING,
    ) -> None:
        self._connection = connection
        self._link = link
        self._book = book
        self._outcome = outcome
        self._sent = sending.Sending(connection, scope)
        self._register = Register(connection, quotes_names=self._sent.sees_others)
        self._today = today()
        self.intake_id = db.next_id(connection, models.table_of(models.Intake))
        self._uploader = uploader
        self._amend_reason = amend_reason
        self._change_id: int | None = None
        self._written: dict[str, blame.Written] = {}  # by sheet
        self._instead: dict[str, Instead] = {}  # by table
        # of the approved runs, before rows were amended: of which enterprises (None: all), and what each run rested on
        self._before: list[tuple[set[int] | None, dict[int, str]]] = []
        self._amended_runs: set[int] = set()
        self._touched: dict[tuple[str, str], set[Any]] = {}  # (sheet, column of an invariant) -> its values

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
                self._refuse_sheet(grid)
        self._connection.execute(
            insert(models.table_of(models.Intake)).values(
                id=self.intake_id,
                file_name=self._book.file_name,
                sha256=self._book.sha256,
                uploader=self._uploader,
                received_at=now(),
                amend_reason=self._amend_reason,
                sheet=self._book.csv_sheet,
                account=account(),
            )
        )
        for sheet in TAKING_ORDER:
            if sheet.name in grids:
                self._take_grid(sheet, grids[sheet.name])
        self._check_invariants()
        self._outcome.runs = self._runs_amended()
        self._outcome.warnings = self._warnings()
        if not grids and not self._outcome.findings:
            self._outcome.refusal = (
                f"{self._book.file_name}：没有可以导入的工作表；应至少包含以下之一：{'、'.join(BY_NAME)}"
            )

    def _warnings(self) -> list[Warned]:
        """What is improbable of the rows written, each with its column in this workbook."""
        brought = Brought(self.intake_id)
        for written in self._written.values():
            rows = written.rows
            brought.add(rows.sheet.model, rows.values, rows.numbers, written.positions)
        return [
            replace(one, letter=self._written[one.sheet].rows.letters.get(one.field, ""))
            for one in of_file(self._connection, brought)
        ]

    def _report(self, finding: Finding) -> None:
        self._outcome.findings.append(finding)

    def _refuse_sheet(self, grid: Grid) -> None:
        """An unknown sheet; where it may be one that others refer to, nothing is said of what they refer to."""
        there = {"".join(other.name.split()) for other in self._book.grids}
        missing = [name for name in BY_NAME if name not in there]
        near = likely(grid.name, missing) or likely(grid.name, list(BY_NAME))  # rather one that the file lacks
        self._report(unknown_sheet(self._book.file_name, grid, list(BY_NAME), near))
        if near is not None:
            self._be_unsure(BY_NAME[near])

    def _be_unsure(self, sheet: Sheet) -> None:
        if sheet.defines is not None:
            self._register.by_link[LINK_OF_ANCHOR[sheet.defines]].unsure = True
        self._instead[models.table_of(sheet.model).name] = Instead((), unsure=True)

    def _take_grid(self, sheet: Sheet, grid: Grid) -> None:
        before = len(self._outcome.findings)
        if (outside := self._sent.outside(self._book.file_name, sheet)) is not None:
            self._report(outside)
            self._be_unsure(sheet)
            return
        rows = read_rows(self._book.file_name, grid, sheet, self._report, to_the_end=True)
        if rows is None:
            if len(self._outcome.findings) > before:
                self._be_unsure(sheet)
            return
        if any(column.field not in rows.columns for column in sheet.keys if not column.optional):
            self._be_unsure(sheet)
        if rows.header_number > 1:
            self._outcome.titled[sheet.name] = rows.header_number
        if rows.examples:
            self._outcome.skipped[sheet.name] = rows.examples
        self._take_sheet(rows)

    def _take_sheet(self, rows: Rows) -> None:
        self._sent.refuse_rows(rows, self._register)
        resolve(rows, self._register)
        names = versions.content_names(rows.sheet.model)
        whole = self._with_key(rows)
        on_file = versions.on_file(self._connection, self._register, rows, whole, names)
        rows.settled = frozenset(self._as_on_file(rows, names, on_file))
        for check in rows.sheet.checks:
            check(rows, self._today)
        rows.settled = frozenset()
        self._refuse_repeated_keys(rows)
        written = self._write(rows, names, on_file)
        self._judge_by_refused(rows, written, names, on_file)

    def _with_key(self, rows: Rows) -> list[int]:
        """The rows whose key is known: the good ones, and of the others those by which further facts are judged."""
        if not rows.bad or not rows.sheet.invariants:
            return list(rows.good())
        fields = [column.field for column in rows.sheet.keys]
        key = [rows.values(name) for name in rows.sheet.model.KEY]
        return [
            position
            for position in range(len(rows))
            if all(column[position] is not None for column in key)
            and not any((position, name) in rows.bad_cells for name in fields)
        ]

    def _as_on_file(self, rows: Rows, names: list[str], on_file: Mapping[Key, versions.OnFile]) -> Iterator[int]:
        """The rows that are on file with the same content."""
        if not on_file:
            return
        keys, columns = rows.keys(), [rows.values(name) for name in names]
        for position in rows.good():
            found = on_file.get(keys[position])
            if found is not None and found.id is not None:
                _keep(rows, position, names, found.content)
                if tuple(column[position] for column in columns) == found.content:
                    yield position

    def _write(self, rows: Rows, names: list[str], on_file: Mapping[Key, versions.OnFile]) -> blame.Written:
        """Writes what is new or amended, and refuses other content where nothing is to be amended."""
        taken = self._outcome.taken.setdefault(rows.sheet.name, Taken())
        good, keys = list(rows.good()), rows.keys()
        columns = [rows.values(name) for name in names]
        new: list[int] = [] if on_file else good
        written = self._written[rows.sheet.name] = blame.Written(rows, new)
        retired: list[int] = []
        for position in good if on_file else ():
            found = on_file.get(keys[position])
            if found is None or found.id is None:
                new.append(position)
                continue
            content = tuple(column[position] for column in columns)
            if content == found.content:
                taken.same += 1
            elif self._amend_reason is None:
                self._refuse_other_content(rows, position, names, found.content, content)
            else:
                taken.amended += 1
                new.append(position)
                written.changed[position] = versions.differing(names, found.content, content)
                self._tell_changes(rows, position, names, found.content, content)
                retired.append(found.id)
                self._touch_old(rows.sheet, dict(zip(names, found.content, strict=True)))
        taken.new = len(new) - taken.amended
        self._register.store_new(self._link)
        if retired:
            self._look_at_runs(rows.sheet, retired)
            table = models.table_of(rows.sheet.model)
            self._amended_runs |= use.runs_with_lines_on(self._connection, table, retired)
            self._link.retire(models.table_of(rows.sheet.model), retired, self._change())
        versions.write(self._connection, self._link, rows, new, on_file, self.intake_id)
        self._touch(rows, new)
        return written

    def _judge_by_refused(
        self, rows: Rows, written: blame.Written, names: list[str], on_file: Mapping[Key, versions.OnFile]
    ) -> None:
        """Keeps the refused rows: what refers to them is judged as if they had been taken."""
        if not rows.bad:
            return
        if rows.sheet.defines == "enterprise":
            for position in rows.bad:
                name = rows.values("name")[position]
                if name is not None and rows.values("enterprise_id")[position] is not None:
                    self._register.note_name(rows.values("enterprise_id")[position], name)
        if not rows.sheet.invariants:
            return
        refused = [position for position in self._with_key(rows) if position in rows.bad]
        values = {name: rows.values(name) for name in (*rows.sheet.model.KEY, *names)}
        examples = {
            column.field: column.read(column.example)
            for column in rows.sheet.columns
            if column.field in values and not column.optional
        }
        keys, replaced = rows.keys(), set()
        instead = list(self._partly_known(rows, values, examples))
        for position in refused:
            row = {name: column[position] for name, column in values.items()}
            found = on_file.get(keys[position])
            if found is not None and found.id is not None:
                replaced.add(found.id)
                written.changed[position] = versions.differing(names, found.content, tuple(row[name] for name in names))
            # a value that is not known gets one that can be: whatever follows from it is not said
            instead.append({name: examples.get(name) if value is None else value for name, value in row.items()})
        written.refused = refused
        written.unsure = frozenset(cell for cell in rows.bad_cells if cell[0] in rows.bad)
        table = models.table_of(rows.sheet.model).name
        unsure = self._instead.get(table, Instead(())).unsure
        self._instead[table] = Instead(instead, frozenset(replaced), unsure)
        self._touch(rows, refused)

    def _partly_known(
        self, rows: Rows, values: Mapping[str, Sequence[Any]], examples: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The refused rows of which only a part of the key is known, where others refer to them by words."""
        if any(invariant.link in self._register.by_link for invariant in rows.sheet.invariants):
            return
        whole = set(self._with_key(rows))
        key_fields = {column.field for column in rows.sheet.keys}
        for position in sorted(rows.bad - whole):
            row = {name: column[position] for name, column in values.items()}
            unread = {name for name in key_fields if (position, name) in rows.bad_cells}
            yield {
                name: None if name in unread else examples.get(name) if value is None else value
                for name, value in row.items()
            }

    def _refuse_repeated_keys(self, rows: Rows) -> None:
        """The same key twice in one file is refused: the first row stands, the later ones are named."""
        first_seen: dict[Key, int] = {}
        key_fields = [column.field for column in rows.sheet.keys]
        for position, key in enumerate(rows.keys()):
            if position in rows.bad and (None in key or any((position, name) in rows.bad_cells for name in key_fields)):
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
            "应与库中一致；确需更正，请写明更正原因后重新报送",
        )
        self._outcome.hint = "确需更正的，加 --amend 原因 重新导入"

    def _tell_changes(self, rows: Rows, position: int, names: list[str], old: Key, new: Key) -> None:
        key = tuple(cells.shown(rows.values(column.field)[position]) for column in rows.sheet.keys)
        headers = {column.field: column.header for column in rows.sheet.columns}
        for name, before, after in zip(names, old, new, strict=True):
            header = headers.get(FIELD_OF_LINK.get(name, name))
            if before != after and header is not None:  # a link that no cell says follows from those that do
                told = (versions.shown(self._register, name, value) for value in (before, after))
                self._outcome.changes.append(Changed(rows.sheet.name, key, header, *told))

    def _look_at_runs(self, sheet: Sheet, retired: Sequence[int]) -> None:
        """Keeps what the approved runs rest on before these rows of a sheet are amended, unless it is kept already."""
        whom = use.borrowers(self._connection, {sheet: retired})
        if any(seen is None or (whom is not None and whom <= seen) for seen, _ in self._before):
            return
        self._before.append((whom, use.approved_fingerprints(self._connection, whom)))

    def _runs_amended(self) -> list[str]:
        """The approved runs that used what this file amends: their lines name it, or they would be found otherwise now."""
        if self._outcome.findings:
            return []
        found = set(self._amended_runs)
        for whom, before in self._before:
            now = use.approved_fingerprints(self._connection, whom)
            found |= {run_id for run_id, fingerprint in before.items() if now[run_id] != fingerprint}
        return [use.described(self._connection, run_id) for run_id in sorted(found)]

    def _change(self) -> int:
        """The record of why this file retires versions."""
        if self._change_id is None:
            self._change_id = versions.record_change(
                self._connection, "amend", self._amend_reason or "", self._uploader, self.intake_id
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
            violations = invariant.check(Facts(self._connection, self._instead), touched) if touched else []
            told = self._sent.sees_others or invariant.link == "loan_id"  # the loans of a bank's file are its own
            blame.report(violations, self._written, self._book.file_name, self._report, told)

    def _concerned(self, link: str, sheets: Collection[Sheet]) -> set[Any]:
        """Whom the file's rows of these sheets speak of. What it only brought into being has no history beside them."""
        found: set[Any] = set()
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
