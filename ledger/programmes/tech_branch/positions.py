"""科技支行贷款: its facts for a year as columns, for all enterprises or a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ledger import models
from ledger.columns import UNKNOWN
from ledger.facts import positions, receipts
from ledger.facts.partitions import WHOLE, Partition
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions
from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT, REQUIRED, year_end
from ledger.workdays import day_number


@dataclass(frozen=True)
class Facts:
    """What the settlement of a year as of a date goes by: the law's values, the positions, what identifies each of their
    rows, and what is claimed back of earlier years."""

    as_of: date
    values: Values
    positions: policy.Positions
    identity: pd.DataFrame
    claims: pd.DataFrame


def values_of(year: int, assumed: Assumptions = AS_ON_FILE) -> Values:
    """The values of the document for a year."""
    return DOCUMENT.values(year_end(year)).with_changes(assumed.law)


def rate_of(connection: Connection, year: int, item: str, ceiling: int, assumed: Assumptions = AS_ON_FILE) -> int:
    """第六条: a year's rate: the one assumed, else the one on file, else the ceiling. e4."""
    on_file = positions.year_rate(connection, year, item)
    return assumed.year_rates.get(item, ceiling if on_file is None else on_file)


def budgets_of(connection: Connection, year: int, assumed: Assumptions = AS_ON_FILE) -> dict[str, int]:
    """The year's budgets, the assumed ones in the place of those on file. Fen by scope."""
    fact = tables.BudgetFact
    query = select(fact.scope, fact.amount_fen).where(fact.retired_by.is_(None), fact.year == year)
    found = {**{row.scope: row.amount_fen for row in connection.execute(query)}, **assumed.budgets}
    return {scope: fen for scope, fen in found.items() if fen is not None}


def read(
    connection: Connection, year: int, as_of: date, partition: Partition = WHOLE, assumed: Assumptions = AS_ON_FILE
) -> Facts:
    """The facts of a year as of a date, for a part of the enterprises."""
    values, on_file = values_of(year, assumed), _on_file(connection, year, as_of, partition)
    judged, identity = _judged_on(connection, on_file, year, as_of, partition, assumed)
    claims = clawback.look_back(
        connection, DOCUMENT.programme, year, on_file.paid, on_file.loans, on_file.histories, as_of, values, partition
    )
    return Facts(as_of, values, judged, identity, claims)


def read_positions(
    connection: Connection, year: int, as_of: date, assumed: Assumptions = AS_ON_FILE
) -> tuple[policy.Positions, pd.DataFrame]:
    """The law's positions, and beside each of their rows what identifies it."""
    return _judged_on(connection, _on_file(connection, year, as_of, WHOLE), year, as_of, WHOLE, assumed)


@dataclass(frozen=True)
class _OnFile:
    """The many facts of a part, read once for the positions and for what is claimed back: the loans disbursed by the year's
    end, what became of all of the part's loans, and what earlier years paid."""

    loans: pd.DataFrame
    histories: positions.Histories
    paid: pd.DataFrame


def _on_file(connection: Connection, year: int, as_of: date, partition: Partition) -> _OnFile:
    loans = positions.loans(connection, PRODUCT, date.min, year_end(year), partition, as_of)
    paid = clawback.paid_before(connection, DOCUMENT.programme, year, loans, partition)
    return _OnFile(loans, positions.histories(connection, as_of, partition), paid)


def _judged_on(
    connection: Connection, on_file: _OnFile, year: int, as_of: date, partition: Partition, assumed: Assumptions
) -> tuple[policy.Positions, pd.DataFrame]:
    values = values_of(year, assumed)
    everything = on_file.loans
    repaid = on_file.histories.repayments(everything)
    balance = positions.balances(everything, repaid, year_end(year))
    kept = np.flatnonzero(balance > 0)
    row_of = np.full(len(everything), -1, dtype=np.int64)
    row_of[kept] = np.arange(kept.size)
    loans = everything.iloc[kept].reset_index(drop=True)
    repaid = repaid.assign(loan=row_of[repaid["loan"].to_numpy()]).query("loan >= 0").reset_index(drop=True)
    extended = on_file.histories.extensions(loans)

    disbursed_on = loans["disbursed_on"].to_numpy()
    year_bonus_rate = rate_of(connection, year, "奖补", values["bonus_rate"], assumed)
    enterprise_barred_on = positions.barred(connection, "enterprise_id", loans["enterprise"], year_end(year))
    bank_barred_on = positions.barred_banks(connection, loans["bank_id"], year_end(year), as_of)
    enjoyed, years_waived = years_enjoyed(connection, loans, year, on_file.paid, partition)
    columns = {
        "balance": balance[kept],
        "reported_balance": positions.column_of(
            connection, loans, models.ReportedBalanceFact, "balance_fen", UNKNOWN, year, partition
        ),
        "paid_off_on": positions.paid_off_on(loans, repaid),
        "due_on": positions.due_on(loans, extended),
        "revoked_on": on_file.histories.revoked_on(loans),
        "enterprise_barred_on": enterprise_barred_on,
        "bank_barred_on": bank_barred_on,
        "years_enjoyed": enjoyed,
        "years_waived": years_waived,
        "bonus_rate_e4": _bonus_rates(connection, loans, year, year_bonus_rate),
    }
    evidence = (
        positions.qualification(connection, loans, values.names("categories"), disbursed_on, partition),
        positions.partnership(connection, loans, disbursed_on),
    )
    loans = pd.concat([loans.assign(**columns), *evidence], axis=1)
    loans["qualified"] = loans["qualification_fact_id"] != UNKNOWN
    loans["partner"] = loans["partnership_fact_id"] != UNKNOWN
    lpr = positions.lpr(connection)
    judged = policy.Positions(
        year=year,
        loans=loans[list(_JUDGED)],
        events=_events(connection, loans, repaid, extended, year, as_of, partition),
        lpr_announced_on=lpr["announced_on"].to_numpy(),
        lpr_e4=lpr["rate_e4"].to_numpy(),
        calendar=positions.calendar(connection),
        budgets=budgets_of(connection, year, assumed),
        interest_rate_e4=rate_of(connection, year, "贴息", values["interest_rate"], assumed),
    )
    return judged, loans[list(_IDENTITY)]


_JUDGED = (
    "county_rank", "bank_rank", "enterprise_rank", "enterprise", "amount", "balance", "reported_balance",
    "disbursed_on", "due_on", "paid_off_on", "rate_e4", "qualified", "partner", "revoked_on", "enterprise_barred_on",
    "bank_barred_on", "years_enjoyed", "years_waived", "bonus_rate_e4",
)  # fmt: skip
_IDENTITY = (
    "loan_fact_id", "enterprise_fact_id", "qualification_fact_id", "category", "valid_from", "valid_to",
    "partnership_fact_id", "partner_from", "partner_to", "bank", "note_no", "uscc", "enterprise_name", "county",
    "guarantee",
)  # fmt: skip


def _events(
    connection: Connection,
    loans: pd.DataFrame,
    repaid: pd.DataFrame,
    extended: pd.DataFrame,
    year: int,
    as_of: date,
    partition: Partition,
) -> pd.DataFrame:
    """第十七条: every disbursement, and the repayments and extensions dated within the year, with the day of their papers: the
    one reported or, from the platform's start on, that of its receipts (papers-by-receipt)."""
    first, last = day_number(date(year, 1, 1)), day_number(year_end(year))
    paid = repaid[repaid["paid_on"].between(first, last)]
    moved = extended[extended["extended_on"].between(first, last)]
    parts = (
        (0, np.arange(len(loans)), loans["disbursed_on"], loans["uploaded_on"]),
        (1, paid["loan"], paid["paid_on"], paid["uploaded_on"]),
        (2, moved["loan"], moved["extended_on"], moved["uploaded_on"]),
    )
    events = pd.DataFrame(
        {
            "loan": np.concatenate([np.asarray(loan, dtype=np.int64) for _, loan, _, _ in parts]),
            "kind": np.concatenate([np.full(len(loan), kind, dtype=np.int64) for kind, loan, _, _ in parts]),
            "event_on": np.concatenate([np.asarray(on, dtype=np.int64) for _, _, on, _ in parts]),
            "uploaded_on": np.concatenate([np.asarray(uploaded, dtype=np.int64) for _, _, _, uploaded in parts]),
        }
    )
    events["uploaded_on"] = receipts.counted_days(
        connection, loans, events, policy.EVENT_KINDS, REQUIRED, as_of, partition
    )
    event = events["loan"].to_numpy(), events["event_on"].to_numpy()
    events["waived"] = positions.waived(connection, loans, *event, partition)
    return events


def years_enjoyed(
    connection: Connection, loans: pd.DataFrame, year: int, paid: pd.DataFrame, partition: Partition = WHOLE
) -> tuple[np.ndarray, np.ndarray]:
    """第五条: years enjoyed before the year, and whether the limit is waived, for each row's enterprise.

    paid: what earlier years paid, as `claims.paid_before` gives it.
    """
    prior, waiver = tables.PriorYearsFact, tables.YearsWaiverFact
    query = select(prior.enterprise_id, prior.through_year, prior.years).where(prior.retired_by.is_(None))
    found = connection.execute(partition.within(query, prior.enterprise_id))
    opening = {row.enterprise_id: (row.through_year, row.years) for row in found}
    enjoyed = {enterprise: years for enterprise, (_, years) in opening.items()}
    with_interest = paid[paid["paid_interest"] > 0]
    for enterprise, paid_year in _pairs(with_interest["enterprise"], with_interest["paid_year"]):
        if enterprise not in opening or paid_year > opening[enterprise][0]:
            enjoyed[enterprise] = enjoyed.get(enterprise, 0) + 1
    excused = select(waiver.enterprise_id).where(waiver.retired_by.is_(None), waiver.year == year)
    waived = set(connection.execute(partition.within(excused, waiver.enterprise_id)).scalars())
    of_row = loans["enterprise"]
    return (
        of_row.map(enjoyed).fillna(0).to_numpy(dtype=np.int64),
        of_row.isin(waived).to_numpy(dtype=bool),
    )


def _pairs(*columns: pd.Series) -> list[tuple[int, ...]]:
    """The distinct pairs of two columns."""
    return list(pd.MultiIndex.from_arrays(columns).unique())


def _bonus_rates(connection: Connection, loans: pd.DataFrame, year: int, otherwise: int) -> np.ndarray:
    """第六条: each row's bank's own bonus rate for the year (差别化), else the year's."""
    fact = tables.BonusRateFact
    query = select(fact.bank_id, fact.rate_e4).where(fact.retired_by.is_(None), fact.year == year)
    own = {row.bank_id: row.rate_e4 for row in connection.execute(query)}
    return loans["bank_id"].map(own).fillna(otherwise).to_numpy(dtype=np.int64)
