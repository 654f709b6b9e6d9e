"""Accounts in one line."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine

from ledger import workdays
from ledger.accounts import managing
from ledger.accounts.accounts import Account

PASSWORD = "Hai-Tian.2047"


@pytest.fixture
def make(engine: Engine) -> Callable[..., Account]:
    """Makes an account with a password (PASSWORD unless said otherwise) and a role."""
    count = 0

    def made(login: str, role: str | None = "auditor", scope: str | None = None, name: str = "") -> Account:
        nonlocal count
        count += 1
        return managing.add(
            engine, login, name or f"样例{'甲乙丙丁戊己庚辛壬癸'[count]}", "样例单位", role=role, scope=scope, password=PASSWORD
        ).account  # fmt: skip

    return made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the city's clock."""

    def set_clock(text: str) -> None:
        moment = datetime.fromisoformat(text).replace(tzinfo=workdays.CITY_ZONE)
        monkeypatch.setattr(workdays, "clock", lambda: moment)

    return set_clock
