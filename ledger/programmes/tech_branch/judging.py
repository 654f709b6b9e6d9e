"""科技支行贷款: a part of a year's facts judged, and its columns as they wait for the other parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.lazy import np, pd
from ledger.programmes.judging import Judging
from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch.joining import Kept, join
from ledger.programmes.tech_branch.positions import Facts, read

if TYPE_CHECKING:
    from ledger.computing.spool import Columns


@dataclass(frozen=True)
class Part:
    """A part of the enterprises judged: its loans with what they ask for, by (bank name, note number).

    missing: the dates that it needed of years without a notice.
    """

    facts: Facts
    lines: pd.DataFrame
    missing: frozenset[int]


def judge(facts: Facts) -> Part:
    """Each loan of a part judged, with what it asks for before any budget."""
    lines = policy.judge_loans(facts.positions, facts.values)
    lines = pd.concat([lines, facts.identity], axis=1)
    return Part(facts, lines, facts.positions.calendar.take_missing())


def put(part: Part) -> tuple[Kept, Columns]:
    """The columns of its lines, of the events of their papers and of its claims; and what is said of it in few words."""
    facts, shared = part.facts, part.facts.positions
    frames = {"lines": part.lines, "events": shared.events, "claims": clawback.typed(facts.claims)}
    columns = {f"{kind}.{name}": np.asarray(frame[name]) for kind, frame in frames.items() for name in frame.columns}
    ranks, first = np.unique(part.lines["bank_rank"].to_numpy(), return_index=True)
    banks = dict(zip(ranks.tolist(), part.lines["bank"].to_numpy()[first].tolist(), strict=True))
    kept = Kept(
        shared.year, facts.as_of, facts.values, shared.budgets, shared.interest_rate_e4, part.missing, banks,
        {kind: tuple(frame.columns) for kind, frame in frames.items()},
    )  # fmt: skip
    return kept, columns


JUDGING = Judging(read, judge, join, policy.CONDITIONS, put=put)
