"""Explanations for whoever may see them: to a bank its enterprise's other loans are one sum."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

import lives
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.errors import NotFound
from ledger.runs.settlement import read_run
from lives import COUNTIES, NAMES, ONE, THREE, TWO
from reports.runs import explaining

BANK = Scope("clerk", "bank", ONE)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path_factory.mktemp("life"), "second year")
    yield engine
    engine.dispose()


@pytest.fixture
def books(life: Engine) -> Iterator[Connection]:
    with db.reading(life) as connection:
        yield connection


def told(books: Connection, note: str, bank: str = ONE, scope: Scope = EVERYTHING, run: int = 1) -> str:
    found = explaining.explain(books, read_run(books, run), {"bank": bank, "note": note}, scope)
    return str(found.as_dict())


def test_to_a_bank_the_other_loans_of_its_enterprise_are_one_sum(books: Connection) -> None:
    whole, own = told(books, "A1"), told(books, "A1", scope=BANK)
    assert f"{TWO} 借据 A2" in whole and "报送0.xlsx" in whole
    assert "同一企业在其他银行的贷款共占用 333.333333 万元" in own
    for other in (TWO, THREE, "A2", "B2", "报送0.xlsx", "录入员"):
        assert other not in own


@pytest.mark.parametrize("note", ["A1", "B1", "C1", "D1"])
def test_nothing_of_another_bank_is_in_an_explanation(books: Connection, note: str) -> None:
    for run in (1, 2):
        found = told(books, note, scope=BANK, run=run)
        assert "贴息" in found
        for other in (TWO, THREE, "A2", "B2", "C2", "E1", "贴息合计"):
            assert other not in found, other


def test_what_is_anothers_looks_like_what_is_not_there(books: Connection) -> None:
    for bank, note in ((TWO, "A2"), (TWO, "没有"), ("没有这家银行", "A1"), (ONE, "A2"), (ONE, "没有")):
        with pytest.raises(NotFound):
            told(books, note, bank, BANK)


def test_a_county_sees_the_loans_of_its_enterprises(books: Connection) -> None:
    for note, county in (("A1", 0), ("B1", 1), ("C1", 2)):
        for place, name in enumerate(COUNTIES):
            scope = Scope("county", "county", name)
            if place == county:
                assert NAMES[place] in told(books, note, scope=scope)
            else:
                with pytest.raises(NotFound):
                    told(books, note, scope=scope)


def test_offices_see_their_programmes(books: Connection) -> None:
    assert "A2" in told(books, "A1", scope=Scope("city"))
    with pytest.raises(NotFound):
        told(books, "A1", scope=Scope("tech"))
    with pytest.raises(NotFound):
        told(books, "A1", scope=Scope("clerk", "insurer", ONE))


def test_names_of_nothing(books: Connection) -> None:
    for named in ({}, {"bank": ONE}, {"note": "A1"}, {"bank": ONE, "note": "A1", "investor": "样例创投"}):
        with pytest.raises(explaining.NotNamed, match="bank 和 note"):
            explaining.explain(books, read_run(books, 1), named)
    with pytest.raises(NotFound):  # of another document
        explaining.explain(books, read_run(books, 1), {"insurer": "样例财险", "note": "BD1"})
