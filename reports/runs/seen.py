"""What of a run's lines somebody sees: whose scope is a bank, insurer, investor or county, its own; an office, its programmes.

General: columns called bank, insurer, investor and county mean the same in every document.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, false

from ledger import models
from ledger.accounts import scope as scopes
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.programmes.flow import Place
from reports.runs import run_lines
from reports.runs.run_lines import Lines


def whole_run(scope: Scope, programme: str) -> bool:
    """Whether every line of a programme's runs is seen, with all that is known of a run."""
    known = scopes.programmes(scope)
    return scope == EVERYTHING or (not scope.kind and (known is None or programme in known))


def has_part(scope: Scope, programme: str) -> bool:
    """Whether lines of a programme can be somebody's at all; else its runs are seen by number and state alone."""
    known = scopes.programmes(scope)
    if known is not None and programme not in known:
        return False
    return any(_column(lines, scope) is not None for lines in run_lines.of_programme(programme))


def lines_seen(
    connection: Connection, lines: Lines, programme: str, scope: Scope = EVERYTHING
) -> list[ColumnElement[bool]]:
    """The conditions under which a line of a programme's run is seen; none where all are."""
    if whole_run(scope, programme):
        return []
    known, column = scopes.programmes(scope), _column(lines, scope)
    if column is None or not scope.kind or (known is not None and programme not in known):
        return [false()]
    if scope.kind == BANK:
        return [models.Bank.id.in_(scopes.bank_ids(connection, scope) or ())]
    return [lines.source(scope.kind) == scope.name]


def places_seen(connection: Connection, scope: Scope = EVERYTHING) -> Callable[[Place], bool]:
    """Whether what a posting speaks of is one's own: a county's or a bank's; no money is kept by insurer or investor."""
    if not scope.kind:
        return lambda place: True
    if scope.kind == COUNTY:
        return lambda place: place.county == scope.name
    banks = scopes.bank_ids(connection, scope) or frozenset()
    return lambda place: place.bank_id in banks


def _column(lines: Lines, scope: Scope) -> str | None:
    """The column that says whose a line is, '' where all are seen; None where a line can be nobody's of that kind."""
    if not scope.kind:
        return ""
    return scope.kind if scope.kind in lines.by_name else None
