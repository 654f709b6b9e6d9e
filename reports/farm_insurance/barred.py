"""一票否决 (第六条): the records of this document that bar a county's products or an insurer from its money."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from ledger import models
from ledger.programmes.farm_insurance import tables
from ledger.programmes.farm_insurance.year import DOCUMENT
from reports.parties.distrust import Barred


def barred(connection: Connection) -> Iterator[Barred]:
    """In the order of the days on which they were found."""
    fact, product = tables.VetoFact, models.InsuranceProduct
    query = (
        select(
            fact.kind, fact.county, fact.insurer, fact.found_on, fact.lifted_on, fact.document_no, product.product_no
        )
        .outerjoin(product, product.id == fact.product_id)
        .where(fact.retired_by.is_(None))
        .order_by(fact.found_on, fact.county, fact.kind, product.product_no, fact.insurer)
    )
    for veto in connection.execute(query):
        about = f"险种 {veto.product_no}" if veto.product_no else "全部险种"
        yield Barred(
            "一票否决", "承保机构" if veto.insurer else "区市", veto.insurer or veto.county, "", veto.county, about, f"第（{veto.kind}）项情形",
            veto.found_on, veto.lifted_on, veto.document_no, f"{DOCUMENT.number} 第六条",
        )  # fmt: skip
