"""Fixtures of the clock."""

from collections.abc import Callable
from datetime import datetime

import pytest

from ledger import workdays


@pytest.fixture
def set_now(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the city's clock to a minute."""

    def set_clock(*parts: int) -> None:
        moment = datetime(*parts, tzinfo=workdays.CITY_ZONE)  # type: ignore[arg-type]
        monkeypatch.setattr(workdays, "clock", lambda: moment)

    return set_clock
