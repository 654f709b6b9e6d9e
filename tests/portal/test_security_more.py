"""What must hold of files, limits, failures, addresses, the log and tokens: S7 and S13 to S23, each by its number."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy.exc import DBAPIError

from databases import dump
from ledger import models
from ledger.accounts import log, managing, rights, tokens
from ledger.audit import audit
from ledger.errors import EnvironmentFailed, Refused
from portal import HERE, HOST, PASSWORD, PEOPLE, Portal, path_of, portal_on, problem
from tiexi.portal import app as portal_app
from tiexi.portal.lists import attachment, text_of
from tiexi.portal.page_routes import PAGES
from tiexi.portal.routes import ROUTES, Served

LEAKS = re.compile(r"Traceback|site-packages|sqlalchemy|sqlite|SELECT |INSERT |uvicorn|starlette|/tmp/|File \"", re.I)


# --- S7 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", PEOPLE)
def test_s7_every_pair_of_role_and_route(portal: Portal, login: str) -> None:
    """Who may not gets 403 whatever else is wrong; who may does not."""
    role, scope = PEOPLE[login]
    kind = (scope or "").partition(":")[0]
    client = portal.api(login)
    for served in ROUTES.values():
        right = served.right
        may = role in right.roles and (kind not in ("bank", "insurer", "investor") or kind in right.kinds)
        path = path_of(right.path).replace("/1/", "/999/").replace("{", "")
        found = client.request(
            right.method, re.sub(r"/1$", "/999", path), headers={"Content-Type": "text/plain"}, content=b"x"
        )
        if may:
            assert found.status_code in (200, 400, 404, 415, 422), (right.action, found.text[:200])
        else:
            problem(found, 403, "forbidden")


def test_s7_a_route_without_an_entry_fails_the_start(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = rights.Right("runs.dance", "POST", "/runs/{run}/dance", ("city",))
    monkeypatch.setitem(ROUTES, strange.action, Served(strange, lambda: None, None))
    with pytest.raises(RuntimeError, match="runs.dance"):
        portal_app.make_app(portal.engine, portal.app.house.settings)


# --- S13, S14 ---------------------------------------------------------------------------------------------------------


def test_s13_what_comes_from_people_is_text_everywhere(own_portal: Portal) -> None:
    name, unit = "<i>样例", '=HYPERLINK("http://evil")'
    managing.add(own_portal.engine, "strange", name, unit)
    page = own_portal.page("admin").get("/users").text
    assert "<i>" not in page and "&lt;i&gt;样例" in page
    answer = own_portal.api("admin").get("/users?format=csv&login=strange")
    row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1]
    assert row[1:3] == [name, f"'{unit}"]
    for text in ("=1", "+1", "-1", "@x", "\tx"):
        assert text_of(text) == f"'{text}"
    said = attachment('附件"一\r\nSet-Cookie: x/..\\1.csv')
    assert "\r" not in said and "\n" not in said and said.count('"') == 2 and "/" not in said.partition("''")[2]


def test_s14_a_form_with_too_many_fields_or_too_large_ones_is_refused(portal: Portal) -> None:
    page = portal.page("admin")
    many = {f"field{number}": "x" for number in range(100)}
    assert page.post("/users", many).status_code in (400, 403)
    large = page.post("/users", {"login": "x" * (2 << 20), "name": "样例", "unit": "样例"})
    assert large.status_code == 413
    clerk = portal.api("clerk")
    announced = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(1 << 40)}
    problem(clerk.post("/uploads", headers=announced, content=b"--x--\r\n"), 413, "too-large")


# --- S15 --------------------------------------------------------------------------------------------------------------


def test_s15_a_failure_says_its_number_and_nothing_else(own_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("SELECT secret FROM accounts in /tmp/place")

    monkeypatch.setattr("ledger.accounts.accounts.every", broken)
    body = problem(own_portal.api("admin").get("/users"), 500, "internal")
    assert not LEAKS.search(str(body)) and "secret" not in str(body)
    page = own_portal.page("admin").get("/users")
    assert page.status_code == 500 and not LEAKS.search(page.text) and "secret" not in page.text
    own_portal.app.house.later.flush()
    number = body["instance"].rpartition(":")[2]
    told = own_portal.api("logs").get(f"/log?request={number}").json()["items"]
    assert [(row["login"], row["action"], row["result"]) for row in told] == [("admin", "users.list", "error")]


def test_who_goes_away_while_sending_is_no_failure(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    token = portal.tokens["city"].encode()
    head = [
        (b"authorization", b"Bearer " + token),
        (b"content-type", b"application/json"),
        (b"content-length", b"999"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/void", "raw_path": b"/api/v1/void", "headers": head,
             "query_string": b"", "client": HERE, "server": (HOST, 80), "scheme": "http", "http_version": "1.1"}  # fmt: skip

    async def ask() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            """Nobody hears it."""

        await portal.app(scope, receive, send)

    before = len(portal.api("logs").get("/log?result=error").json()["items"])
    with caplog.at_level("ERROR"):
        anyio.run(ask)
    portal.app.house.later.flush()
    assert caplog.records == []
    assert len(portal.api("logs").get("/log?result=error").json()["items"]) == before


def test_s15_a_database_that_fails_is_503_to_be_tried_again(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise EnvironmentFailed("数据库 sqlite:////tmp/x 正被另一程序写入，已等待 60 秒；请稍后重试")

    page = portal.page("admin")
    monkeypatch.setattr("ledger.accounts.accounts.every", broken)
    answer = portal.api("admin").get("/users")
    body = problem(answer, 503, "unavailable")
    assert body["exit_code"] == 3 and answer.headers["retry-after"] and "/tmp" not in answer.text
    found = page.get("/users")
    assert found.status_code == 503 and found.headers["retry-after"] and "/tmp" not in found.text


# --- S16, S17, S18 ----------------------------------------------------------------------------------------------------


def test_s16_every_route_is_described_with_its_answers(portal: Portal) -> None:
    found = portal.api("clerk").get("/openapi.json").json()
    for served in ROUTES.values():
        right = served.right
        told = found["paths"][f"/api/v1{right.path}"][right.method.lower()]
        assert told["summary"] and {"400", "401", "403", "404", "405", "429", "500", "503"} <= set(told["responses"])
        assert str(served.status) in told["responses"]
        if "requestBody" in told:
            assert {"413", "415", "422"} <= set(told["responses"]), right.action


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/api/v1/me",
        "/sign-out",
        "\n/x",
    ],
)
def test_s17_nobody_is_sent_elsewhere(portal: Portal, place: str) -> None:
    from urllib.parse import quote

    client = portal.client()
    form = client.get(f"/sign-in?next={quote(place)}")
    token = re.search('name="csrf" value="([^"]+)"', form.text)
    assert token
    data = {"login": "city", "password": PASSWORD, "csrf": token[1]}
    found = client.post(f"/sign-in?next={quote(place)}", data=data, headers={"Origin": f"http://{HOST}"})
    assert (found.status_code, found.headers["location"]) == (303, "/")


def test_s18_no_token_no_password_in_the_log_or_the_database(own_portal: Portal, capfd: Any) -> None:
    said = own_portal.tokens["city"]
    own_portal.api("city").get("/me")
    own_portal.api("city").get(f"/nothing/{'x' * 10}")
    own_portal.client().get("/api/v1/me", headers={"Authorization": f"Bearer {said}x"})
    own_portal.page("city").get("/account")
    own_portal.app.house.later.flush()
    everything = "\n".join(dump(own_portal.engine))
    assert said not in everything and said[3:] not in everything and PASSWORD not in everything
    assert not any(word in capfd.readouterr().err for word in (said, PASSWORD))


# --- S19, S20 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["accounts", "account_acts", "account_passwords", "account_tokens", "uploads", "log_entries"]
)
def test_s19_what_was_done_is_only_ever_added(own_portal: Portal, table: str) -> None:
    own_portal.api("city").get("/log")
    own_portal.app.house.later.flush()
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with own_portal.engine.begin() as connection:
            if not connection.exec_driver_sql(f"SELECT 1 FROM {table}").first():
                continue
            with pytest.raises(DBAPIError, match="append-only"):
                connection.exec_driver_sql(statement)


def test_s19_an_audit_names_what_was_changed_all_the_same(own_portal: Portal) -> None:
    with own_portal.engine.begin() as connection:
        for name in (
            connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'accounts'"
            )
            .scalars()
            .all()
        ):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE accounts SET unit = '别处' WHERE login = 'city'")
    found = audit.audit(own_portal.engine)
    assert "账号" in str(found)


def test_s20_what_the_log_holds(own_portal: Portal) -> None:
    own_portal.sign_in(own_portal.client(), "city", "wrong")
    page = own_portal.page("city")
    page.get("/users")
    page.post("/sign-out")
    city, logs = own_portal.api("city"), own_portal.api("logs")
    city.get("/log")
    city.get("/runs/999")
    city.get("/runs?format=csv")
    own_portal.client().get("/api/v1/me")
    own_portal.api("admin").post("/users/clerk/lock", json={"reason": "测试"})
    own_portal.app.house.later.flush()
    rows = logs.get("/log?size=500&sort=time").json()["items"]
    told = {(row["login"], row["action"], row["object"], row["result"]) for row in rows}
    assert told >= {
        ("city", "sign-in", "", "failed"), ("city", "sign-in", "", "ok"), ("city", "sign-out", "", "ok"),
        ("city", "users.list", "/users", "denied"), ("city", "log.list", "/api/v1/log", "denied"),
        ("city", "runs.show", "/api/v1/runs/999", "denied"), ("city", "runs.list", "/api/v1/runs", "ok"),
        ("", "sign-in", "/api/v1/me", "denied"), ("admin", "users.lock", "/api/v1/users/clerk/lock", "ok"),
    }  # fmt: skip
    assert "测试" not in str(rows)
    with own_portal.engine.connect() as connection:
        assert list(log.problems(connection)) == []


def test_s20_a_look_does_not_wait_for_those_who_write(own_portal: Portal) -> None:
    from ledger.database import db

    page = own_portal.page("city")
    with db.writing(own_portal.engine):
        assert page.get("/account").status_code == 200
        assert own_portal.api("city").get("/me").status_code == 200
        problem(own_portal.api("city").get("/log"), 403, "forbidden")


def test_s20_the_log_stays_half_a_year(own_portal: Portal) -> None:
    with pytest.raises(Refused, match="180"):
        log.prune(own_portal.engine, 179)


# --- S21, S22, S23 ----------------------------------------------------------------------------------------------------


def test_s21_no_more_is_kept_of_a_person_than_login_name_and_unit() -> None:
    kept = {column.name for column in models.table_of(models.AccountRow).c}
    assert kept == {"id", "login", "name", "unit", "made_by", "account", "made_at"}


def test_s22_who_was_not_here_for_long_is_locked(own_portal: Portal, set_clock: Any) -> None:
    _, own_portal.tokens["city"] = tokens.add(own_portal.engine, "city", "长期", 366)
    set_clock(timedelta(days=91))
    problem(own_portal.api("city").get("/me"), 401, "unauthenticated")
    assert own_portal.sign_in(own_portal.client(), "clerk", PASSWORD).status_code == 422
    own_portal.app.house.later.stop()
    with own_portal.engine.connect() as connection:
        locked = "SELECT a.login FROM account_acts AS c JOIN accounts AS a ON a.id = c.account_id WHERE c.kind = 'lock'"
        assert set(connection.exec_driver_sql(locked).scalars()) == {"city", "clerk"}


def test_s22_a_token_ends_within_a_year_is_kept_as_a_hash_and_says_when_it_was_used(own_portal: Portal) -> None:
    with pytest.raises(Refused, match="366"):
        tokens.add(own_portal.engine, "city", "太久", 367)
    own_portal.api("city").get("/me")
    own_portal.app.house.later.flush()
    row = own_portal.api("city").get("/tokens").json()["items"][0]
    assert row["last_used_at"] and row["last_used_from"] == "127.0.0.1"


def test_s23_a_token_from_elsewhere_is_401_and_logged(own_portal: Portal) -> None:
    _, said = tokens.add(own_portal.engine, "city", "只在内网", 10, ["10.0.0.0/8"])
    headers = {"Authorization": f"Bearer {said}"}
    problem(own_portal.client("/api/v1", headers=headers).get("/me"), 401, "unauthenticated")
    passed = headers | {"X-Forwarded-For": "192.0.2.1, 10.1.2.3"}
    assert own_portal.client("/api/v1", headers=passed).get("/me").status_code == 200
    stranger = own_portal.client("/api/v1", headers=passed, client=("192.0.2.7", 1))
    problem(stranger.get("/me"), 401, "unauthenticated")  # no proxy of ours: not believed
    own_portal.app.house.later.flush()
    told = own_portal.api("logs").get("/log?result=denied&login=city").json()["items"]
    assert {row["address"] for row in told} == {"127.0.0.1", "192.0.2.7"}


def test_throttled_by_token_and_by_session(tmp_path: Path) -> None:
    with portal_on(tmp_path, portal_per_minute=3) as slow:
        city = slow.api("city")
        answers = [city.get("/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        problem(answers[3], 429, "throttled")
        assert 1 <= int(answers[3].headers["retry-after"]) <= 60
        assert slow.api("clerk").get("/me").status_code == 200
        page = slow.page("city")
        found = [page.get("/account") for _ in range(4)]
        assert [answer.status_code for answer in found] == [200, 200, 200, 429]
        assert found[3].headers["retry-after"] and "过于频繁" in found[3].text


def test_the_pages_and_the_routes_ask_for_the_same_actions() -> None:
    asked = {made.action for made in PAGES.values() if made.action}
    assert asked <= set(ROUTES)


def test_without_a_provider_of_ones_unit_there_is_no_sign_in_there(portal: Portal) -> None:
    assert "统一登录" not in portal.client().get("/sign-in").text
    for path in ("/sign-in/unit", "/sign-in/unit/back?code=x&state=y"):
        assert portal.client().get(path).headers["location"].startswith("/sign-in")
        assert portal.page("city").get(path).status_code == 404
