"""Fen: rounding, allocation and notation, by example and by property, also beyond 2**63."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money

AMOUNTS = st.lists(st.integers(0, 10**13), min_size=0, max_size=40)


def column(values: list[int]) -> money.Fen:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(0, 1, 0), (1, 2, 1), (49, 100, 0), (50, 100, 1), (3, 2, 2), (5, 2, 3), (7, 3, 2), (8, 3, 3)],
)
def test_half_up(numerator: int, denominator: int, rounded: int) -> None:
    assert money.half_up(numerator, denominator) == rounded


@given(st.integers(0, 10**30), st.integers(1, 10**12))
def test_half_up_is_the_decimal_rounding(numerator: int, denominator: int) -> None:
    nearest = money.half_up(numerator, denominator)
    error = Fraction(numerator, denominator) - nearest
    assert Fraction(-1, 2) <= error < Fraction(1, 2)


def test_half_up_refuses_negatives() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        money.half_up(-1, 2)


@given(st.integers(0, 10**18), AMOUNTS)
def test_allocate_is_exact_and_fair(amount: int, weights: list[int]) -> None:
    parts = money.allocate(amount, column(weights)).tolist()
    whole = sum(weights)
    if whole == 0:
        assert parts == [0] * len(weights)
        return
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part - amount * weight // whole <= 1


def largest_remainders(amount: int, weights: list[int]) -> list[int]:
    """The same split, worked out one line at a time."""
    whole = sum(weights)
    floors = [amount * weight // whole for weight in weights]
    left = amount - sum(floors)
    ranked = sorted(range(len(weights)), key=lambda line: (-(amount * weights[line] % whole), line))
    return [floor + (line in ranked[:left]) for line, floor in enumerate(floors)]


@given(st.integers(0, 10**18), AMOUNTS.filter(any))
def test_allocate_gives_the_rest_to_the_largest_remainders(amount: int, weights: list[int]) -> None:
    assert money.allocate(amount, column(weights)).tolist() == largest_remainders(amount, weights)
    assert money.split(amount, weights) == largest_remainders(amount, weights)


def test_allocate_breaks_ties_by_the_earlier_line() -> None:
    assert money.allocate(2, column([1, 1, 1])).tolist() == [1, 1, 0]


def test_allocate_beyond_64_bits() -> None:
    weights = [2**62, 2**62 - 1, 1, 0]
    assert money.allocate(2**62 + 7, column(weights)).tolist() == largest_remainders(2**62 + 7, weights)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=30))
def test_total_never_overflows(values: list[int]) -> None:
    assert money.total(column(values)) == sum(values)


@given(st.lists(st.integers(0, 2**60), min_size=1, max_size=20), st.integers(0, 10**7), st.integers(1, 10**7))
def test_times_ratio(amounts: list[int], numerator: int, denominator: int) -> None:
    small = [amount % (2**62 // max(numerator, 1) * denominator + 1) % 2**60 for amount in amounts]
    expected = [money.half_up(amount * numerator, denominator) for amount in small]
    if max(expected) < 2**63:
        assert money.times_ratio_half_up(column(small), numerator, denominator).tolist() == expected


@given(st.integers(0, 10**15))
def test_wan_text_keeps_every_fen(fen: int) -> None:
    text = money.wan_text(fen)
    assert Decimal(text.replace(",", "")) == Decimal(fen).scaleb(-6)
    assert len(text.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (1, "0.000001"), (10_000_000, "10.00"), (1_234_567_800_000, "1,234,567.80"), (4_666_667, "4.666667")],
)
def test_wan_text(fen: int, text: str) -> None:
    assert money.wan_text(fen) == text


@given(st.integers(0, 10**6))
def test_percent_text(e4: int) -> None:
    assert Decimal(money.percent_text(e4)) == Decimal(e4).scaleb(-4).quantize(Decimal("0.0001"), ROUND_HALF_UP)
