"""第十七条: business whose papers are missing, whatever run there is."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from ledger.facts import positions
from ledger.lazy import np, pd
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
    events = events[events["event_on"] >= since]
    events = events[(events["uploaded_on"] == NO_DATE) | (events["uploaded_on"] > day_number(day))]
    excused = positions.waived(connection, loans, events["loan"].to_numpy(), events["event_on"].to_numpy())
    events = events[~excused].reset_index(drop=True)
    named = loans[list(_NAMED)].iloc[events["loan"].to_numpy()].reset_index(drop=True)
    return pd.concat([events, named], axis=1)


_NAMED = ("bank", "bank_id", "note_no", "enterprise_name", "uscc", "county")

# which papers each event asks for, by law.EVENT_KINDS; others may come beside them and count for nothing
REQUIRED = {"发放": ("贷款合同", "放款通知书"), "还款": ("还本付息凭证",), "展期": ("展期协议",)}
