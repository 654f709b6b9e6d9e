"""The harness of killed portals in short: a few kills, and that it finds what is half, lost or twice."""

from pathlib import Path

import pytest
from sqlalchemy import text

from databases import unguard
from ledger.database import db
from stress import uploads

KILLS = 2


@pytest.mark.sqlite_only
def test_killed_while_files_come_in(empty_url: str, tmp_path: Path) -> None:
    portal = uploads.Portal(empty_url, tmp_path, seed=3)
    rounds = [portal.one_round() for _ in range(KILLS)]
    portal.settle_down()
    engine = db.open_engine(empty_url)
    try:
        assert uploads.problems_of(engine, portal.store, rounds) == []
        first = uploads.Round({999: "x"}, {998})
        told = uploads.problems_of(engine, portal.store, [first])
        assert sum(one.startswith("lost") for one in told) == 2
        with engine.begin() as connection:
            number = connection.execute(text("SELECT max(intake_id) FROM upload_steps WHERE state = 'taken'")).scalar()
            if number is not None:
                unguard(connection, "loan_facts")
                connection.execute(text(f"DELETE FROM loan_facts WHERE intake_id = {number} AND sheet_row = 2"))
        if number is not None:
            assert any(one.startswith("half") for one in uploads.problems_of(engine, portal.store, []))
    finally:
        engine.dispose()
