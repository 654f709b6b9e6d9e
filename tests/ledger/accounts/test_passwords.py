"""S2: which passwords are good enough, and how they are kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from ledger.accounts import managing, passwords, sessions, signing_in
from ledger.accounts.accounts import Account
from ledger.errors import Refused

PASSWORD = "Hai-Tian.2047"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab1-efghi", "10 到 128"), ("Ab1-" + "x" * 125, "10 到 128"), ("abcdefgh1234", "至少三类"),
        ("ABCDEFGHabcd", "至少三类"), ("Zhang.san-2047", "登录名"), ("张大三Aa-12345678", "姓名"),
        ("样例银行Aa-12345678", "单位"), ("Welcome2047!", "常见"), ("Abc\t12345-xyz", "控制字符"),
    ],
)  # fmt: skip
def test_what_is_not_good_enough_S2(password: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refusal:
        passwords.require_good(password, "zhang.san", "张大三", "样例银行", frozenset({"welcome2047!"}))
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "password", ["Ab1-efghij", "Ab1-" + "x" * 124, "海天一色Aa1xyz", "correct horse Battery 1", PASSWORD]
)
def test_what_is_good_enough_S2(password: str) -> None:
    passwords.require_good(password, "zhang.san", "张三", "甲行", frozenset({"welcome2047!"}))


@pytest.mark.usefixtures("real_passwords")
def test_kept_as_argon2id_of_19_mib_and_2_passes_S2() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, PASSWORD) and not passwords.matches(kept, PASSWORD + "x")


def test_none_of_the_last_five_S2(engine: Engine, make: Callable[..., Account]) -> None:
    make("wang")
    found = signing_in.sign_in(engine, "wang", PASSWORD, "10.0.0.1")
    assert found
    old = PASSWORD
    for number in range(1, 6):
        with pytest.raises(Refused, match="最近 5 个"):
            sessions.change_password(engine, found.session, old, PASSWORD, frozenset())
        new = f"{PASSWORD}-{number}"
        found = sessions.change_password(engine, found.session, old, new, frozenset())
        old = new
    sessions.change_password(engine, found.session, old, PASSWORD, frozenset())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM account_passwords")).scalar() == 7


def test_the_old_password_is_asked_for(engine: Engine, make: Callable[..., Account]) -> None:
    make("wang")
    found = signing_in.sign_in(engine, "wang", PASSWORD, "10.0.0.1")
    assert found
    with pytest.raises(Refused, match="原口令"):
        sessions.change_password(engine, found.session, "wrong", "Other-Word.2047", frozenset())


def test_a_first_password_made_up_is_good_enough() -> None:
    made = {passwords.made_up() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        passwords.require_good(one, "zhang.san", "张三", "样例银行", frozenset())


def test_a_first_password_given_must_be_good(engine: Engine) -> None:
    with pytest.raises(Refused, match="常见"):
        managing.add(engine, "neu", "丙三", "样例单位", password="Welcome2047!", common=frozenset({"welcome2047!"}))
