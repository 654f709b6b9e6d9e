"""S6: the second factor at sign-in, before anything else, and again for what weighs most; on pages and over the API."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

import lives
from ledger.accounts import factors
from portal import HOST, PASSWORD, Browser, Portal, code_of, form_token, portal_on, problem
from sheets import write_sheets
from tiexi.portal.page_routes import PAGES
from tiexi.portal.routes import ROUTES
from tiexi.portal.throttling import Throttle

GRANT = {"role": "auditor"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One for all: each test has logins of its own."""
    with portal_on(tmp_path_factory.mktemp("portal"), portal_totp="approvers") as found:
        found.app.house.sign_ins = Throttle(10_000)
        yield found


def at_sign_in(browser: TestClient, **form: str) -> Any:
    """Sends a page of signing in."""
    token = form_token(browser.get("/sign-in").text)
    headers = {"Origin": f"http://{HOST}"}
    return TestClient.post(browser, "/sign-in", data={"csrf": token, **form}, headers=headers)


def in_again(portal: Portal, login: str) -> tuple[Browser, str]:
    """A browser signed in with a second factor, and its secret."""
    secret = portal.second_factor(login)
    return portal.page(login, code=code_of(secret, -1)), secret


# --- signing in -------------------------------------------------------------------------------------------------------


def test_s6_the_code_is_asked_for_on_a_page_of_its_own(portal: Portal) -> None:
    secret = portal.second_factor("city")  # the setting does not name it: whoever has one is asked
    browser = portal.client()
    asked = at_sign_in(browser, login="city", password=PASSWORD)
    assert asked.status_code == 200 and 'name="code"' in asked.text and PASSWORD not in asked.text
    assert browser.get("/").headers["location"].startswith("/sign-in"), "the password alone opens nothing"
    wrong = at_sign_in(browser, code="000000")
    assert wrong.status_code == 422 and 'name="code"' in wrong.text and "不正确" in wrong.text
    done = at_sign_in(browser, code=code_of(secret))
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    assert "1 次登录失败" in browser.get("/account").text or "未成功" in browser.get("/account").text


def test_s6_all_at_once_is_as_good_and_each_code_once(portal: Portal) -> None:
    secret = portal.second_factor("clerk")
    shown = code_of(secret)
    assert portal.page("clerk", code=shown).get("/").status_code == 200
    again = at_sign_in(portal.client(), login="clerk", password=PASSWORD, code=shown)
    assert again.status_code == 422
    nobody = at_sign_in(portal.client(), login="clerk", password="wrong", code=code_of(secret, 1))
    assert nobody.status_code == 422 and "登录名或口令不正确" in nobody.text and 'name="password"' in nobody.text


def test_s6_a_code_without_what_came_before_it_is_none(portal: Portal) -> None:
    secret = portal.second_factor("reviewer")
    alone = at_sign_in(portal.client(), code=code_of(secret))
    assert alone.status_code == 400
    forged = portal.client(cookies={"tiexi-step": "1.reviewer.x.y"})
    assert at_sign_in(forged, code=code_of(secret)).status_code == 422


def test_s6_wrong_codes_bar_the_sign_in_as_wrong_passwords_do(portal: Portal) -> None:
    secret = portal.second_factor("county")
    for _ in range(5):
        assert at_sign_in(portal.client(), login="county", password=PASSWORD, code="000000").status_code == 422
    assert at_sign_in(portal.client(), login="county", password=PASSWORD, code=code_of(secret)).status_code == 422


# --- whoever must have one --------------------------------------------------------------------------------------------


def test_s6_whoever_must_have_one_sets_it_up_before_anything_else(portal: Portal) -> None:
    page = portal.page("approver")
    for path in ("/", "/runs", "/account", "/account/password", "/no/such/page"):
        assert page.get(path).headers["location"] == "/account/factor", path
    shown = page.get("/account/factor")
    found = re.search('class="secret">([A-Z2-7 ]+)<', shown.text)
    assert shown.status_code == 200 and found and 'src="/account/factor/qr.svg"' in shown.text
    picture = page.get("/account/factor/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and b"<svg" in picture.content
    assert "style=" not in picture.text and "<script" not in picture.text
    secret, before = found[1].replace(" ", ""), page.cookies["tiexi"]

    def set_up(typed: str) -> Any:
        form = {"csrf": form_token(page.get("/account/factor").text), "code": typed}
        return TestClient.post(page, "/account/factor", data=form, headers={"Origin": f"http://{HOST}"})

    assert set_up("").status_code == 400
    assert set_up("000000").status_code == 422 and secret in set_up("000000").text.replace(" ", "")
    assert set_up(code_of(secret)).headers["location"] == "/"
    assert page.cookies["tiexi"] != before and page.get("/").status_code == 200
    old = portal.client(cookies={"tiexi": before})
    assert old.get("/").headers["location"].startswith("/sign-in")
    assert secret not in page.get("/account/factor").text.replace(" ", "")
    assert page.get("/account/factor/qr.svg").status_code == 404
    assert at_sign_in(portal.client(), login="approver", password=PASSWORD).status_code == 200
    portal.app.house.later.flush()
    told = portal.api("logs").get("/log").status_code
    assert told == 403, "the auditor of the log must have one too"


def test_s6_whoever_has_one_gets_no_other_by_a_session_alone(portal: Portal) -> None:
    """A session that somebody left open is not enough: the old one is taken away by a manager, who is another person."""
    browser, secret = in_again(portal, "investor")
    shown = browser.get("/account/factor")
    assert shown.status_code == 200 and 'class="secret"' not in shown.text and 'name="code"' not in shown.text
    assert "系统管理员" in shown.text and browser.get("/account/factor/qr.svg").status_code == 404
    new = factors.pending(portal.app.house.key, browser.cookies["tiexi"])
    for code in (code_of(factors.secret_text(new)), code_of(secret)):
        form = {"csrf": form_token(browser.get("/account").text), "code": code}
        origin = {"Origin": f"http://{HOST}"}
        answer = TestClient.post(browser, "/account/factor", data=form, headers=origin)
        assert answer.status_code == 422 and "已经设置" in answer.text
    assert browser.get("/").status_code == 200
    wrong = at_sign_in(portal.client(), login="investor", password=PASSWORD, code=code_of(factors.secret_text(new)))
    assert wrong.status_code == 422
    assert at_sign_in(portal.client(), login="investor", password=PASSWORD, code=code_of(secret)).status_code == 303


def test_s6_over_the_api_whoever_must_have_one_and_has_none_gets_403(portal: Portal) -> None:
    approver = portal.api("tech_approver")
    for path in ("/me", "/runs", "/runs/1"):
        assert "设置" in problem(approver.get(path), 403, "second-factor")["detail"]
    problem(approver.post("/runs/1/sign", json={}), 403, "forbidden")  # the role comes first
    problem(approver.post("/nowhere", json={}), 404, "not-found")
    problem(approver.put("/me"), 405, "method")
    assert portal.api("city").get("/me").status_code == 200
    portal.second_factor("tech_approver")
    assert approver.get("/me").status_code == 200


@pytest.mark.parametrize(("setting", "login", "status"), [("all", "insurer", 303), ("off", "commerce", 200)])
def test_s6_all_names_everybody_and_off_nobody(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, setting: str, login: str, status: int
) -> None:
    house = portal.app.house
    monkeypatch.setattr(house, "settings", replace(house.settings, portal_totp=setting))
    for one in (login, "finance"):
        assert portal.page(one).get("/").status_code == status
    secret = portal.second_factor(login)
    assert at_sign_in(portal.client(), login=login, password=PASSWORD).status_code == 200
    assert portal.page(login, code=code_of(secret)).get("/").status_code == 200


def test_s6_a_first_password_is_changed_before_the_factor_is_set_up(portal: Portal) -> None:
    admin = portal.second_factor("admin")
    made = portal.api("admin").post("/users/logs/reset", json={"reason": "样例"})
    assert made.status_code == 200 and admin
    page = portal.client()
    assert at_sign_in(page, login="logs", password=made.json()["initial_password"]).status_code == 303
    for path in ("/", "/account/factor", "/account/factor/qr.svg"):
        assert page.get(path).headers["location"] == "/account/password", path


def test_s6_reset_totp_ends_the_sessions(portal: Portal) -> None:
    page, _ = in_again(portal, "auditor")
    admin, _ = in_again(portal, "admin")
    assert "取消第二因素" in admin.get("/users/auditor").text and "取消第二因素" not in admin.get("/users/tech").text
    assert admin.post("/users/auditor/reset-totp", {"reason": "手机遗失"}).status_code == 303
    assert page.get("/").headers["location"].startswith("/sign-in")
    assert portal.page("auditor").get("/").status_code == 200, "the password is enough again"


# --- again ------------------------------------------------------------------------------------------------------------


def test_s6_over_the_api_the_code_stands_in_a_header(portal: Portal, set_clock: Any) -> None:
    secret = portal.second_factor("security")
    security = portal.api("security")

    def grant(path: str = "/users/reviewer2/grant", body: Any = GRANT, **headers: str) -> Any:
        return security.post(path, json=body, headers=headers)

    problem(grant(), 403, "second-factor")
    for wrong in ("000000", "", "１２３４５６"):
        problem(
            security.post("/users/reviewer2/grant", json=GRANT, headers={"TOTP": wrong.encode()}), 403, "second-factor"
        )
    problem(grant("/users/no-one/grant"), 403, "second-factor")  # before the id, and before the body
    problem(grant(body={"strange": 1}), 403, "second-factor")
    shown = code_of(secret)
    assert grant(TOTP=shown).status_code == 200
    again = problem(grant(TOTP=shown, body={"role": "city"}), 403, "second-factor")
    assert "已用过" in again["detail"] and again["title"] == "须出示第二因素"
    problem(grant("/users/no-one/grant", TOTP=code_of(secret, 1)), 404, "not-found")
    assert security.get("/users").status_code == 200, "what only looks asks for none"


def test_s6_a_page_asks_again_after_ten_minutes_and_loses_nothing_typed(portal: Portal, set_clock: Any) -> None:
    page, secret = in_again(portal, "security")
    assert 'name="code"' not in page.get("/users/industry").text
    assert page.post("/users/industry/grant", GRANT).status_code == 303
    set_clock(timedelta(minutes=11))
    before = page.cookies["tiexi"]
    assert 'name="code"' in page.get("/users/industry").text
    given = {"role": "county", "scope": "county:样例区"}
    for typed, said in (({}, "须再出示动态口令"), ({"code": "000000"}, "不正确")):
        refused = page.post("/users/industry/grant", {**given, **typed})
        assert refused.status_code == 422 and said in refused.text, refused.text
        assert (
            'value="county:样例区"' in refused.text and 'name="code"' in refused.text and "000000" not in refused.text
        )
    assert page.cookies["tiexi"] == before
    taken = page.post("/users/industry/grant", {**given, "code": code_of(secret)})
    assert taken.status_code == 422 and "样例区" in taken.text and 'name="code"' not in taken.text
    assert page.cookies["tiexi"] != before, "the code was good: the session goes on under another cookie"
    assert page.post("/users/industry/grant", {"role": "county", "scope": "county:荣成市"}).status_code == 303
    assert portal.client(cookies={"tiexi": before}).get("/").status_code == 303


@pytest.fixture(scope="module")
def allotted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "allotted")) as found:
        yield found


def test_s6_every_action_that_weighs_asks_and_its_page_has_the_field(allotted: Portal, set_clock: Any) -> None:
    portal, secrets = (
        allotted,
        {login: allotted.second_factor(login) for login in ("approver", "finance", "security", "city")},
    )
    rows = [
        row for row in lives.to_pay(portal.engine, lives.run_of(portal.engine)) if row["环节"] == "市财政到区市财政"
    ]
    book = write_sheets(portal.folder / "拨付.xlsx", {"拨付": rows})
    sent = portal.api("finance").post(
        "/uploads", data={"kind": "payments", "year": "2023"}, files={"file": (book.name, book.read_bytes())}
    )
    assert sent.status_code == 201, sent.text
    upload = sent.json()["upload"]
    tried = {  # action: who, the page with its form, where that is sent, what it holds
        "runs.approve": ("approver", "/runs/1/approve", "/runs/1/approve", {"document": "样例审1号"}),
        "runs.allot": ("finance", "/runs/1/allot", "/runs/1/allot", {"document": "样例财1号"}),
        "runs.close": ("approver", "/runs/1/close", "/runs/1/close", {"document": "样例审2号"}),
        "uploads.confirm": ("finance", f"/uploads/{upload}", f"/uploads/{upload}/confirm", {}),
        "entries.reverse": ("finance", "/entries/2/reverse", "/entries/2/reverse", {"reason": "样例"}),
        "users.grant": ("security", "/users/tech", "/users/tech/grant", GRANT),
        "tokens.add": ("city", "/account", "/account/tokens", {"name": "样例", "password": PASSWORD}),
    }
    pages = {made.log_as for made in PAGES.values() if made.method == "POST"}
    assert set(tried) == {action for action in factors.ASKED_AGAIN if action in pages}
    browsers = {login: portal.page(login, code=code_of(secret)) for login, secret in secrets.items()}
    for login, form, _, _ in tried.values():
        assert 'name="code"' not in browsers[login].get(form).text, form
    set_clock(timedelta(minutes=11))
    for action, (login, form, path, body) in tried.items():
        page = browsers[login]
        assert 'name="code"' in page.get(form).text, form
        refused = page.post(path, body)
        assert refused.status_code == 422 and "须再出示动态口令" in refused.text, (action, refused.text)
        assert 'name="code"' in refused.text
        if action in ROUTES:
            answer = portal.api(login).request("POST", f"/{path.lstrip('/')}", json=body or None)
            problem(answer, 403, "second-factor")
    for nothing in ("99", "x", "0"):  # only payments ask
        problem(portal.api("city").post(f"/uploads/{nothing}/confirm"), 404, "not-found")
