"""The product against the independent reference computation, on random worlds: every field of every line and claim."""

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import set_up
from examples import some
from ledger import lifecycle
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import claims_of, lines_of
from programmes.tech_branch import oracle, oracle_figures
from sheets import write_sheets


@settings(max_examples=some(25))
@given(data=st.data())
def test_lines_equal_the_reference(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        try:
            expected: Any = oracle.settle(sheets, year, as_of)
        except oracle_figures.Refused:
            expected = None
        try:
            found: Any = lines_of(engine, settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试"))
        except Refused:
            found = None
        engine.dispose()
    assert found == expected


Sheets = dict[str, list[dict[str, Any]]]


def _take(engine: Engine, folder: Path, sheets: Sheets) -> None:
    """Imports what came late; nothing where nothing came."""
    if found := {name: rows for name, rows in sheets.items() if rows}:
        outcome = import_file(engine, write_sheets(folder / f"补录{len(list(folder.iterdir()))}.xlsx", found), "测试")
        assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]


def _settle_year_by_year(folder: Path, batches: Sequence[Sheets], as_of_dates: Sequence[date]) -> list[Any]:
    """Takes a batch, settles and approves the year, and so on: every line and claim must be the reference's.

    Gives the claims of each year.
    """
    engine = set_up(folder, batches[0])
    sheets, approved = dict(batches[0]), list[Any]()
    kept: list[Any] = []
    for number, as_of in enumerate(as_of_dates):
        year = 2023 + number
        if number:
            _take(engine, folder, batches[number])
            sheets = {name: [*sheets.get(name, []), *batches[number].get(name, [])] for name in sheets}
        expected = oracle.approve(sheets, year, as_of, approved)
        first, second = (settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试") for _ in range(2))
        assert lines_of(engine, first) == expected["lines"]
        assert claims_of(engine, first) == expected["claims"] == claims_of(engine, second)
        assert first.fingerprint == second.fingerprint
        totals = [sum(claim[name] for claim in expected["claims"]) for name in ("interest_fen", "bonus_fen")]
        assert first.summary["claims_fen"] == sum(totals)
        for run, before in zip(kept, approved, strict=True):  # a claim changes no earlier run
            assert (lines_of(engine, run), claims_of(engine, run)) == (before["lines"], before["claims"])
        approved.append(expected)
        kept.append(lifecycle.approve(engine, first.id, "审核人", "样例文号", solo=True))
    engine.dispose()
    _check_sums(approved)
    return [run["claims"] for run in approved]


def _check_sums(approved: Sequence[Any]) -> None:
    """No more is claimed back than was paid, and all claims on a payment share 2:8 as it was shared."""
    paid = {(line["bank"], line["note_no"], run["year"]): line for run in approved for line in run["lines"]}
    so_far: Counter[Any] = Counter()
    for run in approved:
        for claim in run["claims"]:
            key = (claim["bank"], claim["note_no"], claim["paid_year"])
            for kind in ("interest", "bonus"):
                assert claim[f"{kind}_city_fen"] + claim[f"{kind}_county_fen"] == claim[f"{kind}_fen"]
                for name in (f"{kind}_fen", f"{kind}_city_fen", f"{kind}_county_fen"):
                    assert claim[name] >= 0
                    so_far[key, name] += claim[name]
                    assert so_far[key, name] <= paid[key][name]


def _late(sheets: Sheets, batch_of: Callable[[], int], count: int) -> list[Sheets]:
    """The sheets in batches: repayments and revocations come in any of them, excuses in the last, the rest in the first."""
    batches: list[Sheets] = [{name: [] for name in sheets} for _ in range(count)]
    for name, rows in sheets.items():
        for row in rows:
            number = batch_of() if name in ("还款", "撤销") else count - 1 if name == "上传豁免" else 0
            batches[number][name].append(row)
    return batches


@settings(max_examples=some(6))
@given(data=st.data())
def test_claims_equal_the_reference(data: st.DataObject) -> None:
    seed, year = data.draw(st.integers(0, 10**6)), data.draw(st.sampled_from((2023, 2024)))
    batches = _late(worlds.random_world(seed, 60, year), partial(Random(seed).choice, (0, 1, 2)), 3)
    dates = [data.draw(worlds.as_of_dates(paid)) for paid in (2023, 2024, 2025)]
    with tempfile.TemporaryDirectory() as folder:
        _settle_year_by_year(Path(folder), batches, dates)


def test_larger_worlds_year_by_year(tmp_path: Path) -> None:
    """Several hundred loans, settled and approved for three years in turn, with news of the past in between."""
    codes: Counter[str] = Counter()
    for seed, year in ((1, 2025), (2, 2024), (3, 2023)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        pick = Random(seed)
        batches = _late(worlds.random_world(seed, 400, year), partial(pick.choice, (0, 0, 1, 2)), 3)
        claims = _settle_year_by_year(folder, batches, [date(paid + 1, 1, 31) for paid in (2023, 2024, 2025)])
        codes.update(claim["code"] for found in claims for claim in found)
    assert min(codes[code] for code in ("R_REVOKED", "R_TERM", "R_MONTHS")) > 5
