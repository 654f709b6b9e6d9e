"""Withdrawing a row that was entered by mistake: it stays on record and no longer counts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from ledger import models
from ledger.accounts.roles import name_of
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import clock
from ledger.errors import Refused
from ledger.facts.bank_names import anchor_name, bank_names
from ledger.facts.violations import Facts
from ledger.intake import use
from ledger.intake.sending import may_withdraw
from ledger.intake.sheets import LINK_OF_ANCHOR
from ledger.intake.versions import record_change
from ledger.seals import chain
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workbooks.sheet import Sheet


class UnreadableKey(ValueError):
    """The key given on the command line cannot be read; the sentence is Chinese."""


def read_key(sheet: Sheet, texts: Sequence[str]) -> list[Any]:
    """The key columns' values from texts, '' for an empty one; UnreadableKey when they do not fit the sheet."""
    headers = "、".join(column.header for column in sheet.keys)
    if len(texts) != len(sheet.keys):
        raise UnreadableKey(f"「{sheet.name}」的主键有 {len(sheet.keys)} 列：{headers}；给出了 {len(texts)} 个")
    values: list[Any] = []
    for column, text in zip(sheet.keys, texts, strict=True):
        if not text.strip():
            if not column.optional:
                raise UnreadableKey(f"主键列「{column.header}」不能为空")
            values.append(None)
            continue
        try:
            values.append(column.read(text))
        except BadCell as bad:
            raise UnreadableKey(f"主键列「{column.header}」的「{text}」{bad.problem}；{bad.expected}") from bad
    return values


def void(engine: Engine, sheet: Sheet, key: Sequence[Any], reason: str, made_by: str, scope: Scope = EVERYTHING) -> str:
    """Withdraws the row in force with this key and gives its description.

    Refused when there is none, when other rows on file depend on it, when an approved run used it, or where it is not the
    scope's to send, and so not to withdraw.
    """
    described = f"「{sheet.name}」{sheet.describe_key(key)}"
    if not may_withdraw(scope, sheet, key):
        raise Refused(f"{described} 不由{name_of(scope.role)}报送，也不由其撤回")
    with clock.changing(engine) as connection:
        link = chain.Link(connection)
        row = _find(connection, sheet, key)
        if row is None:
            raise Refused(f"{described} 没有在库的行，无可撤回；请核对主键（日期写作 2023-07-03）")
        if (run_id := _paper_that_used(connection, sheet, row)) is not None:
            raise _used(described, run_id)
        whom = use.borrowers(connection, {sheet: [row["id"]]})
        before = use.approved_fingerprints(connection, whom)
        change_id = record_change(connection, "void", reason, made_by, None)
        table: Table = models.table_of(sheet.model)
        link.retire(table, [row["id"]], change_id)
        _refuse_orphans(connection, sheet, row, described)
        refuse_later_changes(connection, sheet, row, described)
        for invariant in sheet.invariants:
            if row.get(invariant.link) is not None:
                for violation in invariant.check(Facts(connection), {row[invariant.link]}):
                    raise Refused(f"{described} 不能撤回：撤回后{violation.problem}；{violation.expected}")
        came_with = _first_intake(connection, sheet, row)
        for run_id, fingerprint in use.approved_fingerprints(connection, whom).items():
            if fingerprint != before[run_id] and came_with <= use.last_intake(connection, run_id):
                raise _used(described, run_id)
        link.seal("void")
    return described


def _used(described: str, run_id: int) -> Refused:
    return Refused(f"{described} 不能撤回：审核通过的第 {run_id} 号运行使用了这一行；如内容有误，请更正", "（--amend）")


def _paper_that_used(connection: Connection, sheet: Sheet, row: dict[str, Any]) -> int | None:
    """The first approved run with a line that rests on this row, in whichever version; None where there is none.

    Asked beside the fingerprints: a row that was amended out of a run's year is still what the run was paid on.
    """
    table: Table = models.table_of(sheet.model)
    versions = select(table.c.id).where(*(table.c[name].is_not_distinct_from(row[name]) for name in sheet.model.KEY))
    return min(use.runs_with_lines_on(connection, table, connection.execute(versions).scalars().all()), default=None)


def _find(connection: Connection, sheet: Sheet, key: Sequence[Any]) -> dict[str, Any] | None:
    """The fact in force with this key, as a mapping of its columns."""
    table: Table = models.table_of(sheet.model)
    query = select(table).where(table.c.retired_by.is_(None))
    given = {column.field: value for column, value in zip(sheet.keys, key, strict=True)}
    if "subject" in given:
        subject = given.pop("subject")
        enterprise = select(models.Enterprise.id).where(models.Enterprise.uscc == cells.half_width(subject).upper())
        bank = _bank(connection, subject)
        query = query.where(table.c.enterprise_id.in_(enterprise) | table.c.bank_id.in_(bank))
    if "uscc" in given:
        found = select(models.Enterprise.id).where(models.Enterprise.uscc == given.pop("uscc"))
        query = query.where(table.c.enterprise_id.in_(found))
    if "project_no" in given:
        found = select(models.Project.id).where(models.Project.project_no == given.pop("project_no"))
        query = query.where(table.c.project_id.in_(found))
    if "product_no" in given:
        product_no = given.pop("product_no")
        found = select(models.InsuranceProduct.id).where(models.InsuranceProduct.product_no == product_no)
        query = query.where(table.c.product_id.is_(None) if product_no is None else table.c.product_id.in_(found))
    if "note_no" in given:
        loan = select(models.Loan.id).where(
            models.Loan.bank_id.in_(_bank(connection, given.pop("bank"))), models.Loan.note_no == given.pop("note_no")
        )
        query = query.where(table.c.loan_id.in_(loan))
    if "bank" in given:
        query = query.where(table.c.bank_id.in_(_bank(connection, given.pop("bank"))))
    if "extent" in given:
        given["extent"] = anchor_name(connection, given["extent"])
    for name, value in given.items():
        query = query.where(table.c[name].is_(None) if value is None else table.c[name] == value)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _bank(connection: Connection, name: str) -> list[int]:
    """The bank that a name means, whichever of its names it is."""
    found = bank_names(connection).id_of(name)
    return [] if found is None else [found]


def refuse_later_changes(connection: Connection, sheet: Sheet, row: dict[str, Any], described: str) -> None:
    """A change of a bank's name on which a later one of its chain rests stays."""
    if sheet.model is not models.BankChangeFact:
        return
    later = [
        one
        for one in bank_names(connection).changes
        if one.old_name == row["new_name"] and one.bank_id == row["bank_id"]
    ]
    if later:
        raise Refused(
            f"{described} 不能撤回：{later[0].changed_on} 的{later[0].kind}（{later[0].old_name} 至 {later[0].new_name}）以它为依据；请先撤回那一行"
        )


def _refuse_orphans(connection: Connection, sheet: Sheet, row: dict[str, Any], described: str) -> None:
    """Rows that speak of an enterprise, bank, loan or project need it on file."""
    if sheet.defines is None:
        return
    counts = use.dependents(connection, sheet, {row[LINK_OF_ANCHOR[sheet.defines]]})
    depending = "、".join(f"「{name}」{count} 行" for name, count in counts.items())
    if depending:
        raise Refused(f"{described} 不能撤回：{depending} 以它为依据；请先撤回这些行")


def _first_intake(connection: Connection, sheet: Sheet, row: dict[str, Any]) -> int:
    """The intake that first brought this key on file, in whichever version."""
    table: Table = models.table_of(sheet.model)
    same_key = [table.c[name].is_not_distinct_from(row[name]) for name in sheet.model.KEY]
    return int(connection.execute(select(func.min(table.c.intake_id)).where(*same_key)).scalar_one())
