"""The cases of the policy officers, through the real door (workbook, import, settlement, stored lines) and by the reference."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import lifecycle
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import claims_of, lines_of
from programmes.tech_branch import oracle, oracle_figures
from programmes.tech_branch.case_files import PAPERS, Case, differences, load_cases
from sending import send_all

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(
    case: Case, engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None], tmp_path: Path
) -> None:
    for step in case.steps:
        if step.today is not None:
            set_today(step.today)
        if added := {name: rows for name, rows in step.added.items() if rows and name != PAPERS}:
            take(added)
        send_all(engine, tmp_path, step.added.get(PAPERS, ()))
        try:
            run = settlement.settle(engine, PROGRAMMES["tech_branch"], step.year, step.as_of, "测试")
        except Refused as refusal:
            assert step.refused is not None, str(refusal)
            assert step.refused in str(refusal)
            continue
        assert step.refused is None, f"should be refused: {step.refused}"
        assert differences(step, lines_of(engine, run), claims_of(engine, run)) == []
        if step.approve and step is not case.steps[-1]:  # nothing rests on the last one
            lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_by_oracle(case: Case) -> None:
    """The reference computation settles the case's years one after the other: the two were made apart and must agree."""
    approved: list[dict[str, Any]] = []
    for step in case.steps:
        if step.refused is not None:
            with pytest.raises(oracle_figures.Refused) as refusal:
                oracle.settle(step.world, step.year, step.as_of, approved, step.today)
            assert step.refused in str(refusal.value)
            continue
        run = oracle.approve(step.world, step.year, step.as_of, approved, step.today)
        assert differences(step, run["lines"], run["claims"]) == []
        if step.approve:
            approved.append(run)


def test_every_case_has_its_own_name() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


def test_every_case_expects_something() -> None:
    """A case without an expectation would pass whatever happens."""
    for case in CASES:
        assert any(
            step.expected or step.refused or step.order or step.totals or step.claims is not None for step in case.steps
        ), case.id
