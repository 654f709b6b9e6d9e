"""The lines of a run as a list: pages, filters, order, and what of it somebody sees."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

import lives
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.errors import Refused
from ledger.runs.settlement import read_run
from lives import CODES, NAMES, ONE, THREE, TWO
from reports.lists import Asked, NotAList
from reports.runs import run_list
from reports.tech_branch.claims import claims_csv
from reports.tech_branch.lines import COLUMNS, lines_csv

BANK = Scope("clerk", "bank", ONE)
COUNTY = Scope("county", "county", "荣成市")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path_factory.mktemp("life"), "second year")
    yield engine
    engine.dispose()


@pytest.fixture
def books(life: Engine) -> Iterator[Connection]:
    with db.reading(life) as connection:
        yield connection


def listed(books: Connection, name: str = "lines", run: int = 1, scope: Scope = EVERYTHING, **asked: Any) -> Any:
    filters = {key: value for key, value in asked.items() if key not in ("words", "sort", "page", "size")}
    rest = {key: value for key, value in asked.items() if key not in filters}
    return run_list.page(books, read_run(books, run), name, Asked(filters, **rest), scope)


def notes(found: dict[str, Any]) -> list[str]:
    return [item["note_no"] for item in found["items"]]


def test_all_lines_in_their_order_with_the_keys_of_the_csv(books: Connection) -> None:
    found = listed(books)
    assert (found["page"], found["size"], found["total"], len(found["items"])) == (1, 50, 8, 8)
    text = "".join(lines_csv(books, 1))
    assert list(found["items"][0]) == text.lstrip("\ufeff").splitlines()[0].split(",") == [one.name for one in COLUMNS]
    assert notes(found) == [line.split(",")[6] for line in text.splitlines()[1:]]
    first = next(item for item in found["items"] if item["note_no"] == "A1")
    assert (first["amount_fen"], first["rate_percent"], first["disbursed_on"]) == (10**9, "4.0000", "2023-07-03")


def test_pages_are_parts_of_the_whole(books: Connection) -> None:
    every = notes(listed(books))
    assert [note for page in (1, 2, 3) for note in notes(listed(books, page=page, size=3))] == every
    assert listed(books, page=4, size=3)["items"] == [] and listed(books, page=10**9, size=3)["total"] == 8


def test_a_page_of_all_lines_reads_its_own_lines_alone(life: Engine, books: Connection) -> None:
    said: list[str] = []
    event.listen(life, "before_cursor_execute", lambda *args: said.append(args[2]))
    listed(books, page=2, size=3)
    assert any("BETWEEN" in text for text in said) and not any("OFFSET" in text for text in said)


def test_filters(books: Connection) -> None:
    assert notes(listed(books, county="荣成市")) == notes(listed(books, uscc=CODES[1]))
    assert set(notes(listed(books, bank=TWO))) == {"A2", "B2", "C2"}
    assert notes(listed(books, bank="没有这家银行")) == []
    assert notes(listed(books, enterprise=NAMES[3])) == ["D1"]
    assert notes(listed(books, amount_fen="1000000000")) == ["A1"]
    assert notes(listed(books, rate_percent="9")) == notes(listed(books, rate_percent="9.0000")) == ["C2"]
    assert notes(listed(books, disbursed_on="2023-07-03")) == ["A1"]
    assert listed(books, lpr_percent="")["total"] == 0
    unpaid, paid = listed(books, paid="no"), listed(books, paid="yes")
    assert all(not item["interest_fen"] + item["bonus_fen"] for item in unpaid["items"])
    assert all(item["interest_fen"] + item["bonus_fen"] for item in paid["items"])
    assert unpaid["total"] + paid["total"] == 8 and unpaid["total"] >= 2
    for item in unpaid["items"]:
        for code in item["reasons"].split(";"):
            assert item["note_no"] in notes(listed(books, code=code))
    assert notes(listed(books, code="R_RAT")) == []


def test_words_are_looked_for_in_names_and_numbers(books: Connection) -> None:
    assert set(notes(listed(books, words="海甲"))) == {"A1", "A2"}
    assert notes(listed(books, words="e1")) == ["E1"]
    assert set(notes(listed(books, words="二行"))) == {"A2", "B2", "C2"}
    assert listed(books, words="信用")["total"] == 0 and listed(books, words="%")["total"] == 0


@pytest.mark.parametrize("key", [column.name for column in COLUMNS])
def test_every_key_sorts_both_ways(books: Connection, key: str) -> None:
    stored = {item["note_no"]: item[key] for item in listed(books)["items"]}
    up, down = (notes(listed(books, sort=sign + key)) for sign in ("", "-"))
    values = [stored[note] for note in up]
    if key.endswith("_percent"):
        values = [float(value) for value in values]
    assert values == sorted(values) and sorted(down) == sorted(up)
    assert [stored[note] for note in down] == [stored[note] for note in up][::-1]


@pytest.mark.parametrize(
    ("asked", "name"),
    [({"nothing": "1"}, "nothing"), ({"sort": "nothing"}, "sort"), ({"paid": "maybe"}, "paid"), ({"months": "x"}, "months"),
     ({"due_on": "2024-02-30"}, "due_on"), ({"rate_percent": "1e999999999"}, "rate_percent"), ({"rate_percent": "NaN"}, "rate_percent"), ({"rate_percent": "4.00001"}, "rate_percent"), ({"years_enjoyed": "²"}, "years_enjoyed")],
)  # fmt: skip
def test_what_cannot_be_asked(books: Connection, asked: dict[str, str], name: str) -> None:
    with pytest.raises(NotAList) as told:
        listed(books, **asked)
    assert told.value.name == name


def test_claims_of_the_second_year(books: Connection) -> None:
    found = listed(books, "claims", 2)
    assert {item["note_no"] for item in found["items"]} == {"B1", "D1"} and found["items"][0]["paid_year"] == 2023
    assert notes(listed(books, "claims", 2, code="R_REVOKED")) == ["D1"]
    whole = run_list.csv(books, read_run(books, 2), "claims", Asked())
    assert "".join(whole) == "".join(claims_csv(books, 2))


def test_csv_is_the_whole_list_whatever_the_page(books: Connection) -> None:
    run = read_run(books, 1)
    assert "".join(run_list.csv(books, run, "lines", Asked(page=2, size=1))) == "".join(lines_csv(books, 1))
    some = "".join(run_list.csv(books, run, "lines", Asked({"bank": THREE})))
    assert len(some.splitlines()) == 2 and "E1" in some


def test_a_bank_sees_its_own_lines_alone(books: Connection) -> None:
    found = listed(books, scope=BANK)
    assert {item["bank"] for item in found["items"]} == {ONE} and found["total"] == 4
    assert notes(listed(books, scope=BANK, bank=TWO)) == []
    assert notes(listed(books, scope=BANK, words="A2")) == []
    text = "".join(run_list.csv(books, read_run(books, 1), "lines", Asked(), BANK))
    assert TWO not in text and len(text.splitlines()) == 5
    assert {item["bank"] for item in listed(books, "claims", 2, BANK)["items"]} == {ONE}


def test_a_county_sees_its_own_lines_and_an_insurer_no_loan(books: Connection) -> None:
    assert {item["county"] for item in listed(books, scope=COUNTY)["items"]} == {"荣成市"}
    assert listed(books, scope=Scope("clerk", "insurer", "样例财险"))["total"] == 0
    assert listed(books, scope=Scope("tech"))["total"] == 0
    assert listed(books, scope=Scope("city"))["total"] == listed(books, scope=Scope("auditor"))["total"] == 8


def test_lines_that_a_document_has_not_are_refused(books: Connection) -> None:
    with pytest.raises(Refused, match="没有这样的明细"):
        listed(books, "premiums")
