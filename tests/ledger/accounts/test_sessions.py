"""S3, S4, S5: signing in, what bars it, and what ends a session."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from ledger.accounts import managing, sessions, signing_in
from ledger.accounts.accounts import Account
from ledger.accounts.later import Later
from ledger.accounts.limits import Limits
from ledger.database import db

PASSWORD = "Hai-Tian.2047"
HERE, THERE = "10.0.0.1", "10.0.0.2"
At = Callable[[str], None]
Make = Callable[..., Account]


def signed_in(engine: Engine, login: str = "wang", address: str = HERE, password: str = PASSWORD) -> sessions.SignedIn:
    found = signing_in.sign_in(engine, login, password, address)
    assert found is not None
    return found


def fails(engine: Engine, login: str = "wang", address: str = HERE, password: str = "wrong") -> bool:
    return signing_in.sign_in(engine, login, password, address) is None


@pytest.mark.sqlite_only
def test_one_argon2id_is_computed_whatever_fails_S4(
    engine: Engine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import argon2

    make("wang")
    make("locked")
    managing.lock(engine, "locked", "离岗")
    make("neu", None)
    for login in ("wang", "nobody", "Not A Login", "locked", "neu"):  # the one for nobody is kept from here on
        assert fails(engine, login, "10.9.9.9")
    count = 0
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, *given: str) -> bool:
        nonlocal count
        count += 1
        return bool(verify(self, *given))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    monkeypatch.setattr(argon2.PasswordHasher, "hash", lambda *_: pytest.fail("nothing is hashed"))
    for login, password in (
        ("wang", "wrong"), ("nobody", "wrong"), ("Not A Login", "wrong"), ("locked", PASSWORD), ("neu", PASSWORD)
    ):  # fmt: skip
        before = count
        assert fails(engine, login, HERE, password)
        assert count == before + 1


def test_five_failures_bar_the_pair_for_fifteen_minutes_S4(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    for _ in range(4):
        assert fails(engine)
    signed_in(engine)  # clears the count
    for _ in range(5):
        assert fails(engine)
    assert fails(engine, password=PASSWORD)  # barred, and one failure more
    signed_in(engine, address=THERE)
    at("2026-03-02T09:14:59")
    assert fails(engine, password=PASSWORD)
    at("2026-03-02T09:29:59")
    signed_in(engine)


def test_twenty_failures_from_anywhere_bar_the_login_S4(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    for number in range(19):
        assert fails(engine, address=f"10.1.0.{number}")
    signed_in(engine)
    assert fails(engine, address="10.1.1.1")
    assert fails(engine, password=PASSWORD)
    at("2026-03-02T09:16:00")
    signed_in(engine)


def test_an_unlocking_clears_the_failures_S4(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    for _ in range(5):
        assert fails(engine)
    at("2026-03-02T09:00:05")
    managing.unlock(engine, "wang", "本人申请")
    at("2026-03-02T09:00:06")
    signed_in(engine)


def test_the_owner_is_told_of_the_failures_S4(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    assert signed_in(engine).last_at is None
    at("2026-03-02T10:00:00")
    fails(engine, address=THERE)
    found = signed_in(engine)
    assert found.last_at and found.last_at.hour == 9
    assert [(one.hour, address) for one, address in found.failures] == [(10, THERE)]
    assert signed_in(engine).failures == []


def test_a_session_is_kept_as_a_hash_and_a_second_ends_the_first_S5(engine: Engine, make: Make) -> None:
    make("wang")
    first = signed_in(engine)
    assert len(first.cookie) >= 43
    with engine.connect() as connection:
        assert first.cookie not in str(connection.execute(text("SELECT * FROM sessions")).all())
    assert sessions.of(engine, first.cookie)
    second = signed_in(engine, address=THERE)
    assert sessions.of(engine, first.cookie) is None
    assert sessions.owner(engine, first.cookie) == "wang"
    assert sessions.of(engine, second.cookie)
    sessions.end(engine, second.cookie)
    assert sessions.of(engine, second.cookie) is None
    assert sessions.of(engine, "x") is None and sessions.owner(engine, "x") is None


def test_a_session_ends_idle_and_after_hours_S5(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    cookie = signed_in(engine).cookie
    at("2026-03-02T09:19:59")
    assert sessions.of(engine, cookie)
    at("2026-03-02T09:39:58")
    assert sessions.of(engine, cookie)
    at("2026-03-02T09:59:58")
    assert sessions.of(engine, cookie) is None
    cookie = signed_in(engine).cookie
    limits = Limits(idle_minutes=600)
    at("2026-03-02T17:59:57")
    assert sessions.of(engine, cookie, limits=limits)
    at("2026-03-02T17:59:58")
    assert sessions.of(engine, cookie, limits=limits) is None


@pytest.mark.parametrize(
    "act",
    [
        lambda engine: managing.lock(engine, "wang", "离岗"),
        lambda engine: managing.reset(engine, "wang", "忘记口令"),
        lambda engine: managing.retire(engine, "wang", "调离"),
        lambda engine: managing.grant(engine, "wang", "city"),
    ],
)
def test_lock_reset_and_change_of_role_end_sessions_S5(
    engine: Engine, make: Make, act: Callable[[Engine], None]
) -> None:
    make("wang")
    cookie = signed_in(engine).cookie
    act(engine)
    assert sessions.of(engine, cookie) is None


def test_initial_reset_and_overaged_passwords_only_open_their_change_S3(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    found = signed_in(engine)
    assert found.session.must_change
    after = sessions.change_password(engine, found.session, PASSWORD, "Other-Word.2047", frozenset())
    assert sessions.of(engine, found.cookie) is None and not after.session.must_change
    given = managing.reset(engine, "wang", "忘记口令").initial_password or ""
    assert fails(engine, password="Other-Word.2047")
    again = signed_in(engine, password=given)
    assert again.session.must_change
    sessions.change_password(engine, again.session, given, "Third-Word.2047", frozenset())
    at("2026-05-30T09:00:00")
    assert not signed_in(engine, password="Third-Word.2047").session.must_change
    at("2026-06-01T09:00:00")
    aged = signed_in(engine, password="Third-Word.2047")
    assert aged.session.must_change
    found_so = sessions.of(engine, aged.cookie, limits=Limits(password_days=0))
    assert found_so and not found_so.must_change


def test_a_dormant_account_is_locked_when_next_asked_for_S22(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    signed_in(engine)
    at("2026-05-31T08:00:00")
    signed_in(engine)
    at("2026-08-29T08:00:00")
    assert fails(engine, password=PASSWORD)
    with db.reading(engine) as connection:
        found = sessions.accounts.get(connection, "wang")
    assert found.state == "locked"
    managing.unlock(engine, "wang", "本人申请")
    signed_in(engine)


def test_last_use_is_written_by_the_one_writer(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    cookie = signed_in(engine).cookie
    later = Later(engine)
    at("2026-03-02T09:15:00")
    assert sessions.of(engine, cookie, later=later)
    at("2026-03-02T09:30:00")
    assert sessions.of(engine, cookie) is None  # nothing is written yet
    assert sessions.of(engine, cookie, later=later)
    later.flush()
    at("2026-03-02T09:45:00")
    found = sessions.of(engine, cookie)
    assert found and found.used_at.minute == 30


def test_no_default_account_or_password_S8(engine: Engine) -> None:
    with engine.connect() as connection:
        for table in ("accounts", "account_passwords", "account_tokens"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
