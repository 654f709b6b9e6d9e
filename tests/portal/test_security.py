"""What must hold of signing in, sessions, forms and answers: S1 to S5 and S8 to S12, each by its number."""

import re
from datetime import timedelta
from typing import Any

import pytest
from argon2 import extract_parameters

from databases import fresh_engine
from ledger.accounts import managing, passwords, roles
from portal import HOST, PASSWORD, PEOPLE, Browser, Portal, form_token, path_of, portal_on, problem
from tiexi.portal.common import common_passwords
from tiexi.portal.page_routes import PAGES
from tiexi.portal.routes import ROUTES

HERE = {"Origin": f"http://{HOST}"}


# --- S1 ---------------------------------------------------------------------------------------------------------------


def test_s1_without_sign_in_every_page_leads_to_the_sign_in_and_every_route_is_401(portal: Portal) -> None:
    nobody = portal.client()
    for method, pattern in [*PAGES, ("GET", "/no/such/page")]:
        found = nobody.request(method, path_of(pattern))
        assert (found.status_code, found.headers["location"].partition("?")[0]) == (303, "/sign-in"), pattern
    for served in ROUTES.values():
        right = served.right
        problem(nobody.request(right.method, f"/api/v1{path_of(right.path)}"), 401, "unauthenticated")
    for path in ("/health/live", "/health/ready", "/metrics", "/sign-in", "/static/portal.css", "/static/portal.js"):
        assert nobody.get(path).status_code == 200, path


def test_s1_a_cookie_is_no_token_and_a_token_no_cookie(portal: Portal) -> None:
    page = portal.page("city")
    problem(page.get("/api/v1/me"), 401, "unauthenticated")
    assert portal.api("city").get(f"http://{HOST}/account").status_code == 303


def test_s1_metrics_are_for_some_addresses_only(portal: Portal) -> None:
    assert "tiexi_requests_total" in portal.client().get("/metrics").text
    assert portal.client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert portal.client(client=("198.51.100.7", 1)).get("/metrics").status_code == 404


# --- S2 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["Short-1a", "alllowercaseonly", "ALLUPPER12345", "Password123", "City-2024-haishan", "样例9号-Haishan-1", "Aa1-" * 33],
)  # fmt: skip
def test_s2_a_password_that_is_not_good_enough_is_refused(portal: Portal, bad: str) -> None:
    page = portal.page("city")
    found = page.post("/account/password", {"password": PASSWORD, "new_password": bad, "repeat": bad})
    assert found.status_code == 422
    assert bad not in found.text


def test_s2_none_of_the_last_five_again_and_none_of_the_commonest(own_portal: Portal) -> None:
    assert len(common_passwords()) >= 3000 and "password123" in common_passwords()
    page, old = own_portal.page("city"), PASSWORD
    for number in range(5):
        new = f"Bohai-{number}-langhua"
        assert page.post("/account/password", {"password": old, "new_password": new, "repeat": new}).status_code == 303
        old = new
    for again, status in (("Bohai-0-langhua", 422), (PASSWORD, 303)):
        given = {"password": old, "new_password": again, "repeat": again}
        assert page.post("/account/password", given).status_code == status


@pytest.mark.usefixtures("real_passwords")
def test_s2_argon2id_at_19_mib_and_2_passes_and_pasting_is_allowed(portal: Portal) -> None:
    found = extract_parameters(passwords.hashed("x"))
    assert (found.type.name, found.memory_cost, found.time_cost) == ("ID", 19 * 1024, 2)
    page = portal.client().get("/sign-in").text
    assert "onpaste" not in page and 'autocomplete="current-password"' in page


# --- S3 ---------------------------------------------------------------------------------------------------------------


def test_s3_a_first_password_opens_only_the_page_to_change_it(own_portal: Portal, set_clock: Any) -> None:
    made = managing.add(own_portal.engine, "first", "样例首", "样例单位", role="city")
    page = own_portal.page("first", made.initial_password or "")
    for method, pattern in PAGES:
        if pattern in ("/account/password", "/account/stay", "/sign-out"):
            continue
        found = page.request(method, path_of(pattern), headers=HERE)
        assert (found.status_code, found.headers["location"]) == (303, "/account/password"), pattern
    given = {"password": made.initial_password, "new_password": "Bohai-2024-lan", "repeat": "Bohai-2024-lan"}
    token = form_token(page.get("/account/password").text)
    assert (
        Browser.request(page, "POST", "/account/password", data={"csrf": token, **given}, headers=HERE).status_code
        == 303
    )
    assert page.get("/").status_code == 200
    set_clock(timedelta(days=60))
    assert own_portal.page("first", "Bohai-2024-lan").get("/").status_code == 200
    set_clock(timedelta(days=91))  # the password is too old by now
    aged = own_portal.page("first", "Bohai-2024-lan")
    assert aged.get("/").headers["location"] == "/account/password"


# --- S4 ---------------------------------------------------------------------------------------------------------------


def test_s4_five_failures_from_one_address_bar_that_pair_and_the_words_stay_the_same(own_portal: Portal) -> None:
    tries = [own_portal.sign_in(own_portal.client(), "city", "wrong") for _ in range(5)]
    barred = own_portal.sign_in(own_portal.client(), "city", PASSWORD)
    unknown = own_portal.sign_in(own_portal.client(), "nobody-there", PASSWORD)
    said = {re.sub('value="[^"]*"', "", found.text) for found in (*tries, barred, unknown)}
    assert len(said) == 1 and {found.status_code for found in (*tries, barred, unknown)} == {422}
    elsewhere = own_portal.client(client=("198.51.100.7", 1))
    found = own_portal.sign_in(elsewhere, "city", PASSWORD)
    assert found.status_code == 303  # from another address the owner still comes in
    told = elsewhere.get("/")
    assert "上次登录以来有 6 次登录失败" in told.text and "127.0.0.1" in told.text


def test_s4_a_bar_ends_by_itself(own_portal: Portal, set_clock: Any) -> None:
    for _ in range(5):
        own_portal.sign_in(own_portal.client(), "city", "wrong")
    set_clock(timedelta(minutes=16))
    own_portal.page("city")


def test_s4_twenty_failures_from_anywhere_bar_the_login(own_portal: Portal) -> None:
    for number in range(20):
        own_portal.sign_in(own_portal.client(client=(f"198.51.100.{number}", 1)), "city", "wrong")
    assert own_portal.sign_in(own_portal.client(client=("203.0.113.9", 1)), "city", PASSWORD).status_code == 422


def test_s4_one_argon2id_is_computed_whether_the_name_exists_or_not(
    own_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[bool] = []
    plain = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given: (computed.append(True), plain(*given))[1])
    for login in ("city", "nobody-there", "NO LOGIN", ""):
        computed.clear()
        own_portal.sign_in(own_portal.client(), login, "wrong")
        assert len(computed) == 1, login


def test_s4_thirty_tries_a_minute_from_one_address(own_portal: Portal) -> None:
    client = own_portal.client(client=("198.51.100.7", 1))
    answers = [client.post("/sign-in", data={}, headers=HERE).status_code for _ in range(31)]
    assert 429 not in answers[:30] and answers[30] == 429
    assert int(client.post("/sign-in", data={}).headers["retry-after"]) >= 1
    assert own_portal.client().post("/sign-in", data={}, headers=HERE).status_code == 403


# --- S5 ---------------------------------------------------------------------------------------------------------------


def test_s5_the_cookie_is_long_hidden_and_new_at_each_sign_in(own_portal: Portal) -> None:
    client = own_portal.client()
    found = own_portal.sign_in(client, "city", PASSWORD)
    cookie = found.headers["set-cookie"]
    assert re.match(r"tiexi=[\w-]{43}; HttpOnly; Path=/; SameSite=lax$", cookie)
    value = client.cookies["tiexi"]
    rows = own_portal.engine.connect().exec_driver_sql("SELECT * FROM sessions").all()
    assert value not in str(rows)
    second = own_portal.page("city")
    assert second.cookies["tiexi"] != value
    assert client.get("/account").status_code == 303  # a second sign-in ends the first


def test_s5_with_https_the_cookie_is_held_fast(tmp_path: Any) -> None:
    with portal_on(tmp_path, portal_public="https://tiexi.example.org") as secure:
        client = secure.client(base="https://tiexi.example.org")
        page = client.get("/sign-in")
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert secure.api(None).get("/me").headers["strict-transport-security"].startswith("max-age=")
        form = {"login": "city", "password": PASSWORD, "csrf": form_token(page.text)}
        headers = {"Origin": "https://tiexi.example.org"}
        assert client.post("/sign-in", data=form, headers=HERE).status_code == 403
        cookie = client.post("/sign-in", data=form, headers=headers).headers["set-cookie"]
        assert cookie.startswith("__Host-tiexi=") and "Secure" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("by", [timedelta(minutes=21), timedelta(hours=9)])
def test_s5_a_session_ends_when_it_is_idle_or_old(own_portal: Portal, set_clock: Any, by: timedelta) -> None:
    page = own_portal.page("city")
    if by > timedelta(hours=1):
        for minutes in range(15, 8 * 60, 15):
            set_clock(timedelta(minutes=minutes))
            assert page.get("/account").status_code == 200
            own_portal.app.house.later.flush()
    set_clock(by)
    assert page.get("/account").status_code == 303


@pytest.mark.parametrize("act", ["lock", "reset", "grant", "retire"])
def test_s5_a_session_ends_with_a_lock_a_reset_and_a_change_of_role(own_portal: Portal, act: str) -> None:
    page = own_portal.page("city")
    if act == "grant":
        managing.grant(own_portal.engine, "city", "auditor")
    else:
        getattr(managing, act)(own_portal.engine, "city", "测试")
    assert page.get("/account").status_code == 303


# --- S8, S9 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["admin", "security", "logs"])
def test_s8_managers_get_403_on_all_business(portal: Portal, login: str) -> None:
    common = {"me.show", "rights.list", "tokens.list", "tokens.revoke"}
    for action, served in ROUTES.items():
        if login in served.right.roles or action in common:
            continue
        found = portal.api(login).request(served.right.method, path_of(served.right.path))
        problem(found, 403, "forbidden")
    page = portal.page(login)
    for (method, pattern), made in PAGES.items():
        if method == "GET" and made.action and login not in ROUTES[made.action].right.roles:
            assert page.get(path_of(pattern)).status_code == 403, pattern


def test_s8_no_account_is_there_after_the_beginning(tmp_path: Any) -> None:
    engine = fresh_engine(tmp_path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM accounts").scalar_one() == 0
    engine.dispose()
    assert set(roles.MANAGERS) == {"admin", "security", "logs"}


def test_s9_anothers_a_missing_and_a_malformed_id_are_the_same_404(portal: Portal) -> None:
    clerk = portal.api("clerk")
    own_number = min(row["id"] for row in clerk.get("/tokens").json()["items"])
    others = next(n for n in range(1, 30) if n != own_number)
    bodies = set()
    for number in (others, 999_999, "abc", "0", "-1", "1.0", "%00", "1%20", "٣", "0x1", "9" * 30):
        found = clerk.delete(f"/tokens/{number}")
        problem(found, 404, "not-found")
        bodies.add(found.text.replace(found.json()["instance"], ""))
    assert len(bodies) == 1


# --- S10, S11, S12 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "origin"),
    [("good", None), ("good", "https://evil.example"), ("good", "null"), ("good", "http://testserver:81"), (None, f"http://{HOST}"),
     ("x", f"http://{HOST}")],
)  # fmt: skip
def test_s10_every_form_needs_its_token_and_its_origin(
    own_portal: Portal, token: str | None, origin: str | None
) -> None:
    page = own_portal.page("admin")
    good = form_token(page.get("/account").text)
    data = {"login": "new.one", "name": "样例新", "unit": "样例局"}
    if token:
        data["csrf"] = good if token == "good" else token
    headers = {"Origin": origin} if origin else {}
    for (method, pattern), made in PAGES.items():
        if method == "POST" and (made.action is None or "admin" in ROUTES[made.action].right.roles):
            found = Browser.request(page, "POST", path_of(pattern), data=data, headers=headers)
            assert found.status_code == 403, pattern
    with own_portal.engine.connect() as connection:
        assert not connection.exec_driver_sql("SELECT 1 FROM accounts WHERE login = 'new.one'").all()
    assert page.get("/account").status_code == 200  # nor signed out


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE"])
def test_a_method_that_no_page_takes_is_405_before_its_form_is_judged(own_portal: Portal, method: str) -> None:
    page = own_portal.page("admin")
    found = Browser.request(page, method, "/users")
    assert found.status_code == 405 and found.headers["allow"] == "GET, HEAD, POST"
    assert Browser.request(page, method, "/nothing").status_code == 404
    assert page.get("/users").status_code == 200


def test_s10_a_form_of_another_session_is_none(own_portal: Portal) -> None:
    foreign = form_token(own_portal.page("city").get("/account").text)
    page = own_portal.page("admin")
    assert Browser.request(page, "POST", "/sign-out", data={"csrf": foreign}, headers=HERE).status_code == 403


PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}  # fmt: skip


def test_s11_the_headers_of_every_page_and_nothing_inline(portal: Portal) -> None:
    admin = portal.page("admin")
    looked = [
        portal.client().get("/sign-in"),
        admin.get("/users"),
        admin.get("/nothing"),
        admin.get("/runs"),
        portal.client().get("/"),
    ]
    assert [found.status_code for found in looked] == [200, 200, 404, 403, 303]
    for found in looked:
        assert {name: found.headers.get(name) for name in PAGE_HEADERS} == PAGE_HEADERS
        assert found.headers["permissions-policy"] and found.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in found.headers and "server" not in found.headers
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?! src=\"/static/)", found.text)
    for path in ("/api/v1/me", "/health/live", "/static/portal.css", "/sign-in"):
        assert portal.client().get(path).headers["x-content-type-options"] == "nosniff"


def test_s12_signed_in_answers_are_not_kept_and_signing_out_clears(own_portal: Portal) -> None:
    page = own_portal.page("admin")
    for path in ("/users", "/account", "/nothing", "/runs"):
        assert page.get(path).headers["cache-control"] == "no-store", path
    for path in ("/users", "/nothing", "/runs", "/me?x=1"):
        assert own_portal.api("admin").get(path).headers["cache-control"] == "no-store", path
    assert page.get("/static/portal.css").headers["cache-control"] != "no-store"
    found = page.post("/sign-out")
    assert found.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in found.headers["set-cookie"]


def test_everybody_is_somebody() -> None:
    assert {role for role, _ in PEOPLE.values()} == set(roles.ROLES)
