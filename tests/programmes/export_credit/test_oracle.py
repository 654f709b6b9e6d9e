"""The cases of 短期出口信用保险保费支持 by the reference computation, and what must hold of it whatever the world."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import worlds
from programmes.export_credit import oracle
from programmes.export_credit.case_files import CreditCase, differences, load_cases

CASES = load_cases()
WORLDS = worlds.years_and_worlds("export_credit")
CODES = {"X_REGION", "X_PERIOD", "X_KIND", "X_CURRENCY", "X_PAID"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_by_oracle(case: CreditCase) -> None:
    approved: list[oracle.Review] = []
    for step in case.steps:
        if step.refused is not None:
            with pytest.raises(oracle.Refused) as refusal:
                oracle.review(step.world, step.year, step.as_of, approved, step.today)
            assert step.refused in str(refusal.value)
            continue
        found = oracle.review(step.world, step.year, step.as_of, approved, step.today)
        assert differences(step, found) == []
        if step.approve:
            approved.append(found)


def test_every_case_has_its_own_name() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


def test_every_step_expects_something() -> None:
    for case in CASES:
        for step in case.steps:
            assert (
                step.refused or step.order or step.sums or step.expected or step.claims is not None or step.enterprises
            ), case.id


def test_every_code_stands_alone_in_a_case_and_with_others() -> None:
    wanted = [each for case in CASES for step in case.steps for each in step.expected.values() if each]
    lists = [each.get("reasons", ()) for each in wanted]
    assert {codes[0] for codes in lists if len(codes) == 1} == CODES
    assert {code for codes in lists if len(codes) > 1 for code in codes} == CODES


def reviews(world: Any) -> list[dict[str, Any]]:
    """The reviews of all three years, each approved."""
    made: list[dict[str, Any]] = []
    for year in oracle.YEARS:
        made.append(oracle.review(world, year, oracle.date(year + 1, 1, 31), made))
    return made


@given(drawn=WORLDS)
def test_a_cut_hits_the_budget(drawn: tuple[int, Any]) -> None:
    for found in reviews(drawn[1]):
        budgets = [
            oracle.fen(row["金额(万元)"])
            for row in drawn[1].get("资金总量", ())
            if (row["年度"], row["资金"]) == (found["year"], "出口信保")
        ]
        demand = sum(line["demand_fen"] for line in found["lines"])
        assert sum(line["subsidy_fen"] for line in found["lines"]) == min([demand, *budgets])
        assert all(0 <= line["subsidy_fen"] <= line["demand_fen"] for line in found["lines"])
        assert all(line["demand_fen"] == 0 for line in found["lines"] if line["reasons"])


@given(drawn=WORLDS)
def test_claims_take_back_what_refunds_took(drawn: tuple[int, Any]) -> None:
    """After the last review exactly what belongs to the premiums really paid is left, and no claim is below one fen."""
    made = reviews(drawn[1])
    claims = [claim for found in made for claim in found["claims"]]
    assert all(claim["claim_fen"] > 0 and claim["paid_year"] < claim["year"] for claim in claims)
    facts = oracle.Facts(drawn[1], 2025, oracle.date(2026, 1, 31))
    for line in (line for found in made[:-1] for line in found["lines"] if line["subsidy_fen"]):
        key = (line["insurer"], line["voucher_no"], line["country"])
        net_now = line["premium_fen"] - facts.refunded(*key)
        kept = oracle.half_up(oracle.Fraction(line["subsidy_fen"] * net_now, line["net_fen"]))
        taken = sum(
            claim["claim_fen"]
            for claim in claims
            if (claim["insurer"], claim["voucher_no"], claim["country"], claim["paid_year"]) == (*key, line["year"])
        )
        assert line["subsidy_fen"] - taken == kept


@given(drawn=WORLDS)
def test_enterprises_add_up_to_the_lines(drawn: tuple[int, Any]) -> None:
    for found in reviews(drawn[1]):
        for field in ("net_fen", "subsidy_fen"):
            assert sum(each[field] for each in found["enterprises"]) == found["totals"][field]
        assert all(each["over_fen"] >= 0 for each in found["enterprises"])


@given(drawn=WORLDS, seed=st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(drawn: tuple[int, Any], seed: int) -> None:
    shuffled = {sheet: random.Random(seed).sample(rows, len(rows)) for sheet, rows in drawn[1].items()}
    assert reviews(shuffled) == reviews(drawn[1])


def test_larger_worlds_find_every_code_and_claims() -> None:
    """So that the random worlds are worth comparing on."""
    made = [found for seed in range(3) for found in reviews(worlds.random_world(seed, 150, 2023, "export_credit"))]
    assert {code for found in made for code in found["totals"]["stopped"]} == CODES
    assert sum(len(found["claims"]) for found in made) > 10
    assert any(each["over_fen"] for found in made for each in found["enterprises"])
