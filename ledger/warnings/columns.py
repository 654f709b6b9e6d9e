"""Facts on file as the columns that warnings are judged on: all of them, or those near what one file brought.

Besides what `judging.Facts` says each frame has intake_id and sheet_row, by which a row is named.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Select, TextClause, bindparam, select, text

from ledger import models
from ledger.columns import UNKNOWN
from ledger.database import db
from ledger.database.bulk import column_array
from ledger.facts import in_force, receipts
from ledger.facts.partitions import WHOLE, Partition
from ledger.lazy import np, pd
from ledger.models.anchors import OTHER_NOTE, PLAIN_NOTE
from ledger.warnings.alike import Alike
from ledger.warnings.judging import Facts, plain_numbers
from ledger.workdays import NO_DATE, Days, day_number


@dataclass
class Brought:
    """What one file brought: its number, and whom its new and amended rows speak of (ids), by what they are.

    rows: of a file with many loans what it says of them, by column of their tables, the loans ascending; else empty.
    """

    intake_id: int
    rows: dict[str, Sequence[Any]] = field(default_factory=dict)
    loans: set[int] = field(default_factory=set)
    banks: set[int] = field(default_factory=set)  # of those loans
    borrowers: set[int] = field(default_factory=set)  # of those loans, ids of enterprises
    repayments: set[int] = field(default_factory=set)  # ids of their loans, as below
    extensions: set[int] = field(default_factory=set)
    balances: set[int] = field(default_factory=set)
    enterprises: set[int] = field(default_factory=set)

    def add(
        self,
        model: type[Any],
        values: Callable[[str], Sequence[Any]],
        numbers: Sequence[int],
        positions: Iterable[int],
    ) -> None:
        """Notes the rows of one sheet: the model that they fill, a column's values by its name, the sheet's number of each, and
        which rows they are."""
        rows = list(positions)
        if model is models.LoanFact and len(rows) > _MANY:
            ids = values("loan_id")
            rows.sort(key=ids.__getitem__)
            said = {**{column.name: values(column.name) for column in _of_a_loan()}, "sheet_row": numbers}
            self.rows = {name: [column[row] for row in rows] for name, column in said.items()}
        for known, link in _KEPT.get(model, ()):
            column = values(link)
            getattr(self, known).update(found for row in rows if (found := column[row]) is not None)


_MANY = (
    5_000  # loans of a file from which reading all loans of its banks is the shorter way, and its own are not read back
)

_KEPT: dict[type[Any], tuple[tuple[str, str], ...]] = {
    models.LoanFact: (("loans", "loan_id"), ("banks", "bank_id"), ("borrowers", "enterprise_id")),
    models.RepaymentFact: (("repayments", "loan_id"),),
    models.ExtensionFact: (("extensions", "loan_id"),),
    models.ReportedBalanceFact: (("balances", "loan_id"),),
    models.EnterpriseFact: (("enterprises", "enterprise_id"),),
}


def everything(connection: Connection) -> Facts:
    """All facts in force, every row to be judged."""
    facts = _with_events(connection, _loans(connection), None, _enterprises(connection))
    for frame in frames(facts):
        frame["judged"], frame["turn"] = True, 0
    return facts


def near(connection: Connection, brought: Brought) -> Facts:
    """What a file's rows speak of, and what they may be twins of: loans of its banks, all enterprises. Its own rows are judged."""
    spoken_of = brought.loans | brought.repayments | brought.extensions | brought.balances
    if brought.rows:
        loans = _loans(connection, brought.banks, spoken_of, brought=brought)
    else:
        loans = _loans(connection, set(), spoken_of | _alike(connection, brought))
    enterprises = _enterprises(connection, brought.enterprises)
    facts = _with_events(connection, loans, brought, enterprises)
    for frame in frames(facts):
        frame["judged"] = frame["intake_id"].to_numpy() == brought.intake_id
        frame["turn"] = np.where(frame["judged"], frame["sheet_row"], 0)
    return facts


def of_part(connection: Connection, partition: Partition, alike: Alike) -> Facts:
    """All facts in force of a part of the enterprises, every row to be judged, and beside them the loans and enterprises of
    others that look the same as one of the part, by the number of each. Loans of the part have their version, loan_fact_id, beside them."""
    loans = _loans(connection, partition=partition)
    others = alike.loans.beside(loans["loan_id"].to_numpy())
    if others:
        loans = pd.concat([loans, _loans(connection, set(), others).assign(loan_fact_id=UNKNOWN)], ignore_index=True)
    loans = loans.sort_values("loan_id", ignore_index=True)
    companies = _enterprises(connection, partition=partition)
    others = alike.enterprises.beside(companies["enterprise_id"].to_numpy())
    fact = models.table_of(models.EnterpriseFact)
    more = _in_chunks(connection, _enterprise_query(), fact.c.enterprise_id, others)
    companies = pd.concat([companies, *more], ignore_index=True).sort_values("enterprise_id", ignore_index=True)
    facts = _with_events(connection, loans, None, companies, partition)
    for frame in frames(facts):
        frame["judged"], frame["turn"] = True, 0
    return facts


def of_loans(facts: Facts, loan_ids: Days) -> None:
    """Leaves only some loans to be judged, with what speaks of them and their enterprises."""
    loans = facts.loans
    loans["judged"] = np.isin(loans["loan_id"].to_numpy(), loan_ids)
    for frame in (facts.repayments, facts.extensions, facts.balances):
        frame["judged"] = loans["judged"].to_numpy()[frame["loan"].to_numpy()]
    borrowers = loans["enterprise_id"].to_numpy()[loans["judged"].to_numpy()]
    facts.enterprises["judged"] = np.isin(facts.enterprises["enterprise_id"].to_numpy(), borrowers)


def up_to(facts: Facts, year: int, as_of: date) -> Facts:
    """The facts that a year's run goes by: repayments and extensions up to its date, balances up to its year."""
    day = day_number(as_of)
    repayments, extensions, balances = (
        frame[frame[column] <= last].reset_index(drop=True)
        for frame, column, last in (
            (facts.repayments, "paid_on", day), (facts.extensions, "extended_on", day), (facts.balances, "year", year)
        )
    )  # fmt: skip
    return Facts(facts.loans, repayments, extensions, balances, facts.enterprises)


def frames(facts: Facts) -> tuple[pd.DataFrame, ...]:
    """Every frame of the facts."""
    return facts.loans, facts.repayments, facts.extensions, facts.balances, facts.enterprises


# --- reading ----------------------------------------------------------------------------------------------------------


def _loans(
    connection: Connection,
    banks: set[int] | None = None,
    others: Collection[int] = (),
    partition: Partition = WHOLE,
    brought: Brought | None = None,
) -> pd.DataFrame:
    """The loans in force: all of a part of the enterprises, or all of some banks and some others. brought: a file whose loans
    are at hand and are not read."""
    fact, loan = models.table_of(models.LoanFact), models.table_of(models.Loan)
    query = (
        select(*_of_a_loan(), fact.c.intake_id, fact.c.sheet_row)
        .join(loan, loan.c.id == fact.c.loan_id)
        .where(fact.c.retired_by.is_(None))
    )
    if banks is None:
        return _named(in_force.loans(connection, partition))
    query = query.order_by(fact.c.loan_id)
    of_banks = query.where(loan.c.bank_id.in_(sorted(banks)))
    if brought is None:
        found = db.fetch_frame(connection, of_banks)
    else:
        last_before = db.next_id(connection, fact) - 1 - len(brought.rows["loan_id"])
        before = db.fetch_frame(connection, of_banks.where(fact.c.id <= last_before))
        found = pd.concat([before, _at_hand(brought)]).sort_values("loan_id", ignore_index=True)
    left = set(others).difference(found["loan_id"].tolist())
    return _named(pd.concat([found, *_in_chunks(connection, query, fact.c.loan_id, left)], ignore_index=True))


def _of_a_loan() -> tuple[Column[Any], ...]:
    fact, loan = models.table_of(models.LoanFact).c, models.table_of(models.Loan).c
    return (
        fact.loan_id, loan.bank_id, fact.enterprise_id, loan.note_no, fact.product, fact.amount_fen, fact.disbursed_on,
        fact.due_on, fact.rate_e4, fact.uploaded_on,
    )  # fmt: skip


def _at_hand(brought: Brought) -> pd.DataFrame:
    """The loans of a file as reading them back would give them."""
    arrays = {column.name: column_array(brought.rows[column.name], column.type) for column in _of_a_loan()}
    numbers = np.array(brought.rows["sheet_row"], dtype=np.int64)
    return pd.DataFrame({**arrays, "intake_id": np.full_like(numbers, brought.intake_id), "sheet_row": numbers})


def _named(loans: pd.DataFrame) -> pd.DataFrame:
    return loans.rename(columns={"amount_fen": "amount"})


def _alike(connection: Connection, brought: Brought) -> set[int]:
    """The loans that a file's loans may be twins of: lent by the same banks to the same enterprises, or of numbers that look
    the same. So what a small file costs grows little with what is on file."""
    fact, loan = models.table_of(models.LoanFact), models.table_of(models.Loan)
    banks = sorted(brought.banks)
    # no join: where nothing is known of the tables it may begin with all loans of the banks
    of_banks = select(loan.c.id).where(loan.c.id == fact.c.loan_id, loan.c.bank_id.in_(banks)).exists()
    lent = select(fact.c.loan_id).where(fact.c.retired_by.is_(None), of_banks)
    found = {
        loan_id
        for chunk in db.in_chunks(sorted(brought.borrowers))
        for loan_id in connection.execute(lent.where(fact.c.enterprise_id.in_(chunk))).scalars()
    }
    return found.union(_spelt_alike(connection, brought))


def _spelt_alike(connection: Connection, brought: Brought) -> Iterator[int]:
    """The loans of its banks whose numbers look the same as those of a file's loans."""
    loan = models.table_of(models.Loan)
    own: dict[int, set[str]] = defaultdict(set)
    for chunk in db.in_chunks(sorted(brought.loans)):
        for bank, note in connection.execute(select(loan.c.bank_id, loan.c.note_no).where(loan.c.id.in_(chunk))):
            own[bank].add(note)
    by_spelling = _from_loans(connection, "id", "ix_loans_spelling", f"{PLAIN_NOTE} IN :some")
    of_other_spelling = _from_loans(
        connection, "note_no", "ix_loans_other_spelling", OTHER_NOTE[connection.dialect.name]
    )
    for bank, notes in own.items():
        alike = set(plain_numbers(sorted(notes)))
        for some in db.in_chunks(sorted(plain.upper() for plain in alike if plain.isascii())):
            asked = by_spelling.bindparams(bindparam("some", some, expanding=True))
            yield from connection.execute(asked, {"bank": bank}).scalars()
        others = connection.execute(of_other_spelling, {"bank": bank}).scalars().all()
        found = [note for note, plain in zip(others, plain_numbers(others), strict=True) if plain in alike]
        for some in db.in_chunks(found):
            of_bank = select(loan.c.id).where(loan.c.bank_id == bank, loan.c.note_no.in_(some))
            yield from connection.execute(of_bank).scalars()


def _from_loans(connection: Connection, column: str, index: str, condition: str) -> TextClause:
    """A column of a bank's loans of which something holds, found by an index if it is there, whatever SQLite knows of the table:
    by itself it takes the one over all numbers."""
    by = ""
    if connection.dialect.name == "sqlite":
        made = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"
        by = f" INDEXED BY {index}" if connection.exec_driver_sql(made, (index,)).first() else ""
    return text(f"SELECT {column} FROM loans{by} WHERE bank_id = :bank AND {condition}")


def _with_events(
    connection: Connection,
    loans: pd.DataFrame,
    brought: Brought | None,
    enterprises: pd.DataFrame,
    partition: Partition = WHOLE,
) -> Facts:
    """The facts of loans of a part: their repayments, extensions and reported balances, each beside its loan's row."""
    index = pd.Index(loans["loan_id"])

    def read(model: type[Any], columns: Iterable[str], loan_ids: set[int] | None) -> pd.DataFrame:
        frame = _of_loans(connection, model, columns, loan_ids, partition)
        frame["loan"] = index.get_indexer(pd.Index(frame["loan_id"]))
        return frame[frame["loan"] >= 0].reset_index(drop=True)

    paid = None if brought is None else brought.repayments | brought.balances
    extended, reported = (None, None) if brought is None else (brought.extensions, brought.balances)
    columns = ("paid_on", "principal_fen", "interest_fen", "uploaded_on")
    repayments = read(models.RepaymentFact, columns, paid)
    repayments = repayments.rename(columns={"principal_fen": "principal", "interest_fen": "interest"})
    repayments["interest"] = repayments["interest"].replace(UNKNOWN, 0)
    extensions = read(models.ExtensionFact, ("extended_on", "new_due_on", "uploaded_on"), extended)
    balances = read(models.ReportedBalanceFact, ("year", "balance_fen"), reported)
    balances = balances.rename(columns={"balance_fen": "reported"})
    balances["computed"] = _year_end_balances(loans, repayments, balances)
    begun = receipts.starts(connection)
    if not begun.none:  # a day that was reported where receipts decide is only shown
        banks = loans["bank_id"].to_numpy()
        for frame, of, event in (
            (loans, banks, "disbursed_on"), (repayments, banks[repayments["loan"]], "paid_on"),
            (extensions, banks[extensions["loan"]], "extended_on"),
        ):  # fmt: skip
            shown = receipts.decided(begun, of, frame[event].to_numpy())
            frame["uploaded_on"] = np.where(shown, NO_DATE, frame["uploaded_on"].to_numpy())
    return Facts(loans, repayments, extensions, balances, enterprises)


def _of_loans(
    connection: Connection,
    model: type[models.Fact],
    columns: Iterable[str],
    loan_ids: set[int] | None,
    partition: Partition,
) -> pd.DataFrame:
    """Facts in force of loans, of all of a part where none are named."""
    names = ["loan_id", *columns, "intake_id", "sheet_row"]
    if loan_ids is None:
        return in_force.of_loans(connection, model, partition)[names]
    fact = models.table_of(model)
    query = select(*(fact.c[name] for name in names)).where(fact.c.retired_by.is_(None))
    nothing = db.fetch_frame(connection, query.where(fact.c.loan_id.in_([])))
    return pd.concat([nothing, *_in_chunks(connection, query, fact.c.loan_id, loan_ids)], ignore_index=True)


def _in_chunks(connection: Connection, query: Select[Any], column: Any, ids: set[int]) -> list[pd.DataFrame]:
    return [db.fetch_frame(connection, query.where(column.in_(chunk))) for chunk in db.in_chunks(sorted(ids))]


def _enterprises(
    connection: Connection, brought: Collection[int] | None = None, partition: Partition = WHOLE
) -> pd.DataFrame:
    """All enterprises on file, or those of a part; none where a file brought none, since then there is nothing to compare."""
    fact, query = models.table_of(models.EnterpriseFact), _enterprise_query()
    if brought is not None and not brought:
        query = query.where(fact.c.id.in_([]))
    return db.fetch_frame(connection, partition.within(query, fact.c.enterprise_id))


def _enterprise_query() -> Select[Any]:
    fact, anchor = models.table_of(models.EnterpriseFact), models.table_of(models.Enterprise)
    return (
        select(fact.c.enterprise_id, anchor.c.uscc, fact.c.name, fact.c.intake_id, fact.c.sheet_row)
        .join(anchor, anchor.c.id == fact.c.enterprise_id)
        .where(fact.c.retired_by.is_(None))
    )


def _year_end_balances(loans: pd.DataFrame, repayments: pd.DataFrame, balances: pd.DataFrame) -> Days:
    """Of each reported balance what the loan's own records give for that December 31; 0 before the disbursement."""
    left = np.zeros(len(balances), dtype=np.int64)
    years, rows = balances["year"].to_numpy(), balances["loan"].to_numpy()
    for year in np.unique(years).tolist():
        last = day_number(date(year, 12, 31))
        balance = loans["amount"].to_numpy().copy()
        by_then = repayments[repayments["paid_on"] <= last]
        np.subtract.at(balance, by_then["loan"].to_numpy(), by_then["principal"].to_numpy())
        balance = np.where(loans["disbursed_on"].to_numpy() <= last, balance, 0)
        left[years == year] = balance[rows[years == year]]
    return left
