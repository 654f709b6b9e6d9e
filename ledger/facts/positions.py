"""Facts as of a date, as columns: what every document asks of loans, enterprises, banks and rates.

Each function reads facts in force and returns day numbers, fen and e4 (see the package's glossary). A loan's row is its
position in the frame that `loans` returns, which is sorted by (bank name, note number), both by code point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, select

from ledger import models
from ledger.columns import UNKNOWN
from ledger.counties import COUNTY_RANK
from ledger.database import db
from ledger.facts import in_force
from ledger.facts.bank_names import bank_names
from ledger.facts.partitions import WHOLE, Partition
from ledger.lazy import np, pd
from ledger.workdays import NO_DATE, Calendar, Days, day_number


def ranks(names: np.ndarray) -> Days:
    """Numbers that sort as the names do, by code point; equal for equal names."""
    return pd.factorize(pd.Series(names, dtype=object), sort=True)[0].astype(np.int64)


def calendar(connection: Connection) -> Calendar:
    """The working days with the notices on file."""
    fact = models.CalendarFact
    rows = connection.execute(select(fact.day, fact.kind).where(fact.retired_by.is_(None)))
    return Calendar({row.day: row.kind == "上班" for row in rows})


def lpr(connection: Connection) -> pd.DataFrame:
    """The announcements, ascending: announced_on, rate_e4."""
    fact = models.LprFact
    return db.fetch_frame(
        connection, select(fact.announced_on, fact.rate_e4).where(fact.retired_by.is_(None)).order_by(fact.announced_on)
    )


_OF_LOANS = (
    "loan_fact_id", "loan_id", "bank_id", "note_no", "guarantee", "project_id", "enterprise_id", "amount_fen",
    "disbursed_on", "due_on", "rate_e4", "uploaded_on",
)  # fmt: skip


def loans(
    connection: Connection,
    product: str,
    disbursed_after: date,
    disbursed_to: date,
    partition: Partition = WHOLE,
    as_of: date | None = None,
) -> pd.DataFrame:
    """The loans of a product disbursed within (disbursed_after, disbursed_to], sorted by (bank name, note number).

    Banks have the names that they had on the as-of date, or have now. Enterprises are ranked within the part.

    Columns: loan_fact_id, loan_id, bank_id, bank, bank_rank, note_no, guarantee, project_id, amount,
    disbursed_on, first_due_on, rate_e4, uploaded_on, and of the enterprise: enterprise_fact_id, enterprise (its id),
    uscc, enterprise_name, enterprise_rank, county, county_rank.
    """
    fact = models.LoanFact
    wanted = fact.product == product, fact.disbursed_on > disbursed_after, fact.disbursed_on <= disbursed_to
    found = in_force.loans(connection, partition, wanted)
    days, first, last = found["disbursed_on"], day_number(disbursed_after), day_number(disbursed_to)
    frame = found.loc[(found["product"] == product) & (days > first) & (days <= last), list(_OF_LOANS)]
    frame = frame.rename(columns={"enterprise_id": "enterprise", "amount_fen": "amount", "due_on": "first_due_on"})
    banks = db.fetch_frame(connection, select(models.Bank.id.label("bank_id"), models.Bank.name.label("bank")))
    names = bank_names(connection, as_of)
    if not names.unchanged:
        banks["bank"] = [names.in_force(number) for number in banks["bank_id"].tolist()]
    banks["bank_rank"] = ranks(banks["bank"].to_numpy())
    frame = look_up(frame, banks, "bank_id")
    by_note = np.argsort(frame["note_no"].to_numpy().astype(np.dtypes.StringDType()), kind="stable")  # by code point
    by_bank = by_note[np.argsort(frame["bank_rank"].to_numpy()[by_note], kind="stable")]
    frame = frame.iloc[by_bank].reset_index(drop=True)
    return look_up(frame, enterprises(connection, partition), "enterprise")


def enterprises(connection: Connection, partition: Partition = WHOLE) -> pd.DataFrame:
    """The enterprises on file: enterprise (id), enterprise_fact_id, uscc, enterprise_name and its rank, county and rank."""
    fact, anchor = models.EnterpriseFact, models.Enterprise
    query = (
        select(
            fact.enterprise_id.label("enterprise"), fact.id.label("enterprise_fact_id"), anchor.uscc,
            fact.name.label("enterprise_name"), fact.county,
        )
        .join(anchor, anchor.id == fact.enterprise_id)
        .where(fact.retired_by.is_(None))
    )  # fmt: skip
    frame = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    frame["enterprise_rank"] = ranks(frame["enterprise_name"].to_numpy())
    frame["county_rank"] = frame["county"].map(COUNTY_RANK).to_numpy(dtype=np.int64)
    return frame


def look_up(frame: pd.DataFrame, table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The table's columns beside each row, by an identifier that the table has once; rows keep their order."""
    positions = pd.Index(table[key]).get_indexer(pd.Index(frame[key]))
    found = {name: table[name].to_numpy()[positions] for name in table.columns if name != key}
    return frame.assign(**found)


def rows_of(frame: pd.DataFrame, loan_ids: np.ndarray) -> Days:
    """The row of each loan id in the frame, -1 where it is not there."""
    return pd.Index(frame["loan_id"]).get_indexer(pd.Index(loan_ids)).astype(np.int64)


def _of_loans(
    connection: Connection,
    partition: Partition,
    model: type[models.Fact],
    *columns: str,
    where: Sequence[ColumnElement[bool]] = (),
) -> pd.DataFrame:
    """Facts in force of loans ever lent to a part: loan_id, and the columns asked for."""
    found = in_force.of_loans(connection, model, partition, where)
    return found[["loan_id", *columns]]


def _beside(frame: pd.DataFrame, facts: pd.DataFrame, day: str | None = None) -> pd.DataFrame:
    """Those of facts of loans that are of the frame's loans, with its row as `loan` for loan_id, by (loan, day)."""
    loan = rows_of(frame, facts["loan_id"].to_numpy())
    order = np.argsort(loan, kind="stable") if day is None else np.lexsort([facts[day].to_numpy(), loan])
    order = order[np.searchsorted(loan[order], 0) :]
    columns = {name: facts[name].to_numpy()[order] for name in facts.columns.drop("loan_id")}
    return pd.DataFrame({"loan": loan[order], **columns})


@dataclass(frozen=True)
class Histories:
    """What became of the loans of a part by a date: facts with loan_id, each kind read once for all that ask of these loans."""

    repaid: pd.DataFrame
    extended: pd.DataFrame
    revoked: pd.DataFrame

    def repayments(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's repayments: loan (row), paid_on, principal_fen, uploaded_on; by (loan, paid_on)."""
        return _beside(frame, self.repaid, "paid_on")

    def extensions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's extensions: loan (row), extended_on, new_due_on, uploaded_on; by (loan, date)."""
        return _beside(frame, self.extended, "extended_on")

    def revoked_on(self, frame: pd.DataFrame) -> Days:
        """When each loan lost the support (撤销); NO_DATE if it did not."""
        return _column(frame, self.revoked, "found_on", NO_DATE)


def histories(connection: Connection, as_of: date, partition: Partition = WHOLE) -> Histories:
    """What is dated on or before a date."""
    return Histories(
        _repaid(connection, as_of, partition),
        _extended(connection, as_of, partition),
        _revoked(connection, as_of, partition),
    )


def _until(facts: pd.DataFrame, day: str, as_of: date) -> pd.DataFrame:
    return facts[facts[day] <= day_number(as_of)]


def _repaid(connection: Connection, as_of: date, partition: Partition = WHOLE) -> pd.DataFrame:
    columns = ("paid_on", "principal_fen", "uploaded_on")
    return _until(_of_loans(connection, partition, models.RepaymentFact, *columns), "paid_on", as_of)


def _extended(connection: Connection, as_of: date, partition: Partition = WHOLE) -> pd.DataFrame:
    columns = ("extended_on", "new_due_on", "uploaded_on")
    return _until(_of_loans(connection, partition, models.ExtensionFact, *columns), "extended_on", as_of)


def _revoked(connection: Connection, as_of: date, partition: Partition = WHOLE) -> pd.DataFrame:
    return _until(_of_loans(connection, partition, models.RevocationFact, "found_on"), "found_on", as_of)


def repayments(connection: Connection, frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The repayments dated on or before a date: loan (row), paid_on, principal_fen, uploaded_on; by (loan, paid_on)."""
    return _beside(frame, _repaid(connection, as_of), "paid_on")


def extensions(connection: Connection, frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The extensions dated on or before a date: loan (row), extended_on, new_due_on, uploaded_on; by (loan, date)."""
    return _beside(frame, _extended(connection, as_of), "extended_on")


def balances(frame: pd.DataFrame, repaid: pd.DataFrame, day: date) -> Days:
    """Each loan's balance on a date: the amount less the principal repaid by then (loans disbursed by then)."""
    by_then = repaid[repaid["paid_on"] <= day_number(day)]
    balance = frame["amount"].to_numpy().copy()
    np.subtract.at(balance, by_then["loan"].to_numpy(), by_then["principal_fen"].to_numpy())
    return balance


def paid_off_on(frame: pd.DataFrame, repaid: pd.DataFrame) -> Days:
    """The day on which each loan's balance reached 0 (NO_DATE if it did not), by repayments sorted by (loan, paid_on)."""
    found = np.full(len(frame), NO_DATE, dtype=np.int64)
    loan, principal = repaid["loan"].to_numpy(), repaid["principal_fen"].to_numpy()
    if loan.size == 0:
        return found
    running = np.cumsum(principal)
    starts = np.flatnonzero(np.concatenate([[True], loan[1:] != loan[:-1]]))
    before = np.repeat(running[starts] - principal[starts], np.diff(np.append(starts, loan.size)))
    done = np.flatnonzero(running - before >= frame["amount"].to_numpy()[loan])
    # the first row at which a loan is done; later rows (interest paid afterwards) do not move the day
    rows, first = np.unique(loan[done], return_index=True)
    found[rows] = repaid["paid_on"].to_numpy()[done[first]]
    return found


def due_on(frame: pd.DataFrame, extended: pd.DataFrame) -> Days:
    """Each loan's due date after the last of its extensions (sorted by (loan, date))."""
    due = frame["first_due_on"].to_numpy().copy()
    last = extended.drop_duplicates("loan", keep="last")
    due[last["loan"].to_numpy()] = last["new_due_on"].to_numpy()
    return due


def column_of(
    connection: Connection,
    frame: pd.DataFrame,
    model: type[models.Fact],
    column: str,
    none: int,
    year: int | None = None,
    partition: Partition = WHOLE,
) -> Days:
    """A column of a fact that a loan has at most once (within a year, where one is given); `none` where it has none."""
    if year is None:
        return _column(frame, _of_loans(connection, partition, model, column), column, none)
    facts = _of_loans(connection, partition, model, "year", column, where=(models.table_of(model).c.year == year,))
    return _column(frame, facts[facts["year"] == year], column, none)


def _column(frame: pd.DataFrame, facts: pd.DataFrame, column: str, none: int) -> Days:
    """A column of facts that a loan has at most once, beside the frame's loans; `none` where it has none."""
    found = _beside(frame, facts)
    values = np.full(len(frame), none, dtype=np.int64)
    values[found["loan"].to_numpy()] = found[column].to_numpy()
    return values


def waived(
    connection: Connection, frame: pd.DataFrame, loan: Days, event_on: Days, partition: Partition = WHOLE
) -> np.ndarray:
    """Whether the papers of an event (loan row, day) are excused by a 上传豁免."""
    facts = _beside(frame, _of_loans(connection, partition, models.UploadWaiverFact, "event_on"))
    excused = pd.MultiIndex.from_arrays([facts["loan"], facts["event_on"]])
    return (
        pd.MultiIndex.from_arrays([loan, event_on]).isin(excused) if len(excused) else np.zeros(loan.size, dtype=bool)
    )


def qualification(
    connection: Connection, frame: pd.DataFrame, categories: Sequence[str], day: Days, partition: Partition = WHOLE
) -> pd.DataFrame:
    """The qualification that each row's enterprise holds on its day; of several, the first by category and first day.

    Columns: qualification_fact_id (UNKNOWN if none), category (its place in `categories`), valid_from, valid_to.
    """
    fact = models.QualificationFact
    query = select(
        fact.id.label("qualification_fact_id"), fact.enterprise_id, fact.category, fact.valid_from, fact.valid_to
    ).where(fact.retired_by.is_(None), fact.category.in_(categories))
    facts = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    facts["category"] = facts["category"].map({name: rank for rank, name in enumerate(categories)}).astype(np.int64)
    facts = facts.sort_values(["category", "valid_from"])
    return covering(frame["enterprise"].to_numpy(), day, facts, "enterprise_id", "valid_from", "valid_to")


def partnership(connection: Connection, frame: pd.DataFrame, day: Days) -> pd.DataFrame:
    """The partnership of each row's bank on its day, the earliest of several.

    Columns: partnership_fact_id (UNKNOWN if none), partner_from, partner_to.
    """
    fact = models.PartnershipFact
    facts = db.fetch_frame(
        connection,
        select(
            fact.id.label("partnership_fact_id"),
            fact.bank_id,
            fact.starts_on.label("partner_from"),
            fact.ends_on.label("partner_to"),
        )
        .where(fact.retired_by.is_(None), fact.starts_on.is_not(None))
        .order_by(fact.starts_on),
    )
    return covering(frame["bank_id"].to_numpy(), day, facts, "bank_id", "partner_from", "partner_to")


def covering(subject: Days, day: Days, facts: pd.DataFrame, link: str, starts: str, ends: str) -> pd.DataFrame:
    """For each (subject, day) the first fact of that subject whose period holds the day, both ends included.

    The facts' columns but the link, beside each (subject, day); UNKNOWN and NO_DATE where no fact holds it.
    """
    found = np.full(subject.size, -1, dtype=np.int64)  # the place in facts
    turn = facts.groupby(link).cumcount().to_numpy()
    first, last = facts[starts].to_numpy(), facts[ends].to_numpy()
    last = np.where(last == NO_DATE, np.iinfo(np.int64).max, last)
    for number in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == number)
        place = pd.Index(facts[link].to_numpy()[chosen]).get_indexer(pd.Index(subject))
        candidate = chosen[place]
        holds = (place >= 0) & (found < 0) & (first[candidate] <= day) & (day <= last[candidate])
        found[holds] = candidate[holds]
    columns = {}
    for name in facts.columns.drop(link):
        none = NO_DATE if name in (starts, ends) else UNKNOWN
        columns[name] = np.append(facts[name].to_numpy(), none)[found]  # -1 takes the appended value
    return pd.DataFrame(columns)


def revoked_on(connection: Connection, frame: pd.DataFrame, until: date) -> Days:
    """When each loan lost the support (撤销), on or before a date; NO_DATE if it did not."""
    return _column(frame, _revoked(connection, until), "found_on", NO_DATE)


def barred(connection: Connection, link: str, subjects: pd.Series, until: date) -> Days:
    """When each enterprise (`enterprise_id`) or bank (`bank_id`) lost the support (取消资格), on or before a date.

    NO_DATE where it did not.
    """
    fact = models.table_of(models.DisqualificationFact)
    facts = db.fetch_frame(
        connection,
        select(fact.c[link], fact.c.barred_on).where(
            fact.c.retired_by.is_(None), fact.c[link].is_not(None), fact.c.barred_on <= until
        ),
    )
    return found_by(facts[link].to_numpy(), facts["barred_on"].to_numpy(), subjects.to_numpy(), NO_DATE)


def barred_banks(connection: Connection, banks: pd.Series, until: date, as_of: date) -> Days:
    """When each bank lost the support, on or before a date: by itself, or by its successor's loss from the takeover on."""
    own = barred(connection, "bank_id", banks, until)
    names = bank_names(connection, as_of)
    if names.unchanged:
        return own
    found = {}
    for bank in banks.unique().tolist():
        since: date = date.min
        held, days = bank, []
        for heir in names.successors(bank):
            since = max(since, names.taken_over_on(held) or date.min)
            loss = int(barred(connection, "bank_id", pd.Series([heir]), until)[0])
            if loss != NO_DATE and max(loss, day_number(since)) <= day_number(until):
                days.append(max(loss, day_number(since)))
            held = heir
        found[bank] = min(days, default=NO_DATE)
    inherited = banks.map(found).to_numpy(dtype=np.int64)
    both = (own != NO_DATE) & (inherited != NO_DATE)
    return np.where(both, np.minimum(own, inherited), np.maximum(own, inherited))


def found_by(keys: np.ndarray, values: np.ndarray, subjects: np.ndarray, none: int) -> Days:
    """The value of each subject by a key that stands at most once; `none` where it does not stand."""
    place = pd.Index(keys).get_indexer(pd.Index(subjects))
    return np.append(values, none)[place].astype(np.int64)  # -1 takes the appended value


def year_rate(connection: Connection, year: int, item: str) -> int | None:
    """A year's own rate in e4 (sheet 年度比例), None if none is on file."""
    fact = models.YearRateFact
    query = select(fact.rate_e4).where(fact.retired_by.is_(None), fact.year == year, fact.item == item)
    return connection.execute(query).scalar_one_or_none()


def fund_total(connection: Connection, year: int, name: str) -> int | None:
    """A year's money of one kind (sheet 资金总量), None if none is on file. Fen."""
    fact = models.FundTotalFact
    query = select(fact.amount_fen).where(fact.retired_by.is_(None), fact.year == year, fact.fund == name)
    return connection.execute(query).scalar_one_or_none()
