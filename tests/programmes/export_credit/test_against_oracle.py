"""The reviews against the independent reference computation, on random worlds: every line, enterprise and claim of three years."""

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
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import credit_of
from programmes.export_credit import oracle

PROGRAMME = PROGRAMMES["export_credit"]


def review_year_by_year(engine: Engine, sheets: Any, as_of_dates: list[date]) -> list[Any]:
    """Reviews and approves the years in turn: all that is found must be the reference's, however the enterprises are cut."""
    approved: list[Any] = []
    for year, as_of in zip(oracle.YEARS, as_of_dates, strict=True):
        run = settlement.settle(engine, PROGRAMME, year, as_of, "测试")
        expected = oracle.review(sheets, year, as_of, approved)
        found = credit_of(engine, run)
        for name in ("lines", "enterprises", "claims", "totals"):
            assert found[name] == expected[name], name
        with db.reading(engine) as connection:
            assert PROGRAMME.judge(connection, year, as_of, partitions=3).fingerprint == run.fingerprint
        approved.append(expected)
        lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    return approved


@settings(max_examples=some(25))
@given(data=st.data())
def test_reviews_equal_the_reference(data: st.DataObject) -> None:
    _, sheets = data.draw(worlds.years_and_worlds("export_credit"))
    dates = [data.draw(worlds.as_of_dates(year)) for year in oracle.YEARS]
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        review_year_by_year(engine, sheets, dates)
        engine.dispose()


@pytest.mark.parametrize("seed", [1, 2])
def test_larger_worlds(tmp_path: Path, seed: int) -> None:
    """Hundreds of premiums, every code and claims among them."""
    sheets = worlds.random_world(seed, 250, 2023, "export_credit")
    engine = set_up(tmp_path, sheets)
    approved = review_year_by_year(engine, sheets, [date(year + 1, 1, 31) for year in oracle.YEARS])
    engine.dispose()
    codes = {code for found in approved for code in found["totals"]["stopped"]}
    assert codes == {condition.code for condition in PROGRAMME.conditions}
    assert sum(len(found["claims"]) for found in approved) > 5
