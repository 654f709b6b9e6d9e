"""The files of a run for whoever may see them."""

import io
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
from sqlalchemy import Connection, Engine

import lives
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.errors import NotFound, Refused
from ledger.runs.settlement import read_run
from lives import ONE, THREE, TWO
from reports.lists import NotAList
from reports.runs import files
from reports.tech_branch.lines import lines_csv

BANK, COUNTY = Scope("clerk", "bank", ONE), Scope("county", "county", "荣成市")
CITY = Scope("city")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path_factory.mktemp("life"), "second year")
    yield engine
    engine.dispose()


@pytest.fixture
def books(life: Engine) -> Iterator[Connection]:
    with db.reading(life) as connection:
        yield connection


def content(books: Connection, what: str, scope: Scope = EVERYTHING, run: int = 1, **asked: str) -> bytes:
    given = files.file_of(books, read_run(books, run), what, scope, **asked)
    assert given.name.endswith("csv" if "csv" in given.media else "xlsx")
    return b"".join(given.pieces)


def text(found: bytes) -> str:
    """Everything that a workbook says."""
    with zipfile.ZipFile(io.BytesIO(found)) as package:
        return "".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())


def test_the_city_has_every_file_as_it_is_exported(books: Connection) -> None:
    assert content(books, "lines", CITY).decode() == "".join(lines_csv(books, 1))
    for what in ("annex2", "checklist"):
        assert TWO in text(content(books, what, CITY))
    assert TWO in text(content(books, "lines", CITY, form="xlsx"))
    assert ONE in text(content(books, "claims", CITY, run=2, form="xlsx"))
    assert "荣成市" in text(content(books, "annex1", CITY, county="荣成市"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("what", "run"), [("lines", 1), ("claims", 2), ("checklist", 1)])
def test_a_bank_finds_nothing_of_another_in_its_files(books: Connection, what: str, run: int, form: str) -> None:
    if (what, form) == ("checklist", "csv"):
        with pytest.raises(NotAList):
            content(books, what, BANK, run, form=form)
        return
    found = content(books, what, BANK, run, form=form)
    said = found.decode() if form == "csv" else text(found)
    assert ONE in said
    for other in (TWO, THREE, "A2", "B2", "C2", "E1"):
        assert f">{other}<" not in said and f",{other}," not in said


def test_a_check_list_of_a_bank_has_its_own_lines(books: Connection) -> None:
    whole, own = (openpyxl.load_workbook(io.BytesIO(content(books, "checklist", scope))) for scope in (CITY, BANK))
    banks = [row[1] for row in whole["结果录入"].iter_rows(min_row=2, values_only=True)]
    assert [row[1] for row in own["结果录入"].iter_rows(min_row=2, values_only=True)] == [ONE] * banks.count(ONE)
    assert len(banks) > banks.count(ONE) > 0
    said = [row[0] for row in own["说明"].iter_rows(values_only=True)]
    assert "抽中金额" in [row[0] for row in whole["说明"].iter_rows(values_only=True)] and "抽中金额" not in said


def test_a_county_has_its_own_annex_even_with_nothing_to_list(books: Connection) -> None:
    assert content(books, "annex1", COUNTY) == content(books, "annex1", COUNTY, county="荣成市")
    other = Scope("county", "county", "乳山市")
    page = openpyxl.load_workbook(io.BytesIO(content(books, "annex1", other)))["附件1"]
    said = [cell for row in page.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "合计" in said and "区市：乳山市" in said
    assert content(books, "lines", other).decode().count("\n") == 1
    with pytest.raises(NotFound):
        content(books, "annex1", COUNTY, county="环翠区")


def test_what_is_not_for_somebody_looks_like_what_is_not_there(books: Connection) -> None:
    for scope, whats in (
        (BANK, ("annex1", "annex2", "notice", "payments", "register", "new-loans", "nothing")),
        (COUNTY, ("annex2", "register", "nothing")),
        (Scope("tech"), ("annex1", "annex2", "lines", "checklist")),
        (CITY, ("new-loans", "notice", "nothing", "register")),
    ):
        for what in whats:
            with pytest.raises(NotFound):
                content(books, what, scope)


def test_what_cannot_be_asked(books: Connection) -> None:
    for what, asked in (
        ("annex1", {}), ("lines", {"form": "pdf"}), ("annex2", {"form": "csv"}), ("lines", {"county": "荣成市"}),
    ):  # fmt: skip
        with pytest.raises(NotAList):
            content(books, what, CITY, **asked)
    with pytest.raises(Refused, match="还没有抽查"):
        content(books, "checklist", CITY, 2)
