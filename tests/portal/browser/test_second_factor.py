"""S6 in a real browser: the second factor set up from the picture's text, signed in with, with script and without."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser import Seat
from portal import code_of
from portal_seats import House
from portal_server import Server


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
def test_s6_set_up_and_signed_in_with_in_a_browser(
    chromium: Browser, start: Callable[..., Server], scripts: bool
) -> None:
    house = House(chromium, start(totp="approvers"), scripts)
    seat = house.seat("approver")  # the first password is changed on the way
    assert seat.page.url.endswith("/account/factor") and "请先设置" in seat.text()
    seat.look()
    house.picture("approver", "动态口令-设置")
    assert seat.page.evaluate("document.images[0].naturalWidth") > 100 if scripts else True
    shown = re.search("[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", seat.text())
    assert shown
    secret = shown[0].replace(" ", "")
    seat.fill(code="000000")
    seat.press("设置")
    assert "动态口令不正确" in seat.text()
    seat.fill(code=code_of(secret, -1))
    seat.press("设置")
    assert "第二因素已设置" in seat.text()
    seat.press("退出")
    seat.fill(login="approver", password=house.server.passwords["approver"])
    seat.press("登录")
    assert "登录：动态口令" in seat.text()
    house.picture("approver", "动态口令-登录")
    seat.fill(code=code_of(secret))
    seat.press("登录")
    assert "登录：动态口令" not in seat.text() and seat.go("/account").status == 200
    assert not house.wrong
    house.leave()


@pytest.mark.sqlite_only
def test_the_page_of_signing_in_leads_to_the_unit_where_it_has_its_own(
    chromium: Browser, start: Callable[..., Server], tmp_path: Path
) -> None:
    """Nothing is asked of the provider before somebody goes there, so none need run."""
    (tmp_path / "portal.oidc").write_text("样例密码", encoding="utf-8")
    (tmp_path / "portal.oidc").chmod(0o600)
    house = House(chromium, start(oidc_issuer="https://sso.example.org", oidc_client_id="tiexi"), True)
    seat = house.seats["nobody"] = Seat.take(chromium, house.server.base, width=800)
    seat.go("/sign-in")
    seat.tab_to("a", "单位统一登录")
    house.picture("nobody", "单位统一登录")
    assert not house.wrong
    house.leave()
