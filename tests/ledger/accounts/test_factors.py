"""S6: the second factor: codes by RFC 6238, each once, the secret under SM4-GCM with the key file."""

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Engine, text

from ledger import workdays
from ledger.accounts import factors, managing, sessions, signing_in
from ledger.accounts.accounts import Account
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from tiexi.portal import keys

KEY = bytes(range(32))
PASSWORD = "Hai-Tian.2047"
HERE = "10.0.0.1"
At = Callable[[str], None]
Make = Callable[..., Account]


def code(secret: str, steps: int = 0) -> str:
    """What an app shows now, or some steps later."""
    moment = workdays.clock() + timedelta(seconds=30 * steps)
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(moment.timestamp())).decode()


def made(engine: Engine, login: str = "wang", role: str = "approver") -> str:
    """An account with a second factor; its secret."""
    found = managing.add(engine, login, f"样例{login}", "样例局", role=role, password=PASSWORD, key=KEY)
    assert found.totp_secret is not None
    return found.totp_secret


def enter(engine: Engine, typed: str = "", login: str = "wang") -> sessions.SignedIn | signing_in.CodeDue | None:
    return signing_in.sign_in(engine, login, PASSWORD, HERE, code=typed, key=KEY)


# RFC 6238, appendix B: time, last six of the eight digits
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_s6_codes_are_those_of_rfc_6238(monkeypatch: pytest.MonkeyPatch, seconds: int, expected: str) -> None:
    secret = b"12345678901234567890"
    monkeypatch.setattr(workdays, "clock", lambda: datetime.fromtimestamp(seconds, workdays.CITY_ZONE))
    assert factors.step_of(secret, expected) == seconds // 30
    assert factors.step_of(secret, f"{expected[:3]} {expected[3:]}") == seconds // 30
    for wrong in ("", "12345", "1234567", "abcdef", "１２３４５６", str(int(expected) ^ 1).zfill(6)):
        assert factors.step_of(secret, wrong) is None


@pytest.mark.sqlite_only
def test_s6_a_code_is_good_one_step_before_and_after_its_own(engine: Engine, at: At) -> None:
    secret = made(engine)
    raw = base64.b32decode(secret)
    at("2026-03-02T10:00:10")
    shown = {steps: code(secret, steps) for steps in range(-2, 3)}
    assert [factors.step_of(raw, one) is not None for one in shown.values()] == [False, True, True, True, False]


def test_s6_each_code_once_and_none_older_than_the_last(engine: Engine, at: At) -> None:
    at("2026-03-02T10:00:10")
    secret = made(engine)
    now, before = code(secret), code(secret, -1)
    assert isinstance(enter(engine, now), sessions.SignedIn)
    assert enter(engine, now) is None
    assert enter(engine, before) is None
    at("2026-03-02T10:00:40")
    assert enter(engine, now) is None
    assert isinstance(enter(engine, code(secret)), sessions.SignedIn)


def test_s6_of_two_who_show_one_code_at_once_one_is_let_in(engine: Engine) -> None:
    shown, found = code(made(engine)), []
    other = db.open_engine(engine.url.render_as_string(hide_password=False))  # as another process has it
    ready = threading.Barrier(2)

    def show(on: Engine) -> None:
        ready.wait()
        found.append(enter(on, shown) is not None)

    threads = [threading.Thread(target=show, args=(one,)) for one in (engine, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    other.dispose()
    assert sorted(found) == [False, True]


@pytest.mark.sqlite_only
def test_s6_the_secret_is_kept_encrypted_and_bound_to_its_account(engine: Engine) -> None:
    secret = made(engine)
    made(engine, "zhang")
    with db.writing(engine) as connection:
        kept = connection.execute(text("SELECT secret FROM account_factors ORDER BY id")).scalars().all()
        raw = base64.b32decode(secret)
        assert all(raw not in one and secret.encode() not in one for one in kept)
        assert len(kept[0]) == 12 + 20 + 16
        with pytest.raises(EnvironmentFailed, match="密钥文件"):
            factors._decrypted(kept[0], 2, KEY)
        assert factors._decrypted(kept[0], 1, KEY) == raw


@pytest.mark.sqlite_only
def test_s6_a_wrong_code_is_a_failed_sign_in(engine: Engine, at: At) -> None:
    at("2026-03-02T10:00:10")
    secret = made(engine)
    for _ in range(5):
        assert isinstance(enter(engine), signing_in.CodeDue)  # the password alone clears nothing
        assert enter(engine, "000000") is None
    assert enter(engine, code(secret)) is None
    with db.reading(engine) as connection:
        tries = connection.execute(text("SELECT good FROM sign_in_tries")).scalars().all()
        logged = connection.execute(text("SELECT action, result FROM log_entries WHERE action LIKE 'sign-in%'")).all()
    assert [bool(one) for one in tries] == [False] * 6
    assert {tuple(one) for one in logged} == {("sign-in.password", "ok"), ("sign-in", "failed")}
    at("2026-03-02T10:15:10")
    found = enter(engine, code(secret))
    assert isinstance(found, sessions.SignedIn) and len(found.failures) == 6
    with db.reading(engine) as connection:
        account = found.session.account
    for _ in range(5):
        assert not factors.verify_code(engine, account, "111111", HERE, KEY)
    at("2026-03-02T10:16:10")
    assert not factors.verify_code(engine, account, code(secret), HERE, KEY)
    assert factors.verify_code(engine, account, code(secret), "10.0.0.9", KEY)


@pytest.mark.sqlite_only
def test_s6_a_sign_in_goes_on_with_the_code_for_five_minutes_only(engine: Engine, at: At) -> None:
    at("2026-03-02T10:00:10")
    secret = made(engine)
    due = enter(engine)
    assert isinstance(due, signing_in.CodeDue)

    def go_on(proof: str) -> object:
        return signing_in.with_code(engine, proof, code(secret), HERE, key=KEY)

    for forged in ("", "x", due.proof.replace("wang", "zhan"), due.proof[:-1], f"1{due.proof}", "a.b.c.d"):
        assert go_on(forged) is None
    at("2026-03-02T10:05:11")
    assert go_on(due.proof) is None
    due = enter(engine)
    assert isinstance(due, signing_in.CodeDue)
    managing.reset(engine, "wang", "样例")
    assert go_on(due.proof) is None, "the password is another by now"


@pytest.mark.sqlite_only
def test_s6_reset_totp_ends_sessions_and_the_next_factor_is_another(engine: Engine, make: Make) -> None:
    secret = made(engine)
    found = enter(engine, code(secret))
    assert isinstance(found, sessions.SignedIn) and found.session.has_factor and not found.session.code_due
    managing.reset_totp(engine, "wang", "手机遗失")
    assert sessions.of(engine, found.cookie) is None
    with pytest.raises(Refused, match="没有第二因素"):
        managing.reset_totp(engine, "wang", "手机遗失")
    again = enter(engine)
    assert isinstance(again, sessions.SignedIn) and again.session.must_set_up
    with pytest.raises(Refused, match="动态口令不正确"):
        managing.set_factor(engine, again.session.account, b"y" * 20, "000000", KEY)
    new = factors.secret_text(b"y" * 20)
    managing.set_factor(engine, again.session.account, b"y" * 20, code(new), KEY)
    assert isinstance(enter(engine), signing_in.CodeDue)
    assert enter(engine, code(new)) is None, "the code that set it up was used"
    assert enter(engine, code(secret)) is None
    assert isinstance(enter(engine, code(new, 1)), sessions.SignedIn)
    with pytest.raises(Refused, match="已经设置"):
        managing.set_factor(engine, again.session.account, b"z" * 20, "000000", KEY)
    with db.reading(engine) as connection:
        acts = connection.execute(text("SELECT kind FROM account_acts ORDER BY id")).scalars().all()
        assert acts == ["grant", "totp", "reset_totp", "totp"]
    assert not audit(engine).problems


@pytest.mark.sqlite_only
def test_s6_whom_the_setting_names(engine: Engine, make: Make) -> None:
    named = {"approver", "tech_approver", "finance", "admin", "security", "logs"}
    for role in ("approver", "tech_approver", "finance", "admin", "security", "logs", "city", "tech", "auditor"):
        account = make(role, role)
        assert factors.must_have(account, "approvers") == (role in named), role
        assert factors.must_have(account, "all") and not factors.must_have(account, "off")


@pytest.mark.sqlite_only
def test_s6_a_key_file_that_is_lost_or_another_is_said_clearly(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "portal.key"
    key = keys.of_portal(engine, path)
    assert len(key) == 32 and path.stat().st_mode & 0o777 == 0o600
    managing.add(engine, "wang", "样例甲", "样例局", role="approver", key=key)
    assert keys.of_portal(engine, path) == key
    path.unlink()
    with pytest.raises(EnvironmentFailed, match=r"密钥文件 .*portal.key 不存在：1 个账号（wang）.*备份.*reset-totp"):
        keys.of_portal(engine, path)
    assert not path.exists(), "none is made in its place"
    path.write_bytes(b"x" * 32)
    path.chmod(0o600)
    with pytest.raises(EnvironmentFailed, match="不是加密这些第二因素时的那一个"):
        keys.of_portal(engine, path)
    managing.reset_totp(engine, "wang", "密钥遗失")
    assert keys.of_portal(engine, path) == b"x" * 32
