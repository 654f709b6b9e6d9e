"""Accounts, tokens and the log over the API: the three who keep them, and what they may not."""

from typing import Any

import pytest

from portal import PEOPLE, Portal, problem

NEW = {"login": "new.one", "name": "样例新人", "unit": "样例九局"}


def test_one_makes_another_grants_a_third_reads(own_portal: Portal) -> None:
    admin, security, logs = (own_portal.api(login) for login in ("admin", "security", "logs"))
    made = admin.post("/users", json=NEW)
    assert made.status_code == 201
    assert set(made.json()) == {"login", "state", "initial_password", "totp_secret"}
    assert made.json()["state"] == "pending" and len(made.json()["initial_password"]) == 16
    granted = security.post("/users/new.one/grant", json={"role": "county", "scope": "county:荣成市"})
    assert granted.json() == {**NEW, "role": "county", "scope": "county:荣成市", "state": "active"}
    listed = logs.get("/users?login=new.one").json()
    assert listed == {"items": [granted.json()], "page": 1, "size": 50, "total": 1}
    assert admin.post("/users/new.one/lock", json={"reason": "长假"}).json()["state"] == "locked"
    assert admin.post("/users/new.one/unlock", json={"reason": "回来"}).json()["state"] == "active"
    assert len(admin.post("/users/new.one/reset", json={"reason": "忘了"}).json()["initial_password"]) == 16
    assert admin.post("/users/new.one/retire", json={"reason": "调离"}).json()["state"] == "retired"
    again = problem(admin.post("/users/new.one/lock", json={"reason": "x"}), 422, "refused")
    assert again["findings"] == [] and again["exit_code"] == 1
    own_portal.app.house.later.flush()
    told = logs.get("/log?object=/api/v1/users/new.one/lock&sort=time").json()["items"]
    assert [(row["login"], row["action"], row["result"]) for row in told] == [
        ("admin", "users.lock", "ok"), ("admin", "users.lock", "refused"),
    ]  # fmt: skip
    assert all(row["request"] and row["address"] == "127.0.0.1" and row["role"] == "admin" for row in told)


def test_nobody_changes_himself_and_who_made_one_does_not_grant_it(own_portal: Portal) -> None:
    admin, security = own_portal.api("admin"), own_portal.api("security")
    assert "不能变更自己" in problem(admin.post("/users/admin/lock", json={"reason": "x"}), 422, "refused")["detail"]
    problem(security.post("/users/security/grant", json={"role": "city"}), 422, "refused")
    problem(admin.post("/users/city/grant", json={"role": "city"}), 403, "forbidden")
    problem(security.post("/users", json=NEW), 403, "forbidden")


def test_an_account_that_is_not_there_is_not_found_after_the_body_is_judged(portal: Portal) -> None:
    admin = portal.api("admin")
    problem(admin.post("/users/nobody/lock", json={"reason": "x"}), 404, "not-found")
    problem(admin.post("/users/nobody/lock", json={}), 400, "bad-request")
    problem(admin.post("/users/nobody/lock", content=b"reason=x"), 415, "media-type")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", ""), (b"[]", ""), (b'"x"', ""), (b"null", ""), (b'{"reason": NaN}', ""), (b'{"reason": "x", "reason": "y"}', "reason"),
        (b'{"reason": 5}', "reason"), (b'{"reason": null}', "reason"), (b'{"reason": "  "}', "reason"), (b"\xff", ""),
        (b'{"reason": "x", "more": 1}', "more"), (b"", "reason"), (b'{"reason": "\\u0000"}', "reason"),
        (b'{"reason": "\\ud800"}', "reason"), (b"[" * 5000, ""),
    ],
    ids=map(str, range(15)),
)  # fmt: skip
def test_a_body_that_is_none(portal: Portal, body: bytes, named: str) -> None:
    kind = {"Content-Type": "application/json"}
    found = problem(portal.api("admin").post("/users/city/lock", content=body, headers=kind), 400, "bad-request")
    assert [(one["in"], one["name"]) for one in found["errors"]] == [("body", named)]


def test_a_body_that_is_too_large_is_not_read(portal: Portal) -> None:
    kind = {"Content-Type": "application/json"}
    large = b'{"reason": "' + b"x" * (1 << 20) + b'"}'
    admin = portal.api("admin")
    problem(admin.post("/users/nobody/lock", content=large, headers=kind), 413, "too-large")
    problem(admin.post("/users/nobody/lock", content=iter([large]), headers=kind), 413, "too-large")
    problem(portal.api("city").post("/users/nobody/lock", content=large, headers=kind), 403, "forbidden")


def test_tokens_are_ones_own_and_all_the_administrators(own_portal: Portal) -> None:
    mine = own_portal.api("city").get("/tokens").json()
    assert [row["login"] for row in mine["items"]] == ["city"]
    assert own_portal.tokens["city"] not in str(mine)
    every = own_portal.api("admin").get("/tokens?size=500").json()
    assert {row["login"] for row in every["items"]} == set(PEOPLE)
    number = next(row["id"] for row in every["items"] if row["login"] == "clerk")
    problem(own_portal.api("city").delete(f"/tokens/{number}"), 404, "not-found")
    assert own_portal.api("clerk").delete(f"/tokens/{number}").json() == {"id": number}
    problem(own_portal.api("clerk").get("/me"), 401, "unauthenticated")
    problem(own_portal.api("admin").delete(f"/tokens/{number}"), 422, "refused")


@pytest.mark.parametrize("path", ["/users?nothing=1", "/users?sort=nothing", "/log?nothing=1", "/log?from=x", "/log?size=0",
                                  "/log?size=501", "/log?page=0", "/log?page=1&page=2", "/log?format=xml", "/log?sort=-"])  # fmt: skip
def test_a_list_that_cannot_be_asked_so(portal: Portal, path: str) -> None:
    problem(portal.api("logs").get(path), 400, "bad-request")


def test_the_log_as_csv_is_the_whole_list(portal: Portal) -> None:
    logs = portal.api("logs")
    for _ in range(3):
        logs.get("/nothing/at/all")
        portal.api("city").get("/log")
    portal.app.house.later.flush()
    answer: Any = logs.get("/log?format=csv&size=1&action=log.list&login=city")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "time,login,role,address,action,object,result,request"
    assert len(lines) >= 4 and all(",city,city,127.0.0.1,log.list,/api/v1/log,denied," in line for line in lines[1:])


def test_what_nobody_sees_is_dropped_from_what_is_typed(own_portal: Portal) -> None:
    admin = own_portal.api("admin")
    made = admin.post("/users", json={"login": "new.one", "name": "样例\u202e新\u200b人", "unit": "\ufeff样例九局"})
    assert made.status_code == 201
    listed = admin.get("/users?login=new.one").json()["items"][0]
    assert (listed["name"], listed["unit"]) == ("样例新人", "样例九局")
    answer = problem(admin.post("/users/new.one/lock", json={"reason": "\u200b \u2066"}), 400, "bad-request")
    assert answer["errors"] == [{"in": "body", "name": "reason", "problem": "不能为空"}]
