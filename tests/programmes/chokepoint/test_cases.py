"""The cases of 拨投贷保, by the reference computation and through the real door: workbook, import, review, stored lines."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import review_of
from programmes.chokepoint import oracle
from programmes.chokepoint.case_files import ReviewCase, differences, load_review_cases

CASES = load_review_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: ReviewCase, engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None]) -> None:
    if case.today is not None:
        set_today(case.today)
    take(case.world)
    try:
        run = settlement.settle(engine, PROGRAMMES["chokepoint"], case.year, None, "测试")
    except Refused as refusal:
        assert case.refused is not None and case.refused in str(refusal)
        return
    assert case.refused is None, f"should be refused: {case.refused}"
    assert differences(case, review_of(engine, run)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_by_oracle(case: ReviewCase) -> None:
    if case.refused is not None:
        with pytest.raises(oracle.Refused) as refusal:
            oracle.review(case.world, case.year, case.today)
        assert case.refused in str(refusal.value)
        return
    assert differences(case, oracle.review(case.world, case.year, case.today)) == []


def test_every_case_has_its_own_name() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


def test_every_case_expects_something() -> None:
    for case in CASES:
        assert case.refused or case.order or any(case.expected.values()) or any(case.totals.values()), case.id
