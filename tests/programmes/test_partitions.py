"""A year judged in parts: however many parts the enterprises are cut into, lines, fingerprint and summary are the same."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import set_up
from examples import some
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.law.turns import merged
from ledger.programmes import PROGRAMMES
from ledger.programmes.judging import Judged, Lines
from ledger.runs import settlement
from sheets import write_sheets

PARTITIONS = (1, 2, 3, 7)


def rows_of(lines: Lines) -> list[tuple[Any, ...]]:
    """The rows of a table, however they come."""
    found = [
        row for chunk in lines.chunks() for row in zip(*(chunk[name] for name in sorted(lines.names)), strict=True)
    ]
    assert len(found) == lines.count
    return found


def judged(engine: Engine, programme: str, year: int, as_of: date, partitions: int) -> Any:
    """All that a judgement gives, comparable; the sentence of a refusal."""
    with db.reading(engine) as connection:
        try:
            found: Judged = PROGRAMMES[programme].judge(connection, year, as_of, partitions)
        except Refused as refusal:
            return str(refusal)
    lines = [(table.name, sorted(lines.names), rows_of(lines)) for table, lines in found.lines]
    return lines, found.line_count, found.law, found.fingerprint, found.summary


def same_in_parts(engine: Engine, programme: str, year: int, as_of: date) -> Any:
    """What a year gives, the same in one part as in several."""
    whole, *others = (judged(engine, programme, year, as_of, count) for count in PARTITIONS)
    for other in others:
        assert other == whole
    return whole


@settings(max_examples=some(25))
@given(data=st.data())
def test_a_settlement_is_the_same_in_parts(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        same_in_parts(engine, "tech_branch", year, as_of)
        engine.dispose()


@settings(max_examples=some(25))
@given(data=st.data())
def test_a_review_is_the_same_in_parts(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds("chokepoint"))
    programme = PROGRAMMES["chokepoint"]
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        same_in_parts(engine, "chokepoint", year, programme.settlement_day(year, None, date(2026, 1, 1)))
        engine.dispose()


@pytest.mark.parametrize("seed", [1, 2])
def test_larger_worlds_with_claims_and_budgets(tmp_path: Path, seed: int) -> None:
    """Hundreds of loans, a year approved before: claims, budgets and shares are among what is joined."""
    sheets = worlds.random_world(seed, 300, 2024)
    late = {name: sheets[name] for name in ("还款", "撤销") if sheets[name]}
    engine = set_up(tmp_path, {name: rows for name, rows in sheets.items() if name not in ("还款", "撤销", "上传豁免")})
    first = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    lifecycle.approve(engine, first.id, "审核人", "样例文号", solo=True)
    outcome = import_file(engine, write_sheets(tmp_path / "补录.xlsx", late), "测试")
    assert not outcome.refused, [finding.line() for finding in outcome.findings]
    _, count, _, _, summary = same_in_parts(engine, "tech_branch", 2024, date(2025, 1, 31))
    engine.dispose()
    assert count > 50 and summary["interest_fen"] > 0 and summary["claims"]["claims"] > 5


def test_parts_are_one_frame_in_order() -> None:
    """Rows of equal first keys in different parts go by the second; each row's new place is told."""
    left = pd.DataFrame({"bank_rank": [0, 0, 1], "note_no": ["A", "C", "A"], "fen": [1, 3, 4]})
    right = pd.DataFrame({"bank_rank": [0, 1], "note_no": ["B", "B"], "fen": [2, 5]})
    whole, place = merged([left, right], "bank_rank", "note_no")
    assert whole["fen"].tolist() == [1, 2, 3, 4, 5]
    assert place.tolist() == [0, 2, 3, 1, 4]
