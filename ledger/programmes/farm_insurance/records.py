"""What must hold between the products on file and what is said of them: vetoes of their county, shares of class 2 alone, and
vetoes of insurers that insured something."""

from collections.abc import Collection, Iterator
from typing import Any

from ledger.facts.violations import Cause, Facts, Violation
from ledger.programmes.farm_insurance import tables, words
from ledger.workbooks.sheet import Invariant

_SHARED = words.CLASSES[1]


def products(facts: Facts, product_ids: Collection[int]) -> list[Violation]:
    """A veto that names a product is of its county, and a share is decided for class 2."""
    product = tables.ProductFact
    known = {
        row.product_id: row
        for row in facts.in_force(
            product, "product_id", product_ids, product.product_id, product.county, product.product_class
        )
    }
    return [*_foreign_vetoes(facts, known), *_shares_of_others(facts, known)]


def _foreign_vetoes(facts: Facts, known: dict[int, Any]) -> Iterator[Violation]:
    veto = tables.VetoFact
    rows = facts.in_force(
        veto, "product_id", known, veto.kind, veto.county, veto.product_id, veto.insurer, veto.found_on
    )
    for row in sorted(rows, key=lambda row: (row.product_id, row.found_on, row.kind)):
        county = known[row.product_id].county
        if row.county != county:
            key = (row.kind, row.county, row.product_id, row.insurer, row.found_on)
            yield Violation(
                f"一票否决（情形{row.kind}，{row.county}，{row.found_on} 认定）",
                f"险种不是{row.county}的，是{county}的",
                (
                    Cause("一票否决", key, "product_no", f"应为{row.county}的险种，或核对区市"),
                    Cause("一票否决", key, "county", f"应为{county}，或核对险种编号"),
                    Cause("特色险种", (row.product_id,), "county", f"应为{row.county}，或先更正这条一票否决"),
                ),
            )


def _shares_of_others(facts: Facts, known: dict[int, Any]) -> Iterator[Violation]:
    share = tables.ShareFact
    rows = facts.in_force(share, "product_id", known, share.year, share.product_id)
    for row in sorted(rows, key=lambda row: (row.product_id, row.year)):
        kind = known[row.product_id].product_class
        if kind != _SHARED:
            yield Violation(
                f"二类分担（{row.year} 年度）",
                f"险种是{kind}，不是{_SHARED}",
                (
                    Cause("二类分担", (row.year, row.product_id), "product_no", f"应为{_SHARED}险种的编号"),
                    Cause("特色险种", (row.product_id,), "product_class", f"应为{_SHARED}，或先撤回这条二类分担"),
                ),
            )


def insurers(facts: Facts, names: Collection[Any]) -> list[Violation]:
    """A veto names an insurer of whom there is a row of 特色承保, of whatever year and product."""
    insured, veto = tables.InsuranceFact, tables.VetoFact
    known = {row.insurer for row in facts.in_force(insured, "insurer", names, insured.insurer)}
    rows = facts.in_force(veto, "insurer", names, veto.kind, veto.county, veto.product_id, veto.insurer, veto.found_on)
    return [
        Violation(
            f"一票否决（情形{row.kind}，{row.county}，{row.found_on} 认定）",
            f"承保机构{row.insurer}在「特色承保」表中没有任何一行",
            (
                Cause(
                    "一票否决",
                    (row.kind, row.county, row.product_id, row.insurer, row.found_on),
                    "insurer",
                    "应为「特色承保」表中已有的承保机构，名称一致",
                ),
            ),
        )
        for row in sorted(rows, key=lambda row: (row.insurer, row.found_on, row.kind))
        if row.insurer not in known
    ]


PRODUCTS = Invariant("product_id", products)
INSURERS = Invariant("insurer", insurers)
