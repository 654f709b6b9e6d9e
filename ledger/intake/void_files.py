"""Withdrawing all that one file brought: whole or not at all. The same bytes are then taken anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import clock
from ledger.errors import Refused
from ledger.facts.violations import Facts
from ledger.intake import sending, use
from ledger.intake.sheets import LINK_OF_ANCHOR, SHEETS
from ledger.intake.versions import record_change
from ledger.intake.void import refuse_later_changes
from ledger.seals import chain
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import fingerprint, read_bytes

_SHOWN = 10  # rows named in a sentence
_SHORTEST_HASH = 8


@dataclass(frozen=True)
class Withdrawn:
    """A file whose rows were withdrawn: its number and name, and how many rows of each sheet."""

    intake_id: int
    file: str
    rows: Mapping[str, int]

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {"intake": self.intake_id, "file": self.file, "rows": dict(self.rows)}


def void_file(engine: Engine, file: str | int, reason: str, made_by: str, scope: Scope = EVERYTHING) -> Withdrawn:
    """Withdraws every row in force that a file brought. file: its number, or as text its path, number, name or the start of
    its SHA-256.
    scope: whoever withdraws it, who has to be one to send all of it.

    Refused when an approved run used any of it, when it amended rows or its own were amended since, and when rows that
    others brought depend on it.
    """
    with clock.changing(engine) as connection:
        link = chain.Link(connection)
        intake = _find(connection, file)
        name = f"第 {intake.id} 号文件 {intake.file_name}"
        _refuse_amended(connection, intake.id, name)
        rows = {sheet: found for sheet in SHEETS if (found := _in_force(connection, sheet, intake.id))}
        if not rows:
            raise Refused(f"{name} 没有在库的行，无可撤回")
        for sheet, found in rows.items():
            sending.require_own(scope, sheet, found)
            table = models.table_of(sheet.model)
            for run_id in sorted(use.runs_with_lines_on(connection, table, [row["id"] for row in found])):
                raise _used(connection, name, run_id)
        whom = use.borrowers(connection, {sheet: [row["id"] for row in found] for sheet, found in rows.items()})
        before = use.approved_fingerprints(connection, whom)
        change_id = record_change(connection, "void", reason, made_by, None, withdrawn_intake_id=intake.id)
        for sheet, found in rows.items():
            link.retire(models.table_of(sheet.model), [row["id"] for row in found], change_id)
        _refuse_broken(connection, rows, name)
        for run_id, now in use.approved_fingerprints(connection, whom).items():
            if now != before[run_id] and intake.id <= use.last_intake(connection, run_id):
                raise _used(connection, name, run_id)
        link.seal("void")
    return Withdrawn(intake.id, intake.file_name, {sheet.name: len(found) for sheet, found in rows.items()})


def _find(connection: Connection, file: str | int) -> Any:
    """The intake that is meant, the last that was not withdrawn; Refused when there is none, or several of one name."""
    intake, change, entry = models.Intake, models.Change, models.JournalEntry
    withdrawn = select(change.withdrawn_intake_id).where(change.withdrawn_intake_id.is_not(None))
    query = select(intake.id, intake.file_name, intake.received_at).where(intake.id.not_in(withdrawn))
    path = Path(str(file))
    if isinstance(file, int):
        rows = connection.execute(query.where(intake.id == file)).all()
        file = f"第 {file} 号"
    elif path.is_file():
        rows = connection.execute(query.where(intake.sha256 == fingerprint(read_bytes(path)))).all()
    else:
        rows = connection.execute(query.where(intake.file_name == path.name).order_by(intake.id)).all()
        if not rows and file.isascii() and file.isdigit() and len(file) < _SHORTEST_HASH:
            rows = connection.execute(query.where(intake.id == int(file))).all()
        if not rows and len(file) >= _SHORTEST_HASH:
            rows = connection.execute(query.where(intake.sha256.startswith(file.lower(), autoescape=True))).all()
    if not rows:
        raise Refused(f"没有导入过文件 {file}，或已经撤回；请给出文件、导入时的文件名、文件号或 SHA-256 的开头")
    if len(rows) > 1:
        listed = "；".join(f"第 {row.id} 号，{row.received_at:%Y-%m-%d %H:%M} 导入" for row in rows)
        raise Refused(f"名为 {path.name} 的文件导入过 {len(rows)} 个，请给出文件本身或文件号：{listed}")
    if connection.execute(select(entry.id).where(entry.intake_id == rows[0].id).limit(1)).first() is not None:
        raise Refused(f"{file} 是拨付文件，已记账", "；误记的分录请用 tiexi reverse 冲销")
    return rows[0]


def _in_force(connection: Connection, sheet: Sheet, intake_id: int) -> list[dict[str, Any]]:
    table = models.table_of(sheet.model)
    query = select(table).where(table.c.intake_id == intake_id, table.c.retired_by.is_(None))
    return [dict(row) for row in connection.execute(query.order_by(table.c.sheet_row)).mappings()]


def _refuse_amended(connection: Connection, intake_id: int, name: str) -> None:
    """A file that amended rows, or whose rows were amended since, cannot go: it is not only its own that would."""
    change = models.Change
    amended: list[str] = []
    since: list[str] = []
    for sheet in SHEETS:
        table = models.table_of(sheet.model)
        earlier = table.alias()
        same = [table.c[key].is_not_distinct_from(earlier.c[key]) for key in sheet.model.KEY]
        query = (
            select(table.c.sheet_row)
            .join(earlier, and_(earlier.c.version == table.c.version - 1, *same))
            .join(change, change.id == earlier.c.retired_by)
            .where(table.c.intake_id == intake_id, change.intake_id == intake_id, change.kind == "amend")
        )
        amended += [f"「{sheet.name}」第 {number} 行" for number in sorted(connection.execute(query).scalars())]
        query = select(table.c.sheet_row).join(change, change.id == table.c.retired_by)
        query = query.where(table.c.intake_id == intake_id, change.kind == "amend")
        since += [f"「{sheet.name}」第 {number} 行" for number in sorted(connection.execute(query).scalars())]
    if amended:
        raise Refused(f"{name} 更正过已入库的行，不能整个撤回：{_listed(amended)}", "；更正过的行请再以 --amend 改回")
    if since:
        raise Refused(f"{name} 的行后来又被更正，不能整个撤回：{_listed(since)}；请先撤回更正它们的文件，或逐行处理")


def _listed(words: Sequence[str]) -> str:
    more = f" 等 {len(words)} 行" if len(words) > _SHOWN else ""
    return "、".join(words[:_SHOWN]) + more


def _used(connection: Connection, name: str, run_id: int) -> Refused:
    what = f"{name} 不能撤回：{use.described(connection, run_id)}使用了其中的行；如内容有误，请更正"
    return Refused(what, "（--amend）")


def _refuse_broken(connection: Connection, rows: Mapping[Sheet, Sequence[Mapping[str, Any]]], name: str) -> None:
    """What others brought must still hold without the file's rows."""
    counts: dict[str, int] = {}
    for sheet, found in rows.items():
        if sheet.defines is not None:
            ids = {row[LINK_OF_ANCHOR[sheet.defines]] for row in found}
            for other, count in use.dependents(connection, sheet, ids).items():
                counts[other] = max(counts.get(other, 0), count)
    if counts:
        depending = "、".join(f"「{other}」{count} 行" for other, count in counts.items())
        raise Refused(f"{name} 不能撤回：其他文件的{depending}以它为依据；请先撤回这些行或文件")
    for sheet, found in rows.items():
        for row in found:
            refuse_later_changes(connection, sheet, dict(row), name)
        for invariant in sheet.invariants:
            ids = {row[invariant.link] for row in found if row.get(invariant.link) is not None}
            for violation in invariant.check(Facts(connection), ids):
                problem = f"撤回后{violation.subject}不成立：{violation.problem}"
                raise Refused(f"{name} 不能撤回：{problem}；{violation.expected}")
