"""第十六条: what a year of 科技支行贷款 will ask for as things stand: the loans in force today that will have a balance on
December 31, judged like a settlement but without budgets, since what they ask for is what the budget is made from.

As things stand means: nobody repays before the due date, everybody repays on it, what is overdue stays so, nothing new is
lent, and papers that are not yet due will come in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlalchemy import Connection

from ledger import money
from ledger.columns import UNKNOWN
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch.assuming import ASSUMING, COLUMNS
from ledger.programmes.tech_branch.positions import read_positions, values_of
from ledger.programmes.tech_branch.year import year_end
from ledger.workdays import NO_DATE, day_number


@dataclass(frozen=True)
class Outlook:
    """The loans that are judged for a year: facts as of a day, who they are, and the law's values. open_year: December 31 is
    still to come, so today's balances stand for those of that day. left_out: how many loans with a balance today fall due
    by then."""

    year: int
    as_of: date
    open_year: bool
    values: Values
    positions: policy.Positions
    identity: pd.DataFrame
    left_out: int

    def demand(self, ratio: Fraction = Fraction(1), unlimited: Mapping[str, bool] | None = None) -> pd.DataFrame:
        """What the loans ask for, in the columns of a simulation. Fen.

        ratio: of every balance. unlimited: of years_limit and interest_cap those that are taken not to be there.
        """
        positions = scaled(self.positions, ratio)
        beyond = {
            "years_limit": int(positions.loans["years_enjoyed"].max() if len(positions.loans) else 0) + 1,
            "interest_cap": money.total(positions.loans["balance"].to_numpy()) + 1,
        }
        changes = {name: max(beyond[name], self.values[name]) for name, without in (unlimited or {}).items() if without}
        lines, _ = policy.settle(positions, self.values.with_changes(changes))
        return lines.join(self.identity)[list(COLUMNS)].reset_index(drop=True)


def outlook(connection: Connection, year: int) -> Outlook:
    """The facts of today for a year that the document governs; Refused for any other."""
    as_of, open_year = ASSUMING.day(year, None)
    positions, identity = read_positions(connection, year, as_of)
    values = values_of(year)
    kept = np.ones(len(identity), dtype=bool)
    if open_year:
        due_on = positions.loans["due_on"].to_numpy()
        kept = (due_on > day_number(year_end(year))) | (due_on < day_number(as_of))
        positions = _papers_still_to_come(positions, values["upload_workdays"], day_number(as_of))
    positions = replace(_of_loans(positions, kept), budgets={})
    return Outlook(year, as_of, open_year, values, positions, identity[kept].reset_index(drop=True), int((~kept).sum()))


def _of_loans(positions: policy.Positions, kept: np.ndarray) -> policy.Positions:
    """The positions of some of the loans."""
    row_of = np.where(kept, np.cumsum(kept) - 1, -1)
    events = positions.events.assign(loan=row_of[positions.events["loan"].to_numpy()])
    return replace(
        positions,
        loans=positions.loans[kept].reset_index(drop=True),
        events=events[(events["loan"] >= 0).to_numpy()].reset_index(drop=True),
    )


def _papers_still_to_come(positions: policy.Positions, workdays: int, today: int) -> policy.Positions:
    """第十七条: papers that are missing but not yet due are excused: that they come late is not known."""
    events = positions.events
    missing = events["uploaded_on"].to_numpy() == NO_DATE
    event_on = events["event_on"].to_numpy()
    due = positions.calendar.add_workdays(event_on, workdays, needed=np.zeros(len(events), dtype=bool))
    not_yet = missing & ((due == NO_DATE) & (event_on <= today) & (event_on > today - workdays) | (due >= today))
    return replace(positions, events=events.assign(waived=events["waived"].to_numpy() | not_yet))


def scaled(positions: policy.Positions, ratio: Fraction) -> policy.Positions:
    """The positions with every balance times a ratio, to the fen; a reported balance agrees where it agreed before."""
    loans = positions.loans
    balance, reported = loans["balance"].to_numpy(), loans["reported_balance"].to_numpy()
    new = money.times_ratio_half_up(balance, ratio.numerator, ratio.denominator)
    differs = np.where(reported == UNKNOWN, UNKNOWN, np.where(reported == balance, new, new + 1))
    return replace(positions, loans=loans.assign(balance=new, reported_balance=differs))
