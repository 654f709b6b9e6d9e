"""Scope: what an account sees. A role without limits sees all; an institution its own, a county its own."""

from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.accounts.roles import BANK, COUNTY, INSTITUTIONS, INSURER, INVESTOR, ROLES
from ledger.facts.bank_names import BankNames, bank_names
from ledger.programmes import PROGRAMMES
from ledger.workdays import today


@dataclass(frozen=True)
class Scope:
    """Whose eyes something is shown to: role, kind and name of what is its own, the account and its unit.

    kind: bank, insurer, investor or county, '' where the role has no limit of that sort.
    """

    role: str = ""
    kind: str = ""
    name: str = ""
    login: str = ""
    unit: str = ""

    @property
    def text(self) -> str | None:
        """As it is written: `bank:蓝鲸银行`; None where there is none."""
        return f"{self.kind}:{self.name}" if self.kind else None

    @property
    def of_institution(self) -> bool:
        """Whether a bank, insurer or investor looks."""
        return self.kind in INSTITUTIONS


EVERYTHING = Scope()  # whoever keeps the server


def bank_ids(connection: Connection, scope: Scope) -> frozenset[int] | None:
    """The banks that are seen; None: all.

    A bank sees itself, whatever it was called, and from the day of a takeover on what it has taken over. An insurer or
    investor sees no bank.
    """
    if not scope.of_institution:
        return None
    if scope.kind != BANK:
        return frozenset()
    return own_banks(connection, scope, bank_names(connection))


def own_banks(connection: Connection, scope: Scope, names: BankNames) -> frozenset[int]:
    """The same of a bank, by what banks are called."""
    own = names.id_of(scope.name)
    if own is None:
        return frozenset()
    by_today = names if names.unchanged else bank_names(connection, today())
    return frozenset((own, *by_today.predecessors(own)))


def counties(scope: Scope) -> frozenset[str] | None:
    """The counties that are seen; None: all."""
    return frozenset((scope.name,)) if scope.kind == COUNTY else None


def insurer(scope: Scope) -> str | None:
    """The one insurer that is seen, None where the scope is no insurer's."""
    return scope.name if scope.kind == INSURER else None


def investor(scope: Scope) -> str | None:
    """The one investor that is seen, None where the scope is no investor's."""
    return scope.name if scope.kind == INVESTOR else None


def programmes(scope: Scope) -> frozenset[str] | None:
    """The keys of the programmes whose figures are seen at all; None: all, as far as something of one's own is in them.

    An office of some documents sees those that it runs or approves; a county those that it reviews first or that concern
    it otherwise.
    """
    if scope.kind == COUNTY:
        return frozenset(key for key, one in PROGRAMMES.items() if one.signed_by or one.concerns_counties)
    if scope.role in ROLES and ROLES[scope.role].of_documents:
        return frozenset(key for key, one in PROGRAMMES.items() if scope.role in (*one.run_by, *one.approved_by))
    return None
