"""Who may report which payments: the legs of a role, in its county or of its bank, and the findings for the rest."""

from dataclasses import replace

from sqlalchemy import Connection

from ledger.accounts.roles import BANK, SCOPE_NAMES, name_of
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids, counties
from ledger.books.payment_sheets import PAYMENTS, RECEIPTS, payments
from ledger.programmes import chart
from ledger.programmes.flow import Leg, Place
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import Sheet


def legs_of(scope: Scope) -> tuple[str, ...]:
    """What people call the legs that a scope may report."""
    return tuple(dict.fromkeys(way.leg.name for way in chart.ways() if may_report(scope, way.leg)))


def may_report(scope: Scope, leg: Leg) -> bool:
    """Whether a scope may report a leg at all."""
    by = scope.kind if scope.of_institution else scope.role
    return scope == EVERYTHING or by in leg.reported_by


def sheets_of(scope: Scope) -> tuple[Sheet, ...]:
    """The sheets of payments that a scope fills in, their drop-downs cut to what is its own; none where it reports no leg."""
    if scope == EVERYTHING:
        return payments(), RECEIPTS
    if not legs_of(scope):
        return ()
    return (RECEIPTS,) if scope.kind == BANK else (_cut(payments(), scope),)


def _cut(sheet: Sheet, scope: Scope) -> Sheet:
    own = {"leg": legs_of(scope), "county": tuple(counties(scope) or ())}
    return replace(
        sheet,
        columns=tuple(
            replace(column, choices=choices, example=choices[0]) if (choices := own.get(column.field)) else column
            for column in sheet.columns
        ),
    )


class Reporting:
    """What one file's sender may report."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._scope = scope
        self._banks, self._counties = bank_ids(connection, scope), counties(scope)

    def outside(self, file: str, sheet: Sheet) -> Finding | None:
        """The finding for a sheet that is not the sender's: banks send their receipts, offices the sheet of payments."""
        own = RECEIPTS.name if self._scope.kind == BANK else PAYMENTS
        if self._scope == EVERYTHING or (legs_of(self._scope) and sheet.name == own):
            return None
        who = SCOPE_NAMES.get(self._scope.kind, "") if self._scope.of_institution else name_of(self._scope.role)
        right = f"可以报送：「{own}」" if legs_of(self._scope) else "没有可以报送的工作表"
        return Finding(file, sheet.name, None, "", "", "", f"{who}不报送这张表", f"{right}；请删去这张表")

    def refuse_row(self, rows: Rows, position: int, leg: Leg) -> bool:
        """Reports a row that is not the sender's to send, and says whether it is; nothing further is asked of that."""
        if not may_report(self._scope, leg):
            own = "、".join(legs_of(self._scope))
            rows.find(position, "leg", f"本行只能报送环节{own}", f"应为{own}；其余由其所属单位报送")
            return True
        if self._counties is not None and rows.values("county")[position] not in self._counties:
            rows.find(position, "county", f"本行只能报送「{self._scope.name}」的拨付", f"应为「{self._scope.name}」")
            return True
        return False

    def refuse_receipt(self, rows: Rows, position: int, bank_id: int | None) -> bool:
        """Likewise for a row of a bank's receipts."""
        if self._banks is None or bank_id in self._banks:
            return False
        rows.find(position, "bank", f"本行只能报送「{self._scope.name}」的回单", f"应为「{self._scope.name}」")
        return True

    def sees(self, place: Place) -> bool:
        """Whether the sender may be told of a payment to a place."""
        if self._counties is not None:
            return place.county in self._counties
        return self._banks is None or place.bank_id in self._banks
