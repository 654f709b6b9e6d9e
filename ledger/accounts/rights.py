"""Rights: the one table of who may do what, and the one place that asks it.

Pages, routes and commands ask `require` with the same actions. What of a thing is seen is not here but in its scope.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.accounts.accounts import Account
from ledger.accounts.roles import ALL, APPROVERS, BANK, CHECKERS, INSTITUTIONS, RUNNERS, SENDERS, B, name_of
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES


class Forbidden(Refused):
    """The account's role does not have this right."""


@dataclass(frozen=True)
class Part:
    """Which roles may have one of the things that a route gives by name, and for which kinds of institution."""

    roles: tuple[str, ...]
    kinds: tuple[str, ...] = INSTITUTIONS


@dataclass(frozen=True)
class Right:
    """What may be done: the action's name, its route under /api/v1, and which roles may.

    kinds: of institutions' roles, for which kinds of institution. parts: who may have which of the things that the last
    part of the path names, where that is not for all of the roles.
    """

    action: str
    method: str
    path: str
    roles: tuple[str, ...]
    kinds: tuple[str, ...] = INSTITUTIONS
    parts: Mapping[str, Part] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As GET /rights lists it."""
        return {"action": self.action, "method": self.method, "path": self.path, "roles": list(self.roles)}


_FILES = (*B, "industry")
_READ_PAPERS = ("clerk", "reviewer", "county", "city", "approver", "auditor")
_ALL_BUSINESS = ("city", "approver", "finance", "auditor")

# the files of a year: who may have which
YEAR_FILES: Mapping[str, Part] = {
    "problems": Part(B),
    "budget": Part(_ALL_BUSINESS),
    "performance": Part(_ALL_BUSINESS),
    "proposal": Part(_ALL_BUSINESS),
    "distrust": Part(_ALL_BUSINESS),
    "application": Part(("clerk", "reviewer", "city"), (BANK,)),
    "cover": Part(("county", "city")),
    "letter": Part(("city", "approver")),
}

RIGHTS: tuple[Right, ...] = (
    Right("me.show", "GET", "/me", ALL),
    Right("rights.list", "GET", "/rights", ALL),
    Right("template.show", "GET", "/template", _FILES),
    Right("uploads.add", "POST", "/uploads", SENDERS),
    Right("uploads.list", "GET", "/uploads", _FILES),
    Right("uploads.show", "GET", "/uploads/{id}", _FILES),
    Right("uploads.findings", "GET", "/uploads/{id}/findings", _FILES),
    Right("uploads.file", "GET", "/uploads/{id}/file", _FILES),
    Right("uploads.marked", "GET", "/uploads/{id}/marked", _FILES),
    Right("uploads.confirm", "POST", "/uploads/{id}/confirm",
          ("reviewer", "county", "county_finance", "city", "finance", *RUNNERS, "industry")),
    Right("uploads.return", "POST", "/uploads/{id}/return", ("reviewer", "city")),
    Right("uploads.withdraw", "POST", "/uploads/{id}/withdraw", SENDERS),
    Right("uploads.trace", "GET", "/uploads/{id}/trace", B),
    Right("uploads.void", "POST", "/uploads/{id}/void", ("city", *RUNNERS)),
    Right("void.add", "POST", "/void", ("city", *RUNNERS)),
    Right("papers.add", "POST", "/papers", ("clerk",), (BANK,)),
    Right("papers.list", "GET", "/papers", _READ_PAPERS, (BANK,)),
    Right("papers.show", "GET", "/papers/{id}", _READ_PAPERS, (BANK,)),
    Right("papers.content", "GET", "/papers/{id}/content", _READ_PAPERS, (BANK,)),
    Right("papers.page", "GET", "/papers/{id}/pages/{n}", _READ_PAPERS, (BANK,)),
    Right("papers.withdraw", "POST", "/papers/{id}/withdraw", ("clerk",), (BANK,)),
    Right("papers.relabel", "POST", "/papers/{id}/relabel", ("clerk",), (BANK,)),
    Right("due.list", "GET", "/due", _READ_PAPERS, (BANK,)),
    Right("runs.add", "POST", "/runs", ("city", *RUNNERS)),
    Right("runs.list", "GET", "/runs", B),
    Right("runs.show", "GET", "/runs/{run}", B),
    Right("runs.lines", "GET", "/runs/{run}/lines", B),
    Right("runs.claims", "GET", "/runs/{run}/claims", B),
    Right("runs.new-loans", "GET", "/runs/{run}/new-loans", B),
    Right("runs.premiums", "GET", "/runs/{run}/premiums", B),
    Right("runs.explain", "GET", "/runs/{run}/explain", B),
    Right("runs.compare", "GET", "/runs/{a}/compare/{b}", B),
    Right("runs.sign", "POST", "/runs/{run}/sign", ("county",)),
    Right("runs.return", "POST", "/runs/{run}/return", ("county",)),
    Right("runs.sample", "POST", "/runs/{run}/sample", ("city",)),
    Right("runs.checks", "GET", "/runs/{run}/checks", ("city", "approver", "auditor", "county")),
    Right("runs.check", "POST", "/runs/{run}/checks", ("city",)),
    Right("runs.approve", "POST", "/runs/{run}/approve", ("approver", *APPROVERS)),
    Right("runs.allot", "POST", "/runs/{run}/allot", ("finance", "tech")),
    Right("runs.close", "POST", "/runs/{run}/close", ("approver", *APPROVERS)),
    Right("runs.files", "GET", "/runs/{run}/files/{what}", B),
    Right("years.balance", "GET", "/years/{year}/balance", B),
    Right("years.to-pay", "GET", "/years/{year}/to-pay",
          ("city", "finance", "county", "county_finance", *RUNNERS, "approver", "auditor")),
    Right("years.journal", "GET", "/years/{year}/journal", ("finance", "approver", "auditor")),
    Right("years.returns", "GET", "/years/{year}/returns", B),
    Right("years.files", "GET", "/years/{year}/files/{what}", B, parts=YEAR_FILES),
    Right("find.list", "GET", "/find", B),
    Right("statement.show", "GET", "/statement", B),
    Right("objections.list", "GET", "/objections", ("county", *_ALL_BUSINESS)),
    Right("notices.list", "GET", "/notices", ("city", "approver")),
    Right("warnings.list", "GET", "/warnings", B),
    Right("years.audit-pack", "GET", "/years/{year}/audit-pack", ("auditor", "approver")),
    Right("years.charts", "GET", "/years/{year}/charts/{name}.svg", _ALL_BUSINESS),
    Right("entries.reverse", "POST", "/entries/{entry}/reverse", ("finance", "tech_approver")),
    Right("simulate.run", "POST", "/simulate", _ALL_BUSINESS),
    Right("reconcile.run", "POST", "/reconcile", CHECKERS),
    Right("verify.run", "POST", "/verify", CHECKERS),
    Right("audit.run", "POST", "/audit", ("auditor", "approver")),
    Right("jobs.list", "GET", "/jobs", ("city",)),
    Right("jobs.run", "POST", "/jobs/{name}/run", ("city",)),
    Right("users.list", "GET", "/users", ("admin", "security", "logs")),
    Right("users.add", "POST", "/users", ("admin",)),
    Right("users.grant", "POST", "/users/{login}/grant", ("security",)),
    Right("users.lock", "POST", "/users/{login}/lock", ("admin",)),
    Right("users.unlock", "POST", "/users/{login}/unlock", ("admin",)),
    Right("users.reset", "POST", "/users/{login}/reset", ("admin",)),
    Right("users.reset-totp", "POST", "/users/{login}/reset-totp", ("admin",)),
    Right("users.retire", "POST", "/users/{login}/retire", ("admin",)),
    Right("tokens.list", "GET", "/tokens", ALL),
    Right("tokens.revoke", "DELETE", "/tokens/{id}", ALL),
    Right("log.list", "GET", "/log", ("logs",)),
)  # fmt: skip
BY_ACTION: Mapping[str, Right] = {right.action: right for right in RIGHTS}

# steps that a document gives to its own offices: of the roles of the right, those that its programme names
_OF_PROGRAMME: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "runs.add": lambda programme: programme.run_by,
    "runs.sample": lambda programme: programme.run_by,
    "runs.check": lambda programme: programme.run_by,
    "runs.approve": lambda programme: programme.approved_by,
    "runs.close": lambda programme: programme.approved_by,
    "runs.allot": lambda programme: programme.allotted_by,
    "entries.reverse": lambda programme: programme.reversed_by,
}


def is_of_programme(action: str) -> bool:
    """Whether an action is a step that each document gives to its own offices."""
    return action in _OF_PROGRAMME


def roles(action: str, programme: str | None = None) -> tuple[str, ...]:
    """The roles that may do an action; of a step of a run, those that its programme gives it to."""
    found = BY_ACTION[action].roles
    if programme is None or action not in _OF_PROGRAMME:
        return found
    own = _OF_PROGRAMME[action](PROGRAMMES[programme])
    return tuple(role for role in found if role in own)


def allowed(account: Account, action: str, programme: str | None = None, part: str = "") -> bool:
    """Whether an account may do an action, as far as its role goes; part: the one of its things that is asked for."""
    own = _part(action, part)
    if account.state != "active" or account.role not in roles(action, programme) or account.role not in own.roles:
        return False
    return not account.scope.of_institution or account.scope.kind in own.kinds


def _part(action: str, part: str) -> Part | Right:
    """Who may have one of the things of an action; what there is not is nobody's, which is for its function to say."""
    right = BY_ACTION[action]
    return right.parts.get(part, right)


def require(account: Account, action: str, programme: str | None = None, part: str = "") -> None:
    """Forbidden where the account's role does not have the right; programme: of the run that it is about, once known; part:
    the one of its things that is asked for."""
    if not allowed(account, action, programme, part):
        own = _part(action, part).roles
        may = "、".join(name_of(role) for role in roles(action, programme) if role in own)
        raise Forbidden(
            f"账号 {account.login}（{name_of(account.role)}）无权办理这一步" + (f"；可由{may}办理" if may else "")
        )
