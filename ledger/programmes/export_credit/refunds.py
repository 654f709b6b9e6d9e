"""What of a premium was paid back."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Connection, and_, cast, func, select

from ledger.database import db
from ledger.facts import positions
from ledger.lazy import np
from ledger.programmes.export_credit.tables import CreditPremiumFact, CreditRefundFact


def refunded(connection: Connection, premium_fact_ids: np.ndarray, as_of: date) -> np.ndarray:
    """What of each premium (its version in force) was paid back on or before a date. Fen."""
    fact, refund = CreditPremiumFact, CreditRefundFact
    same = (refund.insurer == fact.insurer, refund.voucher_no == fact.voucher_no, refund.country == fact.country)
    query = (
        select(fact.id, cast(func.sum(refund.refund_fen), BigInteger).label("refunded"))
        .join(refund, and_(*same))
        .where(fact.retired_by.is_(None), refund.retired_by.is_(None), refund.refunded_on <= as_of)
        .group_by(fact.id)
    )
    sums = db.fetch_frame(connection, query)
    return positions.found_by(sums["id"].to_numpy(), sums["refunded"].to_numpy(), premium_fact_ids, 0)
