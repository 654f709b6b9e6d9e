"""Every case of tests/programmes/tech_branch/cases by the reference computation: the two were made apart and must agree."""

from typing import Any

import pytest

from case_files import Case, differences, load_cases
from programmes.tech_branch import oracle


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.id)
def test_case(case: Case) -> None:
    """Settles the case's years one after the other."""
    approved: list[dict[str, Any]] = []
    for step in case.steps:
        if step.refused is not None:
            with pytest.raises(oracle.Refused) as refusal:
                oracle.settle(step.world, step.year, step.as_of, approved, step.today)
            assert step.refused in str(refusal.value)
            continue
        run = oracle.approve(step.world, step.year, step.as_of, approved, step.today)
        assert differences(step, run["lines"], run["claims"]) == []
        if step.approve:
            approved.append(run)


def test_every_case_has_its_own_name() -> None:
    names = [case.id for case in load_cases()]
    assert len(names) == len(set(names))


def test_every_case_expects_something() -> None:
    """A case without an expectation would pass whatever happens."""
    for case in load_cases():
        assert any(
            step.expected or step.refused or step.order or step.totals or step.claims is not None for step in case.steps
        ), case.id
