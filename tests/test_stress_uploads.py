"""The harness of killed portals in short: a kill, an end in order, and that it finds what is half, lost or twice."""

import io
import os
import signal
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from databases import unguard
from ledger.database import db
from stress import uploads
from stress.large import memory_of
from stress.papers_sent import PaperSet, Sets

LARGE = 40 << 20


@pytest.mark.sqlite_only
def test_killed_and_ended_while_files_and_papers_come_in(empty_url: str, tmp_path: Path) -> None:
    portal = uploads.Portal(empty_url, tmp_path, seed=3)
    rounds = [portal.one_round(how) for how in (signal.SIGKILL, signal.SIGTERM)]
    portal.settle_down()
    engine = db.open_engine(empty_url)
    try:
        assert uploads.problems_of(engine, portal.store, rounds, portal.sets) == []
        first = uploads.Round({999: "x"}, {998})
        told = uploads.problems_of(engine, portal.store, [first], Sets())
        assert sum(one.startswith("lost") for one in told) == 2
        assert len(portal.sets.answered) + len(portal.sets.unanswered) == portal.sets.sent > 0
        sets = Sets(sent=2, answered={1: (998, 999)})
        assert sets.problem(PaperSet(2), (5, 5)).startswith("half")
        assert sets.problem(PaperSet(1), (7, 8)).startswith("twice")
        assert "lost: set 1, papers (998, 999)" in uploads.problems_of(engine, portal.store, [], sets)
        with engine.begin() as connection:
            number = connection.execute(text("SELECT max(intake_id) FROM upload_steps WHERE state = 'taken'")).scalar()
            if number is not None:
                unguard(connection, "loan_facts")
                connection.execute(text(f"DELETE FROM loan_facts WHERE intake_id = {number} AND sheet_row = 2"))
        if number is not None:
            assert any(one.startswith("half") for one in uploads.problems_of(engine, portal.store, [], Sets()))
    finally:
        engine.dispose()


@pytest.mark.sqlite_only
def test_s14_large_files_leave_the_process_within_twice_its_memory(empty_url: str, tmp_path: Path) -> None:
    """Workbooks that are none and a bomb: each refused in a sentence, none held in memory."""
    portal = uploads.Portal(empty_url, tmp_path, seed=4)
    process, port = portal.start()
    try:
        assert portal.send(port, portal.new_file())[0] == 201
        before = memory_of(process.pid)
        files = [os.urandom(LARGE) for _ in range(3)] + [bomb()]
        answers: list[tuple[int, Any]] = []
        hands = [threading.Thread(target=lambda data=data: answers.append(portal.send(port, data))) for data in files]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert [status for status, _ in answers] == [422] * len(files), answers
        assert all(told["detail"] and told["findings"] == [] for _, told in answers)
        assert memory_of(process.pid) <= 2 * before
    finally:
        process.kill()
        process.communicate()


def bomb() -> bytes:
    """A package whose sheet would unpack to a gigabyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(1024):
                sheet.write(bytes(1 << 20))
    return made.getvalue()
