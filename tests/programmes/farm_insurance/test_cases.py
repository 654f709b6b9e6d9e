"""The cases of 特色农产品保险奖补 through the real door: workbook, import, review, stored lines."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import farm_of
from programmes.farm_insurance.case_files import FarmCase, differences, load_cases


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.id)
def test_case(case: FarmCase, engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None]) -> None:
    if case.today is not None:
        set_today(case.today)
    take(case.world)
    try:
        run = settlement.settle(engine, PROGRAMMES["farm_insurance"], case.year, None, "测试")
    except Refused as refusal:
        assert case.refused is not None and case.refused in str(refusal)
        return
    assert case.refused is None, f"should be refused: {case.refused}"
    assert differences(case, farm_of(engine, run), run.summary) == []
