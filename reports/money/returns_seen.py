"""The quarterly return of an institution for whoever may see it, or the city's total."""

from pathlib import Path

from sqlalchemy import Connection

from ledger.accounts import scope as scopes
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import NotFound
from ledger.facts.bank_names import bank_names
from ledger.lazy import load
from reports.programmes import REPORTS
from reports.runs import seen


def write(
    connection: Connection, year: int, quarter: int, folder: Path, institution: str = "", scope: Scope = EVERYTHING
) -> Path:
    """Writes the return of a quarter into a folder: the scope's own, else that of the institution named, else the city's total.

    Refused for a quarter that has none; NotFound where the institution has nothing to report or is another's.
    """
    of = [(key, one) for key, contents in REPORTS.items() for one in contents.exports if one.name == "returns"]
    seen_of = [(key, one) for key, one in of if seen.has_part(scope, key)]
    if not seen_of or scope.kind == COUNTY:
        raise NotFound("没有季报")
    found: Path | None = load(REPORTS[seen_of[0][0]].return_named)(
        connection, year, quarter, folder, _names(connection, institution, scope), scope.kind
    )
    if found is None:
        raise NotFound("没有这家机构的季报")
    return found


def _names(connection: Connection, institution: str, scope: Scope) -> list[str]:
    """What the institution may be called; nothing for the city's total."""
    names = bank_names(connection)
    if not scope.kind:
        bank_id = names.id_of(institution)
        return [institution, *([names.in_force(bank_id)] if bank_id is not None else [])] if institution else []
    own = [scope.name]
    if scope.kind == BANK:
        banks = scopes.bank_ids(connection, scope) or frozenset()
        itself = names.id_of(scope.name)
        own = [names.in_force(bank_id) for bank_id in sorted(banks, key=lambda one: one != itself)]
    if institution:
        asked = names.id_of(institution)
        own = [name for name in own if name == institution or (asked is not None and names.in_force(asked) == name)]
        if not own:
            raise NotFound("没有这家机构的季报")
    return own
