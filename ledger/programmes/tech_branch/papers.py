"""第十七条: business whose papers are missing, whatever run there is."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from ledger import models
from ledger.facts import positions, receipts
from ledger.facts.approved import is_approved
from ledger.facts.of_lines import with_loans
from ledger.lazy import np, pd
from ledger.programmes.programme import JudgedBy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.law import EVENT_KINDS
from ledger.programmes.tech_branch.year import REQUIRED
from ledger.workdays import NO_DATE, day_number


def without_papers(connection: Connection, loans: pd.DataFrame, day: date, since: int) -> pd.DataFrame:
    """The disbursements, repayments and extensions since a day number whose papers are neither uploaded by a day nor excused.

    Columns: kind (a place in law.EVENT_KINDS), event_on, uploaded_on, and of its loan bank, bank_id, note_no,
    enterprise_name, uscc, county. By kind, then as the facts are read.
    """
    repaid = positions.repayments(connection, loans, day)
    extended = positions.extensions(connection, loans, day)
    whole = loans.assign(loan=np.arange(len(loans)))
    parts = (
        (whole, "disbursed_on"),
        (repaid, "paid_on"),
        (extended, "extended_on"),
    )
    events = pd.concat(
        [
            pd.DataFrame(
                {
                    "loan": part["loan"].to_numpy(dtype=np.int64),
                    "kind": kind,
                    "event_on": part[column].to_numpy(dtype=np.int64),
                    "uploaded_on": part["uploaded_on"].to_numpy(dtype=np.int64),
                }
            )
            for kind, (part, column) in enumerate(parts)
        ],
        ignore_index=True,
    )
    events = events[events["event_on"] >= since].reset_index(drop=True)
    events["uploaded_on"] = receipts.counted_days(connection, loans, events, EVENT_KINDS, REQUIRED, day)
    events = events[(events["uploaded_on"] == NO_DATE) | (events["uploaded_on"] > day_number(day))]
    excused = positions.waived(connection, loans, events["loan"].to_numpy(), events["event_on"].to_numpy())
    events = events[~excused].reset_index(drop=True)
    named = loans[list(_NAMED)].iloc[events["loan"].to_numpy()].reset_index(drop=True)
    return pd.concat([events, named], axis=1)


_NAMED = ("bank", "bank_id", "note_no", "enterprise_name", "uscc", "county")


def judged(connection: Connection, loan_id: int, event: str, event_on: date) -> list[JudgedBy]:
    """The approved settlements that judged an event of a loan by receipts: of a disbursement every one, else that of its year."""
    line, fact, run, loan = tables.TechBranchLine, models.LoanFact, models.Run, models.Loan
    query = with_loans(
        select(run.id, run.year, run.as_of, run.last_paper_state_id, fact.disbursed_on, loan.bank_id), line
    ).join_from(line, run, run.id == line.run_id)
    query = query.where(fact.loan_id == loan_id, is_approved()).order_by(run.id)
    begun = receipts.starts(connection)
    first = EVENT_KINDS[0]
    return [
        JudgedBy(row.id, row.year, row.as_of, row.last_paper_state_id)
        for row in connection.execute(query)
        if begun.decide(row.bank_id, event_on)
        and (row.disbursed_on == event_on if event == first else event_on.year == row.year and event_on <= row.as_of)
    ]
