"""第七条、第十二条: what a review's lines pay, each money to the county's treasury."""

from sqlalchemy import Connection, func, null, select

from ledger.counties import COUNTY_RANK
from ledger.programmes.dues import dues
from ledger.programmes.farm_insurance import flow
from ledger.programmes.farm_insurance.tables import FarmLine, ProductFact
from ledger.programmes.flow import Due


def owed(connection: Connection, run_id: int) -> list[Due]:
    """The three moneys by county: the province's, the city's and the centre's, each borne by its own payer."""
    found: list[Due] = []
    for item, payer in zip(flow.ITEMS, flow.PAYERS, strict=True):
        amount = getattr(FarmLine, f"{payer.key}_fen")
        query = (
            select(ProductFact.county, null(), null(), func.sum(amount))
            .select_from(FarmLine)
            .join(ProductFact, ProductFact.id == FarmLine.product_fact_id)
            .where(FarmLine.run_id == run_id, amount > 0)
            .group_by(ProductFact.county)
        )
        found += dues(item.key, connection.execute(query), (payer,))
    return sorted(found, key=lambda due: COUNTY_RANK[due.county])  # an entry has all moneys of a county
