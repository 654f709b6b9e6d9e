"""An audit of the books and, where it is wanted, of the files in the store: what was looked at, and all that differs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from ledger.audit import audit as books
from ledger.audit.audit import Problem, Report
from ledger.database import db
from ledger.papers import verifying
from ledger.papers.verifying import Verified
from ledger.store import Store

_PAPER = "paper"  # the kind of a problem of a file


@dataclass(frozen=True)
class Audited:
    """What was found. papers: of the files in the store, None where nobody asked."""

    report: Report
    papers: Verified | None = None

    @property
    def problems(self) -> list[Problem]:
        """All that differs: of the books in the order of the chain, then of the files."""
        faults = self.papers.problems if self.papers else []
        return [*self.report.problems, *(Problem(_PAPER, one.text) for one in faults)]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        found = self.report.as_dict() | {"problems": [vars(one) for one in self.problems]}
        return found if self.papers is None else found | {"papers": self.papers.as_dict()}


def audit(engine: Engine, head: str | None = None, store: Store | None = None) -> Audited:
    """Checks everything that is sealed. head: a seal's hash on paper, which must be in the chain. store: whose files are
    hashed too."""
    report = books.audit(engine, head)
    if store is None:
        return Audited(report)
    with db.reading(engine) as connection:
        return Audited(report, verifying.verify(connection, store))
