"""Distinct values of a column: the same whether they are counted or sorted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.columns import beyond, distinct
from ledger.money import allocate, split

VALUES = st.lists(st.integers(-10, 10) | st.integers(-(2**62), 2**62), max_size=50)


@given(VALUES)
def test_every_row_finds_its_value(values: list[int]) -> None:
    column = np.array(values, dtype=np.int64)
    found, place = distinct(column)
    assert found.tolist() == sorted(set(values))
    assert found[place].tolist() == values


@given(VALUES, VALUES)
def test_what_is_beyond_the_known(values: list[int], known: list[int]) -> None:
    found = beyond(np.array(values, dtype=np.int64), np.array(known, dtype=np.int64))
    assert found.tolist() == sorted(set(values) - set(known))


@given(st.lists(st.integers(0, 6) | st.integers(0, 10**12), min_size=1, max_size=40), st.integers(0, 10**13))
def test_what_is_left_over_goes_to_the_largest_remainders_the_earlier_first(weights: list[int], amount: int) -> None:
    """Without sorting all lines it is what sorting them gives."""
    assert allocate(amount, np.array(weights, dtype=np.int64)).tolist() == split(amount, weights)
