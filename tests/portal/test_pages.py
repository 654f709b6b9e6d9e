"""Pages in general: the way in, the way out, and what comes back."""

import re

import pytest

from ledger.accounts import rights, sessions
from ledger.accounts.action_names import ACTION_NAMES
from portal import PASSWORD, PEOPLE, Browser, Portal
from tiexi.portal.page_routes import PAGES

NEW_PASSWORD = "Bohai-2024-lan"


def test_the_way_in_and_out(own_portal: Portal) -> None:
    page = own_portal.page("city")
    assert "样例9号" in page.get("/account").text
    found = page.post("/sign-out")
    assert (found.status_code, found.headers["location"]) == (303, "/sign-in")
    assert page.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_a_wrong_password_comes_back_with_the_login(own_portal: Portal) -> None:
    page = own_portal.client()
    found = own_portal.sign_in(page, "city", f"{PASSWORD}x")
    assert found.status_code == 422 and 'value="city"' in found.text
    assert "错误：登录" in found.text


@pytest.mark.parametrize("login", PEOPLE)
def test_everybody_sees_the_pages_of_his_menu(portal: Portal, login: str) -> None:
    page = portal.page(login)
    home = page.get("/")
    assert home.status_code == 200
    menu = re.findall('<a href="(/[a-z-]*)"', home.text.split("主菜单")[1].split("</nav>")[0])
    assert menu
    for path in [*menu, "/account", "/account/password"]:
        found = page.get(path)
        assert found.status_code == 200, (path, found.text[:400])
        assert "<h1>" in found.text and '<html lang="zh-CN">' in found.text


def change(page: Browser, old: str, new: str, again: str | None = None) -> tuple[int, str]:
    found = page.post(
        "/account/password", {"password": old, "new_password": new, "repeat": new if again is None else again}
    )
    return found.status_code, found.text


def test_a_password_is_changed_on_its_page(own_portal: Portal) -> None:
    page = own_portal.page("city")
    before = page.cookies["tiexi"]
    assert change(page, PASSWORD, NEW_PASSWORD, "x")[0] == 400
    assert change(page, "wrong", NEW_PASSWORD)[0] == 422
    status, text = change(page, PASSWORD, "kort")
    assert status == 422 and "口令应为 10 到 128 个字符" in text and "kort" not in text
    assert change(page, PASSWORD, NEW_PASSWORD)[0] == 303
    assert page.cookies["tiexi"] != before
    assert "口令已更改" in page.get("/account").text
    assert own_portal.sign_in(own_portal.client(), "city", PASSWORD).status_code == 422
    own_portal.page("city", NEW_PASSWORD)


def test_a_token_is_made_with_the_password_and_shown_once(own_portal: Portal) -> None:
    page = own_portal.page("city")
    wanted = {"name": "报送程序", "days": "30", "addresses": "127.0.0.1/32"}
    assert page.post("/account/tokens", {**wanted, "password": "wrong"}).status_code == 422
    found = page.post("/account/tokens", {**wanted, "password": PASSWORD})
    said = re.search(r"tx_[\w-]{43}", found.text)
    assert said and said[0] not in page.get("/account").text
    client = own_portal.client("/api/v1", headers={"Authorization": f"Bearer {said[0]}"})
    me = client.get("/me").json()
    assert me["token"]["name"] == "报送程序"
    assert page.post(f"/account/tokens/{me['token']['id']}/revoke").status_code == 303
    assert client.get("/me").status_code == 401


def test_accounts_are_kept_on_their_pages(own_portal: Portal) -> None:
    admin, security = own_portal.page("admin"), own_portal.page("security")
    made = admin.post("/users", {"login": "zhang.wei", "name": "样例张", "unit": "样例局"})
    password = re.search('class="secret">([^<]+)<', made.text)
    assert made.status_code == 200 and password
    assert admin.post("/users", {"login": "Zhang", "name": "样例李", "unit": "样例局"}).status_code == 422
    assert 'name="role"' not in admin.get("/users/zhang.wei").text
    assert security.post("/users/zhang.wei/grant", {"role": "auditor"}).status_code == 303
    page = own_portal.page("zhang.wei", password[1])
    assert page.get("/").headers["location"] == "/account/password"
    assert admin.post("/users/zhang.wei/lock", {"reason": "长假"}).status_code == 303
    assert page.get("/account").status_code == 303
    again = admin.post("/users/zhang.wei/lock", {"reason": "再锁"})
    assert again.status_code == 422 and "已经锁定" in again.text and 'value="再锁"' in again.text
    assert admin.get("/users/nobody").status_code == 404


def test_a_form_that_comes_too_late_is_there_after_signing_in(own_portal: Portal) -> None:
    page = own_portal.page("admin")
    typed = {"login": "li.ming", "name": "样例李明", "unit": "样例局"}
    token = {"csrf": "whatever it was"}
    sessions.end(own_portal.engine, page.cookies["tiexi"])
    late = super(Browser, page).post("/users", data=typed | token, headers={"Origin": "http://testserver"})
    assert (late.status_code, late.headers["location"]) == (303, "/sign-in?next=%2Fusers")
    found = own_portal.sign_in(page, "admin", PASSWORD)
    assert found.headers["location"] == "/users"
    shown = page.get("/users")
    assert 'value="li.ming"' in shown.text and "会话结束前填写的内容" in shown.text
    assert page.post("/users", typed).status_code == 200
    assert 'value="li.ming"' not in page.get("/users").text


def test_the_log_is_read_and_filtered_on_its_page(own_portal: Portal) -> None:
    own_portal.api("city").get("/log")
    own_portal.app.house.later.flush()
    page = own_portal.page("logs")
    text = page.get("/log?login=city&action=log.list&result=&from=&to=").text
    assert "<td>看日志</td>" in text and '<option value="log.list" selected>看日志</option>' in text
    assert "没有这样的记录" in page.get("/log?login=city&action=runs.approve").text
    assert "没有这样的记录" in page.get("/log?login=nobody").text


def test_every_action_of_the_log_has_a_name() -> None:
    assert {right.action for right in rights.RIGHTS} <= set(ACTION_NAMES)
    assert {one.log_as for one in PAGES.values() if one.log_as} <= set(ACTION_NAMES)
    assert len(set(ACTION_NAMES.values())) == len(ACTION_NAMES)
