"""The review against the independent reference computation, on random worlds: every field of every line, every total."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import set_up
from examples import some
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import farm_of
from programmes.farm_insurance import oracle

FARM = PROGRAMMES["farm_insurance"]


def reviewed(engine: Engine, year: int) -> tuple[settlement.RunRecord, dict[str, Any]]:
    """A review, and what the product found in the form of the reference."""
    run = settlement.settle(engine, FARM, year, None, "测试")
    return run, {"lines": farm_of(engine, run), "totals": run.summary}


def agrees(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    totals = {name: found["totals"][name] for name in wanted["totals"]}
    return bool(found["lines"] == wanted["lines"] and totals == wanted["totals"])


@settings(max_examples=some(25))
@given(data=st.data())
def test_lines_equal_the_reference(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds("farm_insurance"))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        _, found = reviewed(engine, year)
        engine.dispose()
    assert agrees(found, oracle.review(sheets, year)), (found, oracle.review(sheets, year))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_larger_worlds(tmp_path: Path, seed: int) -> None:
    """Hundreds of products, both years, every code among them; in parts the outcome is the same."""
    codes = set()
    sheets = worlds.random_world(seed, 300, 2023, "farm_insurance")
    engine = set_up(tmp_path, sheets)
    for year in (2023, 2024):
        run, found = reviewed(engine, year)
        assert agrees(found, oracle.review(sheets, year))
        codes |= set(run.summary["stopped"])
        with db.reading(engine) as connection:
            assert FARM.judge(connection, year, run.as_of, partitions=3).fingerprint == run.fingerprint
        assert lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True).state == "approved"
    engine.dispose()
    assert codes == {condition.code for condition in FARM.conditions}
