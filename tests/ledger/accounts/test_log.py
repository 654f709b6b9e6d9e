"""S20: the log is only added to, hash-chained, and pruned for age alone, which is on record."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from databases import unguard
from ledger.accounts import log, managing
from ledger.accounts.accounts import Account
from ledger.audit.audit import audit
from ledger.database import clock, db
from ledger.errors import EnvironmentFailed, Refused

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


def test_what_is_written_late_is_of_an_earlier_day_and_ends_it_again_S20(engine: Engine) -> None:
    for days in (
        (2,),
        (3, 3),
        (4, 2, 5),
        (5, 3),
        (4, 6, 6),
    ):  # together each time: what was only looked at is written later
        log.add(engine, *(log.Entry("x", made_at=datetime(2026, 3, day, 9)) for day in days))
    ends = "SELECT last_id, day FROM log_days ORDER BY id"
    with engine.begin() as connection:
        assert [row[0] for row in connection.execute(text(ends))] == [1, 3, 5, 8, 9]
        unguard(connection, "log_days")
        connection.execute(
            text("UPDATE log_days SET day = '2026-03-04' WHERE last_id = 5")
        )  # as earlier versions had it
    with db.reading(engine) as connection:
        assert list(log.problems(connection)) == []
    with engine.begin() as connection:
        connection.execute(text("UPDATE log_days SET day = '2026-03-05' WHERE last_id = 5"))
    with db.reading(engine) as connection:
        assert list(log.problems(connection)) == ["日志日结第 3 号与访问日志不符，被改动或不是由本程序记入"]


_DAY = "day = '2026-03-01'"
# by hand, with no guard standing: what, and what an audit says of it
BY_HAND = {
    "the last entry of an open day taken out": ("DELETE FROM log_entries WHERE id = 5", "访问日志第 5 条缺失"),
    "one put in after it": (
        "INSERT INTO log_entries SELECT 6, made_at, login, role, address, action, object, result, request, hash FROM log_entries WHERE id = 5",
        "访问日志第 6 条",
    ),
    "where the log ends": ("UPDATE log_heads SET last_id = 6", "访问日志第 6 条缺失：日志末尾登记到第 6 条"),
    "its hash": (f"UPDATE log_heads SET hash = '{'a' * 64}'", "日志末尾所记的摘要与访问日志第 5 条不符"),
    "its row taken out": ("DELETE FROM log_heads", "日志末尾的登记缺失"),
    "a day's row taken out": ("DELETE FROM log_days", "日志日结缺少 2026-03-02 的一行（止于访问日志第 3 条）"),
    "a day's row changed": (f"UPDATE log_days SET {_DAY}", "日志日结第 1 号与访问日志不符"),
    "a day's row put in": (
        "INSERT INTO log_days (id, day, first_id, last_id, hash) SELECT 2, '2026-03-03', 4, 5, hash FROM log_entries WHERE id = 5",
        "日志日结第 2 号与访问日志不符",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_an_audit_names_what_was_done_to_the_end_of_an_open_day_S20(engine: Engine, at: At, name: str) -> None:
    for day, number in (("02", 3), ("03", 2)):
        at(f"2026-03-{day}T09:00:00")
        for _ in range(number):
            log.write(engine, "x")
    assert not audit(engine).problems
    statement, expected = BY_HAND[name]
    with engine.begin() as connection:
        for table in ("log_entries", "log_days"):
            unguard(connection, table)
        assert connection.execute(text(statement)).rowcount
    assert any(expected in one.text for one in audit(engine).problems)
    log.write(engine, "y")  # what follows hides nothing
    assert any("日志" in one.text for one in audit(engine).problems if one.kind == "log")


@pytest.mark.sqlite_only
def test_a_link_holds_where_the_log_ended_S20(engine: Engine, make: Callable[..., Account]) -> None:
    log.write(engine, "x")
    make("wang")
    with engine.begin() as connection:
        unguard(connection, "log_entries")
        connection.execute(text("DELETE FROM log_entries"))
        connection.execute(text(f"UPDATE log_heads SET last_id = 0, hash = '{'0' * 64}'"))
    assert any(one.text == "访问日志第 1 条缺失：封存中有，日志中没有" for one in audit(engine).problems)


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


def test_who_waited_for_the_database_does_not_wait_for_the_log_too(engine: Engine) -> None:
    kept: list[log.Entry] = []
    with pytest.raises(EnvironmentFailed), log.recorded(engine, log.Entry("void.add"), later=kept.append):
        raise EnvironmentFailed("数据库正被占用")
    assert [(one.action, one.result) for one in kept] == [("void.add", "error")] and entries(engine) == []
    with pytest.raises(EnvironmentFailed), log.recorded(engine, log.Entry("void.add")):
        raise EnvironmentFailed("数据库正被占用")
    assert [one["result"] for one in entries(engine)] == ["error"]


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
