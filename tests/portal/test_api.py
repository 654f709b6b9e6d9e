"""The API in general: who gets in, in which order a request is judged, and how what is wrong is said."""

import threading
from typing import Any

import pytest

from ledger.accounts import rights, tokens
from ledger.accounts.roles import ROLES
from portal import PEOPLE, Portal, problem
from tiexi.portal import app as portal_app


@pytest.mark.parametrize("login", PEOPLE)
def test_everybody_sees_himself(portal: Portal, login: str) -> None:
    answer = portal.api(login).get("/me")
    assert answer.status_code == 200
    me = answer.json()
    assert (me["login"], (me["role"], me["scope"])) == (login, PEOPLE[login])
    assert me["token"]["name"] == "测试"


def test_the_rights_are_listed_as_the_table_has_them(portal: Portal) -> None:
    rows = portal.api("clerk").get("/rights").json()
    assert rows == [right.as_dict() for right in rights.RIGHTS]
    assert {role for row in rows for role in row["roles"]} == set(ROLES)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer tx_nothing", "Basic dTpw", "Bearer tx_\xe9"])
def test_without_a_good_token_every_address_is_401(portal: Portal, header: str) -> None:
    client = portal.api(None)
    for path in ("/me", "/no/such/route", "/openapi.json"):
        answer = client.get(path, headers={"Authorization": header.encode("latin-1")} if header else {})
        body = problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "exit_code" not in body


def test_no_such_route_no_such_method_no_such_argument(portal: Portal) -> None:
    client = portal.api("city")
    problem(client.get("/nothing"), 404, "not-found")
    problem(client.get("/me/"), 404, "not-found")
    answer = client.post("/me")
    problem(answer, 405, "method")
    assert answer.headers["allow"] == "GET"
    body = problem(client.get("/me?page=2&x=1"), 400, "bad-request")
    assert body["exit_code"] == 2
    assert body["errors"] == [{"in": "query", "name": name, "problem": "没有这个参数"} for name in ("page", "x")]


def test_the_app_does_not_start_when_routes_and_rights_differ() -> None:
    table = set(rights.BY_ACTION)
    portal_app.require_same(table, table)
    with pytest.raises(RuntimeError, match="runs.dance"):
        portal_app.require_same(table | {"runs.dance"}, table)
    with pytest.raises(RuntimeError, match="me.show"):
        portal_app.require_same(table - {"me.show"}, table)


def test_the_description_names_every_route_that_is_served(portal: Portal) -> None:
    found = portal.api("logs").get("/openapi.json").json()
    served = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    wanted = {(right.method, f"/api/v1{right.path}") for right in rights.RIGHTS}
    assert served == wanted


def test_bodies_and_filters_are_described_as_they_are_taken(portal: Portal) -> None:
    """Files come in parts; a list names each key by which it can be filtered, and takes every one that it names."""
    found = portal_app.description()["paths"]
    files = {
        path
        for path, methods in found.items()
        if "multipart/form-data" in str(methods.get("post", {}).get("requestBody"))
    }
    assert files == {f"/api/v1/{name}" for name in ("uploads", "papers", "reconcile", "verify")}
    assert "x-www-form-urlencoded" not in str(found)
    filters = {}
    for login, path in (
        ("city", "/uploads"), ("city", "/papers"), ("city", "/due"), ("city", "/runs"), ("city", "/notices"),
        ("city", "/objections"), ("city", "/tokens"), ("admin", "/users"), ("logs", "/log"),
    ):  # fmt: skip
        described = [one for one in found[f"/api/v1{path}"]["get"]["parameters"] if one["in"] == "query"]
        filters[path] = [one["name"] for one in described if one.get("description", "").startswith("Only")]
        for one in described:
            if one["name"] in filters[path]:
                answer = portal.api(login).get(path, params={one["name"]: "3"})
                assert answer.status_code == 200, (path, one, answer.text)
    assert {"state", "unit", "file"} <= set(filters["/uploads"]) and {"note", "event_on"} <= set(filters["/papers"])
    assert "within" in filters["/due"] and {"login", "action", "result"} <= set(filters["/log"])
    lines = {one["name"] for one in found["/api/v1/runs/{run}/lines"]["get"]["parameters"]}
    assert {"county", "bank", "uscc", "code", "paid", "interest_fen"} <= lines


def test_every_answer_is_described_key_by_key() -> None:
    """No answer is just any object; that answers are as described is asked of every answer that a test gets (described.py)."""
    found = portal_app.description()
    vague = [
        operation["operationId"]
        for operations in found["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        for schema in [answer.get("content", {}).get("application/json", {}).get("schema")]
        if schema is not None and not set(schema) & {"$ref", "anyOf", "items"}
    ]
    assert vague == []
    assert found["components"]["schemas"]["Problem403"]["properties"]["type"]["enum"] == [
        "urn:tiexi:problem:forbidden", "urn:tiexi:problem:second-factor",
    ]  # fmt: skip


def test_a_crowd_that_comes_to_change_something_is_let_in_one_by_one_and_keeps_nobody_from_looking(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    come, go = threading.Event(), threading.Event()
    inside: list[None] = []
    crowded: list[int] = []
    answers: list[int] = []
    use = tokens.use

    def slowly(engine: Any, said: str, *more: Any) -> tokens.Use:
        if said != portal.tokens["clerk"]:
            return use(engine, said, *more)
        inside.append(None)
        crowded.append(len(inside))
        come.set()
        assert go.wait(20)
        inside.pop()
        return use(engine, said, *more)

    def change() -> None:
        answers.append(portal.api("clerk").post("/uploads").status_code)

    monkeypatch.setattr(tokens, "use", slowly)
    hands = [threading.Thread(target=change) for _ in range(4)]
    for hand in hands:
        hand.start()
    assert come.wait(20)
    for _ in range(3):
        assert portal.api("city").get("/me").status_code == 200
    go.set()
    for hand in hands:
        hand.join(20)
    assert (crowded, answers) == ([1] * 4, [415] * 4)
