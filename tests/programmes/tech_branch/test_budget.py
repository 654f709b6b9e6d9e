"""What must always hold of the budget step, the shares and the cap, whatever the figures."""

from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.counties import CITY, COUNTIES
from ledger.law.document import document
from ledger.programmes.tech_branch import law as tech_branch

FEN = st.integers(0, 3 * 10**7)
LINES = st.lists(st.tuples(st.integers(0, 8), FEN, FEN), min_size=1, max_size=60)
BUDGETS = st.dictionaries(st.sampled_from([CITY, *COUNTIES]), st.integers(0, 10**9), max_size=5)
VALUES = document("tech_branch").values(document("tech_branch").ends)


def frame(lines: list[tuple[int, int, int]]) -> pd.DataFrame:
    columns = list(zip(*sorted(lines, key=lambda line: line[0]), strict=True))
    names = ("county_rank", "interest_demand", "bonus_demand")
    return pd.DataFrame(dict(zip(names, (np.array(column, dtype=np.int64) for column in columns), strict=True)))


@given(LINES, BUDGETS)
def test_budgets_are_kept_and_used_up(lines: list[tuple[int, int, int]], budgets: dict[str, int]) -> None:
    table = frame(lines)
    after, steps = tech_branch.apply_budgets(table, budgets)
    assert (after["interest"] <= table["interest_demand"]).all()
    assert (after["bonus"] <= table["bonus_demand"]).all()
    for step in steps:
        rows = slice(None) if step.scope == CITY else (table["county_rank"] == COUNTIES.index(step.scope)).to_numpy()
        suffix = "" if step.scope == CITY else "_after_county"
        interest, bonus = (money.total(after[f"{name}{suffix}"].to_numpy()[rows]) for name in ("interest", "bonus"))
        assert interest + bonus <= step.budget or step.cut == ""
        if step.cut:
            assert interest + bonus == step.budget  # a cut hits the budget to the fen
        if step.cut == "interest":
            assert bonus == 0
        else:
            assert interest == step.interest  # interest comes first: only the bonus gave way


@given(LINES)
def test_without_budgets_nothing_changes(lines: list[tuple[int, int, int]]) -> None:
    table = frame(lines)
    after, steps = tech_branch.apply_budgets(table, {})
    assert steps == []
    assert after["interest"].tolist() == table["interest_demand"].tolist()
    assert after["bonus"].tolist() == table["bonus_demand"].tolist()


@given(LINES)
def test_shares_add_up_by_line_and_are_two_to_eight_by_county(lines: list[tuple[int, int, int]]) -> None:
    table = frame(lines)
    amounts, ranks = table["interest_demand"].to_numpy(), table["county_rank"].to_numpy()
    city = tech_branch.city_shares(amounts, ranks, VALUES["city_share"])
    assert ((city >= 0) & (city <= amounts)).all()
    for rank in set(ranks.tolist()):
        total = money.total(amounts[ranks == rank])
        assert money.total(city[ranks == rank]) == money.half_up(total, 5)


def test_shares_beyond_64_bits() -> None:
    amounts = np.array([3 * 10**17, 10**17 + 1, 7], dtype=np.int64)
    city = tech_branch.city_shares(amounts, np.zeros(3, dtype=np.int64), VALUES["city_share"])
    assert money.total(city) == money.half_up(money.total(amounts), 5)
    assert all(
        abs(Fraction(int(part)) - Fraction(int(amount), 5)) <= 1 for part, amount in zip(city, amounts, strict=True)
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(1, 4 * 10**9), st.booleans()), max_size=40),
    st.integers(0, 5 * 10**9),
)
def test_the_cap_is_never_passed_and_never_wasted(loans: list[tuple[int, int, int, bool]], cap: int) -> None:
    table = pd.DataFrame(loans, columns=["enterprise", "disbursed_on", "balance", "passing"]).astype(
        {"enterprise": np.int64, "disbursed_on": np.int64, "balance": np.int64, "passing": bool}
    )
    found = tech_branch.interest_bases(table, table["passing"].to_numpy(), cap)
    base = found["interest_base"]
    assert (base[~table["passing"]] == 0).all()
    for enterprise, part in table.assign(base=base)[table["passing"]].groupby("enterprise"):
        assert part["base"].sum() == min(cap, part["balance"].sum()), enterprise
        left = cap
        for row in part.sort_values("disbursed_on", kind="stable").itertuples():
            assert row.base == min(row.balance, left)
            left -= row.base
