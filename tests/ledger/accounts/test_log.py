"""S20: the log is only added to, hash-chained, and pruned for age alone, which is on record."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from ledger.accounts import log, managing
from ledger.accounts.accounts import Account
from ledger.audit.audit import audit
from ledger.database import clock, db
from ledger.errors import Refused

At = Callable[[str], None]


def entries(engine: Engine, **equal: str) -> list[dict[str, str]]:
    with db.reading(engine) as connection:
        return log.found(connection, equal=equal)


def test_what_an_entry_holds_S20(engine: Engine, make: Callable[..., Account], at: At) -> None:
    at("2026-03-02T09:00:00")
    account = make("wang")
    log.write(engine, "runs.lines", "/runs/3/lines", log.OK, account, address="10.0.0.1", request="7f3a")
    log.write(engine, "sign-in", result=log.FAILED, login="nobody", address="10.0.0.2")
    first, second = reversed(entries(engine))
    assert first == {
        "time": "2026-03-02T09:00:00", "login": "wang", "role": "auditor", "address": "10.0.0.1",
        "action": "runs.lines", "object": "/runs/3/lines", "result": "ok", "request": "7f3a",
    }  # fmt: skip
    assert (second["login"], second["role"], second["result"]) == ("nobody", "", "failed")
    assert entries(engine, login="nobody") == [second]
    with db.reading(engine) as connection:
        assert log.count(connection, date(2026, 3, 2), date(2026, 3, 2), {"result": "ok"}) == 1
        assert log.count(connection, date(2026, 3, 3)) == 0


def test_it_is_only_added_to_and_an_audit_names_what_changed_S20(engine: Engine, at: At) -> None:
    at("2026-03-02T09:00:00")
    for number in range(3):
        log.write(engine, "x", str(number))
    for statement in ("UPDATE log_entries SET login = 'x'", "DELETE FROM log_entries"):
        with pytest.raises(DatabaseError), engine.begin() as connection:
            connection.execute(text(statement))
    assert not audit(engine).problems
    drop = "DROP TRIGGER tr_log_entries_no_{}" + ("" if engine.dialect.name == "sqlite" else " ON log_entries")
    with engine.begin() as connection:
        connection.execute(text(drop.format("update")))
        connection.execute(text("UPDATE log_entries SET login = 'x' WHERE id = 2"))
    assert any("访问日志第 2 条" in one.text for one in audit(engine).problems)
    with engine.begin() as connection:
        connection.execute(text(drop.format("delete")))
        connection.execute(text("DELETE FROM log_entries WHERE id = 2"))
    assert any("访问日志第 2 条缺失" in one.text for one in audit(engine).problems)


def test_a_day_that_is_over_has_a_row_and_an_end_cut_off_is_seen_S20(engine: Engine, at: At) -> None:
    at("2026-03-02T09:00:00")
    for number in range(3):
        log.write(engine, "x", str(number))
    at("2026-03-03T09:00:00")
    log.write(engine, "x", "3")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT first_id, last_id FROM log_days")).all() == [(1, 3)]
    drop = "DROP TRIGGER tr_log_entries_no_delete" + ("" if engine.dialect.name == "sqlite" else " ON log_entries")
    with engine.begin() as connection:
        connection.execute(text(drop))
        connection.execute(text("DELETE FROM log_entries WHERE id >= 3"))
    assert any("访问日志第 3 条缺失" in one.text for one in audit(engine).problems)


def test_pruning_keeps_180_days_and_leaves_a_record_S20(engine: Engine, at: At) -> None:
    at("2025-12-01T09:00:00")
    for number in range(3):
        log.write(engine, "x", str(number))
    at("2026-03-02T09:00:00")
    log.write(engine, "y")
    at("2026-07-01T09:00:00")
    with pytest.raises(Refused, match="至少保留 180 天"):
        log.prune(engine, 179)
    with log.recorded(engine, log.of_server("log.prune")):
        assert log.prune(engine, 180) == 3
    assert [one["action"] for one in entries(engine)] == ["log.prune", "y"]
    assert log.prune(engine, 180) == 0
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT last_id, rows, kept_days FROM log_prunes")).all()
    assert kept == [(3, 3, 180)]
    assert not audit(engine).problems
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text("DELETE FROM log_entries"))
    log.write(engine, "z")
    assert not audit(engine).problems


def test_a_change_is_logged_in_its_own_transaction_S20(engine: Engine, make: Callable[..., Account]) -> None:
    account = make("wang")
    entry = log.Entry("void.add", account=account)
    with log.recorded(engine, entry), clock.changing(engine) as connection:
        assert log.count(connection) == 0
    assert [one["result"] for one in entries(engine)] == ["ok"]
    with pytest.raises(Refused), log.recorded(engine, entry), clock.changing(engine) as connection:
        raise Refused("不行")
    with pytest.raises(ZeroDivisionError), log.recorded(engine, entry):
        raise ZeroDivisionError
    with log.recorded(engine, log.of_server("users.lock", "wang")):
        managing.lock(engine, "wang", "离岗")
    assert [one["result"] for one in entries(engine)] == ["ok", "error", "refused", "ok"]
    assert entries(engine)[0]["role"] == "server"
