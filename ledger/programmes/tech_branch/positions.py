"""科技支行贷款: its facts for a year as columns, for all enterprises or a part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ledger import models
from ledger.columns import UNKNOWN
from ledger.facts import positions, receipts
from ledger.facts.approved import is_approved
from ledger.facts.of_lines import with_borrowers
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
    values = values_of(year, assumed)
    judged, identity = read_positions(connection, year, as_of, partition, assumed)
    claims = clawback.look_back(connection, DOCUMENT.programme, year, as_of, values, partition)
    return Facts(as_of, values, judged, identity, claims)


def read_positions(
    connection: Connection, year: int, as_of: date, partition: Partition = WHOLE, assumed: Assumptions = AS_ON_FILE
) -> tuple[policy.Positions, pd.DataFrame]:
    """The law's positions, and beside each of their rows what identifies it."""
    values = values_of(year, assumed)
    everything = positions.loans(connection, PRODUCT, date.min, year_end(year), partition, as_of)
    repaid = positions.repayments(connection, everything, as_of, partition)
    balance = positions.balances(everything, repaid, year_end(year))
    kept = np.flatnonzero(balance > 0)
    row_of = np.full(len(everything), -1, dtype=np.int64)
    row_of[kept] = np.arange(kept.size)
    loans = everything.iloc[kept].reset_index(drop=True)
    repaid = repaid.assign(loan=row_of[repaid["loan"].to_numpy()]).query("loan >= 0").reset_index(drop=True)
    extended = positions.extensions(connection, loans, as_of, partition)

    disbursed_on = loans["disbursed_on"].to_numpy()
    year_bonus_rate = rate_of(connection, year, "奖补", values["bonus_rate"], assumed)
    enterprise_barred_on = positions.barred(connection, "enterprise_id", loans["enterprise"], year_end(year))
    bank_barred_on = positions.barred_banks(connection, loans["bank_id"], year_end(year), as_of)
    enjoyed, years_waived = years_enjoyed(connection, loans, year, partition)
    columns = {
        "balance": balance[kept],
        "reported_balance": positions.column_of(
            connection, loans, models.ReportedBalanceFact, "balance_fen", UNKNOWN, year, partition
        ),
        "paid_off_on": positions.paid_off_on(loans, repaid),
        "due_on": positions.due_on(loans, extended),
        "revoked_on": positions.revoked_on(connection, loans, as_of, partition),
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
    connection: Connection, loans: pd.DataFrame, year: int, partition: Partition = WHOLE
) -> tuple[np.ndarray, np.ndarray]:
    """第五条: years enjoyed before the year, and whether the limit is waived, for each row's enterprise."""
    prior, waiver = tables.PriorYearsFact, tables.YearsWaiverFact
    query = select(prior.enterprise_id, prior.through_year, prior.years).where(prior.retired_by.is_(None))
    found = connection.execute(partition.within(query, prior.enterprise_id))
    opening = {row.enterprise_id: (row.through_year, row.years) for row in found}
    enjoyed = {enterprise: years for enterprise, (_, years) in opening.items()}
    for enterprise, paid_year in _paid_years(connection, year, partition):
        if enterprise not in opening or paid_year > opening[enterprise][0]:
            enjoyed[enterprise] = enjoyed.get(enterprise, 0) + 1
    excused = select(waiver.enterprise_id).where(waiver.retired_by.is_(None), waiver.year == year)
    waived = set(connection.execute(partition.within(excused, waiver.enterprise_id)).scalars())
    of_row = loans["enterprise"]
    return (
        of_row.map(enjoyed).fillna(0).to_numpy(dtype=np.int64),
        of_row.isin(waived).to_numpy(dtype=bool),
    )


def _paid_years(connection: Connection, before: int, partition: Partition) -> Sequence[tuple[int, int]]:
    """(enterprise, year) of every earlier year whose approved settlement paid the enterprise interest."""
    line, run, fact = tables.TechBranchLine, models.Run, models.LoanFact
    query = (
        with_borrowers(select(fact.enterprise_id, run.year), line)
        .join_from(line, run, run.id == line.run_id)
        .where(run.programme == DOCUMENT.programme, is_approved(), run.year < before, line.interest_fen > 0)
        .distinct()
    )
    return [(row.enterprise_id, row.year) for row in connection.execute(partition.within(query, fact.enterprise_id))]


def _bonus_rates(connection: Connection, loans: pd.DataFrame, year: int, otherwise: int) -> np.ndarray:
    """第六条: each row's bank's own bonus rate for the year (差别化), else the year's."""
    fact = tables.BonusRateFact
    query = select(fact.bank_id, fact.rate_e4).where(fact.retired_by.is_(None), fact.year == year)
    own = {row.bank_id: row.rate_e4 for row in connection.execute(query)}
    return loans["bank_id"].map(own).fillna(otherwise).to_numpy(dtype=np.int64)
