"""追缴 of 科技支行贷款: what earlier approved settlements paid, the facts of those loans now, and the claims as a table.

Who paid and was paid (county, bank, enterprise) is read from the line that paid; what became of the loan, from the facts
in force as of the settlement's date, whatever its product or balance is by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from ledger import models, money
from ledger.columns import beyond
from ledger.counties import ALL_COUNTIES, COUNTY_RANK
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.facts.approved import approved_runs
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_banks
from ledger.facts.partitions import WHOLE, Partition
from ledger.facts.positions import Histories
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.judging import Fingerprint
from ledger.programmes.tech_branch import clawback, tables
from ledger.workdays import NO_DATE, Days

_AMOUNTS = ("interest", "interest_city", "interest_county", "bonus", "bonus_city", "bonus_county")
_CLAIMED = ("interest", "interest_city", "bonus", "bonus_city")
_DATES = ("due_on", "paid_off_on", "end_on", "revoked_on")
_STORED = ("paid_run_id", "paid_line_no", "loan_fact_id", "code", "true_months")
_BEFORE = tuple(f"before_{name}" for name in _CLAIMED)
_PAID = tuple(f"paid_{name}" for name in _CLAIMED)
_WHO = ("county", "bank", "uscc", "note_no")
# what a claim says and rests on, without the identifiers that differ from database to database
_CONTENT = (
    *_WHO, "paid_year", "code", "disbursed_on", *_DATES, "paid_months", "true_months", *_PAID, *_BEFORE, *_AMOUNTS
)  # fmt: skip
_COLUMNS = tuple(dict.fromkeys((*_CONTENT, *_STORED)))


def look_back(
    connection: Connection,
    programme: str,
    year: int,
    paid: pd.DataFrame,
    loans: pd.DataFrame,
    histories: Histories,
    as_of: date,
    values: Values,
    partition: Partition,
) -> pd.DataFrame:
    """The claims of a year's settlement on what a part of the enterprises was paid, with who paid and was paid.

    Which they are is judged here already: they are few among what was paid, and only of them names are read. paid: as
    `paid_before` gives it. loans, histories: what was read of the part already, as `positions` gives it.
    """
    facts = _facts(connection, paid["loan_id"], loans, histories)
    turned_out = (facts["paid_off_on"] != NO_DATE) | (
        facts["revoked_on"] != NO_DATE
    )  # nothing is claimed of the others
    if not turned_out.any():
        return pd.DataFrame(columns=_COLUMNS)
    rows = np.flatnonzero(turned_out.to_numpy())
    paid, facts = (frame.iloc[rows].reset_index(drop=True) for frame in (paid, facts))
    earlier = [run.id for run in approved_runs(connection, programme, before=year)]
    before = _claimed(connection, earlier, paid, partition)
    claims = clawback.look_back(pd.concat([paid, before, facts], axis=1), values)
    return _named(connection, claims, as_of) if len(claims) else pd.DataFrame(columns=_COLUMNS)


_TEXTS = (*_WHO, "code", "enterprise_name")
_ORDER = ("county_rank", "bank", "enterprise_name", "paid_disbursed_on", "note_no", "paid_year")


def typed(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims of a part with the columns that claims are joined by, each of its kind though there be none."""
    names = dict.fromkeys((*_COLUMNS, *_ORDER))
    kinds = {name: object if name in _TEXTS else np.int64 for name in names}
    return claims[list(names)] if len(claims) else pd.DataFrame({n: np.empty(0, dtype=k) for n, k in kinds.items()})


def join(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The claims of all parts in the order of (county, bank, enterprise name, disbursement, note number, paid year)."""
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(found).sort_values(list(_ORDER), ignore_index=True)[list(_COLUMNS)]


# --- what was paid, and claimed of it ---------------------------------------------------------------------------------


def paid_before(
    connection: Connection, programme: str, year: int, loans: pd.DataFrame, partition: Partition = WHOLE
) -> pd.DataFrame:
    """The lines of the approved runs of earlier years that paid something to a part of the enterprises. loans: what was read of
    the part already; nearly all that was paid is of these versions, and only of others is it looked up what they were.

    Columns: paid_year, paid_run_id, paid_line_no, the loan (loan_id, and paid_loan_fact_id in the version that was paid), the
    enterprise (its id, and paid_enterprise_fact_id), paid_months, and the amounts in fen.
    """
    line = tables.TechBranchLine
    earlier = {run.id: run.year for run in approved_runs(connection, programme, before=year)}
    query = select(
        line.run_id.label("paid_run_id"),
        line.line_no.label("paid_line_no"),
        line.loan_fact_id.label("paid_loan_fact_id"),
        line.enterprise_fact_id.label("paid_enterprise_fact_id"),
        line.months.label("paid_months"),
        *(getattr(line, f"{name}_fen").label(f"paid_{name}") for name in _CLAIMED),
    ).where(line.run_id.in_(list(earlier)), (line.interest_fen > 0) | (line.bonus_fen > 0))
    paid = db.fetch_frame(connection, partition.of_versions(query, line.loan_fact_id))
    versions = _versions(connection, loans, paid["paid_loan_fact_id"].to_numpy())
    paid["paid_year"] = paid["paid_run_id"].map(earlier).astype(np.int64)
    return paid.assign(loan_id=versions["loan_id"].to_numpy(), enterprise=versions["enterprise"].to_numpy())


def _versions(connection: Connection, loans: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Of each version of a loan which loan it is of (loan_id), and to which enterprise it was lent."""
    fact, known = models.LoanFact, loans[["loan_fact_id", "loan_id", "enterprise"]]
    others = beyond(ids, known["loan_fact_id"].to_numpy()).tolist()
    query = select(fact.id.label("loan_fact_id"), fact.loan_id, fact.enterprise_id.label("enterprise"))
    more = [db.fetch_frame(connection, query.where(fact.id.in_(part))) for part in db.in_chunks(others)]
    known = pd.concat([known, *more], ignore_index=True) if more else known
    return known.iloc[_places(known["loan_fact_id"], ids)]


def _places(known: pd.Series, ids: np.ndarray) -> Days:
    """The row of each id, all of which must be there."""
    rows = pd.Index(known).get_indexer(pd.Index(ids))
    if (rows < 0).any():  # the withdrawal of a loan that an approved run used is refused
        raise Refused("审核通过的运行付过的贷款已不在库中：数据库被改动过", "；请先运行 tiexi audit 查明")
    return rows


def _claimed(connection: Connection, earlier: Sequence[int], paid: pd.DataFrame, partition: Partition) -> pd.DataFrame:
    """What the earlier approved runs have claimed of each payment: before_interest, before_interest_city, …. Fen."""
    claim, line = tables.TechBranchClaim, tables.TechBranchLine
    query = select(
        claim.paid_run_id,
        claim.paid_line_no,
        *(getattr(claim, f"{name}_fen").label(f"before_{name}") for name in _CLAIMED),
    ).where(claim.run_id.in_(earlier))
    if not partition.is_whole:
        paid_by = and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no)
        query = partition.of_versions(query.join_from(claim, line, paid_by), line.loan_fact_id)
    key = ["paid_run_id", "paid_line_no"]
    sums = db.fetch_frame(connection, query).groupby(key).sum()
    return sums.reindex(pd.MultiIndex.from_frame(paid[key]), fill_value=0).reset_index(drop=True)


# --- the loans as they are known now ----------------------------------------------------------------------------------


def _facts(connection: Connection, loan_ids: pd.Series, loans: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """Beside each loan that was paid its version in force and what became of it by the as-of date (NO_DATE for none).

    Columns: loan_fact_id, disbursed_on, due_on, paid_off_on, revoked_on.
    """
    fact, known = models.LoanFact, loans[["loan_fact_id", "loan_id", "amount", "disbursed_on", "first_due_on"]]
    others = beyond(loan_ids.to_numpy(), known["loan_id"].to_numpy())  # by now of another product or enterprise
    query = select(
        fact.id.label("loan_fact_id"), fact.loan_id, fact.amount_fen.label("amount"), fact.disbursed_on,
        fact.due_on.label("first_due_on"),
    ).where(fact.retired_by.is_(None))  # fmt: skip
    more = [db.fetch_frame(connection, query.where(fact.loan_id.in_(part))) for part in db.in_chunks(others.tolist())]
    known = pd.concat([known, *more], ignore_index=True) if more else known
    rows = _places(known["loan_id"], loan_ids.to_numpy())
    columns = {
        "loan_fact_id": known["loan_fact_id"].to_numpy(),
        "disbursed_on": known["disbursed_on"].to_numpy(),
        "due_on": positions.due_on(known, histories.extensions(known)),
        "paid_off_on": positions.paid_off_on(known, histories.repayments(known)),
        "revoked_on": histories.revoked_on(known),
    }
    return pd.DataFrame({name: values[rows] for name, values in columns.items()})


# --- who paid, and was paid --------------------------------------------------------------------------------------------


def _named(connection: Connection, claims: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The claims with who paid and was paid."""
    fact, loan, bank = models.LoanFact, models.Loan, models.Bank
    company, anchor = models.EnterpriseFact, models.Enterprise
    columns = select(fact.id, bank.name.label("bank"), loan.note_no, fact.disbursed_on.label("paid_disbursed_on"))
    notes = with_banks(columns)
    companies = select(company.id, anchor.uscc, company.name.label("enterprise_name"), company.county).join(
        anchor, anchor.id == company.enterprise_id
    )
    claims = pd.concat(
        [
            claims.reset_index(drop=True),
            _by_id(connection, notes, fact.id, claims["paid_loan_fact_id"].to_numpy()),
            _by_id(connection, companies, company.id, claims["paid_enterprise_fact_id"].to_numpy()),
        ],
        axis=1,
    )
    names = bank_names(connection, as_of)
    if not names.unchanged:
        claims["bank"] = [names.in_force_of(name) for name in claims["bank"].tolist()]
    return claims.assign(county_rank=claims["county"].map(COUNTY_RANK).to_numpy(dtype=np.int64))


def _by_id(connection: Connection, query: Select[*tuple[Any, ...]], column: Any, ids: np.ndarray) -> pd.DataFrame:
    """The rows of a query for each of the ids, in their order; the query gives each id once."""
    wanted = np.unique(ids).tolist()
    found = pd.concat([db.fetch_frame(connection, query.where(column.in_(part))) for part in db.in_chunks(wanted)])
    return found.set_index("id").loc[ids].reset_index(drop=True)


# --- the record of a run ----------------------------------------------------------------------------------------------


def fingerprint(claims: pd.DataFrame, of: Fingerprint) -> None:
    """Adds the claims and the facts that they rest on."""
    of.add_frame("claims", claims[list(_CONTENT)])


def stored(claims: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The claims as the columns of their table, numbered from 1."""
    return {
        "claim_no": range(1, len(claims) + 1),
        **{name: claims[name].tolist() for name in _STORED},
        **{name: db.date_texts(claims[name].to_numpy()).tolist() for name in _DATES},
        **{f"{name}_fen": claims[name].tolist() for name in (*_BEFORE, *_AMOUNTS)},
    }


def summarise(claims: pd.DataFrame) -> dict[str, Any]:
    """The totals for a run's summary: claims_fen, and their number and amounts over all and by county. Fen."""
    counties = [(county, claims[(claims["county"] == county).to_numpy()]) for county in ALL_COUNTIES]
    return {
        "claims_fen": money.total(_whole(claims, "interest")) + money.total(_whole(claims, "bonus")),
        "claims": {
            **_sums(claims),
            "counties": [{"county": county, **_sums(part)} for county, part in counties if len(part)],
        },
    }


def _sums(claims: pd.DataFrame) -> dict[str, int]:
    """Number of claims, and what they claim: interest, bonus, and of both together the city's and the counties' part."""
    total = {name: money.total(_whole(claims, name)) for name in _AMOUNTS}
    return {
        "claims": len(claims),
        "interest_fen": total["interest"],
        "bonus_fen": total["bonus"],
        "city_fen": total["interest_city"] + total["bonus_city"],
        "county_fen": total["interest_county"] + total["bonus_county"],
    }


def _whole(claims: pd.DataFrame, name: str) -> money.Fen:
    return claims[name].to_numpy(dtype=np.int64)
