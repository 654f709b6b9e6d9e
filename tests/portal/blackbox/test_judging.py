"""The order in which a request is judged, and what stands at each place of it, asked from outside."""

import httpx

from portal_client import Checks, without_id
from portal_year import Story


def test_who_is_not_signed_in_gets_401_whatever_the_address(story: Story) -> None:
    checks, nobody = Checks(), story.api(None)
    for path in ("/me", "/runs", "/runs/1/lines", "/nothing/at/all", "/rights", "/openapi.json", "/uploads/abc"):
        checks.status(path, nobody.get(path), 401)
    checks.status("POST", nobody.post("/runs", {"x": 1}), 401)
    checks.status("PATCH", nobody.ask("PATCH", "/me"), 401)
    for token in ("x", "tx_", "tx_" + "x" * 43, "Bearer", "é"):
        answer = nobody.client.get("/me", headers={"Authorization": f"Bearer {token}".encode()})
        checks.status(f"token {token!r}", answer, 401)
        checks.true(
            "WWW-Authenticate", "bearer" in answer.headers.get("www-authenticate", "").lower(), dict(answer.headers)
        )
    basic = nobody.client.get("/me", auth=("city", "x"))
    checks.status("Basic", basic, 401)
    cookie = nobody.client.get("/me", headers={"Cookie": f"tiexi={story.server.tokens['city']}"})
    checks.status("a cookie", cookie, 401)
    page = httpx.get(f"{story.server.base}/", headers={"Authorization": f"Bearer {story.server.tokens['city']}"})
    checks.status("a token on a page", page, 303)
    checks.same("where to", page.headers.get("location", "").split("?")[0], "/sign-in")
    checks.none_left()


def test_what_answers_without_sign_in(story: Story) -> None:
    checks, base = Checks(), story.server.base
    checks.status("live", httpx.get(f"{base}/health/live"), 200)
    ready = httpx.get(f"{base}/health/ready")
    if checks.status("ready", ready, 200):
        checks.same("ready", ready.json(), dict.fromkeys(("database", "store", "worker", "schema", "clock"), "ok"))
    metrics = httpx.get(f"{base}/metrics")
    checks.status("metrics", metrics, 200)
    checks.status("sign-in", httpx.get(f"{base}/sign-in"), 200)
    away = httpx.get(f"{base}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    checks.status("metrics for others", away, 404)
    for path in ("/", "/uploads", "/runs", "/nothing", "/users", "/log", "/docs", "/redoc", "/openapi.json"):
        checks.status(path, httpx.get(f"{base}{path}"), 303)
    checks.none_left()


def test_a_request_is_judged_in_its_order(story: Story) -> None:
    checks, city, bank, run = Checks(), story.api("city"), story.api("clerk1"), story.run
    checks.status("no such route", city.get("/nothing"), 404)
    answer = city.ask("PUT", "/runs")
    if checks.status("no such method", answer, 405):
        allowed = {one.strip() for one in answer.headers["allow"].split(",")}
        checks.true("Allow", {"GET", "POST"} <= allowed, answer.headers["allow"])
    huge = b'{"document": "' + b"x" * (1 << 20) + b'"}'
    kind = {"Content-Type": "application/json"}
    checks.status("role before size", bank.ask("POST", f"/runs/{run}/approve", content=huge, headers=kind), 403)
    approver = story.api("approver")
    checks.status("size before id", approver.ask("POST", "/runs/999999/approve", content=huge, headers=kind), 413)
    checks.status(
        "media before id",
        approver.ask("POST", "/runs/999999/approve", content=b"x=1", headers={"Content-Type": "text/plain"}),
        415,
    )
    checks.status("form for JSON", approver.ask("POST", f"/runs/{run}/approve", data={"document": "x"}), 415)
    checks.status("JSON for a form", bank.ask("POST", "/uploads", json={}), 415)
    checks.status("bad body before id", approver.post("/runs/999999/approve", {"documnet": "x"}), 400)
    checks.status("id before rules", approver.post("/runs/999999/approve", {"document": "x"}), 404)
    checks.status("role before id", bank.post("/runs/999999/approve", {"document": "x"}), 403)
    checks.status(
        "role before media",
        bank.ask("POST", f"/runs/{run}/sign", content=b"x", headers={"Content-Type": "text/plain"}),
        403,
    )
    checks.status("query before id", bank.get("/runs/999999/lines", nothing="1"), 400)
    for what, body in {
        "no JSON": b"{", "not an object": b"[]", "a text": b'"x"', "null": b"null", "NaN": b'{"document": NaN}',
        "a key twice": b'{"document": "x", "document": "y"}', "not UTF-8": b'{"document": "\xff"}', "a number": b'{"document": 5}',
        "null value": b'{"document": null}', "deep": b"[" * 5000, "lone surrogate": b'{"document": "\\ud800"}',
        "U+0000": b'{"document": "\\u0000"}', "empty": b"",
    }.items():  # fmt: skip
        answer = approver.ask("POST", f"/runs/{run}/approve", content=body, headers=kind)
        checks.status(what, answer, *((400, 422) if what in ("U+0000", "lone surrogate") else (400,)))
    answer = approver.post(f"/runs/{run}/approve", {"document": "x", "extra": 1, "more": 2})
    if checks.status("unknown keys", answer, 400):
        checks.same("each is named", sorted(one["name"] for one in answer.json()["errors"]), ["extra", "more"])
        checks.same("where", {one["in"] for one in answer.json()["errors"]}, {"body"})
    checks.none_left()


def test_an_id_that_is_not_ones_own_is_none(story: Story) -> None:
    checks, assert_uploads = Checks(), story.uploads or {}
    bank = story.api("clerk2")
    own = assert_uploads.get("一行", 1)
    for prefix, suffixes in (
        ("/uploads/", ("", "/findings", "/file", "/marked", "/trace")),
        ("/runs/", ("", "/lines")),
    ):
        for suffix in suffixes:
            missing = bank.get(f"{prefix}999999{suffix}")
            checks.status(f"{prefix}999999{suffix}", missing, 404)
            others = [own] if prefix == "/uploads/" else []
            for each in (
                "abc",
                "0",
                "-1",
                "1.0",
                "99999999999999999999",
                "%00",
                "1%20",
                "٣",
                "0x1",
                "+1",
                "1e3",
                *map(str, others),
            ):
                answer = bank.get(f"{prefix}{each}{suffix}")
                checks.status(f"{prefix}{each}{suffix}", answer, 404)
                checks.same(f"{prefix}{each}{suffix}", without_id(answer), without_id(missing))
    year = story.api("city").get("/years/abc/balance")
    if checks.status("a year that is none", year, 400):
        checks.same("in the path", {one["in"] for one in year.json()["errors"]}, {"path"})
    checks.none_left()
