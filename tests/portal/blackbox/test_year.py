"""The year over HTTP: what a bank, a county, the city, its approver and finance send and get."""

from pathlib import Path

import pytest

import portal_year
import postgresql_server
from portal_client import Checks
from portal_server import Server, command
from portal_year import Story

pytestmark = pytest.mark.sqlite_only


def test_the_year_goes_as_described(story: Story) -> None:
    story.checks.none_left()


def test_no_answer_was_otherwise_than_any_answer_must_be(story: Story) -> None:
    assert list(dict.fromkeys(story.server.watch.faults)) == []


@pytest.mark.postgresql
def test_the_year_goes_as_described_on_postgresql(tmp_path: Path) -> None:
    try:
        database = postgresql_server.create_database()
    except postgresql_server.Unavailable as why:
        pytest.skip(f"{postgresql_server.NO_SERVER}: {why}")
    command(database, "init")
    server = Server(database, tmp_path).start()
    try:
        story = portal_year.live(Story(server, Checks(), tmp_path))
    finally:
        server.stop()
    story.checks.none_left()
    assert server.watch.faults == []


def test_the_process_ends_in_order_and_only_one_serves_a_database(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'tiexi.db'}"
    command(database, "init")
    first = Server(database, tmp_path).start()
    second = Server(database, tmp_path)
    with pytest.raises(AssertionError, match="does not start"):
        second.start()
    assert second.stop() == 3 and "Traceback" not in second.said
    assert first.stop() == 0 and "Traceback" not in first.said
