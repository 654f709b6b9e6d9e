"""A portal with an account in every role: one for a module's tests, and one of a test's own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ledger import workdays
from portal import Portal, portal_on


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Shared by a module: tests that only look."""
    with portal_on(tmp_path_factory.mktemp("portal")) as found:
        yield found


@pytest.fixture
def own_portal(tmp_path: Path) -> Iterator[Portal]:
    """One test's own: it may change what it likes."""
    with portal_on(tmp_path) as found:
        yield found


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the city's clock on from now."""

    def move(by: timedelta) -> None:
        at = datetime.now(workdays.CITY_ZONE) + by
        monkeypatch.setattr(workdays, "clock", lambda: at)

    return move
