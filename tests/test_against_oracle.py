"""The product against the independent reference computation, on random worlds: every field of every line."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import oracle
import worlds
from conftest import write_sheets
from ledger import db, settlement
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.refusal import Refused
from ledger.setup import initialise
from product import lines_of


def _database(folder: Path, sheets: dict[str, list[dict[str, Any]]]) -> Engine:
    engine = db.open_engine(f"sqlite:///{folder / 'tiexi.db'}")
    initialise(engine)
    path = write_sheets(folder / "报送.xlsx", {name: rows for name, rows in sheets.items() if rows})
    outcome = import_file(engine, path, "测试")
    assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]
    return engine


@settings(max_examples=60)
@given(data=st.data())
def test_lines_equal_the_reference(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with tempfile.TemporaryDirectory() as folder:
        engine = _database(Path(folder), sheets)
        try:
            expected: Any = oracle.settle(sheets, year, as_of)
        except oracle.Refused:
            expected = None
        try:
            found: Any = lines_of(engine, settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试"))
        except Refused:
            found = None
        engine.dispose()
    assert found == expected


def test_larger_worlds_year_by_year(tmp_path: Path) -> None:
    """Several hundred loans, settled and approved for three years in turn."""
    for seed in (1, 2, 3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        sheets = worlds.random_world(seed, 400, year=2025)
        engine = _database(folder, sheets)
        approved: list[Any] = []
        for year in (2023, 2024, 2025):
            as_of = worlds.date(year + 1, 1, 31)
            run = settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试")
            assert lines_of(engine, run) == oracle.settle(sheets, year, as_of, approved)
            approved.append(oracle.approve(sheets, year, as_of, approved))
            settlement.approve(engine, run.id, "审核人", "样例文号")
        engine.dispose()
