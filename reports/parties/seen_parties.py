"""Which enterprises and institutions somebody sees, and what of them: a bank its borrowers by its own loans alone, an insurer
or investor those of its own contracts, a county its enterprises and the banks that lend to them, an office its documents'."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import models
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids, counties, programmes
from ledger.facts.of_lines import with_banks
from ledger.intake.sheets import SHEETS
from ledger.programmes import PROGRAMMES
from ledger.workbooks.sheet import Sheet
from reports.money.party_money import Moved
from reports.runs import seen


def loans(connection: Connection, scope: Scope) -> list[ColumnElement[bool]]:
    """Under which conditions a version of a loan (LoanFact, Loan) is seen: of whose bank, county, product."""
    found: list[ColumnElement[bool]] = []
    banks, places, keys = bank_ids(connection, scope), counties(scope), programmes(scope)
    if banks is not None:
        found.append(models.Loan.bank_id.in_(banks))
    if places is not None:
        company = models.EnterpriseFact
        there = select(company.enterprise_id).where(company.retired_by.is_(None), company.county.in_(places))
        found.append(models.LoanFact.enterprise_id.in_(there))
    if keys is not None:
        found.append(models.LoanFact.product.in_([product for key in keys for product in PROGRAMMES[key].products]))
    return found


def enterprises(connection: Connection, scope: Scope) -> frozenset[str] | None:
    """The codes of the enterprises that are seen; None: all."""
    anchor, company = models.Enterprise, models.EnterpriseFact
    if scope.kind == COUNTY:
        there = select(anchor.uscc).join(company, company.enterprise_id == anchor.id)
        return _found(connection, there.where(company.retired_by.is_(None), company.county == scope.name))
    if scope.kind == BANK:
        return _found(connection, _lent(connection, scope).with_only_columns(anchor.uscc))
    if not scope.kind:
        return None
    found: frozenset[str] = frozenset()
    for sheet in SHEETS:
        columns = models.table_of(sheet.model).c
        if scope.kind in columns and "enterprise_id" in columns:
            own = select(anchor.uscc).join(columns.enterprise_id.table, columns.enterprise_id == anchor.id)
            own = own.where(columns[scope.kind] == scope.name, columns.retired_by.is_(None))
            found |= _found(connection, own)
    return found


def banks(connection: Connection, scope: Scope) -> frozenset[int] | None:
    """The banks that are seen; None: all."""
    if scope.kind == COUNTY:
        return _found(connection, _lent(connection, scope).with_only_columns(models.Loan.bank_id))
    return bank_ids(connection, scope)


def institution(scope: Scope, kind: str, name: str) -> bool:
    """Whether an insurer or investor is seen: its own, and by offices of their documents."""
    return not scope.kind or (scope.kind, scope.name) == (kind, name)


def movements(connection: Connection, scope: Scope) -> Callable[[Moved], bool]:
    """Whether a movement of money is seen. An insurer or investor keeps none."""
    if scope == EVERYTHING:
        return lambda moved: True
    keys, own = programmes(scope), bank_ids(connection, scope)

    def of_scope(moved: Moved) -> bool:
        if keys is not None and moved.run.programme not in keys:
            return False
        if scope.kind == COUNTY:
            return moved.county == scope.name
        return own is None or moved.bank_id in own

    return of_scope


def sheets(scope: Scope) -> tuple[Sheet, ...]:
    """The sheets whose rows are seen at all: not those of documents that are not one's own."""
    others = {sheet.name for key, one in PROGRAMMES.items() if not _has(scope, key) for sheet in one.sheets}
    return tuple(sheet for sheet in SHEETS if sheet.name not in others)


def _has(scope: Scope, key: str) -> bool:
    return scope == EVERYTHING or seen.has_part(scope, key)


def _lent(connection: Connection, scope: Scope) -> Select[Any]:
    """Loans in force that are seen, joined with their enterprise."""
    fact, anchor = models.LoanFact, models.Enterprise
    query = with_banks(select(fact.id)).join_from(fact, anchor, anchor.id == fact.enterprise_id)
    return query.where(fact.retired_by.is_(None), *loans(connection, scope)).distinct()


def _found(connection: Connection, query: Select[Any]) -> frozenset[Any]:
    return frozenset(connection.execute(query).scalars())
