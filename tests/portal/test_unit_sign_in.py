"""Signing in at one's unit (OpenID Connect), against a provider from the package index that runs on this machine."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.testclient import TestClient

import identity
from identity import CLIENT, SECRET, Identity
from ledger import workdays
from ledger.accounts import managing
from ledger.errors import BadSetting, EnvironmentFailed
from ledger.settings import Settings, load
from portal import HOST, PEOPLE, Portal, code_of, form_token, portal_on
from tiexi.portal.provider import NotProved, Provider

# the provider's own libraries, and forged tokens that are weak on purpose
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Key size", "ignore:JWS algorithm")
BACK = f"http://{HOST}/sign-in/unit/back"


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    folder = tmp_path_factory.mktemp("unit")
    with identity.running(folder, [*PEOPLE, "stranger", "Not.A.Login"], [BACK]) as found:
        yield found


def settings_of(unit: Identity, folder: Path, **more: Any) -> dict[str, Any]:
    secret = folder / "unit.secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    secret.chmod(0o600)
    return {
        "portal_oidc_issuer": unit.issuer, "portal_oidc_client_id": CLIENT, "portal_oidc_key_file": secret, **more
    }  # fmt: skip


@pytest.fixture(scope="module")
def portal(unit: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, **settings_of(unit, folder)) as found:
        yield found


def off(browser: TestClient, path: str = "/sign-in/unit") -> str:
    """Presses the button; gives where the portal sends the browser."""
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def through(portal: Portal, unit: Identity, person: str, change: Callable[[str], str] = str) -> tuple[TestClient, Any]:
    """A browser that went through it all, and the last answer. change: what is done to the address that it comes back by."""
    browser = portal.client()
    place = unit.sign_in(off(browser), person, BACK)
    return browser, browser.get(change(place))


def changed(**more: str) -> Callable[[str], str]:
    def change(place: str) -> str:
        query = dict(parse_qsl(urlsplit(place).query)) | more
        return f"{BACK}?{urlencode({name: value for name, value in query.items() if value})}"

    return change


def failed(answer: Any, browser: TestClient, said: str = "单位统一登录没有成功") -> None:
    assert answer.status_code == 422 and said in answer.text and 'name="password"' in answer.text, answer.text
    assert "tiexi" not in browser.cookies
    assert browser.get("/").headers["location"].startswith("/sign-in")


# --- the way through --------------------------------------------------------------------------------------------------


def test_oidc_the_button_leads_to_the_provider_and_back_to_the_page_asked_for(portal: Portal, unit: Identity) -> None:
    browser = portal.client()
    shown = browser.get("/sign-in?next=%2Fruns%3Fyear%3D2023")
    found = re.search('href="(/sign-in/unit[^"]*)">单位统一登录<', shown.text)
    assert found
    place = off(browser, found[1])
    asked = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
    assert place.startswith(f"{unit.issuer}/oauth/authorize?")
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, BACK)
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "openid" in asked["scope"].split() and SECRET not in place
    done = browser.get(unit.sign_in(place, "city", BACK))
    assert (done.status_code, done.headers["location"]) == (303, "/runs?year=2023")
    assert browser.get("/runs?year=2023").status_code == 200 and "样例9号" in browser.get("/account").text
    assert portal.client().get("/sign-in/unit/back").status_code == 422
    portal.app.house.later.flush()
    told = portal.api("logs").get("/log?action=sign-in&login=city").json()["items"][0]
    assert (told["object"], told["result"], told["role"]) == ("unit", "ok", "city")


def test_oidc_each_time_other_bits_and_the_page_may_be_none_but_ours(portal: Portal) -> None:
    places = {off(portal.client()) for _ in range(2)}
    assert len(places) == 2
    for wanted in ("https://example.org/", "//example.org", "/api/v1/me", "/sign-in/unit"):
        browser = portal.client()
        off(browser, f"/sign-in/unit?{urlencode({'next': wanted})}")
        assert "example" not in browser.cookies["tiexi-unit"]


def test_oidc_an_initial_password_is_not_asked_for_of_whoever_signs_in_at_the_unit(
    portal: Portal, unit: Identity
) -> None:
    managing.reset(portal.engine, "industry", "样例")
    browser, done = through(portal, unit, "industry")
    assert done.status_code == 303 and browser.get("/").status_code == 200


def test_oidc_the_second_factor_is_asked_all_the_same(portal: Portal, unit: Identity) -> None:
    secret = portal.second_factor("tech")
    browser, asked = through(portal, unit, "tech")
    assert asked.status_code == 200 and 'name="code"' in asked.text
    assert browser.get("/").headers["location"].startswith("/sign-in")
    form = {"csrf": form_token(asked.text), "code": code_of(secret)}
    done = TestClient.post(browser, "/sign-in", data=form, headers={"Origin": f"http://{HOST}"})
    assert done.status_code == 303 and browser.get("/").status_code == 200
    assert portal.page("tech", code=code_of(secret, 1)).get("/").status_code == 200


def test_oidc_means_that_the_setting_names_stand_for_the_second_factor(
    portal: Portal, unit: Identity, set_clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = portal.app.house
    monkeypatch.setattr(house, "settings", replace(house.settings, portal_totp="approvers"))
    monkeypatch.setattr(house, "provider", replace(house.provider, factors=("mfa", "pwd")))
    browser, done = through(portal, unit, "approver")
    assert done.status_code == 303
    assert browser.get("/").headers["location"] == "/account/factor", "for what weighs most it needs one here"
    assert portal.second_factor("finance")
    browser, done = through(portal, unit, "finance")
    assert done.status_code == 303 and browser.get("/").status_code == 200
    assert 'name="code"' not in browser.get("/account").text
    set_clock(timedelta(minutes=11))
    assert 'name="code"' in browser.get("/account").text


# --- who does not get in ----------------------------------------------------------------------------------------------


def test_oidc_who_has_no_account_or_may_not_sign_in_does_not_get_in(portal: Portal, unit: Identity) -> None:
    managing.lock(portal.engine, "auditor", "样例")
    answers = []
    for person in ("stranger", "Not.A.Login", "auditor"):
        browser, answer = through(portal, unit, person)
        failed(answer, browser)
        answers.append(re.sub('value="[^"]*"', "", answer.text))
    assert len(set(answers)) == 1, "the same words, whatever the matter"


@pytest.mark.parametrize(
    "change",
    [
        changed(state="other"), changed(state=""), changed(code="other"), changed(code=""),
        changed(iss="https://other.example.org"), changed(code="", error="access_denied"),
    ],
    ids=["state", "no state", "code", "no code", "issuer", "denied"],
)  # fmt: skip
def test_oidc_what_comes_back_must_be_what_was_sent_for(portal: Portal, unit: Identity, change: Any) -> None:
    browser, answer = through(portal, unit, "city", change)
    failed(answer, browser)


def test_oidc_another_browser_and_a_second_time_are_no_good(portal: Portal, unit: Identity) -> None:
    first, other = portal.client(), portal.client()
    place = unit.sign_in(off(first), "county", BACK)
    off(other)
    failed(other.get(place), other)
    failed(portal.client().get(place), portal.client())
    done = first.get(place)
    assert done.status_code == 303
    again = first.get(place)
    assert again.status_code == 422 and "没有成功" in again.text


def test_oidc_a_nonce_or_a_verifier_of_another_attempt_is_found_out(portal: Portal, unit: Identity) -> None:
    # each as another: the provider gives one person no two tokens in one second
    for name, person in (("nonce", "clerk"), ("code_challenge", "reviewer")):
        browser = portal.client()
        place = urlsplit(off(browser))
        query = dict(parse_qsl(place.query)) | {name: "A" * 43}
        came = unit.sign_in(place._replace(query=urlencode(query)).geturl(), person, BACK)
        failed(browser.get(came), browser)


def test_oidc_an_id_token_that_is_too_old_is_no_good(portal: Portal, unit: Identity, set_clock: Any) -> None:
    set_clock(timedelta(days=2))
    browser, answer = through(portal, unit, "clerk2")
    failed(answer, browser)


def test_oidc_a_provider_that_does_not_answer_leaves_the_password(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = portal.app.house
    monkeypatch.setattr(house, "provider", replace(house.provider, issuer="http://127.0.0.1:9", _said={}))
    answer = portal.client().get("/sign-in/unit")
    assert answer.status_code == 503 and "暂时不能用" in answer.text and 'name="password"' in answer.text
    assert portal.page("security").get("/").status_code == 200


# --- the token itself -------------------------------------------------------------------------------------------------

ISSUER, KEY = "https://id.example.org", RSAKey.generate_key(2048, {"kid": "a"})
GOOD = {"iss": ISSUER, "sub": "7", "aud": CLIENT, "nonce": "n", "preferred_username": "city"}


def provider() -> Provider:
    found = Provider(ISSUER, CLIENT, SECRET, "preferred_username", ())
    found._said = {"jwks_uri": "https://id.example.org/keys"}
    found._until, found._keys = float("inf"), KeySet([KEY])
    found._keys_of = lambda anew=False: found._keys  # type: ignore[method-assign]  # nobody is asked
    return found


def token(key: Any = KEY, header: dict[str, str] | None = None, **claims: Any) -> str:
    at = int(workdays.clock().timestamp())
    said = {**GOOD, "iat": at, "exp": at + 300, **claims}
    said = {name: value for name, value in said.items() if value is not None}
    head = header or {"alg": "RS256", "kid": "a"}
    return jwt.encode(head, said, key, algorithms=["RS256", "HS256", "ES256", "none"])


def test_oidc_a_good_token_is_taken() -> None:
    assert provider().checked(token(), "n")["preferred_username"] == "city"
    assert provider().checked(token(aud=[CLIENT, "other"], azp=CLIENT), "n")["sub"] == "7"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example.org"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": []}, {"nonce": "m"},
        {"nonce": None}, {"exp": 1_000_000_000}, {"exp": None}, {"iat": 4_000_000_000}, {"sub": None}, {"azp": "other"},
        {"aud": [CLIENT, "other"]}, {"nbf": 4_000_000_000},
    ],
    ids=str,
)  # fmt: skip
def test_oidc_a_token_for_others_or_of_another_time_is_not(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotProved):
        provider().checked(token(**wrong), "n")


def test_oidc_a_token_that_the_provider_did_not_sign_is_not() -> None:
    other = RSAKey.generate_key(2048, {"kid": "a"})
    public = OctKey.import_key(KEY.as_der(private=False).hex())
    forged = [
        token(other), token(public, {"alg": "HS256", "kid": "a"}), token(OctKey.import_key(SECRET), {"alg": "HS256"}),
        token(KEY, {"alg": "none"}), token(ECKey.generate_key("P-256"), {"alg": "ES256", "kid": "a"}),
        token().rpartition(".")[0] + ".", token()[:-4] + "AAAA", "x.y.z", "", None,
    ]  # fmt: skip
    for one in forged:
        with pytest.raises(NotProved):
            provider().checked(one, "n")


def test_oidc_settings_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    named = {"TIEXI_PORTAL_OIDC_ISSUER": ISSUER}
    with pytest.raises(BadSetting, match=r"portal\.oidc_client_id"):
        load(environment=named)
    for bad in ("http://id.example.org", "id.example.org", "https://a@b/", "https://id.example.org/?x=1"):
        with pytest.raises(BadSetting, match="应为身份服务的 https 地址"):
            load(environment={**named, "TIEXI_PORTAL_OIDC_ISSUER": bad})
    path = tmp_path / "secret"
    settings = Settings(portal_oidc_issuer=ISSUER, portal_oidc_client_id=CLIENT, portal_oidc_key_file=path)
    with pytest.raises(EnvironmentFailed, match="无法读取"):
        Provider.of(settings)
    path.write_text("")
    with pytest.raises(EnvironmentFailed, match="可由他人读取"):
        Provider.of(settings)
    path.chmod(0o600)
    with pytest.raises(EnvironmentFailed, match="是空的"):
        Provider.of(settings)
    path.write_text(f"{SECRET}\n")
    found = Provider.of(settings)
    assert found is not None and found.secret == SECRET and SECRET not in repr(found)
