"""Scaled integers as decimal text: the same number, no zero too many, no decimal too few."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.figures import format_scaled


@given(st.integers(-(10**20), 10**20), st.integers(0, 8), st.integers(0, 8))
@example(0, 6, 2)
@example(-5, 6, 0)
@example(100_000_000, 6, 0)
@example(-1, 0, 2)
def test_it_is_the_number_in_its_shortest_form(value: int, digits: int, at_least: int) -> None:
    text = format_scaled(value, digits, at_least)
    assert Decimal(text).scaleb(digits) == value
    whole, _, decimals = text.partition(".")
    assert len(decimals) >= (at_least if digits else 0)
    assert len(decimals) <= max(at_least, digits) and (len(decimals) <= at_least or not decimals.endswith("0"))
    assert str(int(whole.removeprefix("-"))) == whole.removeprefix("-")
