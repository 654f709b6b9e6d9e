"""A portal that runs as a process of its own, with the year of the invented city done; shared by all that ask it."""

from collections.abc import Iterator

import pytest

import portal_year
from portal import address_of
from portal_client import Checks
from portal_server import Server, command
from portal_year import Story


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The year, done once; what was wrong on the way stands in its checks."""
    folder = tmp_path_factory.mktemp("portal")
    database = address_of(folder)
    command(database, "init")
    server = Server(database, folder).start()
    yield portal_year.live(Story(server, Checks(), folder))
    server.stop()


@pytest.fixture(autouse=True)
def _every_answer_is_looked_at(story: Story) -> Iterator[None]:
    """What must hold of any answer holds of those that the test got."""
    before = len(story.server.watch.faults)
    yield
    assert list(dict.fromkeys(story.server.watch.faults[before:])) == []
