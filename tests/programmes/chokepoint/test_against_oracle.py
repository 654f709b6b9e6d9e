"""The review against the independent reference computation, on random worlds: every field of every line."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from databases import set_up
from examples import some
from ledger import lifecycle
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import review_of
from programmes.chokepoint import oracle


@settings(max_examples=some(25))
@given(data=st.data())
def test_lines_equal_the_reference(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds("chokepoint"))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        found = review_of(engine, settlement.settle(engine, PROGRAMMES["chokepoint"], year, None, "测试"))
        engine.dispose()
    assert found == oracle.review(sheets, year)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_larger_worlds(tmp_path: Path, seed: int) -> None:
    """Hundreds of loans and policies, both years, and every code among them."""
    codes = set()
    sheets = worlds.random_world(seed, 300, 2023, "chokepoint")
    engine = set_up(tmp_path, sheets)
    for year in (2023, 2024):
        run = settlement.settle(engine, PROGRAMMES["chokepoint"], year, None, "测试")
        assert review_of(engine, run) == oracle.review(sheets, year)
        codes |= set(run.summary["stopped"])
        assert lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True).state == "approved"
    engine.dispose()
    assert codes >= {condition.code for condition in PROGRAMMES["chokepoint"].conditions} - {"R_LPR"}
