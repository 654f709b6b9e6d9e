"""Warnings of what is on file: of everything, of the rows of one file, of the loans of a run or a year."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.database import db
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_loans
from ledger.lazy import np
from ledger.programmes import PROGRAMMES
from ledger.warnings import columns, judging
from ledger.warnings.columns import Brought
from ledger.warnings.judging import Facts, Hit
from ledger.warnings.kinds import Warned, in_order
from ledger.warnings.limits import limits
from ledger.workdays import Days

# the sheet of each frame, and the header of each column that a warning may mean
SHEETS = {"loans": "贷款", "repayments": "还款", "extensions": "展期", "balances": "年末余额", "enterprises": "企业"}
HEADERS = {
    "amount_fen": "贷款金额(万元)", "rate_e4": "年利率(%)", "due_on": "到期日", "note_no": "借据编号",
    "uploaded_on": "资料上传日", "principal_fen": "还本金额(万元)", "interest_fen": "付息金额(万元)",
    "new_due_on": "新到期日", "balance_fen": "年末余额(万元)", "name": "企业名称",
}  # fmt: skip


def of_everything(connection: Connection) -> list[Warned]:
    """Everything on file, but what is judged of a year only."""
    facts = columns.everything(connection)
    return _told(connection, facts, _checked(facts))


def of_file(connection: Connection, brought: Brought) -> list[Warned]:
    """The new and amended rows of a file: what they say, beside what is on file and above them in the file."""
    if not (brought.loans or brought.repayments or brought.extensions or brought.balances or brought.enterprises):
        return []
    facts = columns.near(connection, brought)
    return _told(connection, facts, _checked(facts))


def of_run(connection: Connection, run_id: int, programme: str, year: int, as_of: date) -> list[Warned]:
    """The loans that a run judged, by the facts up to its date, what is judged of a year among it."""
    loan_ids = judged_by(connection, run_id, programme)
    if loan_ids.size == 0:
        return []
    facts = columns.up_to(columns.everything(connection), year, as_of)
    return of_year(connection, facts, loan_ids, year, as_of, named_on=as_of)


def of_year(
    connection: Connection, facts: Facts, loan_ids: Days, year: int, as_of: date, named_on: date | None = None
) -> list[Warned]:
    """Some loans in a year: what is on file of them (`columns.everything`), and what is judged of the year as of a date.

    named_on: the day by whose changes banks are called; by all on file where there is none.
    """
    columns.of_loans(facts, loan_ids)
    of_the_year = [*judging.overdue(facts, limits(), as_of), *judging.unreported(facts, limits(), year)]
    return _told(connection, facts, [*_checked(facts), *of_the_year], named_on)


def judged_by(connection: Connection, run_id: int, programme: str) -> Days:
    """The loans among the lines of a run, whatever its document calls its lines."""
    found = [np.empty(0, dtype=np.int64)]
    for model in PROGRAMMES[programme].tables:
        lines = models.table_of(model)
        if {"run_id", "line_no", "loan_fact_id"} <= set(lines.c.keys()):
            query = with_loans(select(models.LoanFact.loan_id), model)
            found.append(db.fetch_frame(connection, query.where(lines.c.run_id == run_id))["loan_id"].to_numpy())
    return np.concatenate(found)


def _checked(facts: Facts) -> list[Hit]:
    return [hit for check in judging.CHECKS for hit in check(facts, limits())]


# --- hits as warnings -------------------------------------------------------------------------------------------------


def _told(connection: Connection, facts: Facts, hits: list[Hit], named_on: date | None = None) -> list[Warned]:
    """Hits with their bank, note number, enterprise, file and row."""
    if not hits:
        return []
    banks = bank_names(connection, named_on).all_in_force()
    files = _words(connection, models.Intake, "file_name")
    usccs = _words(connection, models.Enterprise, "uscc")
    at = {name: _columns(getattr(facts, name)) for name in SHEETS}
    loans = at["loans"]
    found = []
    for hit in hits:
        frame = at[hit.frame]
        bank = note = None
        enterprise = frame["enterprise_id"][hit.row] if "enterprise_id" in frame else 0
        if hit.frame != "enterprises":
            loan = hit.row if hit.frame == "loans" else frame["loan"][hit.row]
            bank, note, enterprise = (
                banks[loans["bank_id"][loan]], loans["note_no"][loan], loans["enterprise_id"][loan]
            )  # fmt: skip
        sheet, row = SHEETS[hit.frame], int(frame["sheet_row"][hit.row])
        text = f"{sheet}表第 {row} 行，{HEADERS[hit.field]}「{hit.value}」：{hit.said}"
        file = files[frame["intake_id"][hit.row]]
        found.append(Warned(hit.code, bank, note, usccs[enterprise], file, sheet, row, text, hit.field))
    return in_order(found)


def _columns(frame: Any) -> Mapping[str, Any]:
    """A frame's columns as arrays: many single values are taken from them."""
    return {name: frame[name].to_numpy() for name in frame.columns}


def _words(connection: Connection, model: Any, column: str) -> dict[int, str]:
    """What people call each row of a table, by its number."""
    table = models.table_of(model)
    return {row[0]: row[1] for row in connection.execute(select(table.c.id, table.c[column]))}
