"""Every command that is not for the server's keeper has a route, and every action of the API a command."""

import click

from ledger.accounts import rights
from reports import programmes
from reports.runs import year_files
from tiexi.manual import pages

# what whoever keeps the server does, and what is of the command line alone
KEEPERS = {
    "init", "serve", "backup", "restore", "config", "demo", "jobs start", "log export", "log prune", "token add",
    "papers verify", "papers tidy", "check", "import", "pay",
}  # fmt: skip
# command: the actions that do the same
TWINS = {
    "template": ["template.show"], "void": ["void.add", "uploads.void"], "settle": ["runs.add"], "review": ["runs.add"],
    "farm": ["runs.add"], "credit": ["runs.add"], "approve": ["runs.approve"], "sign": ["runs.sign"], "return": ["runs.return"],
    "sample": ["runs.sample", "runs.checks"], "check": ["runs.check"], "allot": ["runs.allot"], "close": ["runs.close"],
    "pay": ["years.to-pay"], "reverse": ["entries.reverse"], "status": ["runs.list", "runs.show", "objections.list"], "balance": ["years.balance"],
    "explain": ["runs.explain"], "compare": ["runs.compare"], "simulate": ["simulate.run"], "reconcile": ["reconcile.run"],
    "verify": ["verify.run"], "audit": ["audit.run"], "trace": ["uploads.trace"], "find": ["find.list"],
    "statement": ["statement.show"], "warnings": ["warnings.list"], "jobs list": ["jobs.list"], "jobs run": ["jobs.run"],
    "uploads add": ["uploads.add"], "uploads list": ["uploads.list", "uploads.show", "uploads.findings", "uploads.file", "uploads.marked"],
    "uploads confirm": ["uploads.confirm"], "uploads return": ["uploads.return"], "uploads withdraw": ["uploads.withdraw"],
    "papers add": ["papers.add"], "papers list": ["papers.list", "papers.show", "papers.content", "papers.page"],
    "papers due": ["due.list"], "papers relabel": ["papers.relabel"], "papers withdraw": ["papers.withdraw"],
    "user list": ["users.list"], "user add": ["users.add"], "user grant": ["users.grant"], "user lock": ["users.lock"],
    "user unlock": ["users.unlock"], "user reset": ["users.reset"], "user reset-totp": ["users.reset-totp"],
    "user retire": ["users.retire"], "token list": ["tokens.list"], "token revoke": ["tokens.revoke"], "log list": ["log.list"],
}  # fmt: skip
# exports by name: the action that gives it
EXPORTS = {
    "lines": "runs.lines", "claims": "runs.claims", "new-loans": "runs.new-loans", "premiums": "runs.premiums",
    "annex1": "runs.files", "annex2": "runs.files", "notice": "runs.files", "payments": "runs.files", "register": "runs.files",
    "journal": "years.journal", "returns": "years.returns", "audit-pack": "years.audit-pack", "charts": "years.charts",
    "papers-due": "due.list", "farm": "runs.files", "farm-county": "runs.files", "credit": "runs.files",
    "credit-enterprises": "runs.files", "credit-claims": "runs.files",
}  # fmt: skip
OF_ONESELF = {"me.show", "rights.list"}


def test_each_command_has_its_route() -> None:
    commands = {path.removeprefix("tiexi ") for path, one in pages.walk() if not isinstance(one, click.Group)}
    exports = {name for name in commands if name.startswith("export ")}
    known = {name for name in commands if name not in exports and name not in KEEPERS}
    assert known - set(TWINS) == set()
    assert {action for found in TWINS.values() for action in found} <= set(rights.BY_ACTION)
    assert {f"export {name}" for name in programmes.exports_by_name()} == exports
    served = {*EXPORTS, *year_files.ALL}
    assert {name.removeprefix("export ") for name in exports} - served == set()


def test_each_action_has_its_command() -> None:
    done = (
        {action for found in TWINS.values() for action in found}
        | set(EXPORTS.values())
        | {"years.files", "notices.list"}
    )
    assert set(rights.BY_ACTION) - done - OF_ONESELF == set()
