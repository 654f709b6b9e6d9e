"""The cases of 特色农产品保险奖补 by the reference computation, and what must hold of it whatever the world."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import worlds
from programmes.farm_insurance import oracle
from programmes.farm_insurance.case_files import FarmCase, differences, load_cases

CASES = load_cases()
WORLDS = worlds.years_and_worlds("farm_insurance")
CODES = {
    "A_CENTRAL", "A_CATALOGUE", "A_SCALE", "A_COUNTY", "A_YEAR", "A_FILED", "A_VETO_1", "A_VETO_2", "A_VETO_3",
    "A_VETO_4", "A_VETO_5", "A_SPLIT", "A_BOOKS", "A_APPLIED", "A_OBJECT",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_by_oracle(case: FarmCase) -> None:
    if case.refused is not None:
        with pytest.raises(oracle.Refused) as refusal:
            oracle.review(case.world, case.year, case.today)
        assert case.refused in str(refusal.value)
        return
    found = oracle.review(case.world, case.year, case.today)
    assert differences(case, found["lines"], found["totals"]) == []


def test_every_case_has_its_own_name() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


def test_every_case_expects_something() -> None:
    for case in CASES:
        assert case.refused or case.order or case.sums or case.totals or any(case.expected.values()) or (
            None in case.expected.values()
        ), case.id  # fmt: skip


def test_every_code_stands_alone_in_a_case_and_with_others() -> None:
    lists = [wanted.get("reasons", ()) for case in CASES for wanted in case.expected.values() if wanted]
    assert {codes[0] for codes in lists if len(codes) == 1} == CODES
    assert {code for codes in lists if len(codes) > 1 for code in codes} >= CODES - {"A_OBJECT"}


@given(drawn=WORLDS)
def test_every_line_adds_up(drawn: tuple[int, Any]) -> None:
    """To the premium in classes 1 and 2, to what the county paid in class 3; no part is below nothing but where the books are wrong."""
    for line in oracle.review(drawn[1], drawn[0])["lines"]:
        given = line["province_fen"] + line["city_fen"] + line["central_fen"] + line["county_net_fen"]
        whole = line["county_paid_fen"] if line["class"] == 3 else line["premium_fen"]
        assert line["farmer_share_fen"] + given == whole
        parts = ("farmer_share_fen", "province_fen", "city_demand_fen", "city_fen", "central_fen", "county_net_fen")
        assert min(line[part] for part in parts) >= 0
        assert line["city_fen"] <= line["city_demand_fen"]


@given(drawn=WORLDS)
def test_a_cut_hits_the_budget_and_no_money_passes_its_purse(drawn: tuple[int, Any]) -> None:
    year, world = drawn
    found = oracle.review(world, year)
    purses = {row["资金"]: oracle.fen(row["金额(万元)"]) for row in world.get("资金总量", ()) if row["年度"] == year}
    third = [line for line in found["lines"] if line["class"] == 3]
    demand, city = (sum(line[field] for line in third) for field in ("city_demand_fen", "city_fen"))
    assert city == min(demand, purses.get("特色险市级", demand))
    central = sum(line["central_fen"] for line in found["lines"])
    assert central + found["totals"]["central_left_fen"] == purses.get("特色险中央", 0)
    assert found["totals"]["central_left_fen"] >= 0


@given(drawn=WORLDS)
def test_a_line_that_is_stopped_gets_nothing(drawn: tuple[int, Any]) -> None:
    for line in oracle.review(drawn[1], drawn[0])["lines"]:
        if oracle.stopped(line):
            assert (line["province_fen"], line["city_demand_fen"], line["city_fen"], line["central_fen"]) == (0,) * 4
        if "A_YEAR" in line["reasons"]:
            assert line["province_fen"] == 0
        if "A_FILED" in line["reasons"]:
            assert line["city_fen"] == 0


@given(drawn=WORLDS, seed=st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(drawn: tuple[int, Any], seed: int) -> None:
    year, world = drawn
    shuffled = {sheet: random.Random(seed).sample(rows, len(rows)) for sheet, rows in world.items()}
    assert oracle.review(shuffled, year) == oracle.review(world, year)


@given(drawn=WORLDS)
def test_an_object_is_supported_once_in_a_county(drawn: tuple[int, Any]) -> None:
    lines = oracle.review(drawn[1], drawn[0])["lines"]
    supported = [(line["county"], line["object"]) for line in lines if not oracle.stopped(line)]
    assert len(supported) == len(set(supported))


def test_larger_worlds_find_every_code() -> None:
    """So that the random worlds are worth comparing on."""
    codes: set[str] = set()
    for seed in range(5):
        world = worlds.random_world(seed, 150, 2023, "farm_insurance")
        for year in oracle.YEARS:
            found = oracle.review(world, year)
            codes |= set(found["totals"]["stopped"])
            assert sum(not line["reasons"] for line in found["lines"]) > 0
    assert codes == CODES
