"""The harnesses of tests/stress in short: two dozen seconds of several hands, and each command killed once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stress import faults, hands

SECONDS = 6


def test_several_hands_on_one_database(empty_url: str, tmp_path: Path) -> None:
    outcome = hands.run(empty_url, tmp_path, processes=2, seconds=SECONDS, books=12, seed=7)
    assert outcome.problems == []
    assert outcome.imported > 0
    assert sum(count for (_, code), count in outcome.commands.items() if code == 0) > 5


@pytest.mark.parametrize("command", faults.COMMANDS)
def test_killed_at_a_random_moment(tmp_path: Path, command: str) -> None:
    tried = faults.kills(tmp_path, command, count=1, seed=1)
    assert tried.problems == ()


def test_a_full_quota(tmp_path: Path) -> None:
    assert faults.file_too_large(tmp_path, ("settle", "export")).problems == ()


@pytest.mark.parametrize(
    "fault", [faults.full_disk, faults.read_only, faults.no_rights, faults.database_gone, faults.clock_set_back]
)
def test_a_broken_environment(tmp_path: Path, fault: Callable[[Path], faults.Tried]) -> None:
    try:
        tried = fault(tmp_path)
    except PermissionError as why:
        pytest.skip(f"NO FILE SYSTEM OF ITS OWN: {fault.__name__} was NOT tried ({why})")
    assert tried.problems == ()


@pytest.mark.postgresql
@pytest.mark.postgresql_only
def test_connections_cut_by_the_server(empty_url: str, tmp_path: Path) -> None:
    assert faults.connection_cut(tmp_path, 1, seed=1).problems == ()


def test_the_harness_can_be_run_by_anyone(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "tests.stress", "hands", "--processes", "1", "--seconds", "2", "--books", "3"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "journal entries" in done.stdout
