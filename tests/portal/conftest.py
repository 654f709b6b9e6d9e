"""A portal with an account in every role: one for a module's tests, and one of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
