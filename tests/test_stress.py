"""The harnesses of tests/stress in short: two dozen seconds of several hands, and each command killed once."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from ledger import models
from ledger.database import db
from sheets import write_sheets
from stress import afterwards, faults, hands

SECONDS = 6


def test_several_hands_on_one_database(empty_url: str, tmp_path: Path) -> None:
    outcome = hands.run(empty_url, tmp_path, processes=2, seconds=SECONDS, books=12, seed=7)
    assert outcome.problems == []
    assert outcome.imported > 0
    assert sum(count for (_, code), count in outcome.commands.items() if code == 0) > 5


def test_what_was_said_and_is_not_on_file_is_found(engine: Engine) -> None:
    """And the other way round, for everything that a hand can be told."""
    run = {"run": 7, "year": 2023, "as_of": "2024-01-31", "fingerprint": "x", "loans": 1}
    approved = {**run, "approved_by": "甲", "approved_document": "乙", "seal": {"seal": 1, "hash": "x"}}
    paid = {"entries": {"7": [9]}, "sha256": "x", "status": "taken", "seal": {"seal": 1, "hash": "x"}}
    job = {"run": 3, "name": "papers-due", "day": "2024-01-02", "outcome": "done", "figures": {"run": 8}}
    said = [
        ("settle", {}, run), ("sign", {"--county": "环翠区", "--by": "甲"}, run), ("check", {"--by": "甲"}, {"run": 7, "entered": 2}),
        ("approve", {"--by": "甲"}, approved), ("pay", {"--by": "甲"}, paid), ("jobs", {}, job),
    ]  # fmt: skip
    with db.reading(engine) as connection:
        problems = afterwards.missing(
            connection, [dict(zip(("command", "asked", "told"), one, strict=True)) for one in said]
        )
        assert afterwards.missing(connection, []) == []
    words = (
        "runs:",
        "approvals:",
        "steps:",
        "spot checks:",
        "payments:",
        "files of payments:",
        "seals:",
        "seal (1,",
        "run 8 of a job",
    )
    assert [word for word in (*words, "runs of jobs:") if not any(word in problem for problem in problems)] == []


def test_two_runs_of_a_job_at_once_are_found(engine: Engine) -> None:
    noon = datetime(2024, 1, 2, 12)
    rows = [
        {"id": number, "name": "papers-due", "day": noon.date(), "result": "failed", "started_at": noon + timedelta(0, number),
         "ended_at": noon + timedelta(0, 10), "worker": "x", "lease_until": noon} for number in (1, 2)
    ]  # fmt: skip
    with db.writing(engine) as connection:
        connection.execute(insert(models.JobRun), rows)
    with db.reading(engine) as connection:
        assert afterwards.missing(connection, []) == ["two runs of papers-due at the same time: 1 and 2"]


def test_files_that_are_not_whole_are_found(tmp_path: Path) -> None:
    book = write_sheets(tmp_path / "good.xlsx", {"企业": [{"企业名称": "甲"}]}).read_bytes()
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    bad = {
        "cut.xlsx": book[:-100], "spoiled.xlsx": book[:200] + b"x" + book[201:], "cut.csv": b"a,b\n1,2", "short.csv": b"a,b\n1\n",
        ".left": b"x\n", "cut.beancount": b"2024-01-01 open",
    }  # fmt: skip
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    found = afterwards.not_whole([tmp_path])
    assert sorted(name for name in bad if any(f"/{name} " in problem for problem in found)) == sorted(bad)
    assert len(found) == len(bad)


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
    arguments = [sys.executable, "-m", "tests.stress", "hands", "--processes", "1", "--seconds", "1", "--books", "3"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "journal entries" in done.stdout
