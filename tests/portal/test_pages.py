"""Pages in general: the way in, the way out, and what comes back."""

from portal import PASSWORD, Portal


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
