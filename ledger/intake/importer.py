"""One file, one transaction: read, judge every row, write the good ones, check what must hold, keep all or nothing."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Table, insert, select, update

from ledger import models, money
from ledger.database import db
from ledger.errors import Refused
from ledger.facts.known_files import known_file
from ledger.intake import blame, checks, invariants
from ledger.intake.anchors import Register
from ledger.intake.resolving import resolve
from ledger.intake.sheets import BY_NAME, FIELD_OF_LINK, SHEETS, TAKING_ORDER
from ledger.logs import Log
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows, read_rows, unknown_sheet
from ledger.workbooks.sheet import NOTES_MARK, Sheet
from ledger.workbooks.workbook import Workbook, fingerprint, read_bytes, read_workbook
from ledger.workdays import now, today

Key = tuple[Any, ...]
_log = Log(__name__)
PROVENANCE = frozenset({"id", "sheet_row", "version", "intake_id", "retired_by"})


@dataclass
class Taken:
    """How many rows of one sheet were new, amended, or on file with the same content."""

    new: int = 0
    amended: int = 0
    same: int = 0


@dataclass
class Outcome:
    """What became of one file: taken (perhaps known before) or refused, with the reasons."""

    file: str
    sha256: str = ""
    taken: dict[str, Taken] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)  # example rows by sheet, their Excel numbers
    findings: list[Finding] = field(default_factory=list)
    refusal: str = ""  # a sentence on the file as a whole
    known_since: str = ""  # when the same bytes were taken before
    dry_run: bool = False

    @property
    def refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return bool(self.findings or self.refusal)


class _RollBack(Exception):
    """Leaves the transaction without keeping anything."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No search for reference cycles meanwhile: a workbook is millions of values, none in a cycle, searched in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def import_file(
    engine: Engine, path: Path, uploader: str, amend_reason: str | None = None, dry_run: bool = False
) -> Outcome:
    """Takes one workbook whole or not at all, and says which.

    Raises EnvironmentFailed when the file or the database cannot be used; everything else is in the outcome.
    """
    (outcome,) = import_files(engine, [path], uploader, amend_reason, dry_run)
    return outcome


def import_files(
    engine: Engine, paths: Iterable[Path], uploader: str, amend_reason: str | None = None, dry_run: bool = False
) -> Iterator[Outcome]:
    """Takes workbooks one after the other, each whole or not at all, and says of each which. Raises like import_file.

    A dry run is one write transaction that keeps nothing: a file sees what those before it would have brought, as it
    will when they are imported, and other writers wait until the last one is judged.
    """
    if not dry_run:
        for path in paths:
            yield _logged(_take, engine, path, uploader, amend_reason)
        return
    try:
        with db.writing(engine) as connection:
            for path in paths:
                yield _logged(_preview, connection, path, uploader, amend_reason)
            raise _RollBack
    except _RollBack:
        pass


def _logged(judge: Callable[..., Outcome], *arguments: Any) -> Outcome:
    with _log.timed("import") as said, _collector_paused():
        outcome = judge(*arguments)
        taken = outcome.taken.values()
        done = "checked" if outcome.dry_run else "taken"
        status = "refused" if outcome.refused else "known" if outcome.known_since else done
        said |= {"status": status, "sha256": outcome.sha256, "findings": len(outcome.findings)}
        said |= {name: sum(getattr(sheet, name) for sheet in taken) for name in ("new", "amended", "same")}
    return outcome


def _take(engine: Engine, path: Path, uploader: str, amend_reason: str | None) -> Outcome:
    """One file in a transaction of its own. It is read before the transaction begins: a writer keeps others waiting."""
    outcome, data = _fingerprinted(path)
    with db.reading(engine) as connection:
        known = _recognise(connection, outcome)
    book = None if known else _workbook(path, data, outcome)
    if book is not None:
        with suppress(_RollBack), db.writing(engine) as connection:
            if not _recognise(connection, outcome):
                _judge(connection, book, outcome, uploader, amend_reason)
    return outcome


def _preview(connection: Connection, path: Path, uploader: str, amend_reason: str | None) -> Outcome:
    """One file of a dry run, within the run's transaction."""
    outcome, data = _fingerprinted(path)
    outcome.dry_run = True
    book = None if _recognise(connection, outcome) else _workbook(path, data, outcome)
    if book is not None:
        with suppress(_RollBack), connection.begin_nested():
            _judge(connection, book, outcome, uploader, amend_reason)
    return outcome


def _fingerprinted(path: Path) -> tuple[Outcome, bytes]:
    data = read_bytes(path)
    return Outcome(path.name, fingerprint(data)), data


def _workbook(path: Path, data: bytes, outcome: Outcome) -> Workbook | None:
    """The file as a workbook; None when it is none, with the sentence in the outcome."""
    try:
        return read_workbook(path, data)
    except Refused as refusal:
        outcome.refusal = str(refusal)
        return None


def _judge(connection: Connection, book: Workbook, outcome: Outcome, uploader: str, amend_reason: str | None) -> None:
    """Takes a workbook in, or leaves what has begun with _RollBack when anything is wrong with it."""
    _Import(connection, book, outcome, uploader, amend_reason).run()
    outcome.findings.sort(key=_place)
    if outcome.refused:
        raise _RollBack


def _recognise(connection: Connection, outcome: Outcome) -> bool:
    """Whether a file with the same bytes was taken before; one that was booked as payments holds no facts."""
    known = known_file(connection, outcome.sha256)
    if known is None:
        return False
    if known.paid:
        years = "、".join(map(str, known.years))
        outcome.refusal = f"{outcome.file} 此前已于 {known.when} 作为 {years} 年度的拨付文件记账（内容完全相同），不是报送工作簿，没有导入"
    else:
        outcome.known_since = known.when
    return True


_SHEET_ORDER = {sheet.name: place for place, sheet in enumerate(SHEETS)}


def _place(finding: Finding) -> tuple[int, int, str]:
    """Findings are listed by sheet, row and column."""
    return _SHEET_ORDER.get(finding.sheet, len(SHEETS)), finding.row or 0, finding.letter.rjust(3)


@dataclass(frozen=True)
class _OnFile:
    """The version in force of one key (id None if there is none), and how many versions the key has had."""

    id: int | None
    versions: int
    content: Key


class _Import:
    """The steps of taking one workbook, within one write transaction."""

    def __init__(
        self, connection: Connection, book: Workbook, outcome: Outcome, uploader: str, amend_reason: str | None
    ) -> None:
        self._connection = connection
        self._book = book
        self._outcome = outcome
        self._register = Register(connection)
        self._today = today()
        self._intake_id = db.next_id(connection, _table(models.Intake))
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
            if name.startswith(NOTES_MARK):
                continue
            if name in BY_NAME and name not in grids:
                grids[name] = grid
            else:
                self._report(unknown_sheet(self._book.file_name, grid.name, list(BY_NAME)))
        self._connection.execute(
            insert(models.Intake).values(
                id=self._intake_id,
                file_name=self._book.file_name,
                sha256=self._book.sha256,
                uploader=self._uploader,
                received_at=now(),
                amend_reason=self._amend_reason,
            )
        )
        for sheet in TAKING_ORDER:
            if sheet.name in grids:
                rows = read_rows(self._book.file_name, grids[sheet.name], sheet, self._report)
                if rows is not None:
                    if rows.examples:
                        self._outcome.skipped[sheet.name] = rows.examples
                    self._take_sheet(rows)
        self._check_invariants()
        if not grids and not self._outcome.findings:
            self._outcome.refusal = (
                f"{self._book.file_name}：没有可以导入的工作表；应至少包含以下之一：{'、'.join(BY_NAME)}"
            )

    def _report(self, finding: Finding) -> None:
        self._outcome.findings.append(finding)

    # --- one sheet ------------------------------------------------------------------------------------------------

    def _take_sheet(self, rows: Rows) -> None:
        resolve(rows, self._register)
        for check in checks.ROW_CHECKS.get(rows.sheet.name, ()):
            check(rows, self._today)
        self._refuse_repeated_keys(rows)
        taken = self._outcome.taken.setdefault(rows.sheet.name, Taken())
        model, table = rows.sheet.model, _table(rows.sheet.model)
        content_names = [
            column.name for column in table.c if column.name not in PROVENANCE and column.name not in model.KEY
        ]
        good = list(rows.good())
        key_columns = [rows.values(name) for name in model.KEY]
        content_columns = [rows.values(name) for name in content_names]
        on_file = self._on_file(rows, good, content_names)
        new: list[int] = [] if on_file else good
        written = self._written[rows.sheet.name] = blame.Written(rows, new)
        retired: list[int] = []
        for position in good if on_file else ():
            found = on_file.get(tuple(column[position] for column in key_columns))
            if found is None or found.id is None:
                new.append(position)
                continue
            if rows.sheet.name == "企业" and rows.values("code_check")[position] is None:
                rows.values("code_check")[position] = found.content[-1]  # a code once checked stays checked
            content = tuple(column[position] for column in content_columns)
            if content == found.content:
                taken.same += 1
            elif self._amend_reason is None:
                self._refuse_other_content(rows, position, content_names, found.content, content)
            else:
                taken.amended += 1
                new.append(position)
                written.changed[position] = _differing(content_names, found.content, content)
                retired.append(found.id)
                self._touch(rows.sheet, dict(zip(content_names, found.content, strict=True)))
        taken.new = len(new) - taken.amended
        self._register.store_new()
        self._retire(table, retired)
        self._insert(rows, table, new, on_file, key_columns)

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
        name = next(iter(_differing(names, old, new)))
        rows.find(
            position,
            FIELD_OF_LINK.get(name, name),
            f"与已入库的内容不同（库中为 {self._shown(name, old[names.index(name)]) or '空'}）",
            "应与库中一致；确需更正，请以 --amend 说明原因后重新导入",
        )

    def _shown(self, name: str, value: Any) -> str:
        """A stored value as its sheet would show it."""
        if value is None:
            return ""
        if name.endswith("_fen"):
            return money.wan_words(value)
        if name.endswith("_e4"):
            return money.percent_text(value)
        anchors = {"enterprise_id": self._register.enterprises, "project_id": self._register.projects}
        return str(anchors[name].key_of(value) if name in anchors else value)

    # --- versions -------------------------------------------------------------------------------------------------

    def _on_file(self, rows: Rows, good: list[int], content_names: list[str]) -> dict[Key, _OnFile]:
        """The versions on file of the keys in these rows."""
        model = rows.sheet.model
        table = _table(model)
        query = select(
            table.c.id,
            table.c.retired_by,
            *(table.c[name] for name in model.KEY),
            *(table.c[name] for name in content_names),
        )
        found: dict[Key, _OnFile] = {}
        width = len(model.KEY)
        for row in self._select_near(query, rows, good):
            key, content = tuple(row[2 : 2 + width]), tuple(row[2 + width :])
            known = found.get(key, _OnFile(None, 0, ()))
            if row.retired_by is None:
                known = _OnFile(row.id, known.versions, content)
            found[key] = _OnFile(known.id, known.versions + 1, known.content)
        return found

    def _select_near(self, query: Select[Any], rows: Rows, good: list[int]) -> Iterator[Row[Any]]:
        """The rows of a fact table that can share a key with these: by loan or enterprise, else the (small) table."""
        key = rows.sheet.model.KEY
        link = (
            "loan_id"
            if "loan_id" in key
            else "enterprise_id"
            if "enterprise_id" in key and "bank_id" not in key
            else None
        )
        if link is None:
            yield from self._connection.execute(query)
            return
        anchors = self._register.loans if link == "loan_id" else self._register.enterprises
        identifiers = rows.values(link)
        wanted = {identifiers[position] for position in good} - anchors.brought_in
        column = _table(rows.sheet.model).c[link]
        for chunk in db.in_chunks(sorted(wanted)):
            yield from self._connection.execute(query.where(column.in_(chunk)))

    def _retire(self, table: Table, identifiers: list[int]) -> None:
        if not identifiers:
            return
        if self._change_id is None:
            self._change_id = record_change(
                self._connection, "amend", self._amend_reason or "", self._uploader, self._intake_id
            )
        for chunk in db.in_chunks(identifiers):
            self._connection.execute(update(table).where(table.c.id.in_(chunk)).values(retired_by=self._change_id))

    def _insert(
        self, rows: Rows, table: Table, positions: list[int], on_file: dict[Key, _OnFile], key_columns: list[list[Any]]
    ) -> None:
        if not positions:
            return
        first = db.next_id(self._connection, table)
        everything = len(positions) == len(rows)

        def pick(values: list[Any]) -> list[Any]:
            return values if everything else [values[position] for position in positions]

        versions = [1] * len(positions)
        if on_file:
            for index, position in enumerate(positions):
                known = on_file.get(tuple(column[position] for column in key_columns))
                versions[index] = known.versions + 1 if known else 1
        columns = {
            "id": list(range(first, first + len(positions))),
            "sheet_row": pick(rows.numbers),
            "version": versions,
            "intake_id": [self._intake_id] * len(positions),
        }
        for column in table.c:
            if column.name not in PROVENANCE:
                columns[column.name] = db.plain_values(column, pick(rows.values(column.name)))
        db.insert_columns(self._connection, table, columns)
        for name in ("loan_id", "project_id", "enterprise_id"):
            if name in table.c:
                self._touched.setdefault((rows.sheet.name, name), set()).update(
                    value for value in pick(rows.values(name)) if value is not None
                )

    def _touch(self, sheet: Sheet, content: dict[str, Any]) -> None:
        """Notes identifiers that an amended row spoke of before."""
        for name in ("project_id", "enterprise_id"):
            if content.get(name) is not None:
                self._touched.setdefault((sheet.name, name), set()).add(content[name])

    # --- what must hold between facts -------------------------------------------------------------------------------

    def _check_invariants(self) -> None:
        for name, sheets, check in invariants.CHECKS:
            touched = self._concerned(name, sheets)
            violations = check(self._connection, touched) if touched else []
            blame.report(violations, self._written, self._book.file_name, self._report)

    def _concerned(self, name: str, sheets: frozenset[str]) -> Collection[int]:
        touched = {sheet: self._touched.get((sheet, name), set()) for sheet in sheets}
        if "贷款" in sheets and self._change_id is None:
            touched["贷款"] = set()  # new loans have no history yet but for what other sheets of the file bring
        return set().union(*touched.values())


def record_change(connection: Connection, kind: str, reason: str, made_by: str, intake_id: int | None) -> int:
    """Writes why versions are about to be retired, and gives the record's number."""
    identifier = db.next_id(connection, _table(models.Change))
    connection.execute(
        insert(models.Change).values(
            id=identifier, kind=kind, reason=reason, made_by=made_by, made_at=now(), intake_id=intake_id
        )
    )
    return identifier


def _differing(names: Sequence[str], old: Key, new: Key) -> list[str]:
    """The columns in which two versions differ."""
    return [name for name, before, after in zip(names, old, new, strict=True) if before != after]


def _table(model: Any) -> Table:
    return models.table_of(model)
