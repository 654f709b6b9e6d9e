"""The farm insurance of the demonstration: every code, a central pool and a city's sum that do not suffice."""

from typing import Any

from ledger.programmes import PROGRAMMES
from programmes.farm_insurance import oracle
from tiexi.demo.produce import EXPLAINED, REVIEWED, books


def test_the_products_show_what_they_are_there_for() -> None:
    sheets: dict[str, list[Any]] = {}
    found = []
    for year in REVIEWED:
        for _, book in books(year):
            for name, rows in book.items():
                sheets.setdefault(name, []).extend(rows)
        found.append(oracle.review(sheets, year))
    first, last = found
    assert first["totals"]["stopped"] == {condition.code: 1 for condition in PROGRAMMES["farm_insurance"].conditions}
    assert first["totals"]["central_left_fen"] == 0
    third = [line for line in first["lines"] if line["class"] == 3]
    assert sum(line["city_fen"] for line in third) == 220_000_000 < sum(line["city_demand_fen"] for line in third)
    assert {line["class"] for line in first["lines"] if line["county"] == "文登区"} == {1, 2, 3}
    (explained,) = [line for line in first["lines"] if line["product_no"] == EXPLAINED]
    assert explained["reasons"] == () and explained["city_fen"] < explained["city_demand_fen"]
    assert any(line["late_count"] for line in first["lines"])
    assert {line["loss_low"] for line in last["lines"]} == {0, 1}
    assert any(line["central_fen"] for line in last["lines"] if line["class"] == 3)
