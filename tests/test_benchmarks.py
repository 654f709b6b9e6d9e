"""The benchmarks compare like with like: correctness on small worlds, never speed."""

import random
from datetime import date
from pathlib import Path

import pytest

from benchmarks import (
    annexes,
    importing,
    letters,
    measure,
    plain,
    rules,
    sending,
    settling,
    used,
    used_world,
    world,
    written,
)
from benchmarks.databases import databases
from ledger.audit.audit import audit
from ledger.database import db
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch.year import DOCUMENT, year_end


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmarks") / "world.db"
    world.make_database(path, 3_000)
    return path


def test_the_plain_loop_finds_what_the_columns_find(database: Path) -> None:
    positions = rules.read(database)
    lines, steps = policy.settle(positions, DOCUMENT.values(year_end(world.YEAR)))
    assert plain.differing_columns(plain.settle(plain.prepare(positions)), lines) == []
    # the world is worth comparing on: every code stops some loan, and each of the three budgets cuts something
    assert {code for text in lines["reasons"] for code in text.split(";")} == {"", *plain.CODES, "R_CAP"}
    assert [step.cut for step in steps] == ["interest", "bonus", "bonus"]


def test_a_difference_is_seen(database: Path) -> None:
    positions = rules.read(database)
    lines, _ = policy.settle(positions, DOCUMENT.values(year_end(world.YEAR)))
    found = plain.settle(plain.prepare(positions))
    random.Random(1).choice(found)["interest_county"] += 1
    assert plain.differing_columns(found, lines) == ["interest_county"]
    assert plain.differing_columns(found[1:], lines) == ["the number of lines"]


def test_the_bare_driver_stores_what_the_product_does(database: Path, tmp_path: Path) -> None:
    settled = settling.copy_database(database, tmp_path / "settled.db")
    settling.settle(settled)
    written = settling._written(settled)
    assert {"runs", "tech_branch_lines", "run_budgets", "run_warnings", "seals", "sealed_rows"} == written.keys()
    assert settling.bare_driver(database, settled).seconds > 0


@pytest.mark.parametrize("number", [1, 2])
def test_the_annexes_have_the_cells_of_the_bare_library(database: Path, tmp_path: Path, number: int) -> None:
    settled = settling.copy_database(database, tmp_path / "settled.db")
    settling.settle(settled)
    ours, bare = tmp_path / "ours.xlsx", tmp_path / "bare.xlsx"
    annexes.write_annex(settled, ours, number, county="环翠区")
    annexes.write_bare(settled, bare, number, county="环翠区")
    assert annexes.same_cells(ours, bare, number)


def test_the_letters_say_the_same_as_those_of_the_library_alone(database: Path, tmp_path: Path) -> None:
    settled = settling.copy_database(database, tmp_path / "settled.db")
    settling.settle(settled)
    count, *seconds = letters.compare(settled, tmp_path, turns=1)
    assert count == 150 and min(seconds) > 0


def test_the_workbook_of_loans_is_taken(database: Path, tmp_path: Path) -> None:
    workbook = tmp_path / "loans.xlsx"
    importing.write_loans(workbook, 200, 150)
    imported = importing.import_loans(database, workbook, 200)
    assert 0 < imported.sealing < imported.seconds
    assert importing.bare_store(database, workbook, 200) > 0
    assert importing.bare_read(workbook, 200) > 0


def test_what_banks_send_at_once_is_all_judged(tmp_path: Path) -> None:
    with databases(tmp_path, postgresql=False) as made:
        url = made.new("portal")
        sending.make_world(url, tmp_path, 3, 5)
        copy = made.copy(url, "copy")
        found = sending.together(copy, tmp_path, 3)
        assert found.states == {"checked": 3} and min(found.seconds, found.before, found.after) > 0
        made.drop(copy)
        assert sending.alone(url, tmp_path, 3) > 0


def test_the_city_is_the_same_every_time(database: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    world.make_database(again, 3_000)
    assert rules.read(again).loans.equals(rules.read(database).loans)


def test_a_city_in_several_files_is_one_that_audits_find_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "LOANS_PER_FILE", 400)
    world.make_database(tmp_path / "files.db", 1_000)
    engine = db.open_engine(f"sqlite:///{tmp_path / 'files.db'}")
    found = audit(engine)
    engine.dispose()
    assert (found.problems, found.seals) == ([], 4)
    assert rules.read(tmp_path / "files.db").loans["balance"].size > 900


def test_ratios_and_targets() -> None:
    faster = measure.Result("", ours=1.0, peer=12.0, target=10, at_least=True)
    slower = measure.Result("", ours=4.0, peer=1.0, target=3)
    assert (faster.ratio, faster.met, slower.ratio, slower.met) == (12.0, True, 4.0, False)
    assert measure.growth(1.0, 150.0, 10_000, 1_000_000) == (150.0, pytest.approx(150.0))


def test_what_is_done_day_by_day_is_measured_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A used world is made once and taken again; every row does its work on both sides, and leaves the world as it was."""
    monkeypatch.setenv(used_world.KEPT_IN, str(tmp_path / "worlds"))
    world = used_world.kept(400)
    assert used_world.kept(400) == world and len(list((tmp_path / "worlds").iterdir())) == 1
    before = world.approved.read_bytes()
    rows = {row.name: row for row in used.rows(world, tmp_path)}
    assert {"settle", "approve", "audit", "annex1", "annex2", "lines", "balance", "status", "explain"} < rows.keys()
    assert {"find", "statement", "trace", "import", "amend"} < rows.keys()
    for name in ("explain", "import", "amend"):  # the others are as long, and other tests hold what they do
        found = used.measure(rows[name], 1)
        assert found.ours.processor > found.peer.processor > 0 and found.ours.peak > 20 << 20
    assert world.approved.read_bytes() == before


def test_columns_and_sql_find_the_same() -> None:
    """sql_rules.compare holds every figure of both sides against each other."""
    duckdb = pytest.importorskip(
        "duckdb", reason="NOT COMPARED WITH DUCKDB: benchmarks/requirements.txt is not installed"
    )
    from benchmarks import sql_rules

    found = sql_rules.compare(20_000, 1)
    assert duckdb and min(found.ours, found.duckdb, found.duckdb_alone, found.copies) > 0


def test_the_table_of_a_run_stands_between_the_marks_of_a_document(tmp_path: Path) -> None:
    """What was there before is gone, what stands around it stays; a document without the marks has no place for it."""
    (document := tmp_path / "性能.md").write_text(f"前\n{written.BEGIN}\n旧\n{written.END}\n后\n", encoding="utf-8")
    results = {
        "one": [measure.Result("甲", 3.0, 2.0, 1.5), measure.Result("乙", 1.0, 20.0, 10, at_least=True)],
        "two": [measure.Result("丙", 4.0, 2.0, 1.5, unit="MiB"), measure.Result("丁", 1.0, 4.0, None)],
    }
    assert written.has_place(document) and not written.has_place(Path(__file__).parent.parent / "README.md")
    written.write(document, results, date(2026, 1, 2), 7, 3)
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"前\n{written.BEGIN}\n") and text.endswith(f"{written.END}\n后\n") and "旧" not in text
    assert "2026-01-02" in text and "7 分钟" in text and "3 项有目标，达到 2 项" in text
    assert [line for line in text.splitlines() if line.startswith(("| one", "| two"))] == [
        "| one | 甲 | 3.00 s | 2.00 s | 1.50 | ≤ 1.5 | 是 |",
        "| one | 乙 | 1.00 s | 20.00 s | 20.00 | ≥ 10 | 是 |",
        "| two | 丙 | 4.00 MiB | 2.00 MiB | 2.00 | ≤ 1.5 | **否** |",
        "| two | 丁 | 1.00 s | 4.00 s | 0.25 | — | — |",
    ]
