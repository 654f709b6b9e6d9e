"""Papers by receipt against the reference, on random worlds: every field of every line, whatever the order in which papers came."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import set_up
from examples import some
from ledger.audit.audit import audit
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import lines_of
from programmes.tech_branch import oracle, oracle_figures
from programmes.tech_branch.paper_worlds import PAPERS, with_papers
from scenes import DrawnPicker, RandomPicker
from sending import send_all


def _settled(engine: Engine, folder: Path, papers: list[dict[str, Any]], year: int, as_of: date) -> Any:
    """The run, None where it is refused; settled twice it is the same."""
    send_all(engine, folder, papers)
    try:
        first, second = (settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试") for _ in range(2))
    except Refused:
        return None
    assert first.fingerprint == second.fingerprint
    return first


@settings(max_examples=some(10))
@given(data=st.data())
def test_lines_equal_the_reference(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds(max_loans=4))
    as_of = data.draw(worlds.as_of_dates(year))
    sheets = with_papers(DrawnPicker(data.draw), sheets, year, date(year + 1, 3, 31))
    facts = {name: rows for name, rows in sheets.items() if name != PAPERS}
    try:
        expected: Any = oracle.settle(sheets, year, as_of)
    except oracle_figures.Refused:
        expected = None
    prints = set()
    for papers in (sheets[PAPERS], sheets[PAPERS][::-1]):
        with tempfile.TemporaryDirectory() as folder:
            engine = set_up(Path(folder), facts)
            run = _settled(engine, Path(folder), papers, year, as_of)
            assert (None if run is None else lines_of(engine, run)) == expected
            prints.add(None if run is None else run.fingerprint)
            engine.dispose()
    assert len(prints) == 1


@pytest.mark.parametrize("seed", [3])
def test_both_databases_equal_the_reference(engine: Engine, take: Any, tmp_path: Path, seed: int) -> None:
    year, as_of = 2024, date(2025, 1, 31)
    sheets = with_papers(RandomPicker(seed), worlds.random_world(seed, 12, year), year, date(2025, 3, 31))
    take({name: rows for name, rows in sheets.items() if rows and name != PAPERS})
    run = _settled(engine, tmp_path, sheets[PAPERS], year, as_of)
    assert lines_of(engine, run) == oracle.settle(sheets, year, as_of)
    assert any("R_UPLOAD" in one["reasons"] for one in lines_of(engine, run))
    assert [one for one in audit(engine).problems if one.kind != "time"] == []
