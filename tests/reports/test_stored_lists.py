"""What the database finds of a list is what is found in memory, item for item."""

import itertools
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from databases import filled_engine
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.uploads import records
from reports.lists import Asked, NotAList
from reports.received import papers, uploads
from samples import BANK, base, loan
from sending import PaperDesk
from sheets import write_sheets
from uploading import OTHER_BANK, Desk, make_accounts


def two_banks(engine: Engine) -> None:
    partners = [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, OTHER_BANK)]
    with tempfile.TemporaryDirectory() as folder:
        book = write_sheets(Path(folder) / "名录.xlsx", base(**{"合作银行": partners}))
        assert not import_file(engine, book, "测试").refused
    make_accounts(engine)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Files of two banks and the city, in several states."""
    folder = tmp_path_factory.mktemp("lists")
    engine = filled_engine(folder, "sqlite", two_banks)
    desk = Desk(engine, folder)
    for number, (login, name) in enumerate(
        [("clerk", "b_1.xlsx"), ("clerk", "B%1.xlsx"), ("other-clerk", "b_1.xlsx"), ("clerk-2", "Ａ样例.xlsx"), ("clerk", "c.xlsx")]
    ):  # fmt: skip
        desk.send(login, {"贷款": [loan(f"L{number}")]}, name, judged=number != 4, check_only=number == 1)
    desk.give_back("reviewer", 1, "样例")
    desk.send("clerk", {"贷款": [loan("L9")]}, amend_reason="样例", judged=False)
    yield desk
    engine.dispose()


_ALL = [
    Asked(**{"filters": filters, "words": words, "sort": sort, "page": page, "size": size})
    for filters, words, sort, (page, size) in itertools.chain(
        itertools.product(
            ({}, {"state": "received"}, {"state": "returned"}, {"login": "clerk"}, {"amend_reason": ""}, {"check_only": "true"}, {"check_only": "yes"}),
            ("", "b_", "XLSX", "%", "样例", "Ａ", "5"),
            ("", "-file", "amend_reason", "-amend_reason", "state", "upload"),
            ((1, 50),),
        ),
        itertools.product(
            ({"upload": "2"}, {"upload": "02"}, {"upload": "x"}, {"year": ""}, {"file": "b_1.xlsx"}, {"received_at": "x"}, {"findings": "0"}, {"judged_at": ""}),
            ("",),
            ("", "-received_at", "judged_at"),
            ((1, 2), (2, 2), (9, 2)),
        ),
    )
]  # fmt: skip
ASKED = random.Random(7).sample(_ALL, 60)


@pytest.mark.parametrize("login", ["clerk", "other-reviewer", "city", "county"])
def test_the_database_finds_what_is_found_in_memory(files: Desk, login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account = files.account(login)
    with db.reading(files.engine) as connection:
        found = [uploads.listed(connection, account, asked) for asked in ASKED]
        monkeypatch.setattr(uploads, "chosen", lambda *_: None)
        assert found == [uploads.listed(connection, account, asked) for asked in ASKED]
    assert any(one["total"] for one in found) == (login != "county")


def test_only_the_page_is_read(files: Desk) -> None:
    account, asked = files.account("city"), Asked(filters={"state": "checked"}, size=1)
    said: list[str] = []
    with db.reading(files.engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        found = uploads.listed(connection, account, asked)
    assert len(found["items"]) == 1 < found["total"]
    assert all("LIMIT" in one or "count(*)" in one for one in said if "FROM uploads" in one)


def test_a_key_that_it_has_not(files: Desk) -> None:
    with db.reading(files.engine) as connection, pytest.raises(NotAList):
        uploads.listed(connection, files.account("city"), Asked(sort="actions"))


def test_findings_likewise(files: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = files.send("clerk", {"贷款": [loan("X1", 到期日=None), loan("X2", 担保方式="样例")]}, "x.xlsx")
    asked = [
        Asked(**{"filters": filters, "words": words, "sort": sort, "page": page, "size": size})
        for filters, words, sort, (page, size) in itertools.product(
            ({}, {"row": "2"}, {"row": ""}, {"column": "到期日"}, {"value": ""}), ("", "样例", "担保"), ("", "-row", "column"),
            ((1, 50), (2, 1)),
        )
    ]  # fmt: skip
    with db.reading(files.engine) as connection:
        upload = records.get(connection, sent.id)
        found = [uploads.findings(connection, upload, one) for one in asked]
        monkeypatch.setattr(uploads, "chosen", lambda *_: None)
        assert found == [uploads.findings(connection, upload, one) for one in asked]
    assert found[0]["total"] == len(found[0]["items"]) == 2


DAY = date(2023, 7, 3)
OF_PAPERS = [
    Asked(**asked)
    for asked in (
        {}, {"size": 1}, {"size": 1, "page": 2}, {"words": "l1 "}, {"words": BANK[:3]}, {"words": "%"}, {"sort": "bank"},
        {"sort": "-file"}, {"sort": "event_on"}, {"sort": "-year"}, {"filters": {"year": "2024"}}, {"filters": {"year": ""}},
        {"filters": {"event_on": "2023-07-03"}}, {"filters": {"event_on": ""}}, {"filters": {"event_on": "20230703"}},
        {"filters": {"bank": BANK, "note_no": "L1"}, "sort": "paper"}, {"filters": {"bank": "x"}}, {"filters": {"bytes": "0"}},
        {"filters": {"state": "withdrawn", "pages": "1"}}, {"filters": {"state": "kept"}, "size": 2},
    )
]  # fmt: skip


def test_papers_likewise(files: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = PaperDesk(files.engine, tmp_path)
    for note, bank in (("L1", BANK), ("L2", OTHER_BANK), ("L3", BANK)):
        sent = desk.send(note, "发放", DAY, bank=bank)
    desk.withdraw(sent.papers[0])
    desk.send(None, None, None, "申请报告", year=2024)
    keys, named = [*sent.papers[0].as_dict(), "year"], ("bank", "note_no", "file")
    said: list[str] = []
    with db.reading(files.engine) as connection:
        scopes = [files.account(login).scope for login in ("city", "clerk", "county")]
        event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        found = [papers.listed(connection, scope, asked, keys, named) for scope in scopes for asked in OF_PAPERS]
        assert all("LIMIT" in one or "count(*)" in one for one in said if "FROM papers" in one)
        monkeypatch.setattr(papers, "chosen", lambda *_: None)
        assert found == [
            papers.listed(connection, scope, asked, keys, named) for scope in scopes for asked in OF_PAPERS
        ]
    assert [one["total"] for one in found[:: len(OF_PAPERS)]] == [4, 3, 0]
