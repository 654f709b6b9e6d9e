"""Runs over HTTP: what is read of them, in every role and scope."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lives
from ledger.accounts.roles import B
from lives import COUNTIES, ONE, THREE, TWO
from portal import PEOPLE, Portal, portal_on

OTHERS = (TWO, THREE, "A2", "B2", "C2", "E1")
BUSINESS = [login for login, (role, _) in PEOPLE.items() if role in B]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "second year")) as found:
        yield found


def good(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def notes(found: dict[str, Any]) -> list[str]:
    return [item["note_no"] for item in found["items"]]


@pytest.mark.parametrize("login", BUSINESS)
def test_everybody_in_the_business_sees_the_runs(portal: Portal, login: str) -> None:
    client = portal.api(login)
    found = good(client.get("/runs"))
    assert [(one["run"], one["year"], one["state"]) for one in found["items"]] == [
        (1, 2023, "closed"), (2, 2024, "approved"),
    ]  # fmt: skip
    assert found["items"][1]["next"][0]["action"] == "runs.allot"
    assert "tiexi " not in json.dumps(found, ensure_ascii=False)
    assert good(client.get("/runs?year=2024"))["total"] == 1 and good(client.get("/runs?state=trial"))["total"] == 0
    assert [one["run"] for one in good(client.get("/runs?sort=-year"))["items"]] == [2, 1]
    assert good(client.get("/runs/1"))["state"] == "closed"


@pytest.mark.parametrize("login", [login for login in PEOPLE if login not in BUSINESS])
def test_nobody_else_does(portal: Portal, login: str) -> None:
    for path in ("/runs", "/runs/1", "/runs/1/lines", "/runs/1/files/annex2", "/runs/1/explain?bank=x&note=y"):
        assert portal.api(login).get(path).status_code == 403


def test_lines_are_listed_filtered_sorted_and_given_as_csv(portal: Portal) -> None:
    client = portal.api("city")
    found = good(client.get("/runs/1/lines?size=3"))
    assert (found["page"], found["size"], found["total"], len(found["items"])) == (1, 3, 8, 3)
    assert notes(good(client.get("/runs/1/lines", params={"bank": TWO, "sort": "-amount_fen"}))) == ["B2", "A2", "C2"]
    assert notes(good(client.get("/runs/1/lines?code=R_RATE"))) == ["C2"]
    answer = client.get("/runs/1/lines", params={"format": "csv", "bank": TWO, "page": 2, "size": 1})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["note_no"] for row in rows] == ["A2", "B2", "C2"] or {row["note_no"] for row in rows} == {
        "A2",
        "B2",
        "C2",
    }
    assert list(rows[0]) == list(found["items"][0])
    for wrong in ("page=0", "page=x", "size=501", "size=0", "nothing=1", "sort=nothing", "format=pdf", "paid=maybe"):
        answer = client.get(f"/runs/1/lines?{wrong}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["name"] == wrong.partition("=")[0]
    assert client.get("/runs/1/lines?page=1&page=2").status_code == 400


def test_lines_of_another_document_are_refused(portal: Portal) -> None:
    answer = portal.api("city").get("/runs/1/premiums")
    assert answer.status_code == 422 and answer.json()["findings"] == []


GETS = (
    "/runs", "/runs?format=csv", "/runs/{run}", "/runs/{run}/lines", "/runs/{run}/lines?format=csv", "/runs/{run}/claims",
    "/runs/{run}/files/lines", "/runs/{run}/files/lines?format=xlsx", "/runs/{run}/files/claims",
    "/runs/{run}/files/checklist", "/runs/{run}/explain?bank=样例一行&note=A1", "/runs/{run}/explain?bank=样例一行&note=B1",
    "/runs/{run}/explain?bank=样例一行&note=C1", "/runs/{run}/explain?bank=样例一行&note=D1",
)  # fmt: skip


@pytest.mark.parametrize("path", GETS)
def test_a_bank_learns_nothing_of_another(portal: Portal, path: str) -> None:
    amounts: dict[str, set[int]] = {}
    for bank in (ONE, TWO):
        lines = [good(portal.api("city").get(f"/runs/{run}/lines", params={"bank": bank}))["items"] for run in (1, 2)]
        amounts[bank] = {item[key] for items in lines for item in items for key in item if key.endswith("_fen")}
    others = amounts[TWO] - amounts[ONE]
    assert len(others) > 5
    for login in ("clerk", "reviewer"):
        for run in (1, 2):
            answer = portal.api(login).get(path.format(run=run))
            if answer.status_code == 422:  # no spot check was drawn for the second run
                assert (path, run) == ("/runs/{run}/files/checklist", 2)
                continue
            said = text_of(answer)
            for other in OTHERS:
                assert other not in said, (other, run)
            if "json" in answer.headers["content-type"]:
                assert not others & set(numbers(answer.json()))


def text_of(answer: Any) -> str:
    """Whatever an answer says, also inside a workbook."""
    import zipfile

    assert answer.status_code == 200, answer.text
    if not answer.content.startswith(b"PK"):
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        return "".join(
            package.read(name).decode("utf-8", "replace") for name in package.namelist() if "shared" in name.lower()
        )


def numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def test_what_is_anothers_what_is_missing_and_what_cannot_be_are_one_answer(portal: Portal) -> None:
    client = portal.api("clerk")
    bodies = []
    for path in (
        f"/runs/1/explain?bank={TWO}&note=A2", f"/runs/1/explain?bank={ONE}&note=A2", "/runs/99", "/runs/0", "/runs/x",
        "/runs/99/lines", "/runs/1/files/annex2", "/runs/1/files/nothing", "/runs/1/compare/99", "/runs/1/files/register",
        f"/runs/9/explain?bank={ONE}&note=A1", "/runs/99999999999999999999", "/runs/01",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, (path, answer.text)
        bodies.append({**answer.json(), "instance": ""})
    assert all(body == bodies[0] for body in bodies)


def test_an_explanation_names_no_command(portal: Portal) -> None:
    found = good(portal.api("city").get(f"/runs/1/explain?bank={ONE}&note=B1"))
    assert (found["run"], found["year"]) == (1, 2023) and found["steps"]
    assert "本年度已付" in json.dumps(found, ensure_ascii=False)
    assert "tiexi " not in json.dumps(found, ensure_ascii=False)
    for query in ("", "?bank=x", "?note=x", f"?bank={ONE}&note=A1&investor=x", "?year=2023"):
        assert portal.api("city").get(f"/runs/1/explain{query}").status_code == 400


def test_files(portal: Portal) -> None:
    city, county = portal.api("city"), portal.api("county")
    answer = city.get("/runs/1/files/annex2")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet") and answer.content.startswith(b"PK")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    assert city.get("/runs/1/files/annex1").status_code == 400
    assert city.get(f"/runs/1/files/annex1?county={COUNTIES[1]}").content.startswith(b"PK")
    assert county.get("/runs/1/files/annex1").content == city.get(f"/runs/1/files/annex1?county={COUNTIES[0]}").content
    assert county.get(f"/runs/1/files/annex1?county={COUNTIES[1]}").status_code == 404
    assert county.get("/runs/1/files/annex2").status_code == 404
    assert city.get("/runs/1/files/lines").content == city.get("/runs/1/lines?format=csv").content
    assert city.get("/runs/1/files/lines?format=doc").status_code == 400


def test_checks_are_listed(portal: Portal) -> None:
    found = good(portal.api("city").get("/runs/1/checks"))
    assert found["total"] > 2 and {one["outcome"] for one in found["items"]} == {"ok"}
    own = good(portal.api("county").get("/runs/1/checks"))
    assert {one["county"] for one in own["items"]} == {COUNTIES[0]} and own["total"] < found["total"]
    assert good(portal.api("auditor").get("/runs/2/checks"))["items"] == []
    assert portal.api("clerk").get("/runs/1/checks").status_code == 403


def test_compare(portal: Portal, tmp_path: Path) -> None:
    answer = portal.api("city").get("/runs/1/compare/2")
    assert (
        answer.status_code == 422 and "不能对照" in answer.json()["detail"] and "tiexi" not in answer.json()["detail"]
    )


def test_a_question_is_judged_before_the_run_is_looked_for(own_portal: Portal) -> None:
    """400 comes before 404: an unknown key, a value that is none, an order by nothing."""
    clerk = own_portal.api("clerk")
    for path in (
        "lines?nothing=1",
        "lines?sort=nothing",
        "lines?paid=maybe",
        "lines?disbursed_on=x",
        "claims?lpr_percent=4",
    ):
        assert clerk.get(f"/runs/999999/{path}").status_code == 400, path
    for path in ("checks?nothing=1", "checks?sort=papers"):
        assert own_portal.api("city").get(f"/runs/999999/{path}").status_code == 400, path
    assert clerk.get("/runs/999999/lines?note_no=1&paid=yes&code=R_CAP&sort=-note_no").status_code == 404


def test_what_is_wrong_with_a_question_is_said_first(portal: Portal) -> None:
    for login, path, name in (
        ("city", "files/annex1", "county"), ("city", "files/annex1?county=没有", "county"), ("city", "files/lines?format=pdf", "format"),
        ("clerk", "files/annex2?format=csv", "format"), ("city", "files/lines?county=荣成市", "county"), ("clerk", "explain", "bank"),
        ("clerk", "explain?project=x&bank=y", "bank"),
    ):  # fmt: skip
        answer = portal.api(login).get(f"/runs/99/{path}")
        assert answer.status_code == 400 and name in {one["name"] for one in answer.json()["errors"]}, (
            path,
            answer.text,
        )
