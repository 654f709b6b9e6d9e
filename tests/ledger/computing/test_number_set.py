"""Numbers as bits: what is in the set, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.columns import UNKNOWN
from ledger.computing.number_set import NumberSet

_NUMBERS = st.lists(st.integers(0, 70))


@given(_NUMBERS, st.lists(st.integers(-5, 200) | st.just(UNKNOWN)))
def test_it_has_what_was_put_in(inside: list[int], asked: list[int]) -> None:
    found = NumberSet.of(np.array(inside, dtype=np.int64)).has(np.array(asked, dtype=np.int64))
    assert found.tolist() == [number in set(inside) for number in asked]
