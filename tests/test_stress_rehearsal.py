"""The rehearsal of two years in small: everybody once, a kill, lost answers; and that it tells what is wrong."""

from pathlib import Path

import pytest

from ledger.database import db
from stress.rehearsal import afterwards
from stress.rehearsal.rehearse import rehearse


@pytest.mark.sqlite_only
def test_two_years_at_the_portal_in_small(empty_url: str, tmp_path: Path) -> None:
    rehearsal, problems = rehearse(empty_url, tmp_path, seed=203, loans=8, kills=1, wild=0.3)
    assert problems == []
    told = rehearsal.told
    assert rehearsal.kills == 1 and told.lost > 5
    assert {status for _, status in told.answers} >= {200, 201, 403, 404, 422}
    second = rehearsal.years[1]
    assert second.expected["claims"]  # so that money came back too
    second.expected["lines"][0]["interest_fen"] += 1
    engine = db.open_engine(empty_url)
    assert afterwards.differences(engine, rehearsal.years) == ["the lines of 2024 are not the reference's"]
    engine.dispose()
