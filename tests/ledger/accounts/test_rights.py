"""S7, S8: one table decides; no role has rights of another kind; a step is its programme's own offices'."""

from datetime import datetime

import pytest

from ledger.accounts import rights
from ledger.accounts.accounts import Account
from ledger.accounts.rights import RIGHTS, Forbidden
from ledger.accounts.roles import MANAGERS, ROLES, B
from ledger.accounts.scope import Scope
from ledger.programmes import PROGRAMMES


def account(role: str | None, kind: str = "", state: str = "active") -> Account:
    scope = Scope(role or "", kind, "样例" if kind else "", "wang", "样例单位")
    return Account(1, "wang", "王五", "样例单位", role, scope, state, datetime(2026, 1, 1), "root")


def test_actions_and_routes_are_named_once_S7() -> None:
    assert (
        len({right.action for right in RIGHTS}) == len(RIGHTS) == len({(right.method, right.path) for right in RIGHTS})
    )
    assert {role for right in RIGHTS for role in right.roles} <= set(ROLES)


def test_managers_have_no_business_and_business_no_management_S8() -> None:
    own = {"me.show", "rights.list", "tokens.list", "tokens.revoke"}
    for right in RIGHTS:
        if right.action in own:
            continue
        managing = right.action.partition(".")[0] in ("users", "log")
        assert set(right.roles) <= set(MANAGERS) if managing else not set(right.roles) & set(MANAGERS)
    assert rights.roles("users.grant") == ("security",) and rights.roles("users.add") == ("admin",)
    assert [right.action for right in RIGHTS if "logs" in right.roles and right.method != "GET"] == ["tokens.revoke"]


def test_the_auditor_changes_nothing() -> None:
    may = {right.action for right in RIGHTS if "auditor" in right.roles and right.method != "GET"}
    assert may == {"simulate.run", "reconcile.run", "verify.run", "audit.run", "tokens.revoke"}
    assert "auditor" in B


@pytest.mark.parametrize("state", ["pending", "locked", "retired"])
def test_only_an_active_account_may(state: str) -> None:
    with pytest.raises(Forbidden):
        rights.require(account("city", state=state), "runs.add")
    rights.require(account("city"), "runs.add")
    with pytest.raises(Forbidden, match="可由市金融监管经办、市科技局经办、市财政局农险经办、市商务局经办办理"):
        rights.require(account(None), "runs.add")


def test_the_kind_of_institution_is_part_of_the_role() -> None:
    rights.require(account("clerk", "bank"), "due.list")
    with pytest.raises(Forbidden):
        rights.require(account("clerk", "insurer"), "due.list")
    rights.require(account("clerk", "insurer"), "uploads.add")


def test_a_step_is_its_programmes_own_offices() -> None:
    for key, programme in PROGRAMMES.items():
        assert set(rights.roles("runs.approve", key)) <= set(programme.approved_by)
        assert set(rights.roles("runs.add", key)) <= set(programme.run_by)
    usual = PROGRAMMES.usual.key
    assert rights.roles("runs.approve", usual) == ("approver",)
    assert rights.roles("runs.allot", usual) == rights.roles("entries.reverse", usual) == ("finance",)
    by_tech = [key for key, one in PROGRAMMES.items() if "tech" in one.run_by]
    assert by_tech
    for key in by_tech:
        assert rights.roles("runs.add", key) == rights.roles("runs.allot", key) == ("tech",)
        assert rights.roles("entries.reverse", key) == rights.roles("runs.close", key) == ("tech_approver",)


def test_every_programme_is_run_approved_allotted_and_closed_by_somebody() -> None:
    """No document's year ends for want of an office, and no two of these are one role."""
    for key, programme in PROGRAMMES.items():
        for action in ("runs.add", "runs.approve", "runs.allot", "runs.close", "entries.reverse"):
            assert rights.roles(action, key), (key, action)
        assert not set(programme.run_by) & set(programme.approved_by), key
        for role in (*programme.run_by, *programme.approved_by):
            assert role in B and ROLES[role].scopes == ()
