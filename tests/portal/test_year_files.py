"""The files and charts of a year, find, statements, warnings and whole files withdrawn: each as its command gives it, cut to
who asks."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger.accounts.rights import YEAR_FILES
from lives import CODES, ONE, TWO
from portal import Portal, portal_on, problem
from reports.runs import year_files
from sheets import write_sheets
from tiexi import cli

YEAR = "/years/2023/files"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "second year")) as found:
        yield found


@pytest.fixture
def command(portal: Portal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("TIEXI_DATABASE_URL", str(portal.engine.url))

    def run(*arguments: str, code: int = 0) -> str:
        assert cli.run(list(arguments)) == code
        return capsys.readouterr().out

    return run


def ok(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer


def cells(data: bytes, but: tuple[str, ...] = ()) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [(page.title, *row) for page in book if page.title not in but for row in page.iter_rows(values_only=True)]


def words(data: bytes) -> list[str]:
    letter = docx.Document(io.BytesIO(data))
    of_tables = [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
    return [one.text for one in letter.paragraphs] + of_tables


def test_every_file_that_rights_name_is_one_and_the_other_way_round() -> None:
    assert set(YEAR_FILES) == set(year_files.ALL)


@pytest.mark.parametrize(
    ("what", "query", "arguments"),
    [
        ("problems", "", []),
        ("problems", "?county=环翠区", ["--county", "环翠区"]),
        ("problems", f"?bank={TWO}", ["--bank", TWO]),
        ("budget", "", []),
        ("performance", "", []),
        ("distrust", "", None),
        ("proposal", "", []),
        ("application", f"?bank={TWO}", ["--bank", TWO]),
        ("cover", "?county=荣成市", ["--county", "荣成市"]),
        ("letter", f"?uscc={CODES[0]}", ["--uscc", CODES[0]]),
    ],
)
def test_a_file_is_what_the_command_writes(
    portal: Portal, command: Any, tmp_path: Path, what: str, query: str, arguments: list[str] | None
) -> None:
    answer = ok(portal.api("city").get(f"{YEAR}/{what}{query}"))
    suffix = "docx" if "wordprocessing" in answer.headers["content-type"] else "xlsx"
    assert answer.headers["content-disposition"].endswith(f".{suffix}")
    path = tmp_path / f"file.{suffix}"
    command("export", what, *([] if arguments is None else ["2023", *arguments]), "-o", str(path))
    read = words if suffix == "docx" else cells
    assert read(answer.content) == read(path.read_bytes())


def test_a_bank_and_a_county_get_their_own_without_naming_it(portal: Portal) -> None:
    city = portal.api("city")
    assert words(ok(portal.api("clerk").get(f"{YEAR}/application")).content) == words(
        city.get(f"{YEAR}/application?bank={ONE}").content
    )
    assert words(ok(portal.api("county").get(f"{YEAR}/cover")).content) == words(
        city.get(f"{YEAR}/cover?county=环翠区").content
    )
    own = cells(ok(portal.api("county").get(f"{YEAR}/problems")).content)
    assert own == cells(city.get(f"{YEAR}/problems?county=环翠区").content)
    rows = [row for row in cells(ok(portal.api("clerk").get(f"{YEAR}/problems")).content) if row[0] == "数据"]
    assert len(rows) > 1 and all(str(row[3]).startswith(ONE) for row in rows[1:])


def test_what_is_wrong_with_a_question_is_said_in_the_usual_order(portal: Portal) -> None:
    city, clerk = portal.api("city"), portal.api("clerk")
    problem(clerk.get(f"{YEAR}/budget?nothing=1"), 403, "forbidden")
    problem(portal.api("insurer").get(f"{YEAR}/application"), 403, "forbidden")
    problem(portal.api("county").get(f"{YEAR}/letter"), 403, "forbidden")
    problem(city.get(f"{YEAR}/nothing"), 404, "not-found")
    problem(city.get(f"{YEAR}/nothing?x=1"), 400, "bad-request")
    for path, name in (
        (f"{YEAR}/letter", "uscc"), (f"{YEAR}/application", "bank"), (f"{YEAR}/cover", "county"), (f"{YEAR}/budget?county=环翠区", "county"),
        (f"{YEAR}/cover?county=北京市", "county"), (f"{YEAR}/problems?programme=toy", "programme"), (f"{YEAR}/distrust?programme=chokepoint", "programme"),
        ("/statement", "uscc"), ("/find", "q"), ("/find?q=", "q"), ("/warnings?year=x", "year"), ("/due?format=pdf", "format"),
        ("/due?format=xlsx&bank=x", "bank"), ("/due?format=xlsx&within=x", "within"),
    ):  # fmt: skip
        found = problem(city.get(path), 400, "bad-request")
        assert [one["name"] for one in found["errors"]] == [name], path
    for path in ("/years/x/files/budget", "/years/1800/files/problems"):
        assert [one["in"] for one in problem(city.get(path), 400, "bad-request")["errors"]] == ["path"]
    problem(city.get(f"{YEAR}/proposal?programme=export_credit"), 404, "not-found")
    problem(city.get("/years/2019/files/budget"), 422, "refused")
    same = [
        problem(clerk.get(path), 404, "not-found") | {"instance": ""}
        for path in (f"{YEAR}/application?bank={TWO}", f"{YEAR}/application?bank=没有", f"{YEAR}/problems?bank={TWO}",
                     f"/statement?bank={TWO}", "/statement?bank=没有", "/statement?uscc=x", f"/statement?uscc={CODES[4]}")
    ]  # fmt: skip
    assert all(one == same[0] for one in same)


def test_find_gives_what_the_command_gives_and_a_bank_its_own_part(portal: Portal, command: Any) -> None:
    whole = ok(portal.api("city").get("/find?q=公司")).json()
    assert whole == json.loads(command("find", "公司", "--json"))
    assert ok(portal.api("city").get("/find?q=没有这家")).json()["enterprises"] == []
    mine = {one["uscc"]: one for one in ok(portal.api("clerk").get("/find?q=公司")).json()["enterprises"]}
    assert set(mine) == set(CODES[:4])
    first = next(one for one in whole["enterprises"] if one["uscc"] == CODES[0])
    assert first["loans"] == {"2023": 2, "2024": 1} and mine[CODES[0]]["loans"] == {"2023": 1, "2024": 1}
    assert sum(one["lines"] for one in mine[CODES[0]]["years"]) < sum(one["lines"] for one in first["years"])
    banks = ok(portal.api("clerk").get("/find?q=样例")).json()["banks"]
    assert [one["name"] for one in banks] == [ONE]
    there = ok(portal.api("county").get("/find?q=公司")).json()["enterprises"]
    assert {one["county"] for one in there} == {"环翠区"}
    nobody = ok(portal.api("investor").get("/find?q=公司")).json()
    assert nobody == {"enterprises": [], "banks": [], "insurers": [], "investors": []}


def test_a_statement_is_the_commands_and_a_bank_has_its_own_rows(portal: Portal, command: Any, tmp_path: Path) -> None:
    path = tmp_path / "对账单.xlsx"
    for query, arguments in ((f"uscc={CODES[0]}", [CODES[0]]), (f"bank={TWO}", ["--bank", TWO])):
        answer = ok(portal.api("auditor").get(f"/statement?{query}"))
        command("statement", *arguments, "-o", str(path))
        assert cells(answer.content) == cells(path.read_bytes())
    own = cells(ok(portal.api("clerk").get(f"/statement?uscc={CODES[0]}")).content)
    assert {row[2] for row in own if row[0] == "贷款" and row[1] in (ONE, TWO)} == {"A1", "A3"}
    assert [row for row in own if row[0] == "拨付与追缴" and row[6] == CODES[0]] == []
    files = [row for row in own if row[0] == "在库资料" and row[1] in ("贷款", "还款")]
    assert files and {(row[3], row[6]) for row in files} == {(None, None)}, "the city brought them, not the bank"


def test_warnings_are_the_commands_and_ones_own(portal: Portal, command: Any) -> None:
    for query, arguments in (("", []), ("?year=2023", ["--year", "2023"])):
        whole = ok(portal.api("city").get(f"/warnings{query}")).json()
        assert whole == json.loads(command("warnings", *arguments, "--json"))
        own = ok(portal.api("clerk").get(f"/warnings{query}")).json()["warnings"]
        assert [one | {"file": ""} for one in whole["warnings"] if one["bank"] == ONE] == own
    assert whole["warnings"], "the city has something to be warned of"
    assert ok(portal.api("insurer").get("/warnings")).json() == {"warnings": []}


def test_papers_due_as_a_workbook(portal: Portal, command: Any, tmp_path: Path) -> None:
    command("export", "papers-due", "--within", "9", "-o", str(tmp_path / "资料.xlsx"))
    answer = ok(portal.api("city").get("/due?within=9&format=xlsx"))
    assert cells(answer.content) == cells((tmp_path / "资料.xlsx").read_bytes())
    ok(portal.api("clerk").get("/due?format=xlsx"))


def test_a_whole_file_is_withdrawn_by_who_sent_it(portal: Portal, tmp_path: Path) -> None:
    rows = [{"统一社会信用代码": CODES[3], "资质类别": "科技型中小企业", "有效期起": "2022-01-01", "有效期止": None}]
    city, path = portal.api("city"), write_sheets(tmp_path / "资质.xlsx", {"资质": rows})
    sent = city.post("/uploads?wait=30", files={"file": (path.name, path.read_bytes())}).json()
    number = sent["upload"]
    problem(city.post(f"/uploads/{number}/void", json={"reason": "错"}), 422, "refused")  # not taken yet
    assert ok(city.post(f"/uploads/{number}/confirm")).json()["state"] == "taken"
    page = portal.page("city")
    assert "整个撤回" in page.get(f"/uploads/{number}").text
    problem(portal.api("clerk").post(f"/uploads/{number}/void", json={"reason": "错"}), 403, "forbidden")
    problem(portal.api("tech").post(f"/uploads/{number}/void", json={"reason": "错"}), 404, "not-found")
    problem(city.post(f"/uploads/{number}/void", json={}), 400, "bad-request")
    gone = ok(city.post(f"/uploads/{number}/void", json={"reason": "重复报送"})).json()
    assert (gone["file"], gone["rows"]) == ("资质.xlsx", {"资质": 1})
    problem(city.post(f"/uploads/{number}/void", json={"reason": "再来"}), 422, "refused")
    told = ok(city.get(f"/uploads/{number}")).json()
    assert (told["state"], told["voided_by"], told["voided_reason"]) == ("taken", told["by"], "重复报送")
    listed = ok(city.get("/uploads?size=500&sort=-voided_at")).json()["items"]
    assert [one["upload"] for one in listed if one["voided_at"]] == [number]
    only = ok(city.get("/uploads?voided_reason=重复报送")).json()["items"]
    assert [one["voided_at"] for one in only] == [told["voided_at"]]
    assert "已整个撤回" in page.get(f"/uploads/{number}").text and page.get("/uploads").text.count("已撤回") == 1
    assert "已撤回：重复报送" in page.get("/").text
    again = city.post("/uploads?wait=30", files={"file": (path.name, path.read_bytes())})
    assert (again.status_code, again.json()["taken"]["资质"]["new"]) == (201, 1)


def test_a_successor_has_the_problems_of_whom_it_took_over(engine: Engine, tmp_path: Path) -> None:
    from ledger.database import db
    from ledger.runs.settlement import read_run
    from reports.runs import problems

    lives.live(engine, tmp_path, "trial")
    taken = [{"原名称": TWO, "变更日": "2024-01-05", "类别": "承继", "现名称": ONE, "批准文号": "样例函8号"}]
    lives.take(engine, tmp_path, {"银行变更": taken})
    run = lives.settle(engine)
    with db.reading(engine) as connection:
        found = problems.of_run(connection, read_run(connection, run.id), bank=ONE)
    assert {one.bank for one in found.lines} >= {ONE, TWO}
