"""A file of payments booked: what became of it, with the seal over it, for whoever sent it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import payments
from ledger.books.payments import Paid
from ledger.database import db
from ledger.runs import settlement
from reports.runs import status


@dataclass(frozen=True)
class Booked:
    """What became of a file of payments. seal: over it, None where nothing was booked; solo: the runs among its own that
    one person approved alone."""

    paid: Paid
    dry_run: bool
    seal: dict[str, Any] | None = None
    solo: list[int] = field(default_factory=list)

    @property
    def status(self) -> str:
        """known, refused, checked or taken."""
        if self.paid.known:
            return "known"
        return "refused" if self.paid.refused else "checked" if self.dry_run else "taken"

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        paid = self.paid
        return {
            "file": paid.file, "sha256": paid.sha256, "status": self.status,
            "legs": {leg: {"rows": rows, "fen": fen} for leg, (rows, fen) in paid.legs.items()},
            "entries": paid.entries if self.status == "taken" else {},
            "known": paid.known.as_dict() if paid.known else None,
            "findings": [finding.as_dict() for finding in paid.findings],
            "warnings": [one.as_dict() for one in paid.warnings],
            "seal": self.seal,
        }  # fmt: skip


def book(
    engine: Engine, year: int, path: Path, made_by: str, dry_run: bool = False, scope: Scope = EVERYTHING
) -> Booked:
    """Books a file of payments as `payments.pay` does, and tells the seal over it."""
    paid = payments.pay(engine, year, path, made_by, dry_run, scope)
    booked = Booked(paid, dry_run)
    if booked.status != "taken":
        return booked
    with db.reading(engine) as connection:
        seals = [status.last_seal(connection, run_id) for run_id in paid.entries]
        seal = max(seals, key=lambda one: int(one["seal"]), default=None)  # a file for two documents has two
        solo = [run_id for run_id in paid.entries if settlement.read_run(connection, run_id).solo]
    return Booked(paid, dry_run, seal, solo)
