"""抽查 of banks that have another name by now, or were taken over (更名, 承继): listed, entered and drawn again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger import spotcheck
from ledger.database import db
from ledger.spotcheck import Entry
from reports.runs import check_list

NEW, TAKEN = "样例一行（新）", f"{lives.TWO}（{lives.THREE}承继）"
Take = Callable[..., Any]


def changed() -> list[dict[str, Any]]:
    rows = (
        (lives.ONE, date(2023, 6, 1), "更名", NEW, "样例文1号"),
        (lives.TWO, date(2024, 1, 2), "承继", lives.THREE, "样例文2号"),
    )
    return [dict(zip(("原名称", "变更日", "类别", "现名称", "批准文号"), row, strict=True)) for row in rows]


@pytest.fixture
def drawn(engine: Engine, take: Take, tmp_path: Path) -> tuple[Engine, Path]:
    """A run whose banks were renamed and taken over before its day, and the list of all of its loans."""
    take(lives.city() | {"银行变更": changed()})
    run = lives.settle(engine)
    drawing, _ = spotcheck.sample(engine, run.id, 1_000_000, None, lives.CHECKER)
    path = tmp_path / "清单.xlsx"
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, run, drawing, path)
    return engine, path


def test_the_list_calls_banks_as_papers_do_and_comes_back(drawn: tuple[Engine, Path]) -> None:
    engine, path = drawn
    book = openpyxl.load_workbook(path)
    rows = [row for row in book["抽查清单"].values if isinstance(row[0], int)]
    assert {row[2] for row in rows} == {NEW, TAKEN, lives.THREE}
    sheet = book["结果录入"]
    place = [cell.value for cell in sheet[1]].index("核查结果") + 1
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, place).value = "相符"
    book.save(path)
    assert spotcheck.enter(engine, 1, check_list.read_results(path, 1), lives.CHECKER) == len(rows)
    with db.reading(engine) as connection:
        check_list.refuse_to_lose(connection, 1, path)  # all that is on the list is on record


@pytest.mark.parametrize(("bank", "note"), [(lives.ONE, "A1"), (NEW, "A1"), (lives.TWO, "A2"), (TAKEN, "A2")])
def test_a_result_is_entered_under_any_name(drawn: tuple[Engine, Path], bank: str, note: str) -> None:
    assert spotcheck.enter(drawn[0], 1, [Entry(bank, note, "ok", None)], lives.CHECKER) == 1


def test_what_has_no_result_is_named_as_papers_name_it(drawn: tuple[Engine, Path]) -> None:
    with db.reading(drawn[0]) as connection:
        names = spotcheck.loan_names(connection, 1, range(1, 20))
    assert {bank for bank, _ in names.values()} == {NEW, TAKEN, lives.THREE}


def test_who_draws_again_reads_the_names_of_the_lines(drawn: tuple[Engine, Path]) -> None:
    with db.reading(drawn[0]) as connection:
        candidates = spotcheck._candidates(connection, 1)
    assert {one.bank for one in candidates} == {NEW, lives.TWO, lives.THREE}
