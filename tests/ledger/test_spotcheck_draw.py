"""The draw of a spot check: anyone can repeat it, it covers what it must, and an approval asks for one."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lives
from ledger import money
from ledger.counties import ALL_COUNTIES, COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.runs.settlement import read_run
from ledger.runs.steps import steps
from ledger.spotcheck import Candidate, draw

pytestmark = pytest.mark.sqlite_only


def _candidates() -> st.SearchStrategy[list[Candidate]]:
    amounts = st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 10**15))
    places = st.tuples(st.sampled_from(ALL_COUNTIES), st.sampled_from(["甲行", "乙行", "丙行", "丁行"]), amounts)
    return st.lists(places, min_size=1, max_size=30).map(
        lambda found: [
            Candidate(number, county, bank, f"J{number}", fen)
            for number, (county, bank, fen) in enumerate(found, start=1)
        ]
    )


SHARES = st.integers(1, money.E4_PER_ONE)
SEEDS = st.text(min_size=1, max_size=8)


@given(_candidates(), SHARES, SEEDS, st.randoms(use_true_random=False))
def test_anyone_can_draw_the_same_again(
    candidates: list[Candidate], share: int, seed: str, shuffled: random.Random
) -> None:
    others = list(candidates)
    shuffled.shuffle(others)
    assert draw(candidates, share, seed) == draw(others, share, seed)


@given(_candidates(), SHARES, SEEDS)
def test_a_draw_covers_the_share_each_bank_and_each_county(candidates: list[Candidate], share: int, seed: str) -> None:
    by_number = {one.line_no: one for one in candidates}
    drawn = [by_number[one.line_no] for one in draw(candidates, share, seed)]
    assert len(drawn) == len(set(drawn))
    assert {one.bank for one in drawn} == {one.bank for one in candidates}
    assert {one.county for one in drawn} >= {one.county for one in candidates} & set(COUNTIES)
    total, reached = sum(one.fen for one in candidates), sum(one.fen for one in drawn)
    assert reached * money.E4_PER_ONE >= share * total
    # what was drawn for the share was needed for it: without the last one it is not reached
    for_share = [one for one in draw(candidates, share, seed) if one.drawn_for == "share"]
    if for_share:
        assert (reached - by_number[for_share[-1].line_no].fen) * money.E4_PER_ONE < share * total


@given(_candidates(), SHARES, SHARES, SEEDS)
def test_a_larger_share_keeps_what_the_smaller_drew(
    candidates: list[Candidate], one: int, other: int, seed: str
) -> None:
    smaller, larger = (draw(candidates, share, seed) for share in sorted((one, other)))
    assert larger[: len(smaller)] == smaller


@given(_candidates())
def test_all_of_it_is_every_line_that_is_paid(candidates: list[Candidate]) -> None:
    drawn = {one.line_no for one in draw(candidates, money.E4_PER_ONE, "x")}
    assert drawn >= {one.line_no for one in candidates if one.fen}


def test_a_county_or_bank_is_shown_by_a_line_that_is_paid_where_it_has_one() -> None:
    candidates = [Candidate(n, "高区", "甲行", f"N{n}", 0) for n in range(1, 40)] + [
        Candidate(40, "高区", "甲行", "P", 5)
    ]
    for seed in map(str, range(20)):
        assert draw(candidates, 1, seed)[0].line_no == 40


def test_another_seed_draws_others() -> None:
    candidates = [Candidate(n, "高区", "甲行", f"N{n}", 100) for n in range(1, 200)]
    drawn = {tuple(one.line_no for one in draw(candidates, 50_000, seed)) for seed in "abcdefgh"}
    assert len(drawn) == 8


def test_no_approval_without_a_spot_check_or_a_reason(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "trial")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    lives.sign(engine, run)
    with pytest.raises(Refused, match="还没有抽查（第十七条）.*--without-check"):
        lives.approve(engine, run, without_check=None)
    lives.approve(engine, run, without_check="抽查由上级另行组织")
    with db.reading(engine) as connection:
        said = [step.reason for step in steps(connection, 1) if step.kind == "approve"]
    assert said == ["未经抽查：抽查由上级另行组织"]


def test_a_reason_counts_for_nothing_where_lines_were_drawn(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "signed")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    lives.check(engine, run)
    lives.approve(engine, run, without_check="不需要")
    with db.reading(engine) as connection:
        assert [step.reason for step in steps(connection, 1) if step.kind == "approve"] == [None]
