"""The premiums of the demonstration: every code, money that does not suffice, and a refund claimed back a year later."""

from datetime import date
from typing import Any

from ledger.programmes import PROGRAMMES
from programmes.export_credit import oracle
from tiexi.demo.city import YEARS
from tiexi.demo.premiums import REVIEWED, Premiums
from tiexi.demo.world import build_world


def test_the_premiums_show_what_they_are_there_for() -> None:
    world = build_world()
    sheets: dict[str, list[Any]] = {"企业": list(world.sheets(YEARS[-1])["企业"])}
    premiums = Premiums(world)
    found: list[Any] = []
    for year in REVIEWED:
        for _, book in premiums.books(year):
            for name, rows in book.items():
                sheets.setdefault(name, []).extend(rows)
        found.append(oracle.review(sheets, year, date(year + 1, 1, 31), found))
    codes = {code for one in found for code in one["totals"]["stopped"]}
    assert codes == {condition.code for condition in PROGRAMMES["export_credit"].conditions}
    first, last = found
    assert sum(line["demand_fen"] for line in first["lines"]) == first["totals"]["subsidy_fen"]
    assert last["totals"]["subsidy_fen"] == 120_000_000 < sum(line["demand_fen"] for line in last["lines"])
    (claim,) = last["claims"]
    assert (claim["insurer"], claim["voucher_no"], claim["country"]) == premiums.claimed
    assert any(one["over_fen"] for one in first["enterprises"])
    assert {row["国家地区"] for row in sheets["市场名录"]} >= {row["国家地区"] for row in sheets["信保缴费"]}
    keys = [(row["承保机构"], row["缴费凭证号"], row["国家地区"]) for row in sheets["信保缴费"]]
    assert len(keys) == len(set(keys))
