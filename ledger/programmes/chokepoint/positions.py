"""“拨投贷保”: the facts of a review's window as columns, for all enterprises or a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Connection, and_, cast, func, select

from ledger import models
from ledger.columns import UNKNOWN
from ledger.database import db
from ledger.facts import positions
from ledger.facts.partitions import WHOLE, Partition
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions
from ledger.programmes.chokepoint import law as policy
from ledger.programmes.chokepoint import tables
from ledger.programmes.chokepoint.window import Window, values_of
from ledger.programmes.chokepoint.year import DOCUMENT, PRODUCT, window
from ledger.workdays import NO_DATE, day_number


@dataclass(frozen=True)
class Facts:
    """What the review of a year goes by: the law's values, the year's rates (e4), and the rows of each kind."""

    year: int
    as_of: date
    values: Values
    rates: dict[str, int]
    loans: policy.LoanPositions
    policies: pd.DataFrame
    grants: pd.DataFrame
    investments: pd.DataFrame


def read(
    connection: Connection, year: int, as_of: date, partition: Partition = WHOLE, assumed: Assumptions = AS_ON_FILE
) -> Facts:
    """The facts of a year's window, for a part of the enterprises. The document has nothing that may be assumed."""
    assert assumed == AS_ON_FILE
    span = window(year)
    values = values_of(DOCUMENT, span)
    rates = {
        "risk_rate_used": _rate(connection, year, "风险补助", values["risk_rate"]),
        "premium_rate_used": _rate(connection, year, "保费补贴", values["premium_rate"]),
    }
    return Facts(
        year,
        as_of,
        values,
        rates,
        _loans(connection, span, values, rates["risk_rate_used"], partition),
        _policies(connection, span, values, partition),
        grants(connection, span.after, span.cut_off, partition),
        investments(connection, span.after, span.cut_off, partition),
    )


def _evidence(connection: Connection, frame: pd.DataFrame, day: np.ndarray, values: Values) -> pd.DataFrame:
    """The frame with the qualification that its enterprise holds on its day, and the library entry that it names."""
    qualification = positions.qualification(connection, frame, values.names("category"), day)
    found = pd.concat([frame, qualification, project(connection, frame)], axis=1)
    return found.assign(qualified=found["qualification_fact_id"] != UNKNOWN)


def _rate(connection: Connection, year: int, item: str, ceiling: int) -> int:
    """A year's own rate, else the ceiling. e4."""
    own = positions.year_rate(connection, year, item)
    return ceiling if own is None else own


def _loans(
    connection: Connection, span: Window, values: Values, rate_e4: int, partition: Partition
) -> policy.LoanPositions:
    """第二条 贷: the loans of the product disbursed in the window, repaid or not."""
    loans = positions.loans(connection, PRODUCT, span.after, span.cut_off, partition, span.cut_off)
    repaid = positions.repayments(connection, loans, span.cut_off)
    extended = positions.extensions(connection, loans, span.cut_off)
    loans = loans.assign(
        balance=positions.balances(loans, repaid, span.cut_off),
        due_on=positions.due_on(loans, extended),
        revoked_on=positions.revoked_on(connection, loans, span.cut_off),
        enterprise_barred_on=positions.barred(connection, "enterprise_id", loans["enterprise"], span.cut_off),
        bank_barred_on=positions.barred_banks(connection, loans["bank_id"], span.cut_off, span.cut_off),
    )
    lpr = positions.lpr(connection)
    return policy.LoanPositions(
        loans=_evidence(connection, loans, loans["disbursed_on"].to_numpy(), values),
        lpr_announced_on=lpr["announced_on"].to_numpy(),
        lpr_e4=lpr["rate_e4"].to_numpy(),
        calendar=positions.calendar(connection),
        rate_e4=rate_e4,
    )


def _policies(connection: Connection, span: Window, values: Values, partition: Partition = WHOLE) -> pd.DataFrame:
    """第二条 保: the policies whose premium was paid in the window."""
    found = policies(connection, span.after, span.cut_off, partition)
    barred_on = positions.barred(connection, "enterprise_id", found["enterprise"], span.cut_off)
    found = found.assign(enterprise_barred_on=barred_on)
    return _evidence(connection, found, found["inception"].to_numpy(), values)


def project(connection: Connection, frame: pd.DataFrame) -> pd.DataFrame:
    """The library entry of the project that each row names (`project_id`, UNKNOWN for none).

    Columns: project_fact_id, project_enterprise (UNKNOWN if none), listed_on, delisted_on (NO_DATE if none).
    """
    fact = tables.ProjectFact
    facts = db.fetch_frame(
        connection,
        select(
            fact.project_id, fact.id.label("project_fact_id"), fact.enterprise_id.label("project_enterprise"),
            fact.listed_on, fact.delisted_on,
        ).where(fact.retired_by.is_(None)),
    )  # fmt: skip
    none = {"project_fact_id": UNKNOWN, "project_enterprise": UNKNOWN, "listed_on": NO_DATE, "delisted_on": NO_DATE}
    keys, wanted = facts["project_id"].to_numpy(), frame["project_id"].to_numpy()
    return pd.DataFrame(
        {name: positions.found_by(keys, facts[name].to_numpy(), wanted, value) for name, value in none.items()}
    )


def policies(connection: Connection, paid_after: date, paid_to: date, partition: Partition = WHOLE) -> pd.DataFrame:
    """The policies whose premium was paid within (paid_after, paid_to], sorted by (insurer, policy number).

    Columns: policy_fact_id, insurer, policy_no, project_id, coverages, inception, expiry, paid_on, premium, and of the
    enterprise what `enterprises` gives.
    """
    fact = tables.PolicyFact
    query = (
        select(
            fact.id.label("policy_fact_id"), fact.insurer, fact.policy_no, fact.enterprise_id.label("enterprise"),
            fact.project_id, fact.coverages, fact.inception, fact.expiry, fact.paid_on,
            fact.premium_fen.label("premium"),
        )
        .where(fact.retired_by.is_(None), fact.paid_on > paid_after, fact.paid_on <= paid_to)
        .order_by(fact.insurer, fact.policy_no)
    )  # fmt: skip
    frame = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    return positions.look_up(frame, positions.enterprises(connection), "enterprise")


def grants(
    connection: Connection, approved_after: date, approved_to: date, partition: Partition = WHOLE
) -> pd.DataFrame:
    """The grants approved within (approved_after, approved_to], sorted by (project number, year).

    Columns: grant_fact_id, project_id, project_no, year, spending, ratio_e4, approved_on, approved, granted_before (of
    the project, by (approval date, year)), project_fact_id, and of the project's enterprise what `enterprises` gives.
    """
    fact, anchor, entry = tables.GrantFact, models.Project, tables.ProjectFact
    before = func.sum(fact.approved_fen).over(
        partition_by=fact.project_id, order_by=(fact.approved_on, fact.year), rows=(None, 0)
    )
    query = (
        select(
            fact.id.label("grant_fact_id"), fact.project_id, anchor.project_no, fact.year,
            fact.spending_fen.label("spending"), fact.ratio_e4, fact.approved_on, fact.approved_fen.label("approved"),
            cast(before - fact.approved_fen, BigInteger).label("granted_before"),
            entry.id.label("project_fact_id"), entry.enterprise_id.label("enterprise"),
        )
        .join(anchor, anchor.id == fact.project_id)
        .join(entry, and_(entry.project_id == fact.project_id, entry.retired_by.is_(None)))
        .where(fact.retired_by.is_(None), fact.approved_on <= approved_to)
        .order_by(anchor.project_no, fact.year)
    )  # fmt: skip
    frame = db.fetch_frame(connection, partition.within(query, entry.enterprise_id))
    frame = frame[frame["approved_on"] > day_number(approved_after)].reset_index(drop=True)
    return positions.look_up(frame, positions.enterprises(connection), "enterprise")


def investments(
    connection: Connection, invested_after: date, invested_to: date, partition: Partition = WHOLE
) -> pd.DataFrame:
    """The investments within (invested_after, invested_to], sorted by (investor, investment number).

    Columns: investment_fact_id, investor, investment_no, invested_on, amount, factor_e4 (0.0001, UNKNOWN for none), and
    of the enterprise what `enterprises` gives.
    """
    fact = tables.InvestmentFact
    query = (
        select(
            fact.id.label("investment_fact_id"), fact.investor, fact.investment_no,
            fact.enterprise_id.label("enterprise"), fact.invested_on, fact.amount_fen.label("amount"), fact.factor_e4,
        )
        .where(fact.retired_by.is_(None), fact.invested_on > invested_after, fact.invested_on <= invested_to)
        .order_by(fact.investor, fact.investment_no)
    )  # fmt: skip
    frame = db.fetch_frame(connection, partition.within(query, fact.enterprise_id))
    return positions.look_up(frame, positions.enterprises(connection), "enterprise")
