"""The cases of 出口信保 through the real door: workbook, import, review (and approval), stored lines."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import lifecycle
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import credit_of
from programmes.export_credit.case_files import CreditCase, differences, load_cases

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: CreditCase, engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None]) -> None:
    for step in case.steps:
        if step.today is not None:
            set_today(step.today)
        if added := {name: rows for name, rows in step.added.items() if rows}:
            take(added)
        try:
            run = settlement.settle(engine, PROGRAMMES["export_credit"], step.year, step.as_of, "测试")
        except Refused as refusal:
            assert step.refused is not None, str(refusal)
            assert step.refused in str(refusal)
            continue
        assert step.refused is None, f"should be refused: {step.refused}"
        assert differences(step, credit_of(engine, run)) == []
        if step.approve and step is not case.steps[-1]:  # nothing rests on the last one
            lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
