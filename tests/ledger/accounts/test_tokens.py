"""S22, S23: tokens end, are kept as hashes, say when they were used, and may be held to addresses."""

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from ledger.accounts import dormancy, managing, tokens
from ledger.accounts.accounts import Account
from ledger.accounts.later import Later
from ledger.database import db
from ledger.errors import Refused

HERE = "10.0.0.1"
At = Callable[[str], None]
Make = Callable[..., Account]


def why(engine: Engine, said: str, address: str = HERE) -> str:
    return tokens.use(engine, said, address).why


def test_a_token_is_shown_once_and_kept_as_a_hash_S22(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    token, said = tokens.add(engine, "wang", "夜间报送")
    assert said.startswith("tx_") and len(said) == 46
    assert token.expires_on.isoformat() == "2026-05-31" and token.used_at is None
    with engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM account_tokens")).all())
    assert said not in kept and hashlib.sha256(said.encode()).hexdigest() in kept
    account = tokens.by_token(engine, said, HERE)
    assert account and account.login == "wang"
    with db.reading(engine) as connection:
        (listed,) = tokens.every(connection, "wang")
    assert listed.as_dict() == {
        "id": 1, "login": "wang", "name": "夜间报送", "addresses": [], "made_at": "2026-03-02T09:00:00",
        "expires_on": "2026-05-31", "state": "active", "last_used_at": "2026-03-02T09:00:00", "last_used_from": HERE,
    }  # fmt: skip


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_lasts_over_366_days_S22(engine: Engine, make: Make, days: int) -> None:
    make("wang")
    with pytest.raises(Refused, match="1 到 366"):
        tokens.add(engine, "wang", "夜间报送", days)
    tokens.add(engine, "wang", "夜间报送", 366)


def test_a_token_stops_S22(engine: Engine, make: Make, at: At) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    one, said = tokens.add(engine, "wang", "甲", 1)
    two, other = tokens.add(engine, "wang", "乙", 30)
    assert why(engine, said) == why(engine, other) == "" and why(engine, "tx_nothing") == "unknown"
    at("2026-03-03T23:59:59")
    assert why(engine, said) == ""
    at("2026-03-04T00:00:00")
    assert why(engine, said) == "expired"
    tokens.revoke(engine, two.id)
    assert why(engine, other) == "revoked"
    with pytest.raises(Refused, match="已经吊销"):
        tokens.revoke(engine, two.id)
    with pytest.raises(Refused, match="没有第 99 号令牌"):
        tokens.revoke(engine, 99)
    _, third = tokens.add(engine, "wang", "丙", 30)
    managing.lock(engine, "wang", "离岗")
    assert why(engine, third) == "state" and tokens.by_token(engine, third, HERE) is None
    managing.unlock(engine, "wang", "回岗")
    assert why(engine, third) == ""


def test_a_token_is_held_to_its_addresses_S23(engine: Engine, make: Make) -> None:
    make("wang")
    _, said = tokens.add(engine, "wang", "甲", addresses=["10.0.0.0/24", "2001:db8::/32"])
    assert (
        why(engine, said, "10.0.0.200")
        == why(engine, said, "2001:db8::1")
        == why(engine, said, "::ffff:10.0.0.7")
        == ""
    )
    assert why(engine, said, "10.0.1.1") == why(engine, said, "nowhere") == "address"
    with pytest.raises(Refused, match="不是网段"):
        tokens.add(engine, "wang", "乙", addresses=["10.0.0.0/99"])


def test_only_an_active_account_has_tokens(engine: Engine, make: Make) -> None:
    make("neu", None)
    with pytest.raises(Refused, match="须以账号办理"):
        tokens.add(engine, "neu", "甲")


def test_a_dormant_account_is_locked_by_its_token_and_use_keeps_it_awake_S22(
    engine: Engine, make: Make, at: At
) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    _, said = tokens.add(engine, "wang", "甲", 366)
    at("2026-05-31T08:59:59")
    later = Later(engine)
    assert tokens.use(engine, said, HERE, later=later).account
    later.flush()
    at("2026-08-29T08:59:58")
    assert why(engine, said) == ""
    at("2026-11-27T09:00:00")
    assert why(engine, said) == "state"
    with db.reading(engine) as connection:
        (token,) = tokens.every(connection)
        assert tokens.accounts.get(connection, token.login).state == "locked"


def test_of_a_token_that_was_used_lately_no_other_use_is_looked_for(
    engine: Engine, make: Make, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-03-02T09:00:00")
    make("wang")
    _, said = tokens.add(engine, "wang", "甲")
    assert why(engine, said) == ""
    monkeypatch.delattr(dormancy, "last_used")
    at("2026-05-31T08:59:59")
    assert why(engine, said) == ""
