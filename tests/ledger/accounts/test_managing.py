"""What is done to accounts: who may do it, what is refused, and that it lies under the chain."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from ledger.accounts import accounts, managing
from ledger.accounts.accounts import Account
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.people import acting_as


def make(engine: Engine, login: str, name: str, role: str | None = None, scope: str | None = None) -> Account:
    return managing.add(engine, login, name, "样例单位", role=role, scope=scope).account


def found(engine: Engine, login: str) -> Account:
    with db.reading(engine) as connection:
        return accounts.get(connection, login)


def test_an_account_is_pending_until_it_has_a_role(engine: Engine) -> None:
    with db.reading(engine) as connection:
        assert not accounts.any_account(connection)
    made = managing.add(engine, "wang", "王五", "样例区金融局")
    assert made.account.state == "pending" and made.account.role is None and len(made.initial_password or "") == 16
    managing.grant(engine, "wang", "county", "county:环翠区")
    account = found(engine, "wang")
    assert (account.state, account.role, account.scope.text) == ("active", "county", "county:环翠区")
    with db.reading(engine) as connection:
        assert accounts.any_account(connection)


def test_locked_unlocked_retired(engine: Engine) -> None:
    make(engine, "city1", "赵六", "city")
    assert managing.lock(engine, "city1", "离岗").state == "locked"
    with pytest.raises(Refused, match="已经锁定"):
        managing.lock(engine, "city1", "离岗")
    assert managing.unlock(engine, "city1", "回岗").state == "active"
    with pytest.raises(Refused, match="没有锁定"):
        managing.unlock(engine, "city1", "回岗")
    assert managing.retire(engine, "city1", "调离").state == "retired"
    for act in (managing.lock, managing.unlock, managing.reset, managing.retire):
        with pytest.raises(Refused, match="已停用"):
            act(engine, "city1", "再来")
    with pytest.raises(Refused, match="已停用"):
        managing.grant(engine, "city1", "auditor")


@pytest.mark.parametrize(
    ("login", "name", "why"),
    [("Wang", "甲", "登录名"), ("ab", "甲", "登录名"), ("wang", "甲", "已用过"), ("neu", "王 五", "已有姓名"), ("neu", " ", "姓名不能为空")],
)  # fmt: skip
def test_logins_and_names_are_given_once(engine: Engine, login: str, name: str, why: str) -> None:
    make(engine, "wang", "王五")
    managing.retire(engine, "wang", "调离")
    with pytest.raises(Refused, match=why):
        make(engine, login, name)


@pytest.mark.parametrize(
    ("role", "scope", "why"),
    [
        ("boss", None, "没有角色"), ("county", None, "须写明范围"), ("city", "county:环翠区", "没有范围"),
        ("county", "county:某处", "没有区市"), ("clerk", "bank:无此银行", "不在「合作银行」表中"),
        ("clerk", "county:环翠区", "写法有误"), ("clerk", "bank:", "写法有误"), ("county", "county:市外", "没有区市"),
    ],
)  # fmt: skip
def test_a_scope_must_fit_its_role(engine: Engine, role: str, scope: str | None, why: str) -> None:
    make(engine, "wang", "王五")
    with pytest.raises(Refused, match=why):
        managing.grant(engine, "wang", role, scope)
    assert found(engine, "wang").state == "pending"


def test_nobody_changes_himself_and_who_made_does_not_grant(engine: Engine) -> None:
    admin = make(engine, "admin1", "甲一", "admin")
    security = make(engine, "sec1", "乙二", "security")
    with acting_as("admin1"):
        managing.add(engine, "neu", "丙三", "样例单位", by=admin)
        with pytest.raises(Refused, match="甲一 建立了账号 neu（丙三），不能再由 甲一 授权"):
            managing.grant(engine, "neu", "auditor", by=admin)
        with pytest.raises(Refused, match="不能变更自己"):
            managing.lock(engine, "admin1", "试试", by=admin)
    with acting_as("sec1"):
        managing.grant(engine, "neu", "auditor", by=security)
        with pytest.raises(Refused, match="未作改动"):
            managing.grant(engine, "neu", "auditor", by=security)
    assert found(engine, "neu").role == "auditor"


def test_what_was_done_to_accounts_is_never_changed_and_audit_names_what_is_S19(engine: Engine) -> None:
    make(engine, "wang", "王五", "county", "county:环翠区")
    for statement in (
        "UPDATE account_acts SET role = 'approver'", "DELETE FROM account_acts", "UPDATE accounts SET name = 'x'",
        "UPDATE account_passwords SET hash = 'x'", "DELETE FROM accounts",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), engine.begin() as connection:
            connection.execute(text(statement))
    assert not list(audit(engine).problems)
    drop = "DROP TRIGGER tr_account_acts_no_update" + ("" if engine.dialect.name == "sqlite" else " ON account_acts")
    with engine.begin() as connection:
        connection.execute(text(drop))
        connection.execute(text("UPDATE account_acts SET role = 'approver'"))
    assert any("账号变更第 1 号" in problem.text for problem in audit(engine).problems)


def test_a_role_slipped_in_by_hand_is_no_ones_S19(engine: Engine) -> None:
    make(engine, "wang", "王五", "county", "county:环翠区")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO account_acts (id, account_id, kind, role, made_by, account, made_at) "
                "VALUES (2, 1, 'grant', 'approver', '王五', '@wang', '2026-01-01 10:00:00')"
            )
        )
    assert any("账号变更第 2 号没有封存" in problem.text for problem in audit(engine).problems)
    with pytest.raises(Refused, match="账号变更第 2 号没有封存"):
        managing.lock(engine, "wang", "离岗")
