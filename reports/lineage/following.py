"""An uploaded file followed to where its rows ended: in the runs or, where it was booked as payments, in the books."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from ledger.database import db
from ledger.facts.known_files import known_file
from ledger.intake.repeated import Deviation
from reports.lineage import trace, trace_payments
from reports.lineage.trace import Trace
from reports.lineage.trace_payments import PaymentTrace
from reports.lineage.uploaded import Uploaded, deviations, find_file


@dataclass(frozen=True)
class Followed:
    """What became of a file: in each run the rows of facts, or the entries of its payments; differing: where the file itself
    differs from what is stored of it."""

    uploaded: Uploaded
    traces: list[Trace]
    differing: list[Deviation]
    payments: PaymentTrace | None = None

    @property
    def agrees(self) -> bool:
        """Whether the file is as it is on file, or in the books."""
        return not self.differing if self.payments is None else self.payments.agrees

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        if self.payments is not None:
            return trace_payments.as_dict(self.uploaded, self.payments)
        return trace.as_dict(self.uploaded, self.traces, self.differing)

    def csv(self) -> Iterator[str]:
        """Every row with where it ended, for machines."""
        if self.payments is not None:
            return trace_payments.payments_csv(self.uploaded, self.payments)
        return trace.trace_csv(self.uploaded, self.traces)


def follow(engine: Engine, file: str, year: int | None, run_id: int | None) -> Followed:
    """A file by its path, its name or the start of its SHA-256. Refused where it was not taken in, or before any run."""
    with db.reading(engine) as connection:
        uploaded = find_file(connection, file)
        known = known_file(connection, uploaded.sha256)
        return follow_uploaded(connection, uploaded, known is not None and known.paid, year, run_id)


def follow_uploaded(
    connection: Connection,
    uploaded: Uploaded,
    paid: bool,
    year: int | None,
    run_id: int | None,
    programmes: Collection[str] | None = None,
) -> Followed:
    """A file that was taken in. paid: whether it was booked as payments. programmes: in whose runs it is looked for, None: all."""
    if paid:
        return Followed(uploaded, [], [], trace_payments.trace(connection, uploaded, year, run_id))
    differing = deviations(connection, uploaded)
    compared = None if uploaded.path is None else differing
    runs = [
        run
        for run in trace.runs_of(connection, year, run_id, compared)
        if programmes is None or run.programme in programmes
    ]
    rows = trace.rows_of(connection, uploaded)
    return Followed(uploaded, [trace.trace(connection, rows, run) for run in runs], differing)
