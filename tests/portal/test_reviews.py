"""A review of 拨投贷保 over HTTP: by its own offices; banks, insurers and investors see their own; counties have no part."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

import worlds
from databases import set_up
from portal import COUNTY, Portal, portal_on
from programmes.chokepoint.worlds import BANKS

FILES = ("new-loans", "premiums", "notice", "payments", "register")
LISTS = ("new-loans", "premiums")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    sheets = worlds.random_world(7, 60, 2023, "chokepoint")
    sheets.pop("年度比例", None)
    own = {BANKS[0]: "样例一行", BANKS[1]: "样例二行"}  # the names that the portal's people have
    for rows in sheets.values():
        for row in rows:
            if row.get("银行名称") in own:
                row["银行名称"] = own[row["银行名称"]]
            if row.get("主体") in own:
                row["主体"] = own[row["主体"]]
    insurers = sorted({row["保险公司"] for row in sheets["保单"]})
    for row in sheets["保单"]:
        row["保险公司"] = "样例保险" if row["保险公司"] == insurers[0] else row["保险公司"]
    investors = sorted({row["投资机构"] for row in sheets.get("股权投资", [])})
    for row in sheets.get("股权投资", []):
        row["投资机构"] = "样例创投" if row["投资机构"] == investors[0] else row["投资机构"]
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=set_up(folder, sheets)) as found:
        made = found.api("tech").post("/runs", json={"programme": "chokepoint", "year": 2023})
        assert made.status_code == 201, made.text
        assert (made.json()["run"], made.json()["loans"] > 5) == (1, True)
        yield found


def good(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_its_offices_see_all_of_it(portal: Portal) -> None:
    whole = good(portal.api("tech").get("/runs/1"))
    for login in ("tech_approver", "city", "auditor"):
        assert good(portal.api(login).get("/runs/1")) == whole
    assert [one["action"] for one in whole["next"]] == ["runs.approve"]
    assert whole["next"][0]["roles"] == ["tech_approver"]
    for what in FILES:
        assert portal.api("tech").get(f"/runs/1/files/{what}").status_code == 200, what
    for what in LISTS:
        assert portal.api("tech").get(f"/runs/1/files/{what}?format=xlsx").content.startswith(b"PK")
        found = good(portal.api("tech").get(f"/runs/1/{what}?size=500"))
        text = portal.api("tech").get(f"/runs/1/{what}?format=csv").content.decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(text)))) == found["total"] == len(found["items"]) > 3
    assert portal.api("tech").get("/runs/1/lines").status_code == 422


@pytest.mark.parametrize(
    ("login", "what", "column", "name", "of"),
    [("clerk", "new-loans", "bank", "样例一行", "banks"), ("clerk2", "new-loans", "bank", "样例二行", "banks"),
     ("insurer", "premiums", "insurer", "样例保险", "insurers")],
)  # fmt: skip
def test_an_institution_sees_its_own(portal: Portal, login: str, what: str, column: str, name: str, of: str) -> None:
    client = portal.api(login)
    found = good(client.get(f"/runs/1/{what}?size=500"))
    assert {item[column] for item in found["items"]} == {name}
    assert found["total"] == good(portal.api("city").get(f"/runs/1/{what}", params={column: name}))["total"] > 0
    other = next(one for one in LISTS if one != what)
    assert good(client.get(f"/runs/1/{other}"))["total"] == 0
    run = good(client.get("/runs/1"))
    assert [one[column] for one in run[of]] == [name] and run[of] == [
        one for one in good(portal.api("city").get("/runs/1"))[of] if one[column] == name
    ]
    for form in ("csv", "xlsx"):
        assert client.get(f"/runs/1/files/{what}?format={form}").status_code == 200
    for file in ("notice", "payments", "register"):
        assert client.get(f"/runs/1/files/{file}").status_code == 404
    number = {"bank": "note_no", "insurer": "policy_no"}[column]
    asked = {column: name, "note": found["items"][0][number]}
    assert good(client.get("/runs/1/explain", params=asked))["steps"]
    somebody = next(
        item for item in good(portal.api("city").get(f"/runs/1/{what}?size=500"))["items"] if item[column] != name
    )
    assert client.get("/runs/1/explain", params={column: somebody[column], "note": somebody[number]}).status_code == 404


def test_a_county_has_no_part_in_it(portal: Portal) -> None:
    county = portal.api("county")
    found = good(county.get("/runs/1"))
    assert (found["state"], "loans" in found, "counties" in found) == ("trial", False, False)
    assert good(county.get("/runs/1/new-loans"))["total"] == 0
    for what in FILES:
        assert county.get(f"/runs/1/files/{what}").status_code == 404
    assert county.post("/runs/1/sign", json={"document": "样例"}).status_code == 422
    assert COUNTY in {one["county"] for one in good(portal.api("city").get("/runs/1"))["counties"]}


def test_returns_of_a_quarter(portal: Portal) -> None:
    for quarter in (1, 2, 3, 4):
        answer = portal.api("tech").get(f"/years/2023/returns?quarter={quarter}")
        assert answer.status_code in (200, 422), answer.text
        if answer.status_code == 200:
            own = portal.api("clerk").get(f"/years/2023/returns?quarter={quarter}")
            named = portal.api("city").get(f"/years/2023/returns?quarter={quarter}&institution=样例一行")
            assert own.status_code == named.status_code and (own.content == named.content or own.status_code == 404)
            assert (
                portal.api("clerk").get(f"/years/2023/returns?quarter={quarter}&institution=样例二行").status_code
                == 404
            )


def test_it_is_approved_and_allotted_by_its_own_offices(portal: Portal) -> None:
    assert portal.api("approver").post("/runs/1/approve", json={"document": "样例科〔2024〕1号"}).status_code == 403
    approved = good(portal.api("tech_approver").post("/runs/1/approve", json={"document": "样例科〔2024〕1号"}))
    assert approved["seal"]["seal"] > 0
    assert portal.api("finance").post("/runs/1/allot", json={"document": "样例科〔2024〕2号"}).status_code == 403
    assert good(portal.api("tech").post("/runs/1/allot", json={"document": "样例科〔2024〕2号"}))["state"] == "allotted"
    whole = good(portal.api("tech").get("/years/2023/balance"))
    assert whole["programme"] == "chokepoint" and whole["owed_fen"] > 0
    own = good(portal.api("clerk").get("/years/2023/balance?programme=chokepoint"))
    assert own["owed_fen"] <= whole["owed_fen"] and sum(own["stages"].values()) == own["owed_fen"]
    assert portal.api("county").get("/years/2023/balance?programme=chokepoint").status_code == 404
