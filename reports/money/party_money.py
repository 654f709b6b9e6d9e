"""What the books hold of an enterprise or a bank: owed, on its way, arrived, claimed and come back, entry by entry."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, select

from ledger import models
from ledger.models.base import aliased
from ledger.programmes import chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE
from ledger.runs.settlement import RunRecord, read_run

OWED, CLAIMED = "accrual", "claim"


@dataclass(frozen=True)
class Moved:
    """One movement: its run, its day, the kind of entry (of a reversal: what was reversed), of which item, county, bank and
    enterprise it speaks, how much (fen, negative for a reversal), and under which document or voucher."""

    run: RunRecord
    on: date
    kind: str
    reversal: bool
    account: str
    item: str
    county: str
    bank_id: int | None
    enterprise_id: int | None
    fen: int
    document_no: str

    @property
    def words(self) -> str:
        """What it is, for people."""
        name = {OWED: "应付", CLAIMED: "追缴应收"}.get(self.kind) or chart.entry_names()[self.kind]
        return f"冲销：{name}" if self.reversal else name

    @property
    def arrives(self) -> bool:
        """Whether it has reached whom it is for with it."""
        return self.kind != OWED and self.account == PAYABLE.key

    @property
    def comes_back(self) -> bool:
        """Whether it pays back what was claimed."""
        return self.kind != CLAIMED and self.account == RECEIVABLE.key


def moved(connection: Connection, *where: ColumnElement[bool]) -> list[Moved]:
    """The movements whose postings (JournalPosting) meet the conditions, in the order of the books."""
    entry, posting, taken_back = models.JournalEntry, models.JournalPosting, aliased(models.JournalEntry)
    query = (
        select(
            entry.run_id, entry.entered_on, entry.kind, taken_back.kind.label("taken_back"), entry.document_no,
            posting.account, posting.item, posting.county, posting.bank_id, posting.enterprise_id, posting.amount_fen,
        )
        .join(posting, posting.entry_id == entry.id)
        .outerjoin(taken_back, taken_back.id == entry.reverses_id)
        .where(*where)
        .order_by(entry.entered_on, entry.id, posting.posting_no)
    )  # fmt: skip
    rows = connection.execute(query).all()
    runs = {number: read_run(connection, number) for number in sorted({row.run_id for row in rows})}
    found = []
    for row in rows:
        kind, run = row.taken_back or row.kind, runs[row.run_id]
        account, sign = _where_it_goes(run.programme, kind, row.item)
        if row.account == account:
            found.append(
                Moved(
                    run, row.entered_on, kind, row.taken_back is not None, account, row.item, row.county, row.bank_id,
                    row.enterprise_id, sign * row.amount_fen, row.document_no,
                )
            )  # fmt: skip
    return found


def _where_it_goes(programme: str, kind: str, item: str) -> tuple[str, int]:
    """The account on which a kind of entry says of whom it speaks, and the sign that makes its amount positive there."""
    if kind == OWED:
        return PAYABLE.key, -1
    if kind == CLAIMED:
        return RECEIVABLE.key, 1
    if kind not in chart.leg_names():
        return "", 0  # an allotment speaks of nobody
    leg = chart.way(programme, kind).leg
    return (RECEIVABLE.key, -1) if leg.returns else (leg.target_of(item).key, 1)
