"""Who may send which sheets and rows: what a role and its scope leave open, and the findings for whatever lies outside."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, true

from ledger import models
from ledger.accounts import accounts
from ledger.accounts.roles import BANK, SCOPE_NAMES, name_of
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids, own_banks
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names
from ledger.intake.anchors import Register
from ledger.intake.sheets import FIELD_OF_LINK, LINK_OF_ANCHOR, SHEETS
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import Sender, Sheet


def sender_of(scope: Scope, sheet: Sheet) -> Sender | None:
    """How a scope may send a sheet; None where it may not. Whoever keeps the server may send all."""
    if scope == EVERYTHING:
        return Sender("")
    by = scope.kind if scope.of_institution else scope.role
    return next((sender for sender in sheet.senders if sender.by == by), None)


def sheets_of(scope: Scope) -> tuple[Sheet, ...]:
    """The sheets that a scope may send, in the order of all."""
    return tuple(sheet for sheet in SHEETS if sender_of(scope, sheet) is not None)


def may_withdraw(scope: Scope, sheet: Sheet, key: Sequence[Any]) -> bool:
    """Whether a row of this key is a scope's to send, and so to withdraw; offices without a county or institution only."""
    return _is_own(scope, sheet, {column.field: value for column, value in zip(sheet.keys, key, strict=True)})


def _is_own(scope: Scope, sheet: Sheet, row: Mapping[str, Any]) -> bool:
    sender = sender_of(scope, sheet)
    if sender is None or not sender.column:
        return sender is not None
    return row.get(sender.column) in sender.among


def own_words(scope: Scope, sender: Sender) -> str:
    """Which rows a sender may send, in words; '' where all."""
    return "、".join(sender.among) or (f"「{scope.name}」" if sender.column else "")


class Sending:
    """What one file's sender may send."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection, self._scope = connection, scope
        self._banks = bank_ids(connection, scope) if scope.kind == BANK else None

    @property
    def sees_others(self) -> bool:
        """Whether findings may quote rows that others sent: an institution sees its own only."""
        return not self._scope.of_institution

    def outside(self, file: str, sheet: Sheet) -> Finding | None:
        """The finding for a sheet that is not the sender's to send."""
        if sender_of(self._scope, sheet) is not None:
            return None
        who = SCOPE_NAMES.get(self._scope.kind, "") if self._scope.of_institution else name_of(self._scope.role)
        own = "、".join(f"「{one.name}」" for one in sheets_of(self._scope))
        expected = f"可以报送：{own}" if own else "没有可以报送的工作表"
        return Finding(file, sheet.name, None, "", "", "", f"{who}不报送这张表", f"{expected}；请删去这张表")

    def refuse_rows(self, rows: Rows, register: Register) -> None:
        """A finding for each row that is not the sender's to send. Nothing further is asked of it: what is on file of
        others shall not be told by what is found of it."""
        sender = sender_of(self._scope, rows.sheet)
        if sender is None or not sender.column:
            return
        own = self._own(sender, register)
        seen = {value: own(value) for value in set(rows.values(sender.column)) - {None}}
        words = own_words(self._scope, sender)
        for position, value in enumerate(rows.values(sender.column)):
            if value is None or seen[value]:
                continue
            rows.find(position, sender.column, f"本行只能报送{words}的数据", f"应为{words}；其余由其所属单位报送")
            for column in rows.sheet.columns:
                rows.values(column.field)[position] = None
                rows.bad_cells.add((position, column.field))

    def _own(self, sender: Sender, register: Register) -> Callable[[Any], bool]:
        """Whether a value of the sender's column is his to say."""
        if sender.among:
            return sender.among.__contains__
        if sender.anchor is not None:
            others = self._of_other_counties(sender.anchor)
            return lambda number: number not in others  # what nobody knows is for other checks
        if self._banks is not None:
            banks = self._banks
            return lambda name: register.bank(name) in banks
        own = cells.read_name(self._scope.name)
        return lambda name: name == own

    def _of_other_counties(self, anchor: str) -> frozenset[str]:
        """The numbers of the anchors on file that are another county's."""
        sheet = next(sheet for sheet in SHEETS if sheet.defines == anchor)
        fact = models.table_of(sheet.model)
        link = fact.c[LINK_OF_ANCHOR[anchor]]
        (key,) = link.foreign_keys
        number = key.column.table.c[FIELD_OF_LINK[link.name]]
        query = select(number).join(fact, link == key.column).where(fact.c.retired_by.is_(None))
        return frozenset(self._connection.execute(query.where(fact.c.county != self._scope.name)).scalars())


def require_own(scope: Scope, sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refused where some rows on file are not a scope's to send, and so not to withdraw."""
    if not all(_is_own(scope, sheet, row) for row in rows):
        raise Refused(f"「{sheet.name}」表中有不由{name_of(scope.role)}报送的行，不能由其整个撤回")


def of_unit(connection: Connection, scope: Scope) -> Callable[[Scope], bool]:
    """Of a sender, whether he is of the unit of a scope: the same institution (a bank also what it has taken over), the same
    office. What that takes is read once, however many are asked about."""
    if scope == EVERYTHING:
        return lambda sender: True
    if not scope.of_institution:
        return lambda sender: (scope.role, scope.name) == (sender.role, sender.name)
    if scope.kind != BANK:
        return lambda sender: (scope.kind, scope.name) == (sender.kind, sender.name)
    own = _own_names(connection, scope)
    return lambda sender: sender.kind == BANK and sender.name in own


def sent_by_unit(connection: Connection, scope: Scope) -> ColumnElement[bool]:
    """The same as the condition on an upload."""
    upload = models.Upload
    if scope == EVERYTHING:
        return true()
    if not scope.of_institution:
        return and_(upload.role == scope.role, upload.scope_name.is_not_distinct_from(scope.name or None))
    names = _own_names(connection, scope) if scope.kind == BANK else (scope.name,)
    return and_(upload.scope_kind == scope.kind, upload.scope_name.in_(names))


def _own_names(connection: Connection, scope: Scope) -> frozenset[str]:
    """Every name that a bank has had, or that one which it has taken over has had."""
    names = bank_names(connection)
    own = own_banks(connection, scope, names)
    return frozenset(name for name, number in names.ids().items() if number in own)


def of_own_unit(connection: Connection, scope: Scope) -> Callable[[int, str | None], bool] | None:
    """Of a file on record, by its number and the account that brought it, whether it is of a scope's own unit; None where
    the scope may know of all."""
    if scope == EVERYTHING:
        return None
    upload, step, of_it = models.Upload, models.UploadStep, of_unit(connection, scope)

    def own(intake_id: int, account: str | None) -> bool:
        query = select(upload.role, upload.scope_kind, upload.scope_name).join(step, step.upload_id == upload.id)
        sent = connection.execute(query.where(step.intake_id == intake_id, step.state == "taken").limit(1)).first()
        if sent is not None:  # as it was then: people change their places
            return of_it(Scope(sent.role, sent.scope_kind or "", sent.scope_name or ""))
        brought = accounts.find(connection, account[1:]) if account and account.startswith("@") else None
        return brought is not None and of_it(brought.scope)

    return own
