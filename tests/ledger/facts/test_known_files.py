"""A file that comes again: what it was taken as before is said truly, and of payments that were reversed which they are."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

import lives
from ledger.books import journal, payments
from ledger.errors import Refused
from ledger.intake.importer import import_file
from paying import CITY, contents, first, lines_of, rows_to_pay
from sheets import write_sheets

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def booked(tmp_path: Path) -> tuple[Engine, Path, list[int]]:
    """A file of two payments of 2023 that was booked, and its entries."""
    engine = lives.at_stage(tmp_path, "allotted")
    rows = rows_to_pay(engine)
    path = write_sheets(tmp_path / "拨付甲.xlsx", {"拨付": [first(rows, CITY), first(rows, CITY, "奖补")]})
    outcome = payments.pay(engine, 2023, path, lives.CASHIER)
    assert not outcome.refused, lines_of(outcome)
    return engine, path, outcome.entries[1]


Booked = tuple[Engine, Path, list[int]]


def said_again(engine: Engine, path: Path, year: int = 2023) -> str:
    before = contents(engine)
    outcome = payments.pay(engine, year, path, lives.CASHIER)
    assert outcome.known is not None and not outcome.refused and contents(engine) == before
    return outcome.known.as_payments(path.name, year)


def test_a_known_file_names_when_and_for_which_year(booked: Booked) -> None:
    engine, path, _ = booked
    assert said_again(engine, path).endswith(" 记入 2023 年度（内容完全相同），未作任何改动")
    assert said_again(engine, path, 2025).endswith(" 记入 2023 年度（内容完全相同），未作任何改动；没有记入 2025 年度")


def test_reversed_entries_of_a_known_file_are_named(booked: Booked, tmp_path: Path) -> None:
    engine, path, (one, other) = booked
    journal.reverse(engine, one, lives.CASHIER, "金额有误")
    said = said_again(engine, path)
    assert f"其 2 笔中有 1 笔已冲销（分录 {one}）" in said and "另存为新文件" in said
    journal.reverse(engine, other, lives.CASHIER, "金额有误")
    assert f"其全部 2 笔已冲销（分录 {one}、{other}）" in said_again(engine, path)
    rows = rows_to_pay(engine)  # the way that the sentence shows
    assert not lives.pay(engine, tmp_path, [first(rows, CITY), first(rows, CITY, "奖补")]).refused


def test_an_intake_workbook_is_no_file_of_payments(booked: Booked, tmp_path: Path) -> None:
    engine, _, _ = booked
    path = write_sheets(tmp_path / "又报.xlsx", {"企业": lives.city()["企业"]})
    assert not import_file(engine, path, lives.TYPIST).refused
    before = contents(engine)
    with pytest.raises(
        Refused, match="又报.xlsx 此前已于 .* 作为报送工作簿导入（内容完全相同），不是拨付文件，没有记账"
    ):
        payments.pay(engine, 2023, path, lives.CASHIER)
    assert contents(engine) == before and import_file(engine, path, lives.TYPIST).known_since


def test_a_file_of_payments_is_no_intake_workbook(booked: Booked) -> None:
    engine, path, _ = booked
    outcome = import_file(engine, path, lives.TYPIST)
    assert outcome.refused and not outcome.known_since
    assert outcome.refusal.endswith("作为 2023 年度的拨付文件记账（内容完全相同），不是报送工作簿，没有导入")
