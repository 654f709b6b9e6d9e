"""The register of readings: complete, pointing at code and tests that exist, and the readings of the intake at work."""

import importlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.counties import COUNTIES, county_of
from ledger.intake.sheets import BY_NAME, TAKING_ORDER
from ledger.law.document import PROGRAMMES as FOLDERS
from ledger.law.document import document
from ledger.law.readings import REGISTER, Reading, read_readings, readings_of
from ledger.programmes import PROGRAMMES
from ledger.programmes.chokepoint.window import window
from ledger.workbooks import cells

_PRODUCTS = tuple(product for programme in PROGRAMMES.values() for product in programme.products)
TESTS = Path(__file__).resolve().parents[2]
READINGS = readings_of(PROGRAMMES)
DOCUMENTS = {document(key).number: document(key) for key in PROGRAMMES}


def _resolve(dotted: str) -> object:
    """The object that a dotted name means; the longest importable part is the module."""
    parts = dotted.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for name in parts[split:]:
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.id)
def test_a_reading_names_code_tests_and_document_that_exist(reading: Reading) -> None:
    _resolve(reading.where)
    assert [name for name in reading.tests if not (TESTS / name).is_file()] == []
    assert reading.document in DOCUMENTS
    assert reading.article.startswith(("第", "附件"))
    assert reading.chosen != reading.other


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.pop("article"),
        lambda entry: entry.update(other=""),
        lambda entry: entry.update(tests=[]),
        lambda entry: entry.update(note="x"),
        lambda entry: entry.update(effect=1),
    ],
)
def test_an_incomplete_reading_is_refused(change: Callable[[dict[str, Any]], Any], tmp_path: Path) -> None:
    entries = yaml.safe_load((FOLDERS / next(iter(PROGRAMMES)) / REGISTER).read_text(encoding="utf-8"))
    change(entries[0])
    path = tmp_path / "readings.yaml"
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValueError, match="reading"):
        read_readings(path)


def test_an_id_stands_once(tmp_path: Path) -> None:
    entries = yaml.safe_load((FOLDERS / next(iter(PROGRAMMES)) / REGISTER).read_text(encoding="utf-8"))
    path = tmp_path / "readings.yaml"
    path.write_text(yaml.safe_dump([entries[0], entries[0]], allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValueError, match="repeated"):
        read_readings(path)


# --- readings without a case file of their own ------------------------------------------------------------------------


def test_one_programme_per_loan() -> None:
    column = BY_NAME["贷款"].column("product")
    assert tuple(column.choices) == _PRODUCTS
    with pytest.raises(cells.BadCell):
        column.read("、".join(_PRODUCTS))


def test_a_county_may_have_the_city_before_it() -> None:
    for county in COUNTIES:
        assert {county_of(f"{prefix}{county}") for prefix in ("", "威海", "威海市")} == {county}


def test_a_percent_cell_counts_exactly() -> None:
    assert cells.read_percent(cells.PercentNumber(0.04355)) == 43_550  # a cell that shows 4.36%


def test_projects_come_before_loans() -> None:
    names = [sheet.name for sheet in TAKING_ORDER]
    assert names.index("项目库") < names.index("贷款")


def test_a_bundled_lpr_is_only_amended(take: Callable[..., Any]) -> None:
    other = {"LPR": [{"公布日期": date(2023, 8, 21), "一年期LPR(%)": 3.5}]}
    assert "更正" in take(other, refused=True).findings[0].expected
    assert take(other, amend_reason="公告更正").taken["LPR"].amended == 1


def test_a_partnership_with_an_end_needs_a_start(take: Callable[..., Any]) -> None:
    bank = {"银行名称": "样例银行", "合作起始日": None, "合作终止日": date(2024, 1, 1)}
    assert "起始日" in take({"合作银行": [bank]}, refused=True).findings[0].problem
    take({"合作银行": [{**bank, "合作终止日": None}]})


@pytest.mark.parametrize("year", [2023, 2024])
def test_a_review_begins_where_the_last_one_ended(year: int) -> None:
    found = window(document("chokepoint"), year)
    assert (found.after, found.cut_off) == (date(year - 1, 12, 15), date(year, 12, 15))
