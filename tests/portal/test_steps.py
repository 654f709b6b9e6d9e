"""A run's life over HTTP, from the trial to the closing, by the people whose steps they are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lives
from ledger.accounts.roles import APPROVERS
from ledger.database import db
from ledger.runs.settlement import read_run
from lives import COUNTIES
from portal import PEOPLE, Portal, portal_on

STEPS = {
    "sign": {"document": "样例初审1号"}, "return": {"reason": "样例"}, "sample": {"share": "10%"},
    "checks": {"bank": "样例一行", "note": "A1", "result": "相符"}, "approve": {"document": "样例审1号"},
    "allot": {"document": "样例财1号"}, "close": {"document": "样例审20号"},
}  # fmt: skip
WHO = {
    "sign": {"county"}, "return": {"county"}, "sample": {"city"}, "checks": {"city"}, "approve": {"approver"},
    "allot": {"finance"}, "close": {"approver"},
}  # fmt: skip


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with portal_on(tmp_path, engine=lives.at_stage(tmp_path, "filed")) as found:
        yield found


def good(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any, words: str) -> None:
    assert answer.status_code == 422 and words in answer.json()["detail"], answer.text
    assert "tiexi " not in answer.text


def test_a_run_through_its_life(portal: Portal) -> None:
    city, county, approver, finance = (portal.api(login) for login in ("city", "county", "approver", "finance"))
    answer = city.post("/runs", json={"programme": "tech_branch", "year": 2023, "as_of": "2024-01-31"})
    made = good(answer, 201)
    assert (made["run"], made["state"], made["loans"], answer.headers["location"]) == (1, "trial", 8, "/api/v1/runs/1")
    assert "warnings_count" in made
    refused(approver.post("/runs/1/approve", json={"document": "样例审1号"}), "尚未初审签署")
    signed = good(county.post("/runs/1/sign", json={"document": "样例初审1号"}))
    assert [(one["county"], one["made_by"]) for one in signed["signatures"]] == [(COUNTIES[0], "样例7号")]
    refused(county.post("/runs/1/sign", json={"document": "样例初审1号"}), "无需再签")
    returned = good(county.post("/runs/1/return", json={"reason": "A1 余额不符"}))
    assert returned["signatures"][0]["state"] == "returned"
    refused(county.post("/runs/1/return", json={"reason": "A1 余额不符"}), "无需再退")
    assert len(good(county.post("/runs/1/return", json={"reason": "A2 也是"}))["steps"]) == len(returned["steps"]) + 1
    good(county.post("/runs/1/sign", json={"document": "样例初审2号"}))
    lives.sign(portal.engine, _run(portal), COUNTIES[1:])

    drawn = good(city.post("/runs/1/sample", json={"share": "20%"}), 201)
    assert good(city.post("/runs/1/sample", json={"share": "20%"})) == {**drawn, "new": False}
    refused(approver.post("/runs/1/approve", json={"document": "样例审1号"}), "没有结果")
    for item in good(city.get("/runs/1/checks?size=500"))["items"]:
        assert item["outcome"] is None
        result = {"bank": item["bank"], "note": item["note_no"], "result": "相符"}
        assert good(city.post("/runs/1/checks", json=result))["entered"] == 1
        assert good(city.post("/runs/1/checks", json=result))["entered"] == 0
    refused(city.post("/runs/1/checks", json={"bank": "样例一行", "note": "没有", "result": "相符"}), "不在第 1 号运行")
    approved = good(approver.post("/runs/1/approve", json={"document": "样例审1号"}))
    assert approved["state"] == "approved" and approved["approved_by"] == "样例10号"
    assert approved["seal"]["seal"] > 0 and len(approved["seal"]["hash"]) == 64
    refused(approver.post("/runs/1/close", json={"document": "样例审20号"}), "尚未下达")
    allotted = good(
        finance.post("/runs/1/allot", json={})
    )  # on what the approval rests on, where nothing else is named
    assert allotted["state"] == "allotted" and allotted["seal"]["seal"] > approved["seal"]["seal"]
    refused(approver.post("/runs/1/close", json={"document": "样例审20号"}), "没有到达银行或企业")
    steps = good(city.get("/runs/1"))["steps"]
    assert [one["kind"] for one in steps if one["kind"] != "check"] == [
        "trial", "sign", "return", "return", "sign", "sign", "sign", "sample", "approve", "allot",
    ]  # fmt: skip
    assert (steps[-1]["account"], steps[-1]["document_no"]) == ("@finance", "样例审1号")


def _run(portal: Portal) -> Any:
    with db.reading(portal.engine) as connection:
        return read_run(connection, 1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "trial")) as found:
        yield found


@pytest.mark.parametrize("login", PEOPLE)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_for_its_own(shared: Portal, step: str, login: str) -> None:
    role = PEOPLE[login][0]
    answer = shared.api(login).post(f"/runs/1/{step}", json={"strange": 1})
    assert answer.status_code == (400 if role in WHO[step] | _OFFICES.get(step, set()) else 403), answer.text


_OFFICES = {"approve": set(APPROVERS), "close": set(APPROVERS), "allot": {"tech"}}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_judged_in_its_order(shared: Portal, step: str) -> None:
    client = shared.api(next(login for login, (role, _) in PEOPLE.items() if role in WHO[step]))
    body = STEPS[step]
    for run in ("99", "x", "0"):
        assert client.post(f"/runs/{run}/{step}", json=body).status_code == 404
    answer = client.post(f"/runs/1/{step}", json={**body, "more": 1})
    assert answer.status_code == 400 and answer.json()["errors"] == [
        {"in": "body", "name": "more", "problem": "没有这一项"}
    ]
    if step not in ("allot", "close"):
        assert client.post(f"/runs/1/{step}", json={}).status_code == 400
    assert client.get(f"/runs/1/{step}").status_code in (200, 405)


def test_steps_of_another_offices_document_are_403(shared: Portal) -> None:
    for login, step in (("tech_approver", "approve"), ("tech", "allot"), ("tech_approver", "close")):
        answer = shared.api(login).post(f"/runs/1/{step}", json=STEPS[step])
        assert answer.status_code == 403, answer.text
    for login, programme in (("city", "chokepoint"), ("tech", "tech_branch")):
        answer = shared.api(login).post("/runs", json={"programme": programme, "year": 2023})
        assert answer.status_code == 403, answer.text


def test_a_trial_that_cannot_be(shared: Portal) -> None:
    city, tech = shared.api("city"), shared.api("tech")
    for body, name in (
        ({"programme": "nothing", "year": 2023}, "programme"), ({"programme": "tech_branch", "year": "x"}, "year"),
        ({"programme": "tech_branch", "year": 2023, "as_of": "2024-02-30"}, "as_of"), ({"year": 2023}, "programme"),
    ):  # fmt: skip
        answer = city.post("/runs", json=body)
        assert answer.status_code == 400 and answer.json()["errors"][0]["name"] == name
    answer = tech.post("/runs", json={"programme": "chokepoint", "year": 2023, "as_of": "2024-01-01"})
    assert answer.status_code == 400 and answer.json()["errors"][0] == {
        "in": "body", "name": "as_of", "problem": "截止日由文件规定，不能另选",
    }  # fmt: skip
    refused(city.post("/runs", json={"programme": "tech_branch", "year": 2001}), "2001")
    for share in ("0%", "101%", "x", "-5%"):
        assert city.post("/runs/1/sample", json={"share": share}).status_code == 400
    answer = city.post("/runs/1/checks", json={**STEPS["checks"], "result": "也许"})
    assert answer.status_code == 422 and "相符、不符、已解决" in answer.json()["detail"]


def test_what_is_next_names_its_right(shared: Portal) -> None:
    rights = {right["action"]: right for right in shared.api("city").get("/rights").json()}
    found = good(shared.api("city").get("/runs/1"))
    assert [one["county"] for one in found["next"]] == list(COUNTIES)
    for one in found["next"]:
        assert set(one["roles"]) <= set(rights[one["action"]]["roles"]) and one["detail"]
    assert found["missing"] == [f"{county}区市初审签署" for county in COUNTIES]
    assert "tiexi " not in json.dumps(found, ensure_ascii=False)
