"""A year judged in parts: however many parts the enterprises are cut into, lines, fingerprint and summary are the same."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

import worlds
from databases import set_up
from examples import some
from ledger import lifecycle, models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.law.turns import merged
from ledger.programmes import PROGRAMMES
from ledger.programmes.judging import Judged, Lines
from ledger.runs import settlement
from ledger.seals import content as sealed
from sheets import write_sheets

PARTITIONS = (1, 2, 3, 7)


def rows_of(lines: Lines) -> list[tuple[Any, ...]]:
    """The rows of a table, however they come."""
    found = [
        row for chunk in lines.chunks() for row in zip(*(chunk[name] for name in sorted(lines.names)), strict=True)
    ]
    assert len(found) == lines.count
    return found


def judged(engine: Engine, programme: str, year: int, as_of: date, partitions: int) -> Any:
    """All that a judgement gives, comparable; the sentence of a refusal."""
    with db.reading(engine) as connection:
        try:
            found: Judged = PROGRAMMES[programme].judge(connection, year, as_of, partitions)
        except Refused as refusal:
            return str(refusal)
    lines = [(table.name, sorted(lines.names), rows_of(lines)) for table, lines in found.lines]
    return lines, found.line_count, found.law, found.fingerprint, found.summary


def rows_read(engine: Engine, programme: str, year: int, as_of: date, partitions: int) -> list[int]:
    """How many rows each query of a judgement gives."""
    read: list[int] = []

    def noted(connection: Connection, query: Any) -> pd.DataFrame:
        found = fetch(connection, query)
        read.append(len(found))
        return found

    fetch = db.fetch_frame
    with pytest.MonkeyPatch.context() as patch, db.reading(engine) as connection:
        patch.setattr(db, "fetch_frame", noted)
        PROGRAMMES[programme].judge(connection, year, as_of, partitions)
    return read


def same_in_parts(engine: Engine, programme: str, year: int, as_of: date) -> Any:
    """What a year gives, the same in one part as in several."""
    whole, *others = (judged(engine, programme, year, as_of, count) for count in PARTITIONS)
    for other in others:
        assert other == whole
    return whole


@settings(max_examples=some(25))
@given(data=st.data())
def test_a_settlement_is_the_same_in_parts(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        same_in_parts(engine, "tech_branch", year, as_of)
        engine.dispose()


@settings(max_examples=some(25))
@given(data=st.data())
def test_a_review_is_the_same_in_parts(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds("chokepoint"))
    programme = PROGRAMMES["chokepoint"]
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        same_in_parts(engine, "chokepoint", year, programme.settlement_day(year, None, date(2026, 1, 1)))
        engine.dispose()


@pytest.mark.parametrize("seed", [1, 2])
def test_larger_worlds_with_claims_and_budgets(tmp_path: Path, seed: int) -> None:
    """Hundreds of loans, a year approved before: claims, budgets and shares are among what is joined."""
    sheets = worlds.random_world(seed, 300, 2024)
    late = {name: sheets[name] for name in ("还款", "撤销") if sheets[name]}
    engine = set_up(tmp_path, {name: rows for name, rows in sheets.items() if name not in ("还款", "撤销", "上传豁免")})
    first = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    lifecycle.approve(engine, first.id, "审核人", "样例文号", solo=True)
    outcome = import_file(engine, write_sheets(tmp_path / "补录.xlsx", late), "测试")
    assert not outcome.refused, [finding.line() for finding in outcome.findings]
    _, count, _, _, summary = same_in_parts(engine, "tech_branch", 2024, date(2025, 1, 31))
    whole, parts = (rows_read(engine, "tech_branch", 2024, date(2025, 1, 31), number) for number in (1, 10))
    engine.dispose()
    assert max(parts) < max(whole) / 3  # the most is one row for each enterprise, when the parts are cut
    assert sum(parts) < 2 * sum(whole)  # what each part needs, such as rates and banks, is little beside its own
    assert count > 50 and summary["interest_fen"] > 0 and summary["claims"]["claims"] > 5


def on_record(engine: Engine) -> Any:
    """What is stored of all runs, and the digests of their lines under their links."""
    seal, kept = models.Seal, models.SealedRows
    with db.reading(engine) as connection:
        rows = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table, _ in sealed.LINES
        }
        query = select(seal.run_id, kept.table_name, kept.digests).join(kept, kept.seal_id == seal.id)
        digests = connection.execute(query.where(kept.table_name.in_(rows)).order_by(seal.id, kept.table_name)).all()
    return {name: found for name, found in rows.items() if found}, [tuple(row) for row in digests]


def test_years_made_in_parts_are_stored_and_sealed_as_in_one(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two years settled, approved and audited: lines, claims, warnings and their digests; nothing differs in an audit."""
    sheets = worlds.random_world(3, 120, 2024)
    late = {name: sheets[name] for name in ("还款", "撤销") if sheets.get(name)}
    found = []
    for rows in (1_000_000, 45):
        monkeypatch.setenv("TIEXI_PART_ROWS", str(rows))
        (folder := tmp_path / str(rows)).mkdir()
        kept = {name: rows for name, rows in sheets.items() if name not in ("还款", "撤销", "上传豁免")}
        engine = set_up(folder, kept, database)
        for year in (2023, 2024):
            run = settlement.settle(engine, PROGRAMMES["tech_branch"], year, date(year + 1, 1, 31), "测试")
            lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
            if year == 2023:
                assert not import_file(engine, write_sheets(folder / "补录.xlsx", late), "测试").refused
        report = audit(engine)
        found.append(on_record(engine))
        engine.dispose()
        assert not report.problems and report.runs == 2
    whole, parts = found
    assert parts == whole
    assert {"tech_branch_lines", "tech_branch_claims", "run_warnings"} <= whole[0].keys()


def test_parts_are_one_frame_in_order() -> None:
    """Rows of equal first keys in different parts go by the second; each row's new place is told."""
    left = pd.DataFrame({"bank_rank": [0, 0, 1], "note_no": ["A", "C", "A"], "fen": [1, 3, 4]})
    right = pd.DataFrame({"bank_rank": [0, 1], "note_no": ["B", "B"], "fen": [2, 5]})
    whole, place = merged([left, right], "bank_rank", "note_no")
    assert whole["fen"].tolist() == [1, 2, 3, 4, 5]
    assert place.tolist() == [0, 2, 3, 1, 4]
