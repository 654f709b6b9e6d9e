"""科技支行贷款: the totals of lines, of a whole run or a part of it, taken a column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ledger import money
from ledger.counties import ALL_COUNTIES, COUNTY_RANK
from ledger.law.turns import packed_order
from ledger.lazy import np, pd
from ledger.programmes.judging import stopped
from ledger.programmes.tech_branch import law as policy
from ledger.workdays import Days

SUMMED = (
    "balance", "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus",
    "bonus_city", "bonus_county",
)  # fmt: skip


def structure(guarantees: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """第七条: which loans are on pledges of IP and equity, and which on other new pledges and credit."""
    found: dict[str, list[np.ndarray]] = {"pledged_fen": [], "unsecured_fen": []}
    for part in guarantees:
        for share, known in zip(found.values(), (policy.PLEDGED, policy.UNSECURED), strict=True):
            share.append(np.fromiter(map(known.__contains__, part.tolist()), dtype=bool, count=part.size))
    return {name: np.concatenate(parts) for name, parts in found.items()}


@dataclass(frozen=True)
class _Sums:
    """A sum over all lines, by county and by bank."""

    whole: int
    counties: list[int]
    banks: list[int]


class Totals:
    """Sums overall, by county and by bank, and the structure of 第七条. Each column of the lines is shown to it once.

    county_rank, bank_rank: of the lines. structure: of the lines, see `structure`.
    """

    def __init__(self, county_rank: Days, bank_rank: Days, structure: Mapping[str, np.ndarray]) -> None:
        self._by_county, self._by_bank = packed_order([county_rank]), packed_order([bank_rank])
        self._county_ends = np.searchsorted(county_rank[self._by_county], np.arange(len(ALL_COUNTIES) + 1)).tolist()
        self._banks, starts = np.unique(bank_rank[self._by_bank], return_index=True)
        self._bank_ends = [*starts.tolist(), bank_rank.size]
        self._sums: dict[str, _Sums] = {}
        self._structure, self._paid = structure, np.zeros(bank_rank.size, dtype=bool)

    def add(self, name: str, column: np.ndarray) -> None:
        """Looks at a column of the lines."""
        if name in SUMMED:
            self._sums[f"{name}_fen"] = self._of(column)
        if name in ("interest", "bonus"):
            self._paid |= column > 0
        if name == "balance":
            self._sums |= {share: self._of(np.where(known, column, 0)) for share, known in self._structure.items()}

    def _of(self, column: np.ndarray) -> _Sums:
        by_county, by_bank = column[self._by_county], column[self._by_bank]
        return _Sums(
            money.total(column),
            [money.total(by_county[start:end]) for start, end in pairwise(self._county_ends)],
            [money.total(by_bank[start:end]) for start, end in pairwise(self._bank_ends)],
        )

    def summary(
        self, banks: Mapping[int, str], enterprises: int, interest_rate_e4: int, reasons: Iterable[Iterable[str]]
    ) -> dict[str, Any]:
        """The totals: overall, by county, by bank (with 第七条's structure), and loans stopped by each code. Fen.

        banks: their names by rank. enterprises: how many there are. reasons: of all lines, in parts.
        """
        loans, paid = self._of(np.ones_like(self._paid, dtype=np.int64)), self._of(self._paid.astype(np.int64))
        sums = {"loans": loans, "paid_loans": paid, **{f"{name}_fen": self._sums[f"{name}_fen"] for name in SUMMED}}
        of_banks = {**sums, **{name: self._sums[name] for name in self._structure}}
        return {
            "loans": loans.whole,
            "enterprises": enterprises,
            **{name: one.whole for name, one in sums.items()},
            "interest_rate_e4": interest_rate_e4,
            "stopped": stopped(policy.CONDITIONS, *reasons),
            "counties": [
                {"county": county, **{name: one.counties[COUNTY_RANK[county]] for name, one in sums.items()}}
                for county in ALL_COUNTIES
                if loans.counties[COUNTY_RANK[county]]
            ],
            "banks": [
                {"bank": banks[rank], **{name: one.banks[place] for name, one in of_banks.items()}}
                for place, rank in enumerate(self._banks.tolist())
            ],
        }


def summarise(lines: pd.DataFrame, interest_rate_e4: int) -> dict[str, Any]:
    """The totals of lines that lie in memory together. Fen."""
    bank_rank, banks = pd.factorize(lines["bank"].to_numpy(dtype=object), sort=True)
    county_rank = np.array([COUNTY_RANK[county] for county in lines["county"]], dtype=np.int64)
    found = Totals(county_rank, bank_rank.astype(np.int64), structure((lines["guarantee"].to_numpy(),)))
    for name in SUMMED:
        found.add(name, lines[name].to_numpy())
    names = dict(enumerate(banks.tolist()))
    return found.summary(names, int(lines["uscc"].nunique()), interest_rate_e4, (lines["reasons"],))
